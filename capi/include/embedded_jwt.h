/* Verifies HMAC-signed JSON Web Tokens (HS256, HS384, HS512), and makes them, without a heap.

   Begin with `ejwt_key_hs256`, `ejwt_policy`, `ejwt_verify` and `ejwt_claim_string`; README.md has a
   first program, and a table of which calls are for what.

   Objects (`ejwt_key`, `ejwt_token`, ...) are memory of yours, of a fixed size. The call that makes
   one is named in its comment. An object that was not made, or was wiped, is refused with
   EJWT_NOT_INITIALIZED. Plain structs (`ejwt_policy`, `ejwt_checks`, ...) are the strict default, or
   nothing, where they are zero: name only the members that you need.

   `const char *` is text in UTF-8 that ends with a zero byte. `void *` and a length are bytes, such
   as a token, a secret or a payload; a null pointer is fine for no bytes.

   Each call returns EJWT_OK or a code (`ejwt_error_text`, `ejwt_error_class`). A call that is
   itself wrong gets a code from 256 on. What reads a claim returns EJWT_MISSING_MEMBER if the token
   has none of this name, and EJWT_UNREADABLE_VALUE if it is of another type or doesn't fit. The
   library checks pointers for null and alignment, lengths, and whether arguments overlap. What it
   can't check stands under Safety: that there are as many bytes as you say, that what an object
   leads to is still there, and that no other thread uses it meanwhile. Calls that share no object
   may run at the same time, also in interrupts.

   A JWS (RFC 7515) is a token whose payload may be anything; a JWT is one whose payload is a JSON object
   of claims. An engine is hardware, or a function of yours, that computes HMAC.

   cbindgen writes this file from the Rust sources: change those. */

#ifndef EMBEDDED_JWT_H
#define EMBEDDED_JWT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the memory of objects is made of: aligned as the hash states need it. */
#if UINTPTR_MAX > 0xffffffffu
#define EJWT_64_BIT
#if defined(__GNUC__)
typedef struct { uint64_t halves[2]; } __attribute__((aligned(16))) ejwt_word;
#elif defined(_MSC_VER)
typedef struct __declspec(align(16)) { uint64_t halves[2]; } ejwt_word;
#else
typedef union { uint64_t halves[2]; long double alignment; } ejwt_word;
#endif
#else
typedef uint64_t ejwt_word;
#endif

/* How many entries the objects with lists have room for. The library has to be built with the same
   numbers, given as environment variables of these names. */
#ifndef EJWT_KEY_SET_CAPACITY
#define EJWT_KEY_SET_CAPACITY 4
#endif
#ifndef EJWT_KEY_ID_CAPACITY
#define EJWT_KEY_ID_CAPACITY 64
#endif
#ifndef EJWT_REPLAY_GUARD_CAPACITY
#define EJWT_REPLAY_GUARD_CAPACITY 32
#endif
#ifndef EJWT_REVOCATIONS_CAPACITY
#define EJWT_REVOCATIONS_CAPACITY 16
#endif


/*
 The version of this header, which is that of the library: MAJOR.MINOR.PATCH.
 */
#define EJWT_VERSION_MAJOR 0

/*
 The second part of the version.
 */
#define EJWT_VERSION_MINOR 1

/*
 The third part of the version.
 */
#define EJWT_VERSION_PATCH 0

/*
 The size of the memory that an engine has for a message that comes in pieces, in bytes.
 */
#define EJWT_ENGINE_RUNNING_SIZE 256

#if defined(EJWT_64_BIT)
/*
 The size of an incoming token in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_INCOMING_WORDS 14
#endif

#if !defined(EJWT_64_BIT)
/*
 The size of an incoming token in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_INCOMING_WORDS 23
#endif

/*
 The size of an incoming token in bytes.
 */
#define EJWT_INCOMING_SIZE (EJWT_WORD_SIZE * EJWT_INCOMING_WORDS)

#if defined(EJWT_64_BIT)
/*
 The size of a key in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_KEY_WORDS 12
#endif

#if !defined(EJWT_64_BIT)
/*
 The size of a key in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_KEY_WORDS 22
#endif

/*
 The size of a key in bytes.
 */
#define EJWT_KEY_SIZE (EJWT_WORD_SIZE * EJWT_KEY_WORDS)

/*
 HMAC with SHA-256: a MAC of 32 bytes.
 */
#define EJWT_HS256 1

/*
 HMAC with SHA-384: a MAC of 48 bytes.
 */
#define EJWT_HS384 2

/*
 HMAC with SHA-512: a MAC of 64 bytes.
 */
#define EJWT_HS512 3

#if defined(EJWT_64_BIT)
/*
 What a key of a set takes beside the key and its name, in bytes.
 */
#define EJWT_KEY_LIMITS_SIZE 48
#endif

#if !defined(EJWT_64_BIT)
/*
 What a key of a set takes beside the key and its name, in bytes.
 */
#define EJWT_KEY_LIMITS_SIZE 24
#endif

/*
 The size of a key set in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_KEY_SET_WORDS (3 + (EJWT_KEY_SET_CAPACITY * (((((EJWT_KEY_SIZE + EJWT_KEY_LIMITS_SIZE) + EJWT_KEY_ID_CAPACITY) + EJWT_WORD_SIZE) - 1) / EJWT_WORD_SIZE)))

/*
 The size of a key set in bytes.
 */
#define EJWT_KEY_SET_SIZE (EJWT_WORD_SIZE * EJWT_KEY_SET_WORDS)

/*
 Only a key that is not bound to an issuer.
 */
#define EJWT_WITHOUT_ISSUER 1

/*
 Accepts tokens without `kid`, by trying every key with the header's algorithm.
 */
#define EJWT_ALLOW_MISSING_KEY_ID 1

#if defined(EJWT_64_BIT)
/*
 The size of what the memory of objects is made of.
 */
#define EJWT_WORD_SIZE 16
#endif

#if !defined(EJWT_64_BIT)
/*
 The size of what the memory of objects is made of.
 */
#define EJWT_WORD_SIZE 8
#endif

/*
 Accepts tokens without `exp`. They stay valid for ever.
 */
#define EJWT_ALLOW_MISSING_EXPIRATION 1

/*
 Accepts tokens for any audience: `aud` isn't compared.
 */
#define EJWT_ALLOW_ANY_AUDIENCE 2

/*
 Accepts a token if any time that it may be now makes it valid.
 */
#define EJWT_ALLOW_UNCERTAIN_TIME 4

/*
 Lets a replay guard recognize a token without `jti` by its MAC.
 */
#define EJWT_ALLOW_MISSING_JWT_ID 8

/*
 Accepts registered claims that are `null`, and a `sub` or `jti` that is no string.
 */
#define EJWT_ALLOW_MISTYPED_REGISTERED_CLAIMS 16

/*
 Refuses a token whose `iat` is in the future.
 */
#define EJWT_REFUSE_ISSUED_IN_FUTURE 32

/*
 The most entries that the lists of a policy may have together.
 */
#define EJWT_MAX_LISTED 12

/*
 Leaves `typ` out.
 */
#define EJWT_WITHOUT_TYP 1

/*
 Makes tokens without `exp` as well, which are good for ever.
 */
#define EJWT_ALLOW_UNLIMITED 2

/*
 The size of a replay guard in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_REPLAY_GUARD_WORDS ((((48 + (24 * EJWT_REPLAY_GUARD_CAPACITY)) + EJWT_WORD_SIZE) - 1) / EJWT_WORD_SIZE)

/*
 The size of a replay guard in bytes.
 */
#define EJWT_REPLAY_GUARD_SIZE (EJWT_WORD_SIZE * EJWT_REPLAY_GUARD_WORDS)

/*
 A full guard refuses a new token with `EJWT_REPLAY_GUARD_FULL` until one of the others has
 expired.
 */
#define EJWT_WHEN_FULL_REFUSE 0

/*
 A full guard forgets the token that expires first. From then on, it refuses tokens that expire
 no later than that one with `EJWT_REPLAY_NOT_EXCLUDED`.
 */
#define EJWT_WHEN_FULL_EVICT 1

/*
 The most bytes that `ejwt_replay_guard_save` writes.
 */
#define EJWT_REPLAY_GUARD_SAVED_SIZE (18 + (24 * EJWT_REPLAY_GUARD_CAPACITY))

/*
 The size of a list of revocations in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_REVOCATIONS_WORDS ((((40 + (32 * EJWT_REVOCATIONS_CAPACITY)) + EJWT_WORD_SIZE) - 1) / EJWT_WORD_SIZE)

/*
 The size of a list of revocations in bytes.
 */
#define EJWT_REVOCATIONS_SIZE (EJWT_WORD_SIZE * EJWT_REVOCATIONS_WORDS)

/*
 The most bytes that `ejwt_revocations_save` writes.
 */
#define EJWT_REVOCATIONS_SAVED_SIZE (18 + (32 * EJWT_REVOCATIONS_CAPACITY))

#if defined(EJWT_64_BIT)
/*
 The size of a time floor in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_TIME_FLOOR_WORDS 2
#endif

#if !defined(EJWT_64_BIT)
/*
 The size of a time floor in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_TIME_FLOOR_WORDS 3
#endif

/*
 The size of a time floor in bytes.
 */
#define EJWT_TIME_FLOOR_SIZE (EJWT_WORD_SIZE * EJWT_TIME_FLOOR_WORDS)

/*
 The length of a saved time floor in bytes.
 */
#define EJWT_TIME_FLOOR_SAVED_SIZE 18

#if defined(EJWT_64_BIT)
/*
 The size of a stream in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_STREAM_WORDS 66
#endif

#if !defined(EJWT_64_BIT)
/*
 The size of a stream in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_STREAM_WORDS 92
#endif

/*
 The size of a stream in bytes.
 */
