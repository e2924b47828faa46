/* What calls leave on the stack, and in a key set: no part of a key's hash states. With both, anyone
   could make the key's tokens. */
#include "check.h"

#define DEPTH 8000
#define K64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw"

static ejwt_key key, moved;
static ejwt_key_set set;
static const ejwt_makers makers = { .hs256 = ejwt_key_hs256, .hs384 = ejwt_key_hs384,
                                    .hs512 = ejwt_key_hs512 };
static ejwt_stream stream;
static ejwt_token verified;
static const ejwt_policy policy = EJWT_POLICY;
static char jwks[300], made[300], token[300], claims_token[300];
static size_t jwks_length, made_length, token_length, claims_length;
static uint8_t buffer[300], left[DEPTH];
static const uint8_t payload[200];

static void read_jwks(void)
{
    ejwt_key_set_read_jwks(&set, &makers, jwks, jwks_length, NULL, NULL);
}

static void add(void)
{
    ejwt_key_set_add(&set, "a", &moved, NULL);
}

static void replace(void)
{
    const ejwt_key_name name = { .key_id = "a" };
    ejwt_key_set_replace(&set, &name, &moved, NULL);
}

static void remove_key(void)
{
    const ejwt_key_name name = { .key_id = "a" };
    ejwt_key_set_remove(&set, &name);
}

static void sign_detached(void)
{
    ejwt_sign_detached(&key, NULL, payload, sizeof payload, made, sizeof made, &made_length);
}

static void verify_detached(void)
{
    ejwt_verify_detached(&key, NULL, token, token_length, payload, sizeof payload, buffer,
                         sizeof buffer, &verified);
}

static void begin_detached(void)
{
    ejwt_stream_begin_detached(&stream, &key, NULL, token, token_length, buffer, sizeof buffer);
}

static void finish_detached(void)
{
    ejwt_stream_finish(&stream, ejwt_time_unknown(), NULL, &verified);
}

static void begin_signing(void)
{
    ejwt_stream_begin_signing(&stream, &key, NULL, made, sizeof made);
}

static void finish_signing(void)
{
    ejwt_stream_finish_signing(&stream, &made_length);
}

static void push(void)
{
    ejwt_stream_push(&stream, payload, sizeof payload);
}

static void verify_detached_by_a_set(void)
{
    ejwt_key_set_verify_detached(&set, NULL, token, token_length, payload, sizeof payload, buffer,
                                 sizeof buffer, &verified);
}

static void begin_detached_by_a_set(void)
{
    ejwt_key_set_stream_begin_detached(&stream, &set, NULL, token, token_length, buffer,
                                       sizeof buffer);
}

static void begin_token(void)
{
    ejwt_stream_begin(&stream, &key, &policy, buffer, sizeof buffer);
}

static void push_token(void)
{
    ejwt_stream_push(&stream, claims_token, claims_length);
}

static void push_half(void)
{
    ejwt_stream_push(&stream, claims_token, claims_length / 2);
}

static void finish_token(void)
{
    ejwt_stream_finish(&stream, ejwt_time_known(NOW), NULL, &verified);
}

static void end(void)
{
    ejwt_stream_end(&stream);
}

static __attribute__((noinline)) void paint(void)
{
    volatile uint8_t stack[DEPTH + 500];
    for (size_t at = 0; at < sizeof stack; at++)
        stack[at] = 0xa5;
}

/* Copies what is below this frame, where a program must not look: a sanitizer or valgrind would end it. */
#ifdef __SANITIZE_ADDRESS__
#define MAY_LOOK false
#else
#define MAY_LOOK (!RUNNING_ON_VALGRIND)
#endif
static __attribute__((noinline)) void copy(void)
{
    const volatile uint8_t *from = (const volatile uint8_t *)__builtin_frame_address(0) - DEPTH - 16;
    for (size_t at = 0; at < DEPTH; at++)
        left[at] = from[at];
}

/* Whether memory has 16 bytes in a row of a key's states. They begin behind two words; what is between
   them and behind them has zeros. */