#define EJWT_STREAM_SIZE (EJWT_WORD_SIZE * EJWT_STREAM_WORDS)

/*
 It is this time: the clock was set and can be trusted.
 */
#define EJWT_KNOWN 1

/*
 It is this time or later, nobody knows how much later.
 */
#define EJWT_AT_LEAST 2

/*
 The size of a verified token, without its detail, in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_TOKEN_WORDS 11

/*
 The size of a verified token in bytes, without its buffer.
 */
#define EJWT_TOKEN_SIZE ((EJWT_WORD_SIZE * EJWT_TOKEN_WORDS) + EJWT_WORD_SIZE)

/*
 The size of what is read unverified, in words of `EJWT_WORD_SIZE` bytes.
 */
#define EJWT_UNVERIFIED_WORDS 6

/*
 The size of what is read unverified, in bytes, without its buffer.
 */
#define EJWT_UNVERIFIED_SIZE (EJWT_WORD_SIZE * EJWT_UNVERIFIED_WORDS)

/*
 What a call returns: `EJWT_OK`, or why it was refused. A number keeps its meaning in all later
 versions. Codes up to 255 are those of the Rust library, by the same numbers. Those from 256 on
 are of this interface: the call itself was wrong, except with `EJWT_EMBEDDED_NUL` and
 `EJWT_DIFFERENT`, which say what a claim is.
 */
typedef int32_t ejwt_code;

/*
 A verified token: the proof that its signature, its header and its claims hold. Only a
 verification makes one. Its text is in the buffer that it was decoded into, so it may be read
 until that is used for something else.
 */
typedef struct ejwt_token {
  /*
   Not for the program.
   */
  ejwt_word opaque[EJWT_TOKEN_WORDS];
  /*
   If the token was refused, what its code leaves open: for `EJWT_BUFFER_TOO_SMALL` the bytes
   needed (65,535 if it is more; for a token in pieces, what is known by then), for
   `EJWT_INVALID_BASE64URL` the segment (0 is the header, 1 the payload, 2 the signature), for
   `EJWT_MISSING_CLAIM` its index in the policy's list. With other codes up to 255, it is 0;
   with those from 256 on, it means nothing.
   */
  uint32_t detail;
  /*
   Not for the program.
   */
  uint32_t reserved;
} ejwt_token;

/*
 A secret shared with the issuer, for one algorithm: the two hash states of HMAC, in memory of
 the caller. Made by `ejwt_key_hs256`, `ejwt_key_engine` and the like. It may be copied, and is
 wiped by `ejwt_key_wipe`.
 */
typedef struct ejwt_key {
  /*
   Not for the program.
   */
  ejwt_word opaque[EJWT_KEY_WORDS];
} ejwt_key;

/*
 A MAC engine: functions of the program. Each returns 0, or anything else if it failed, and then
 the token is refused with `EJWT_MAC_ENGINE`. The library compares the MAC, in constant time.

 Set `mac`, or `begin`, `update` and `finish`, or all four. Without `mac`, a whole message is one
 piece. Without the others, the engine can't take tokens in pieces or detached payloads.

 The place for the MAC is zero at first. If it still is when a function returns 0, the engine has
 failed.

 The functions must return, and must not use the objects of the call that called them.
 */
typedef struct ejwt_engine {
  /*
   `EJWT_HS256`, `EJWT_HS384` or `EJWT_HS512`.
   */
  uint32_t algorithm;
  /*
   The first argument of all functions.
   */
  void *context;
  /*
   Computes the MAC of a whole message: 32, 48 or 64 bytes.
   */
  int32_t (*mac)(void *context, const uint8_t *message, size_t length, uint8_t *mac);
  /*
   Begins a message. `running` leads to `EJWT_ENGINE_RUNNING_SIZE` bytes, aligned to 8 and all
   zero, for what the engine has to keep of it. They may be moved from one call to the next,
   and are wiped in the end, also if the message is never finished.
   */
  int32_t (*begin)(void *context, void *running);
  /*
   Takes the next piece of the message.
   */
  int32_t (*update)(void *context, void *running, const uint8_t *piece, size_t length);
  /*
   Ends the message and writes its MAC: 32, 48 or 64 bytes.
   */
  int32_t (*finish)(void *context, void *running, uint8_t *mac);
} ejwt_engine;

/*
 Whose fault it is, if a call returned a code.
 */
typedef uint32_t ejwt_class;

/*
 A token that arrives in pieces, without a key: an interrupt takes the pieces, say, and a task
 verifies the token with the keys that are good by then. Made by `ejwt_incoming_init`.
 */
typedef struct ejwt_incoming {
  /*
   Not for the program.
   */
  ejwt_word opaque[EJWT_INCOMING_WORDS];
} ejwt_incoming;

/*
 What a token must have besides a valid signature. All zeros (`EJWT_POLICY`) are the strict
 default: `exp` is required, `aud` must be absent, there is no leeway. Change what you need, by
 name.

 Texts end with a zero byte, and null says that there is no such rule. A policy is read at each
 verification, so keep it and its texts where they are; both may be in flash. A policy that asks
 for what the library was built without is refused with `EJWT_NOT_BUILT`.
 */
typedef struct ejwt_policy {
  /*
   Accepts only this issuer: `iss` must be present and equal.
   */
  const char *issuer;
  /*
   Accepts only these issuers. Set this or `issuer`.
   */
  const char *const *issuers;
  /*
   The number of `issuers`.
   */
  size_t issuers_length;
  /*
   Accepts only this subject: `sub` must be present and equal.
   */
  const char *subject;
  /*
   Accepts only tokens for this audience: `aud` must equal or contain it. Without a rule for
   audiences, a token with `aud` is refused: it is for someone else.
   */
  const char *audience;
  /*
   Accepts only tokens for at least one of these audiences. Set this or `audience`.
   */
  const char *const *audiences;
  /*
   The number of `audiences`.
   */
  size_t audiences_length;
  /*
   Accepts only this kind of token: the header's `typ` must be this media type.
   */
  const char *typ;
  /*
   Requires the claims with these names: each must be present, and not be `null`.
   */
  const char *const *required_claims;
  /*
   The number of `required_claims`.
   */
  size_t required_claims_length;
  /*
   How far the clocks of the issuer and of this device may differ, in seconds: up to 600.
   */
  uint32_t leeway;
  /*
   Refuses tokens that were issued more than so many seconds ago. 0 is no rule.
   */
  uint32_t maximum_age;
  /*
   Refuses tokens whose `exp` is more than so many seconds after `iat`. 0 is no rule.
   */
  uint32_t maximum_lifetime;
  /*
   Refuses tokens whose `exp` is more than so many seconds after now. 0 is no rule.
   */
  uint32_t maximum_remaining_lifetime;
  /*
   How deep arrays and objects may be nested, from 1 to 32. 0 is 32.
   */
  uint32_t maximum_depth;
  /*
   A sum of `EJWT_ALLOW_...` and `EJWT_REFUSE_...`.
   */
  uint32_t flags;
} ejwt_policy;

/*
 What you know of the time now, in whole seconds since 1970-01-01T00:00:00Z without leap seconds.
 The library reads no clock. If what you know doesn't tell whether a token is valid, it is
 refused with `EJWT_TIME_UNKNOWN`, unless the policy accepts it. All zeros say that nothing is
 known.

 Made by `ejwt_time_known`, `ejwt_time_at_least` and `ejwt_time_unknown`.
 */
typedef struct ejwt_time {
  /*
   Seconds since 1970.
   */
  uint64_t seconds;
  /*
   How well it is known: `EJWT_KNOWN`, `EJWT_AT_LEAST`, or 0 for not at all.
   */
  uint32_t knowledge;
} ejwt_time;

/*
 Up to `EJWT_REVOCATIONS_CAPACITY` revoked token IDs and subjects, and a time before which all
 tokens are revoked. Made by `ejwt_revocations_init`, and used by `ejwt_checks`.
 */
typedef struct ejwt_revocations {
  /*
   Not for the program.
   */
  ejwt_word opaque[EJWT_REVOCATIONS_WORDS];
} ejwt_revocations;

/*
 Remembers up to `EJWT_REPLAY_GUARD_CAPACITY` accepted tokens until they expire, and refuses them
 when they come again. No token is ever accepted twice, however small the guard, and even if the
 clock is set back. Made by `ejwt_replay_guard_init`, and used by `ejwt_checks`.
 */
typedef struct ejwt_replay_guard {
  /*
   Not for the program.
   */
  ejwt_word opaque[EJWT_REPLAY_GUARD_WORDS];
} ejwt_replay_guard;

/*
 What a verification asks last, in this order. Null asks nothing. All zeros (`EJWT_CHECKS`) ask
 nothing at all.
 */
typedef struct ejwt_checks {
  /*
   Revoked tokens and subjects.
   */
  const struct ejwt_revocations *revocations;
  /*
   A function of the program, which looks at the claims of an authentic token that the policy
   accepts. It returns `EJWT_OK` to accept it. `EJWT_REVOKED` and `EJWT_RECORDS_UNAVAILABLE`
   refuse it with that code, anything else with `EJWT_REFUSED_BY_APPLICATION`. A token that is
   refused here is not used up. It must not use the objects of the call that called it, and the
   claims are gone when it returns.
   */
  ejwt_code (*check)(void *context, const struct ejwt_token *claims);
  /*
   The first argument of `check`.
   */
  void *context;
  /*
   Accepts each token once.
   */
  struct ejwt_replay_guard *replay_guard;
} ejwt_checks;

/*
 Up to `EJWT_KEY_SET_CAPACITY` keys, of which a token's `kid` picks one. Made by
 `ejwt_key_set_init`. A name has up to `EJWT_KEY_ID_CAPACITY` bytes.
 */
typedef struct ejwt_key_set {
  /*
   Not for the program.
   */
  ejwt_word opaque[EJWT_KEY_SET_WORDS];
} ejwt_key_set;

/*
 A token that is verified while it arrives, or a detached payload that is verified or signed.
 Made by `ejwt_stream_begin` and its like. It must stay where it is until `ejwt_stream_end`, and
 so must the key, the set, the policy and the buffer, unchanged. End it before it begins anew:
 otherwise the start of a token may stay in the buffer.
 */
typedef struct ejwt_stream {
  /*
   Not for the program.
   */
  ejwt_word opaque[EJWT_STREAM_WORDS];
} ejwt_stream;

/*
 A function that makes a key from a secret's bytes: `ejwt_key_hs256` and its like.
 */
typedef ejwt_code (*ejwt_make_key)(struct ejwt_key *key, const void *secret, size_t secret_length);

/*
 What a key of a set is limited to. All zeros are no limits, and so is a null pointer to it.
 */
typedef struct ejwt_key_limits {
  /*
   Binds the key to one issuer: its tokens must have exactly this `iss`. The text must stay as
   long as the key is in the set. Null is any issuer.
   */
  const char *issuer;
  /*
   The key verifies tokens from this time on, in seconds since 1970.
   */
  uint64_t not_before;
  /*
   The key verifies tokens up to this time, in seconds since 1970. 0 is for ever.
   */
  uint64_t retired_after;
} ejwt_key_limits;

/*
 Which keys of a set to change.
 */
typedef struct ejwt_key_name {
  /*
   The keys with this name.
   */
  const char *key_id;
  /*
   Of these, only a key that is bound to this issuer. Null is any, bound or not.
   */
  const char *issuer;
  /*
   Of these, only a key for `EJWT_HS256`, `EJWT_HS384` or `EJWT_HS512`. 0 is any.
   */
  uint32_t algorithm;
  /*
   `EJWT_WITHOUT_ISSUER` or 0.
   */
  uint32_t flags;
} ejwt_key_name;

/*
 Which algorithms the keys of a JWK Set may have: those whose function is set. Only these are
 linked.
 */
typedef struct ejwt_makers {
  /*
   `ejwt_key_hs256`, or null if keys for HS256 are passed over.
   */
  ejwt_make_key hs256;
  /*
   `ejwt_key_hs384`, or null if keys for HS384 are passed over.
   */
  ejwt_make_key hs384;
  /*
   `ejwt_key_hs512`, or null if keys for HS512 are passed over.
   */
  ejwt_make_key hs512;
  /*
   The algorithm of keys without `alg`: `EJWT_HS256`, `EJWT_HS384` or `EJWT_HS512`, or 0 to
   pass them over.
   */
  uint32_t algorithm;
} ejwt_makers;

/*
 What became of the keys of a JWK Set.
 */
typedef struct ejwt_jwks_report {
  /*
   The number of keys that were added.
   */
  size_t added;
  /*
   The number of keys that the set had already.
   */
  size_t repeated;
  /*
   The number of keys that can't be used here.
   */
  size_t passed_over;
  /*
   Why the first key was passed over, or 0.
   */
  ejwt_code first_code;
  /*
   The index of the key that `first_code` is about, or that the whole text is refused for.
   */
  uint32_t first_index;
} ejwt_jwks_report;

/*
 What stands in the header of a token that is made. All zeros, or a null pointer to it, are the
 usual header: `alg`, and `typ` is `JWT` if the payload is a claims set.
 */
typedef struct ejwt_signing {
  /*
   Names the key: `kid`. Null is no name.
   */
  const char *key_id;
  /*
   Another type than `JWT`. Null is the usual one.
   */
  const char *typ;
  /*
   A JSON object, whose members are added to the header. Null adds none.
   */
  const char *header_parameters;
  /*
   A sum of `EJWT_WITHOUT_TYP` and `EJWT_ALLOW_UNLIMITED`.
   */
  uint32_t flags;
} ejwt_signing;

/*
 The claims that are new in every token: `iat`, `nbf`, `exp`, and perhaps `jti`.
 */
typedef struct ejwt_stamp {
  /*
   The time now, in seconds since 1970.
   */
  uint64_t now;
  /*
   For how many seconds the token is good. With 0, a verification takes it only with a leeway.
   */
  uint32_t lifetime;
  /*
   Names the token by these bytes: random ones, at least 8, or a counter that never comes back.
   Null is no name.
   */
  const void *jwt_id;
  /*
   The number of these bytes.
   */
  size_t jwt_id_length;
} ejwt_stamp;

/*
 The latest time known to have passed, for devices whose clock may be reset. Made by
 `ejwt_time_floor_init`.
 */
typedef struct ejwt_time_floor {
  /*
   Not for the program.
   */
  ejwt_word opaque[EJWT_TIME_FLOOR_WORDS];
} ejwt_time_floor;

/*
 The claims or the header of a token that was NOT verified: anyone may have written them. Made by
 `ejwt_unverified_claims` and `ejwt_unverified_header`, to find the key to verify the token with.
 Its text is in the buffer that it was decoded into.

 It is no proof: `ejwt_claim_string` and its like refuse it with `EJWT_NOT_INITIALIZED`. Verify
 the token, and read all that you rely on from the `ejwt_token`.
 */
typedef struct ejwt_unverified {
  /*
   Not for the program.
   */
  ejwt_word opaque[EJWT_UNVERIFIED_WORDS];
} ejwt_unverified;

/*
 The call did what it says.
 */
#define EJWT_OK 0

/*
 Key is shorter than the hash's output.
 */
#define EJWT_KEY_TOO_SHORT 1

/*
 Key is not canonical Base64URL without padding.
 */
#define EJWT_KEY_NOT_BASE64URL 2

/*
 Leeway is longer than 600 seconds.
 */
#define EJWT_LEEWAY_TOO_LONG 3

/*
 JSON depth is not in 1 to 32.
 */
#define EJWT_DEPTH_OUT_OF_RANGE 4

/*
 Policy sets the same rule twice.
 */
#define EJWT_RULE_SET_TWICE 5

/*
 Policy's list of issuers or audiences is empty.
 */
#define EJWT_EMPTY_LIST 6

/*
 Policy allows a missing exp and sets a rule that needs it.
 */
#define EJWT_CONTRADICTORY_EXPIRATION 7

/*
 Policy's rules for aud contradict each other.
 */
#define EJWT_CONTRADICTORY_AUDIENCE 8

/*
 Policy allows a missing jti and requires jti.
 */
#define EJWT_CONTRADICTORY_JWT_ID 9

/*
 Key set is full.
 */
#define EJWT_KEY_SET_FULL 10

/*
 Key set has a key of this name, algorithm and issuer.
 */
#define EJWT_DUPLICATE_KEY_ID 11

/*
 Several keys of the set have this name.
 */
#define EJWT_AMBIGUOUS_KEY_ID 12

/*
 Key's name is too long.
 */
#define EJWT_KEY_ID_TOO_LONG 13

/*
 JSON Web Key or JWK Set is longer than 65,535 bytes.
 */
#define EJWT_JWK_TOO_LONG 14

/*
 `keys` is not an array.
 */
#define EJWT_INVALID_KEYS 15

/*
 Member of a JSON Web Key appears twice.
 */
#define EJWT_DUPLICATE_JWK_MEMBER 16

/*
 `kty` is missing.
 */
#define EJWT_MISSING_KEY_TYPE 17

/*
 `kty` is not a string.
 */
#define EJWT_INVALID_KEY_TYPE 18

/*
 `kty` is not oct.
 */
#define EJWT_UNSUPPORTED_KEY_TYPE 19

/*
 `use` is not a string.
 */
#define EJWT_INVALID_KEY_USE 20

/*
 `key_ops` is not an array of up to 32 different strings.
 */
#define EJWT_INVALID_KEY_OPERATIONS 21

/*
 `use` or key_ops says that the key is not for signatures.
 */
#define EJWT_KEY_NOT_FOR_SIGNATURES 22

/*
 Algorithm is none of HS256, HS384 and HS512.
 */
#define EJWT_UNSUPPORTED_ALGORITHM 23

/*
 `k` is missing.
 */
#define EJWT_MISSING_KEY_VALUE 24

/*
 `k` is not a string.
 */
#define EJWT_INVALID_KEY_VALUE 25

/*
 JWK Set has no usable key.
 */
#define EJWT_NO_USABLE_KEY 26

/*
 List of revocations is full.
 */
#define EJWT_REVOCATIONS_FULL 27

/*
 Saved state can't be restored.
 */
#define EJWT_INVALID_SAVED_STATE 28

/*
 Token is too long.
 */
#define EJWT_TOKEN_TOO_LONG 29

/*
 Token is not three segments separated by two dots.
 */
#define EJWT_NOT_COMPACT_SERIALIZATION 30

/*
 Signature does not have the length of the algorithm's MAC.
 */
#define EJWT_SIGNATURE_LENGTH 31

/*
 Buffer is too small.
 */
#define EJWT_BUFFER_TOO_SMALL 32

/*
 Segment is not canonical Base64URL without padding.
 */
#define EJWT_INVALID_BASE64URL 33

/*
 Engine failed to compute the MAC.
 */
#define EJWT_MAC_ENGINE 34

/*
 Signature does not match.
 */
#define EJWT_SIGNATURE_MISMATCH 35

/*
 Signature does not match, and the payload is missing.
 */