static bool has_state(const void *memory, size_t size)
{
    enum { BEFORE = 2 * EJWT_WORD_SIZE };
    const uint8_t *states = (const uint8_t *)&key + BEFORE;
    for (size_t at = 0; at + 16 <= sizeof key - BEFORE; at++) {
        bool has_zeros = false;
        for (size_t byte = at; byte + 4 <= at + 16; byte++)
            has_zeros |= is_filled(states + byte, 4, 0);
        if (!has_zeros && contains(memory, size, states + at, 16))
            return true;
    }
    return false;
}

/* Sets a JWK Set of one key, which is refused if another member follows. */
static void set_jwks(const char *algorithm, const char *kid, const char *more)
{
    int length = snprintf(jwks, sizeof jwks,
                          "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"%s\",%s\"k\":\"" K64 "\"}%s]}",
                          algorithm, kid, more);
    jwks_length = (size_t)length;
    CHECK("init", ejwt_key_set_init(&set, sizeof set, 0), EJWT_OK);
}

static void check_left(const char *name, void (*call)(void), bool stays_in_the_set)
{
    moved = key;
    paint();
    call();
    if (MAY_LOOK)
        copy();
    CHECK(name, has_state(left, sizeof left), false);
    let_compare(&set, sizeof set);
    CHECK(name, has_state(&set, sizeof set), stays_in_the_set);
}

void test_stack(void)
{
    static const struct { const char *name; ejwt_make_key make; } algorithms[] = {
        { "HS256", ejwt_key_hs256 }, { "HS384", ejwt_key_hs384 }, { "HS512", ejwt_key_hs512 },
    };
    static const char REFUSED[] = ",{\"kty\":\"oct\",\"kty\":\"oct\"}";
    uint8_t secret[64];
    for (size_t at = 0; at < sizeof secret; at++)
        secret[at] = (uint8_t)at;
    for (size_t row = 0; row < COUNT(algorithms); row++) {
        const char *name = algorithms[row].name;
        CHECK(name, algorithms[row].make(&key, secret, sizeof secret), EJWT_OK);
        let_compare(&key, sizeof key);
        set_jwks(name, "\"kid\":\"a\",", "");
        check_left("JWK Set", read_jwks, true);
        set_jwks(name, "", "");
        check_left("JWK Set without kid", read_jwks, true);
        set_jwks(name, "\"kid\":\"a\",", REFUSED);
        check_left("refused JWK Set", read_jwks, false);
        set_jwks(name, "", REFUSED);
        check_left("refused JWK Set without kid", read_jwks, false);
        check_left("add", add, true);
        check_left("replace", replace, true);
        check_left("remove", remove_key, false);
        CHECK(name, ejwt_sign_detached(&key, NULL, payload, sizeof payload, token, sizeof token,
                                       &token_length), EJWT_OK);
        check_left("sign_detached", sign_detached, false);
        check_left("verify_detached", verify_detached, false);
        check_left("begin_detached", begin_detached, false);
        check_left("push", push, false);
        check_left("finish", finish_detached, false);
        check_left("end", end, false);
        CHECK(name, ejwt_sign(&key, NULL, "{\"exp\":1900000000}", NULL, claims_token,
                              sizeof claims_token, &claims_length), EJWT_OK);
        check_left("begin token", begin_token, false);
        check_left("push token", push_token, false);
        check_left("finish token", finish_token, false);
        check_left("push half", push_half, false);
        check_left("refuse half", finish_token, false);
        check_left("end", end, false);
        token[token_length - 2] ^= 4;
        check_left("refuse detached", verify_detached, false);
        token[token_length - 2] ^= 4;
        moved = key;
        CHECK(name, ejwt_key_set_init(&set, sizeof set, EJWT_ALLOW_MISSING_KEY_ID), EJWT_OK);
        CHECK(name, ejwt_key_set_add(&set, "a", &moved, NULL), EJWT_OK);
        check_left("verify_detached by a set", verify_detached_by_a_set, true);
        check_left("begin_detached by a set", begin_detached_by_a_set, true);
        check_left("end", end, true);
        check_left("remove", remove_key, false);
        check_left("begin_signing", begin_signing, false);
        check_left("push", push, false);
        check_left("finish_signing", finish_signing, false);
        check_left("end", end, false);
    }
}