#define EJWT_DETACHED_PAYLOAD 36

/*
 Text is not one valid JSON object.
 */
#define EJWT_INVALID_JSON 37

/*
 JSON text is not valid UTF-8.
 */
#define EJWT_INVALID_UTF8 38

/*
 JSON escape is half of a surrogate pair.
 */
#define EJWT_LONE_SURROGATE 39

/*
 JSON text is nested too deep.
 */
#define EJWT_NESTING_TOO_DEEP 40

/*
 Header parameter appears twice.
 */
#define EJWT_DUPLICATE_HEADER_PARAMETER 41

/*
 `alg` is missing.
 */
#define EJWT_MISSING_ALGORITHM 42

/*
 `alg` is not a string.
 */
#define EJWT_INVALID_ALGORITHM 43

/*
 `kid` is not a string.
 */
#define EJWT_INVALID_KEY_ID 44

/*
 `cty` is not a string.
 */
#define EJWT_INVALID_CONTENT_TYPE 45

/*
 `typ` is not a string.
 */
#define EJWT_INVALID_TYPE 46

/*
 `kid` is missing.
 */
#define EJWT_MISSING_KEY_ID 47

/*
 `kid` names no key of the set.
 */
#define EJWT_UNKNOWN_KEY_ID 48

/*
 `alg` is not the key's algorithm.
 */
#define EJWT_ALGORITHM_MISMATCH 49

/*
 `crit` names extensions, and none is supported.
 */
#define EJWT_CRITICAL_EXTENSION 50

/*
 `b64` is not supported.
 */
#define EJWT_UNENCODED_PAYLOAD 51

/*
 Nested tokens are not supported.
 */
#define EJWT_NESTED_TOKEN 52

/*
 `typ` is missing.
 */
#define EJWT_MISSING_TYPE 53

/*
 `typ` is not the expected one.
 */
#define EJWT_TYPE_MISMATCH 54

/*
 Payload is no JSON, and zip says that it is compressed.
 */
#define EJWT_COMPRESSED_PAYLOAD 55

/*
 Claim appears twice.
 */
#define EJWT_DUPLICATE_CLAIM 56

/*
 `iss` is not a string.
 */
#define EJWT_INVALID_ISSUER 57

/*
 `sub` is not a string.
 */
#define EJWT_INVALID_SUBJECT 58

/*
 `jti` is not a string.
 */
#define EJWT_INVALID_JWT_ID 59

/*
 `aud` is neither a string nor an array of strings.
 */
#define EJWT_INVALID_AUDIENCE 60

/*
 `exp` is not a number.
 */
#define EJWT_INVALID_EXPIRATION 61

/*
 `nbf` is not a number.
 */
#define EJWT_INVALID_NOT_BEFORE 62

/*
 `iat` is not a number.
 */
#define EJWT_INVALID_ISSUED_AT 63

/*
 Required claim is missing.
 */
#define EJWT_MISSING_CLAIM 64

/*
 `iss` is missing.
 */
#define EJWT_MISSING_ISSUER 65

/*
 `iss` is not the expected one.
 */
#define EJWT_ISSUER_MISMATCH 66

/*
 `sub` is missing.
 */
#define EJWT_MISSING_SUBJECT 67

/*
 `sub` is not the expected one.
 */
#define EJWT_SUBJECT_MISMATCH 68

/*
 `aud` is missing.
 */
#define EJWT_MISSING_AUDIENCE 69

/*
 `aud` does not name the expected audience.
 */
#define EJWT_AUDIENCE_MISMATCH 70

/*
 `aud` is present and none is expected.
 */
#define EJWT_UNEXPECTED_AUDIENCE 71

/*
 `exp` is missing.
 */
#define EJWT_MISSING_EXPIRATION 72

/*
 `iat` is missing.
 */
#define EJWT_MISSING_ISSUED_AT 73

/*
 Token lives longer than the maximum lifetime.
 */
#define EJWT_LIFETIME_TOO_LONG 74

/*
 Token has expired.
 */
#define EJWT_EXPIRED 75

/*
 Token expires later than the maximum remaining lifetime allows.
 */
#define EJWT_EXPIRES_TOO_LATE 76

/*
 Token is not valid yet.
 */
#define EJWT_NOT_YET_VALID 77

/*
 Token was issued in the future.
 */
#define EJWT_ISSUED_IN_FUTURE 78

/*
 Token is older than the maximum age.
 */
#define EJWT_TOO_OLD 79

/*
 Key is bound to another issuer.
 */
#define EJWT_KEY_OF_ANOTHER_ISSUER 80

/*
 Key is not valid yet.
 */
#define EJWT_KEY_NOT_YET_VALID 81

/*
 Key is retired.
 */
#define EJWT_KEY_RETIRED 82

/*
 Time is not known well enough.
 */
#define EJWT_TIME_UNKNOWN 83

/*
 Token is revoked.
 */
#define EJWT_REVOKED 84

/*
 Application refused the token.
 */
#define EJWT_REFUSED_BY_APPLICATION 85

/*
 `jti` is missing.
 */
#define EJWT_MISSING_JWT_ID 86

/*
 Token was accepted before.
 */
#define EJWT_REPLAYED 87

/*
 Token may have been accepted before, and been forgotten.
 */
#define EJWT_REPLAY_NOT_EXCLUDED 88

/*
 Replay guard is full.
 */
#define EJWT_REPLAY_GUARD_FULL 89

/*
 Records of tokens can't be looked up.
 */
#define EJWT_RECORDS_UNAVAILABLE 90

/*
 Member asked for is missing.
 */
#define EJWT_MISSING_MEMBER 91

/*
 Value does not fit the type that it is read into.
 */
#define EJWT_UNREADABLE_VALUE 92

/*
 String with escapes needs more memory for decoding.
 */
#define EJWT_SCRATCH_TOO_SMALL 93

/*
 Value can't be written as JSON.
 */
#define EJWT_UNWRITABLE_VALUE 94

/*
 Token has a payload, beside the one that is verified.
 */
#define EJWT_PAYLOAD_NOT_DETACHED 95

/*
 A pointer is null that must not be.
 */
#define EJWT_NULL_POINTER 256

/*
 A pointer to an object is not aligned as the object has to be.
 */
#define EJWT_MISALIGNED 257

/*
 A length is more than the address space has behind its pointer.
 */
#define EJWT_TOO_LONG 258

/*
 Two arguments overlap that must not: what the call writes, such as the buffer, and anything
 else, or what that leads to, such as a policy's text.
 */
#define EJWT_OVERLAP 259

/*
 An object was not initialized, or has been wiped, or is of another kind.
 */
#define EJWT_NOT_INITIALIZED 260

/*
 An object was moved or copied that must stay where it was initialized.
 */
#define EJWT_MOVED 261

/*
 A text is not UTF-8.
 */
#define EJWT_NOT_UTF8 262

/*
 A number is none of those that are defined for it, or an unknown bit is set.
 */
#define EJWT_UNKNOWN_VALUE 263

/*
 A policy's lists have more than `EJWT_MAX_LISTED` entries together.
 */
#define EJWT_LIST_TOO_LONG 264

/*
 The caller's object has another size: its header and the library were built with different
 capacities.
 */
#define EJWT_WRONG_SIZE 265

/*
 A string has a zero byte in it, so a C string can't hold it.
 */
#define EJWT_EMBEDDED_NUL 266

/*
 The claim or header parameter is another string.
 */
#define EJWT_DIFFERENT 267

/*
 A detached payload was ended already, or can't begin again.
 */
#define EJWT_ENDED 268

/*
 The library was built without what the call needs.
 */
#define EJWT_NOT_BUILT 269

/*
 Nobody's: `EJWT_OK`.
 */
#define EJWT_CLASS_NONE 0

/*
 The token's: it is refused, and stays refused. Answer 401.
 */
#define EJWT_CLASS_TOKEN 1

/*
 The configuration's: a key, a policy or a buffer has to change. Answer 500.
 */
#define EJWT_CLASS_CONFIGURATION 2

/*
 The device's: its clock, its engine or its records. The token may be good, and a later try may
 succeed. Answer 503.
 */
#define EJWT_CLASS_DEVICE 3

/*
 The reader's: a verified token does not have what was asked for, or not as it was asked. This
 includes `EJWT_EMBEDDED_NUL` and `EJWT_DIFFERENT`.
 */
#define EJWT_CLASS_READING 4

/*
 The program's: the call itself is wrong. All other codes from 256 on, and numbers that are no
 code.
 */
#define EJWT_CLASS_PROGRAM 5

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The version of the library that is linked, as a text: "0.1.0".
 */
const char *ejwt_version(void);

/*
 Copies a claim that is a string to `memory`, with a zero byte behind it. `length` may be null;
 it gets the string's length without the zero byte, or with `EJWT_BUFFER_TOO_SMALL` the bytes
 needed with it. A string that has a zero byte in it is refused with `EJWT_EMBEDDED_NUL`.
 `memory` is written only if the claim is copied.

 # Safety
 `token` leads to a token, `name` to a text, `memory` to `size` bytes, `length` to a number.
 */
ejwt_code ejwt_claim_string(const struct ejwt_token *token,
                            const char *name,
                            char *memory,
                            size_t size,
                            size_t *length);

/*
 Finds a claim that is a string, where it is in the token's buffer. It has no zero byte behind
 it. A string with an escape (a quote, a backslash, a control character) is refused with
 `EJWT_UNREADABLE_VALUE`: copy it.

 # Safety
 `token` leads to a token, `name` to a text, `text` to a pointer, `length` to a number.
 */
ejwt_code ejwt_claim_slice(const struct ejwt_token *token,
                           const char *name,
                           const char **text,
                           size_t *length);

/*
 Compares a claim with a text: `EJWT_OK` if it is that string, `EJWT_DIFFERENT` if it is another.
 Needs no memory.

 # Safety
 `token` leads to a token, `name` and `expected` to texts.
 */
ejwt_code ejwt_claim_is(const struct ejwt_token *token, const char *name, const char *expected);

/*
 Reads a claim that is a whole number.

 # Safety
 `token` leads to a token, `name` to a text, `value` to a number.
 */
ejwt_code ejwt_claim_i64(const struct ejwt_token *token, const char *name, int64_t *value);

/*
 Reads a claim that is a whole number from 0 on.

 # Safety
 `token` leads to a token, `name` to a text, `value` to a number.
 */
ejwt_code ejwt_claim_u64(const struct ejwt_token *token, const char *name, uint64_t *value);

/*
 Reads a claim that is a whole number of up to 32 bits. On a small device, this links less than
 `ejwt_claim_i64`.

 # Safety
 `token` leads to a token, `name` to a text, `value` to a number.
 */
ejwt_code ejwt_claim_i32(const struct ejwt_token *token, const char *name, int32_t *value);

/*
 Reads a claim that is true or false.

 # Safety
 `token` leads to a token, `name` to a text, `value` to a `bool`.
 */
ejwt_code ejwt_claim_bool(const struct ejwt_token *token, const char *name, bool *value);

/*
 Reads one of the dates `exp`, `nbf` and `iat`, in seconds since 1970, rounded down.
 `nanoseconds` may be null; it gets what to add. A date that never comes is `INT64_MAX`.

 # Safety
 `token` leads to a token, `name` to a text, `seconds` and `nanoseconds` to numbers.
 */
ejwt_code ejwt_claim_date(const struct ejwt_token *token,
                          const char *name,
                          int64_t *seconds,
                          uint32_t *nanoseconds);

/*
 Finds the JSON text of a claim of any kind, without white space and needless escapes, where it
 is in the token's buffer. It has no zero byte behind it.

 # Safety
 `token` leads to a token, `name` to a text, `text` to a pointer, `length` to a number.
 */
ejwt_code ejwt_claim_json(const struct ejwt_token *token,
                          const char *name,
                          const char **text,
                          size_t *length);

/*
 Finds the JSON text of the whole claims set, where it is in the token's buffer. It has no zero
 byte behind it.

 # Safety
 `token` leads to a token, `text` to a pointer, `length` to a number.
 */
ejwt_code ejwt_claims_json(const struct ejwt_token *token, const char **text, size_t *length);

/*
 Copies one of the audiences, `aud`, to `memory`, as `ejwt_claim_string` does. `index` counts
 from 0; `EJWT_MISSING_MEMBER` says that there are no more.

 # Safety
 `token` leads to a token, `memory` to `size` bytes, `length` to a number.
 */
ejwt_code ejwt_audience(const struct ejwt_token *token,
                        size_t index,
                        char *memory,
                        size_t size,
                        size_t *length);

/*
 Copies a header parameter that is a string, such as `kid`, `typ` or `alg`, as
 `ejwt_claim_string` does a claim.

 # Safety
 As for `ejwt_claim_string`.
 */
ejwt_code ejwt_header_string(const struct ejwt_token *token,
                             const char *name,
                             char *memory,
                             size_t size,
                             size_t *length);

/*
 Compares a header parameter with a text, as `ejwt_claim_is` does a claim.

 # Safety
 As for `ejwt_claim_is`.
 */
ejwt_code ejwt_header_is(const struct ejwt_token *token, const char *name, const char *expected);

/*
 Finds the JSON text of a header parameter, as `ejwt_claim_json` does that of a claim.

 # Safety
 As for `ejwt_claim_json`.
 */
ejwt_code ejwt_header_parameter_json(const struct ejwt_token *token,
                                     const char *name,
                                     const char **text,
                                     size_t *length);

/*
 Finds the JSON text of the whole header, as `ejwt_claims_json` does that of the claims set.

 # Safety
 As for `ejwt_claims_json`.
 */
ejwt_code ejwt_header_json(const struct ejwt_token *token, const char **text, size_t *length);

/*
 Finds the payload of a JWS that was verified by `ejwt_verify_jws` and its like, where it is in
 the token's buffer.

 # Safety
 `token` leads to a token, `payload` to a pointer, `length` to a number.
 */
ejwt_code ejwt_payload(const struct ejwt_token *token, const void **payload, size_t *length);

/*
 Makes a key of an engine, which has the secret. `engine` is copied; what its `context` leads to
 must stay. If the key can't be made, `key` is wiped, unless `key` or `engine` is a wrong
 pointer.

 # Safety
 `key` leads to a key's memory, `engine` to an engine, whose functions do what they should.
 */
ejwt_code ejwt_key_engine(struct ejwt_key *key, const struct ejwt_engine *engine);

/*
 The text for a code, for a log of the device: English, lower case, without a full stop. A number
 that is no code has a text too. All texts take 4 KB of flash, if this function is called at all.
 */
const char *ejwt_error_text(ejwt_code code);

/*
 Whose fault it is, if a verification returned the code: whether to tell the peer to get another
 token, or to try this one again.
 */
ejwt_class ejwt_error_class(ejwt_code code);

/*
 Makes an incoming token, and gives it the buffer that it is decoded into: three quarters of the
 longest token, and with a key set its header again, if that has escapes, or white space outside
 strings.

 # Safety
 `incoming` leads to an incoming token's memory, `buffer` to `buffer_size` bytes, which stay
 until `ejwt_incoming_end`.
 */
ejwt_code ejwt_incoming_init(struct ejwt_incoming *incoming, void *buffer, size_t buffer_size);

/*
 Takes the next piece, of any length. Returns `EJWT_TOKEN_TOO_LONG` as soon as the token is.

 # Safety
 `incoming` leads to an incoming token, `piece` to so many bytes.
 */
ejwt_code ejwt_incoming_push(struct ejwt_incoming *incoming,
                             const void *piece,
                             size_t piece_length);

/*
 Whether the token will be refused, whatever follows. True if there is no incoming token.

 # Safety
 `incoming` leads to an incoming token.
 */
bool ejwt_incoming_is_refused(const struct ejwt_incoming *incoming);

/*
 Ends the token, and makes the proof that it holds, with one key, as `ejwt_verify_with` does for
 a whole one. It stays in the buffer until the next piece. `checks` may be null.

 If the call itself is wrong (codes from 256 on), or the policy is, the token is not ended, and
 may be verified by another call.

 # Safety
 `incoming` leads to an incoming token; the rest as for `ejwt_verify_with`.
 */
ejwt_code ejwt_incoming_verify(struct ejwt_incoming *incoming,
                               const struct ejwt_key *key,
                               const struct ejwt_policy *policy,
                               struct ejwt_time now,
                               const struct ejwt_checks *checks,
                               struct ejwt_token *verified);

/*
 Ends the token, and makes the proof that it holds, with a key set.

 # Safety
 As for `ejwt_incoming_verify`; `set` leads to a set.
 */
ejwt_code ejwt_key_set_incoming_verify(struct ejwt_incoming *incoming,
                                       const struct ejwt_key_set *set,
                                       const struct ejwt_policy *policy,
                                       struct ejwt_time now,
                                       const struct ejwt_checks *checks,
                                       struct ejwt_token *verified);

/*
 Gives up the token that has come so far, and wipes it. The next piece begins another one.

 # Safety
 `incoming` leads to an incoming token.
 */
ejwt_code ejwt_incoming_reset(struct ejwt_incoming *incoming);

/*
 Wipes an incoming token, and what of it is in the buffer and was not verified. It has to be
 initialized before it is used again.

 # Safety
 `incoming` leads to an incoming token.
 */
ejwt_code ejwt_incoming_end(struct ejwt_incoming *incoming);

/*
 Verifies a token whose payload is no claims set. Nothing of the payload is looked at; read it by
 `ejwt_payload`. `typ` is the kind of token that is accepted, or null for any.

 # Safety
 `key` leads to a key, `typ` to a text, `token` to `token_length` bytes, `buffer` to
 `buffer_size` bytes, `verified` to a token's memory.
 */
ejwt_code ejwt_verify_jws(const struct ejwt_key *key,
                          const char *typ,
                          const void *token,
                          size_t token_length,
                          void *buffer,
                          size_t buffer_size,
                          struct ejwt_token *verified);

/*
 Verifies a token whose payload is no claims set, with a key set.

 # Safety
 As for `ejwt_verify_jws`; `set` leads to a set.
 */
ejwt_code ejwt_key_set_verify_jws(const struct ejwt_key_set *set,
                                  const char *typ,
                                  const void *token,
                                  size_t token_length,
                                  void *buffer,
                                  size_t buffer_size,
                                  struct ejwt_token *verified);

/*
 Verifies a payload that travels apart from its token, which has two dots and nothing between
 them (RFC 7515 appendix F). The header is decoded into `buffer`.

 # Safety
 As for `ejwt_verify_jws`; `payload` leads to `payload_length` bytes.
 */
ejwt_code ejwt_verify_detached(const struct ejwt_key *key,
                               const char *typ,
                               const void *token,
                               size_t token_length,
                               const void *payload,
                               size_t payload_length,
                               void *buffer,
                               size_t buffer_size,
                               struct ejwt_token *verified);

/*
 Verifies a payload that travels apart from its token, with a key set.

 # Safety
 As for `ejwt_verify_detached`; `set` leads to a set.
 */
ejwt_code ejwt_key_set_verify_detached(const struct ejwt_key_set *set,
                                       const char *typ,
                                       const void *token,
                                       size_t token_length,
                                       const void *payload,
                                       size_t payload_length,
                                       void *buffer,
                                       size_t buffer_size,
                                       struct ejwt_token *verified);

/*
 Begins to verify tokens that arrive in pieces and whose payload is no claims set, as
 `ejwt_stream_begin` does for claims. `ejwt_payload` reads what `ejwt_stream_finish` has
 verified.

 # Safety
 `stream` leads to a stream's memory, `key` to a key, `typ` to a text, `buffer` to `buffer_size`
 bytes. All of them stay until `ejwt_stream_end`.
 */
ejwt_code ejwt_stream_begin_jws(struct ejwt_stream *stream,
                                const struct ejwt_key *key,
                                const char *typ,
                                void *buffer,
                                size_t buffer_size);

/*
 Begins to verify tokens that arrive in pieces and whose payload is no claims set, with a key
 set. Don't change the set before `ejwt_stream_end`.

 # Safety
 As for `ejwt_stream_begin_jws`; `set` leads to a set.
 */
ejwt_code ejwt_key_set_stream_begin_jws(struct ejwt_stream *stream,
                                        const struct ejwt_key_set *set,
                                        const char *typ,
                                        void *buffer,
                                        size_t buffer_size);

/*
 Ends a token that came without a key and whose payload is no claims set, and makes the proof
 that it holds, as `ejwt_verify_jws` does for a whole one. It stays in the buffer until the next
 piece.

 # Safety
 `incoming` leads to an incoming token, `key` to a key, `typ` to a text, `verified` to a token's
 memory.
 */
ejwt_code ejwt_incoming_verify_jws(struct ejwt_incoming *incoming,
                                   const struct ejwt_key *key,
                                   const char *typ,
                                   struct ejwt_token *verified);

/*
 Ends a token that came without a key and whose payload is no claims set, with a key set.

 # Safety
 As for `ejwt_incoming_verify_jws`; `set` leads to a set.
 */
ejwt_code ejwt_key_set_incoming_verify_jws(struct ejwt_incoming *incoming,
                                           const struct ejwt_key_set *set,
                                           const char *typ,
                                           struct ejwt_token *verified);

/*
 Begins to verify a payload that travels apart from its token and arrives in pieces: a firmware
 image, while it is written to flash. `ejwt_stream_push` takes the pieces, and
 `ejwt_stream_finish` makes the proof, once. The token is needed only for this call. If it is
 refused, `stream` is wiped, whatever it was.

 # Safety
 `stream` leads to a stream's memory; the rest as for `ejwt_verify_jws`. Key, `typ` and buffer
 stay until `ejwt_stream_end`.
 */
ejwt_code ejwt_stream_begin_detached(struct ejwt_stream *stream,
                                     const struct ejwt_key *key,
                                     const char *typ,
                                     const void *token,
                                     size_t token_length,
                                     void *buffer,
                                     size_t buffer_size);

/*
 Begins to verify a payload that travels apart from its token, with a key set.

 # Safety
 As for `ejwt_stream_begin_detached`; `set` leads to a set.
 */
ejwt_code ejwt_key_set_stream_begin_detached(struct ejwt_stream *stream,
                                             const struct ejwt_key_set *set,
                                             const char *typ,
                                             const void *token,
                                             size_t token_length,
                                             void *buffer,
                                             size_t buffer_size);

/*
 Makes a key for HS256 from the bytes of a secret: at least 32 random bytes. Wipe your copy of
 the secret afterwards, by `ejwt_wipe`. If the key can't be made, `key` is wiped, except with
 codes from 256 on.

 # Safety
 `key` leads to a key's memory, and `secret` to so many bytes.
 */
ejwt_code ejwt_key_hs256(struct ejwt_key *key, const void *secret, size_t secret_length);

/*
 Makes a key for HS384, of at least 48 bytes, as `ejwt_key_hs256` does.

 # Safety
 As for `ejwt_key_hs256`.
 */
ejwt_code ejwt_key_hs384(struct ejwt_key *key, const void *secret, size_t secret_length);

/*
 Makes a key for HS512, of at least 64 bytes, as `ejwt_key_hs256` does.

 # Safety
 As for `ejwt_key_hs256`.
 */
ejwt_code ejwt_key_hs512(struct ejwt_key *key, const void *secret, size_t secret_length);

/*
 Makes a key from a secret in Base64URL without padding, the form of a JSON Web Key. `make` says
 which key: `ejwt_key_hs256` and its like. `scratch` takes the decoded secret, three quarters of
 the text's length, and is wiped. If the key can't be made, `key` is wiped, unless an argument is
 wrong (codes from 256 on).

 # Safety
 `key` leads to a key's memory, `text` and `scratch` to so many bytes.
 */
ejwt_code ejwt_key_from_base64url(struct ejwt_key *key,
                                  ejwt_make_key make,
                                  const void *text,
                                  size_t text_length,
                                  void *scratch,
                                  size_t scratch_size);

/*
 Overwrites a key with zeros. Wipes any memory of a key's size, whether it holds a key or not.

 # Safety
 `key` leads to a key's memory.
 */
ejwt_code ejwt_key_wipe(struct ejwt_key *key);

/*
 Overwrites memory with zeros, which no compiler leaves out: for your copies of secrets.

 # Safety
 `memory` leads to `size` bytes.
 */
ejwt_code ejwt_wipe(void *memory, size_t size);

/*
 Makes a set without keys, which refuses every token. `size` is `sizeof` the object, so that a
 header with another capacity than the library's is found out. `flags` is
 `EJWT_ALLOW_MISSING_KEY_ID` or 0.

 # Safety
 `set` leads to `size` bytes.
 */
ejwt_code ejwt_key_set_init(struct ejwt_key_set *set, size_t size, uint32_t flags);

/*
 Adds a key, under a name and with limits, which may be null. The key moves into the set, and the
 caller's is wiped. If it can't be added, set and key stay as they are.

 # Safety
 `set` leads to a set, `key_id` to a text, `key` to a key, `limits` to limits.
 */
ejwt_code ejwt_key_set_add(struct ejwt_key_set *set,
                           const char *key_id,
                           struct ejwt_key *key,
                           const struct ejwt_key_limits *limits);

/*
 Replaces a key, and its limits. If several keys have the name, it replaces the one for the same
 algorithm and issuer as the new one, unless `name` says which. If that can't be done, set and
 key stay as they are.

 # Safety
 `set` leads to a set, `name` to a name and its texts, `key` to a key, `limits` to limits.
 */
ejwt_code ejwt_key_set_replace(struct ejwt_key_set *set,
                               const struct ejwt_key_name *name,
                               struct ejwt_key *key,
                               const struct ejwt_key_limits *limits);

/*
 Removes all keys with this name, and wipes them.

 # Safety
 `set` leads to a set, `name` to a name and its texts.
 */
ejwt_code ejwt_key_set_remove(struct ejwt_key_set *set, const struct ejwt_key_name *name);

/*
 Sets the time from which a key verifies tokens, in seconds since 1970.

 # Safety
 `set` leads to a set, `name` to a name and its texts.
 */
ejwt_code ejwt_key_set_start(struct ejwt_key_set *set,
                             const struct ejwt_key_name *name,
                             uint64_t not_before);

/*
 Sets the time up to which a key verifies tokens, in seconds since 1970.

 # Safety
 `set` leads to a set, `name` to a name and its texts.
 */
ejwt_code ejwt_key_set_retire(struct ejwt_key_set *set,
                              const struct ejwt_key_name *name,
                              uint64_t after);

/*
 Adds the keys of a JWK Set, or of one JSON Web Key, that can be used here (RFC 7517 section 5).
 The text is strict JSON of up to 65,535 bytes, and is wiped, whether it is accepted or not. All
 keys are bound to `issuer`, which may be null, and must stay. `report` may be null. If the text
 is refused, none of its keys stays; `EJWT_NO_USABLE_KEY` says that all were passed over. Codes
 from 256 on say that the call itself is wrong. Then nothing is touched.

 # Safety
 `set` leads to a set, `makers` to makers, `text` to so many bytes, `issuer` to a text, `report`
 to a report.
 */
ejwt_code ejwt_key_set_read_jwks(struct ejwt_key_set *set,
                                 const struct ejwt_makers *makers,
                                 void *text,
                                 size_t text_length,
                                 const char *issuer,
                                 struct ejwt_jwks_report *report);

/*
 The number of keys, or 0 if there is no set.

 # Safety
 `set` leads to a set.
 */
size_t ejwt_key_set_length(const struct ejwt_key_set *set);

/*
 Wipes all keys of a set. It has to be initialized before it is used again.

 # Safety
 `set` leads to a set's memory.
 */
ejwt_code ejwt_key_set_wipe(struct ejwt_key_set *set);

/*
 Verifies a token with the key of a set that its `kid` names, as `ejwt_verify_with` does with one
 key. `checks` may be null.

 # Safety
 As for `ejwt_verify_with`; `set` leads to a set.
 */
ejwt_code ejwt_key_set_verify(const struct ejwt_key_set *set,
                              const struct ejwt_policy *policy,
                              const void *token,
                              size_t token_length,
                              struct ejwt_time now,
                              const struct ejwt_checks *checks,
                              void *buffer,
                              size_t buffer_size,
                              struct ejwt_token *verified);

/*
 Checks a policy as each verification does, at the start of the program: whether its texts are
 UTF-8, its numbers in range, and its rules free of contradictions.

 # Safety
 `policy` leads to a policy, and its pointers to texts and lists of texts.
 */
ejwt_code ejwt_policy_check(const struct ejwt_policy *policy);

/*
 Makes a token of a claims set, which is JSON text and ends with a zero byte. `signing` and
 `stamp` may be null. With a stamp, `iat`, `nbf`, `exp` and perhaps `jti` are set, and the claims
 set must not have them. The token is made in `buffer`, with a zero byte behind it.

 Only such tokens are made as `ejwt_verify` takes, at a time when they are good, under a policy
 that asks for no more. Otherwise returns the code that it would return, and nothing is left in
 the buffer. `length` gets the token's length, or with `EJWT_BUFFER_TOO_SMALL` the bytes needed
 with the zero byte (if these are more than 65,535, then as many as the longest token needs), and
 otherwise 0. Codes from 256 on say that the call itself is wrong. Then nothing is touched.

 # Safety
 `key` leads to a key, `signing` to a signing and its texts, `claims` to a text, `stamp` to a
 stamp and its bytes, `buffer` to `buffer_size` bytes, `length` to a number.
 */
ejwt_code ejwt_sign(const struct ejwt_key *key,
                    const struct ejwt_signing *signing,
                    const char *claims,
                    const struct ejwt_stamp *stamp,
                    char *buffer,
                    size_t buffer_size,
                    size_t *length);

/*
 Makes a token of a payload of any kind, for `ejwt_verify_jws`. `typ` is left out unless it is
 set.

 # Safety
 As for `ejwt_sign`; `payload` leads to so many bytes.
 */
ejwt_code ejwt_sign_payload(const struct ejwt_key *key,
                            const struct ejwt_signing *signing,
                            const void *payload,
                            size_t payload_length,
                            char *buffer,
                            size_t buffer_size,
                            size_t *length);

/*
 Makes a token for a payload that travels apart from it, for `ejwt_verify_detached`.

 # Safety
 As for `ejwt_sign_payload`.
 */
ejwt_code ejwt_sign_detached(const struct ejwt_key *key,
                             const struct ejwt_signing *signing,
                             const void *payload,
                             size_t payload_length,
                             char *buffer,
                             size_t buffer_size,
                             size_t *length);

/*
 Begins to sign a payload that travels apart from its token and comes in pieces.
 `ejwt_stream_push` takes the pieces, and `ejwt_stream_finish_signing` makes the token in
 `buffer`, once. If the header can't be made, `stream` is wiped, whatever it was.

 # Safety
 `stream` leads to a stream's memory; the rest as for `ejwt_sign`. Key, texts and buffer stay
 until `ejwt_stream_end`.
 */
ejwt_code ejwt_stream_begin_signing(struct ejwt_stream *stream,
                                    const struct ejwt_key *key,
                                    const struct ejwt_signing *signing,
                                    char *buffer,
                                    size_t buffer_size);

/*
 Ends a payload that is signed, and makes its token at the start of the buffer, without a zero
 byte behind it. `length` gets the token's length, and is untouched if there is none.

 # Safety
 `stream` leads to a stream, `length` to a number.
 */
ejwt_code ejwt_stream_finish_signing(struct ejwt_stream *stream, size_t *length);

/*
 Makes a replay guard that remembers nothing yet. `size` is `sizeof` the object, so that a header
 with another capacity than the library's is found out. `when_full` is `EJWT_WHEN_FULL_REFUSE` or
 `EJWT_WHEN_FULL_EVICT`.

 # Safety
 `guard` leads to `size` bytes.
 */
ejwt_code ejwt_replay_guard_init(struct ejwt_replay_guard *guard, size_t size, uint32_t when_full);

/*
 Saves the guard to the start of `memory`. Save it after a token is accepted and before you act
 on it: a power loss erases what was not saved. `length` gets the number of bytes written, or
 with `EJWT_BUFFER_TOO_SMALL` the number needed.

 # Safety
 `guard` leads to a guard, `memory` to `size` bytes, `length` to a number.
 */
ejwt_code ejwt_replay_guard_save(const struct ejwt_replay_guard *guard,
                                 void *memory,
                                 size_t size,
                                 size_t *length);

/*
 Replaces what the guard remembers by what was saved. If that can't be restored, the guard stays
 as it is.

 # Safety
 `guard` leads to a guard, `saved` to so many bytes.
 */
ejwt_code ejwt_replay_guard_restore(struct ejwt_replay_guard *guard,
                                    const void *saved,
                                    size_t saved_length);

/*
 The number of tokens that the guard remembers, or 0 if there is no guard.

 # Safety
 `guard` leads to a guard.
 */
size_t ejwt_replay_guard_length(const struct ejwt_replay_guard *guard);

/*
 Makes a list that revokes nothing. `size` is `sizeof` the object, so that a header with another
 capacity than the library's is found out.

 # Safety
 `revocations` leads to `size` bytes.
 */
ejwt_code ejwt_revocations_init(struct ejwt_revocations *revocations, size_t size);

/*
 Revokes the tokens with this `jti`. `expiration` is the latest time at which one of them
 expires, in seconds since 1970, or `UINT64_MAX` if you don't know it.

 # Safety
 `revocations` leads to a list, `jwt_id` to a text.
 */
ejwt_code ejwt_revoke_jwt_id(struct ejwt_revocations *revocations,
                             const char *jwt_id,
                             uint64_t expiration);

/*
 Revokes the tokens with this `sub` that were issued before a time, in seconds since 1970: now +
 1 for all up to now, `UINT64_MAX` for all of them, future ones too.

 # Safety
 `revocations` leads to a list, `subject` to a text.
 */
ejwt_code ejwt_revoke_subject(struct ejwt_revocations *revocations,
                              const char *subject,
                              uint64_t issued_before);

/*
 Revokes all tokens that were issued before a time, in seconds since 1970.

 # Safety
 `revocations` leads to a list.
 */
ejwt_code ejwt_revoke_issued_before(struct ejwt_revocations *revocations, uint64_t seconds);

/*
 Removes the revocation of a `jti`. `EJWT_MISSING_MEMBER` if there is none.

 # Safety
 `revocations` leads to a list, `jwt_id` to a text.
 */
ejwt_code ejwt_reinstate_jwt_id(struct ejwt_revocations *revocations, const char *jwt_id);

/*
 Removes the revocation of a `sub`. `EJWT_MISSING_MEMBER` if there is none.

 # Safety
 `revocations` leads to a list, `subject` to a text.
 */
ejwt_code ejwt_reinstate_subject(struct ejwt_revocations *revocations, const char *subject);

/*
 Makes room: forgets the names whose tokens have certainly expired.

 # Safety
 `revocations` leads to a list.
 */
ejwt_code ejwt_revocations_forget_expired(struct ejwt_revocations *revocations,
                                          struct ejwt_time now);

/*
 The number of revoked names, or 0 if there is no list.

 # Safety
 `revocations` leads to a list.
 */
size_t ejwt_revocations_length(const struct ejwt_revocations *revocations);

/*
 Saves the list to the start of `memory`. `length` gets the number of bytes written, or with
 `EJWT_BUFFER_TOO_SMALL` the number needed.

 # Safety
 `revocations` leads to a list, `memory` to `size` bytes, `length` to a number.
 */
ejwt_code ejwt_revocations_save(const struct ejwt_revocations *revocations,
                                void *memory,
                                size_t size,
                                size_t *length);

/*
 Replaces all revocations by those that were saved. If they can't be restored, the list stays as
 it is.

 # Safety
 `revocations` leads to a list, `saved` to so many bytes.
 */
ejwt_code ejwt_revocations_restore(struct ejwt_revocations *revocations,
                                   const void *saved,
                                   size_t saved_length);

/*
 Makes a floor at the build time, in seconds since 1970. One token raises it by at most
 `maximum_step` seconds: the longest time that the device may go without any token, such as a
 year.

 # Safety
 `floor` leads to a floor's memory.
 */
ejwt_code ejwt_time_floor_init(struct ejwt_time_floor *floor,
                               uint64_t build_time,
                               uint32_t maximum_step);

/*
 The time for a verification: what the clock says, where that does not contradict the floor. A
 clock that is behind the floor lies. If the call fails, `time` is not known; if a pointer is
 wrong, it is not touched.

 # Safety
 `floor` leads to a floor, `time` to a time.
 */
ejwt_code ejwt_time_floor_with_clock(const struct ejwt_time_floor *floor,
                                     struct ejwt_time clock,
                                     struct ejwt_time *time);

/*
 Raises the floor to a verified token's `iat`, or to its `nbf` if it has no `iat`. `rose` may be
 null; it tells whether the floor rose, and should be saved.

 # Safety
 `floor` leads to a floor, `token` to a token, `rose` to a `bool`.
 */
ejwt_code ejwt_time_floor_raise(struct ejwt_time_floor *floor,
                                const struct ejwt_token *token,
                                bool *rose);

/*
 Saves the floor to the start of `memory`. `length` gets the number of bytes written, or with
 `EJWT_BUFFER_TOO_SMALL` the number needed.

 # Safety
 `floor` leads to a floor, `memory` to `size` bytes, `length` to a number.
 */
ejwt_code ejwt_time_floor_save(const struct ejwt_time_floor *floor,
                               void *memory,
                               size_t size,
                               size_t *length);

/*
 Raises the floor to a saved one. If that can't be restored, the floor stays as it is.

 # Safety
 `floor` leads to a floor, `saved` to so many bytes.
 */
ejwt_code ejwt_time_floor_restore(struct ejwt_time_floor *floor,
                                  const void *saved,
                                  size_t saved_length);

/*
 Begins to verify tokens that arrive in pieces, with one key, under a policy. Each is decoded
 into `buffer`, which needs three quarters of its length; its text need not be stored.

 # Safety
 `stream` leads to a stream's memory, `key` to a key, `policy` to a policy, `buffer` to
 `buffer_size` bytes. All of them stay until `ejwt_stream_end`.
 */
ejwt_code ejwt_stream_begin(struct ejwt_stream *stream,
                            const struct ejwt_key *key,
                            const struct ejwt_policy *policy,
                            void *buffer,
                            size_t buffer_size);

/*
 Begins to verify tokens that arrive in pieces, with a key set. A header that has escapes, or
 white space outside strings, needs its own length in `buffer` again. Don't change the set before
 `ejwt_stream_end`; if it has to change meanwhile, use `ejwt_incoming`.

 # Safety
 As for `ejwt_stream_begin`; `set` leads to a set.
 */
ejwt_code ejwt_key_set_stream_begin(struct ejwt_stream *stream,
                                    const struct ejwt_key_set *set,
                                    const struct ejwt_policy *policy,
                                    void *buffer,
                                    size_t buffer_size);

/*
 Takes the next piece, of any length. After `ejwt_stream_finish`, the next piece begins another
 token. Returns `EJWT_TOKEN_TOO_LONG` as soon as the token is, and `EJWT_MAC_ENGINE` as soon as
 the engine fails; all other codes come from `ejwt_stream_finish`.

 # Safety
 `stream` leads to a stream, `piece` to so many bytes.
 */
ejwt_code ejwt_stream_push(struct ejwt_stream *stream, const void *piece, size_t piece_length);

/*
 Whether the token will be refused, whatever follows. Then the sender may be cut off, and
 `ejwt_stream_finish` says why. True if there is no stream.

 # Safety
 `stream` leads to a stream.
 */
bool ejwt_stream_is_refused(const struct ejwt_stream *stream);

/*
 Ends a token, and makes the proof that it holds, as `ejwt_verify_with` does for a whole one. It
 stays in the buffer until the next piece or the end of the stream. `checks` may be null. For a
 payload that is no claims set, time and checks make no difference, but have to be valid.

 # Safety
 `stream` leads to a stream, `checks` to checks and what they lead to, `verified` to a token's
 memory.
 */
ejwt_code ejwt_stream_finish(struct ejwt_stream *stream,
                             struct ejwt_time now,
                             const struct ejwt_checks *checks,
                             struct ejwt_token *verified);

/*
 Gives up the token that has come so far, and wipes it. The next piece begins another one. A
 detached payload can't be begun again: `EJWT_ENDED`.

 # Safety
 `stream` leads to a stream.
 */
ejwt_code ejwt_stream_reset(struct ejwt_stream *stream);

/*
 Ends a stream, and wipes it. What of a token is in the buffer and was not verified is wiped too.

 # Safety
 `stream` leads to a stream.
 */
ejwt_code ejwt_stream_end(struct ejwt_stream *stream);

/*
 It is this time, in seconds since 1970: the clock was set and can be trusted. Never pass a clock
 that may have been reset.
 */
struct ejwt_time ejwt_time_known(uint64_t seconds);

/*
 It is this time or later, in seconds since 1970: the clock may have been reset, and the time is
 a floor, such as the build time or the newest `iat` of a verified token.
 */
struct ejwt_time ejwt_time_at_least(uint64_t seconds);

/*
 Nothing is known of the time.
 */
struct ejwt_time ejwt_time_unknown(void);

/*
 Reads the claims of a token WITHOUT verifying it, to look up whose key to verify it with. Anyone
 may have written them, so:

 1. Look up. Search your own list of issuers or customers for the name, best by
    `ejwt_unverified_is`. Build no path, query or address from it.
 2. Verify the token, by `ejwt_verify` with the key that you found, and a policy that asks for
    the issuer that you found. Otherwise one customer could make tokens in the name of another.
 3. Believe nothing that was read here. Read it again from the verified token.

 The claims are decoded into `buffer`, which needs three quarters of the token's length, and must
 not overlap the token. `ejwt_verify` may use the same buffer: what was read here is gone then.
 They have to be JSON as a verification demands it, but types and dates are not checked. Header
 and signature are ignored. If it fails, what was written to `buffer` is wiped, and what
 `unverified` held is gone; with codes from 256 on, nothing is touched.

 # Safety
 `token` leads to `token_length` bytes, `buffer` to `buffer_size` bytes, `unverified` to its
 memory.
 */
ejwt_code ejwt_unverified_claims(const void *token,
                                 size_t token_length,
                                 void *buffer,
                                 size_t buffer_size,
                                 struct ejwt_unverified *unverified);

/*
 Reads the header of a token WITHOUT verifying it, to find a key by its `kid`. Anyone may have
 written it: compare `kid` with the names of your own keys, and choose no algorithm by `alg`,
 since a key has its own. A key set (`ejwt_key_set_verify`) does this for you.

 Works as `ejwt_unverified_claims`. Payload and signature are ignored.

 # Safety
 As for `ejwt_unverified_claims`.
 */
ejwt_code ejwt_unverified_header(const void *token,
                                 size_t token_length,
                                 void *buffer,
                                 size_t buffer_size,
                                 struct ejwt_unverified *unverified);

/*
 Compares an unverified string with a text, such as the name of one of your keys: `EJWT_OK` if it
 is that string, `EJWT_DIFFERENT` if it is another. Needs no memory. Names as for
 `ejwt_unverified_string`.

 # Safety
 `unverified` leads to what was read, `name` and `expected` to texts.
 */
ejwt_code ejwt_unverified_is(const struct ejwt_unverified *unverified,
                             const char *name,
                             const char *expected);

/*
 Copies an unverified string to `memory`, as `ejwt_claim_string` does. `name` is that of any
 claim, such as `iss`, or of the header's `alg`, `kid` or `typ`; another name of the header gets
 `EJWT_UNKNOWN_VALUE`. `EJWT_MISSING_MEMBER` if there is no such string, or if there are two.

 # Safety
 `unverified` leads to what was read, `name` to a text, `memory` to `size` bytes, `length` to a
 number.
 */
ejwt_code ejwt_unverified_string(const struct ejwt_unverified *unverified,
                                 const char *name,
                                 char *memory,
                                 size_t size,
                                 size_t *length);

/*
 Finds the JSON text of unverified claims, or of an unverified header, where it is in the buffer:
 to show it, marked as not verified. It has no zero byte behind it.

 # Safety
 `unverified` leads to what was read, `text` to a pointer, `length` to a number.
 */
ejwt_code ejwt_unverified_json(const struct ejwt_unverified *unverified,
                               const char **text,
                               size_t *length);

/*
 Verifies a token in compact serialization with one key, under a policy.

 Header and claims are decoded into `buffer`, which needs three quarters of the token's length.
 It must not overlap the token. `verified` is the proof, and is read by `ejwt_claim_string` and
 its like.

 Returns `EJWT_OK`, or the first rule that the token breaks. Then `verified` is no token, and
 what was written to `buffer` is wiped. Codes from 256 on say that the call itself is wrong. Then
 `buffer` is untouched, and `verified` may still be an earlier token.

 # Safety
 `key` leads to a key, `policy` to a policy, `token` to `token_length` bytes, `buffer` to
 `buffer_size` bytes, `verified` to a token's memory.
 */
ejwt_code ejwt_verify(const struct ejwt_key *key,
                      const struct ejwt_policy *policy,
                      const void *token,
                      size_t token_length,
                      struct ejwt_time now,
                      void *buffer,
                      size_t buffer_size,
                      struct ejwt_token *verified);

/*
 Verifies a token, and asks `checks` as well, which may be null. They are asked last, the replay
 guard after all else, so that it remembers only accepted tokens.

 # Safety
 As for `ejwt_verify`; `checks` leads to checks, and its pointers to what they are for.
 */
ejwt_code ejwt_verify_with(const struct ejwt_key *key,
                           const struct ejwt_policy *policy,
                           const void *token,
                           size_t token_length,
                           struct ejwt_time now,
                           const struct ejwt_checks *checks,
                           void *buffer,
                           size_t buffer_size,
                           struct ejwt_token *verified);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* EMBEDDED_JWT_H */

/* The strict default, to be changed by name: `ejwt_policy policy = EJWT_POLICY;`. */
#ifdef __cplusplus
#define EJWT_POLICY ejwt_policy()
#define EJWT_CHECKS ejwt_checks()
#else
#define EJWT_POLICY { 0 }
#define EJWT_CHECKS { 0 }
#endif

/* The sizes above are those that this compiler gives the objects. */
#ifndef EMBEDDED_JWT_SIZES
#define EMBEDDED_JWT_SIZES
#define EJWT_SIZE_IS(name, size) typedef char ejwt_size_of_##name[sizeof(name) == (size) ? 1 : -1]
EJWT_SIZE_IS(ejwt_word, EJWT_WORD_SIZE);
EJWT_SIZE_IS(ejwt_key, EJWT_KEY_SIZE);
EJWT_SIZE_IS(ejwt_token, EJWT_TOKEN_SIZE);
EJWT_SIZE_IS(ejwt_unverified, EJWT_UNVERIFIED_SIZE);
EJWT_SIZE_IS(ejwt_replay_guard, EJWT_REPLAY_GUARD_SIZE);
EJWT_SIZE_IS(ejwt_revocations, EJWT_REVOCATIONS_SIZE);
EJWT_SIZE_IS(ejwt_time_floor, EJWT_TIME_FLOOR_SIZE);
EJWT_SIZE_IS(ejwt_key_set, EJWT_KEY_SET_SIZE);
EJWT_SIZE_IS(ejwt_stream, EJWT_STREAM_SIZE);
EJWT_SIZE_IS(ejwt_incoming, EJWT_INCOMING_SIZE);
#undef EJWT_SIZE_IS
#endif
