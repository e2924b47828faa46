/* Arguments that overlap. What a call writes must be nowhere else: not in another argument, and not in
   what one leads to. Otherwise a token could overwrite the rule that it has to keep. Each call is refused,
   and everything stays as it was; only an earlier proof may be gone. */
#include "check.h"

#define CLAIMS "{\"exp\":1900000000,\"iss\":\"us\"}"

/* All arguments, so that they can be compared as a whole. */
static struct arguments {
    ejwt_key key, other;
    ejwt_key_set set;
    ejwt_key_limits limits;
    ejwt_key_name name;
    ejwt_policy policy;
    ejwt_checks checks;
    ejwt_replay_guard guard;
    ejwt_revocations revocations;
    ejwt_time_floor floor;
    ejwt_time time;
    ejwt_stream stream, signing_stream, fresh_stream;
    ejwt_incoming incoming;
    ejwt_token verified, proof, payload;
    ejwt_unverified unverified;
    ejwt_signing signing;
    ejwt_stamp stamp;
    ejwt_makers makers;
    ejwt_jwks_report report;
    ejwt_engine engine;
    size_t length;
    uint8_t of_stream[256], of_signing_stream[256], of_incoming[256], of_proof[256];
    uint8_t of_payload[256], of_unverified[256];
    char token[256], jws[256], jwks[256];
    /* Larger than any object. */
    union { ejwt_word words[1]; uint8_t bytes[8192]; char text[1]; const char *list[1]; } buffer;
} all, before;

static size_t of_token, of_jws;
#define NOW_KNOWN ejwt_time_known(NOW)
/* An argument and its size. */
#define BUFFER all.buffer.bytes, sizeof all.buffer
#define TEXT_BUFFER all.buffer.text, sizeof all.buffer
#define IN(object) (void *)&(object), sizeof(object)

static int32_t no_mac(void *context, const uint8_t *message, size_t length, uint8_t *mac)
{
    (void)context, (void)message, (void)length, (void)mac;
    return 1;
}

/* Puts everything in order. */
static void prepare(void)
{
    memset(&all, 0, sizeof all);
    CHECK("key", ejwt_key_hs256(&all.key, SECRET, 32), EJWT_OK);
    CHECK("key", ejwt_key_hs256(&all.other, SECRET, 32), EJWT_OK);
    of_token = make_token(CLAIMS, all.token, sizeof all.token);
    CHECK("payload", ejwt_sign_payload(&all.key, NULL, "payload", 7, all.jws, sizeof all.jws, &of_jws),
          EJWT_OK);
    CHECK("guard", ejwt_replay_guard_init(&all.guard, sizeof all.guard, 0), EJWT_OK);
    CHECK("list", ejwt_revocations_init(&all.revocations, sizeof all.revocations), EJWT_OK);
    CHECK("floor", ejwt_time_floor_init(&all.floor, 1, 1000), EJWT_OK);
    CHECK("set", ejwt_key_set_init(&all.set, sizeof all.set, EJWT_ALLOW_MISSING_KEY_ID), EJWT_OK);
    CHECK("set", ejwt_key_set_add(&all.set, "k", &all.other, NULL), EJWT_OK);
    CHECK("key", ejwt_key_hs256(&all.other, SECRET, 32), EJWT_OK);
    all.makers.hs256 = ejwt_key_hs256;
    all.engine = (ejwt_engine){ EJWT_HS256, NULL, no_mac, NULL, NULL, NULL };
    all.name.key_id = "k";
    CHECK("stream", ejwt_stream_begin(&all.stream, &all.key, &all.policy, all.of_stream, 256),
          EJWT_OK);
    CHECK("stream", ejwt_stream_push(&all.stream, all.token, of_token), EJWT_OK);
    CHECK("stream", ejwt_stream_begin_signing(&all.signing_stream, &all.key, NULL,
                                              (char *)all.of_signing_stream, 256), EJWT_OK);
    CHECK("incoming", ejwt_incoming_init(&all.incoming, all.of_incoming, 256), EJWT_OK);
    CHECK("incoming", ejwt_incoming_push(&all.incoming, all.token, of_token), EJWT_OK);
    CHECK("verify", ejwt_verify(&all.key, &all.policy, all.token, of_token, NOW_KNOWN, all.of_proof,
                                256, &all.proof), EJWT_OK);
    /* What an earlier call left. */
    CHECK("verify", ejwt_verify(&all.key, &all.policy, all.token, of_token, NOW_KNOWN, all.of_proof,
                                256, &all.verified), EJWT_OK);
    all.length = 777;
    CHECK("verify", ejwt_verify_jws(&all.key, NULL, all.jws, of_jws, all.of_payload, 256,
                                    &all.payload), EJWT_OK);
    CHECK("read", ejwt_unverified_claims(all.token, of_token, all.of_unverified, 256,
                                         &all.unverified), EJWT_OK);
    memcpy(all.buffer.text, "us", 3);
    memcpy(all.jwks, "{\"keys\":[]}", 12);
}

/* Checks a call that has to be refused. */
static void check_call(int line, ejwt_code code)
{
    char name[32];
    const char *claims;
    size_t length;
    snprintf(name, sizeof name, "call in line %d", line);
    CHECK(name, code, EJWT_OVERLAP);
    let_compare(&all, sizeof all);
    let_compare(&before, sizeof before);
    if (memcmp(&all.verified, &before.verified, sizeof all.verified) != 0) {
        CHECK(name, ejwt_claims_json(&all.verified, &claims, &length), EJWT_NOT_INITIALIZED);
        memcpy(&all.verified, &before.verified, sizeof all.verified);
    }
    CHECK(name, memcmp(&all, &before, sizeof all), 0);
}

/* Sets an argument, if there is one to set, and calls. */
#define REFUSED(set, call) \
    do { \
        prepare(); \
        set; \
        memcpy(&before, &all, sizeof all); \
        check_call(__LINE__, call); \
    } while (0)
#define AS_IS (void)0
#define AT(type, place) ((type *)(void *)(place))

/* What both verify and the streams take: policies whose texts are in memory that is written. Each is tried
   with a call. */
#define REFUSED_POLICIES(place, call) \
    do { \
        REFUSED(all.policy.issuer = (place), call); \
        REFUSED(all.policy.audience = (place), call); \
        REFUSED(all.policy.subject = (place), call); \
        REFUSED(all.policy.typ = (place), call); \
        REFUSED(all.buffer.list[0] = "us"; all.policy.issuers = all.buffer.list; \
                all.policy.issuers_length = 1, call); \
        REFUSED(static const char *one; one = (place); all.policy.audiences = &one; \
                all.policy.audiences_length = 1, call); \
        REFUSED(static const char *one; one = (place); all.policy.required_claims = &one; \
                all.policy.required_claims_length = 1, call); \
    } while (0)

static void test_whole(void)
{
#define VERIFY(key, policy, token, buffer, verified) \
    ejwt_verify(key, policy, token, of_token, NOW_KNOWN, buffer, verified)
    REFUSED(AS_IS, VERIFY(&all.key, &all.policy, all.token, BUFFER, AT(ejwt_token, &all.buffer)));
    REFUSED(AS_IS, VERIFY(&all.key, &all.policy, all.token, BUFFER, AT(ejwt_token, &all.key)));
    REFUSED(AS_IS, VERIFY(&all.key, &all.policy, all.token, BUFFER, AT(ejwt_token, &all.policy)));
    REFUSED(AS_IS, VERIFY(&all.key, &all.policy, AT(char, &all.verified), BUFFER, &all.verified));
    REFUSED(AS_IS, ejwt_verify(&all.key, &all.policy, all.token, of_token, NOW_KNOWN, &all.key,
                               sizeof all.key, &all.verified));
    REFUSED(AS_IS, ejwt_verify(&all.key, &all.policy, all.token, of_token, NOW_KNOWN, &all.policy,
                               sizeof all.policy, &all.verified));
    REFUSED(AS_IS, ejwt_verify(&all.key, &all.policy, all.token, of_token, NOW_KNOWN, all.token, 256,
                               &all.verified));

#define WITH(checks, buffer, verified) \
    ejwt_verify_with(&all.key, &all.policy, all.token, of_token, NOW_KNOWN, checks, buffer, verified)
    REFUSED(all.checks.replay_guard = &all.guard,
            WITH(&all.checks, BUFFER, AT(ejwt_token, &all.guard)));
    REFUSED(all.checks.revocations = &all.revocations,
            WITH(&all.checks, BUFFER, AT(ejwt_token, &all.revocations)));
    REFUSED(AS_IS, WITH(&all.checks, BUFFER, AT(ejwt_token, &all.checks)));
    REFUSED(memset(&all.buffer, 0, sizeof all.buffer),
            WITH(AT(ejwt_checks, &all.buffer), BUFFER, &all.verified));
    REFUSED(all.checks.replay_guard = AT(ejwt_replay_guard, &all.buffer),
            WITH(&all.checks, BUFFER, &all.verified));
    REFUSED(all.checks.revocations = AT(ejwt_revocations, &all.buffer),
            WITH(&all.checks, BUFFER, &all.verified));
    REFUSED(all.checks.replay_guard = AT(ejwt_replay_guard, &all.revocations);
            all.checks.revocations = &all.revocations, WITH(&all.checks, BUFFER, &all.verified));
    REFUSED(all.checks.replay_guard = AT(ejwt_replay_guard, &all.key),
            WITH(&all.checks, BUFFER, &all.verified));
    REFUSED(all.checks.replay_guard = AT(ejwt_replay_guard, all.token),
            WITH(&all.checks, BUFFER, &all.verified));
#define WITH_TOKEN(policy, token, buffer, verified) \
    ejwt_verify_with(&all.key, policy, token, of_token, NOW_KNOWN, NULL, buffer, verified)
    REFUSED(AS_IS, WITH_TOKEN(&all.policy, AT(char, &all.verified), BUFFER, &all.verified));
    REFUSED(AS_IS, WITH_TOKEN(&all.policy, all.token, IN(all.token), &all.verified));
    REFUSED(AS_IS, WITH_TOKEN(&all.policy, all.token, IN(all.policy), &all.verified));
    REFUSED(AS_IS, WITH_TOKEN(AT(ejwt_policy, &all.verified), all.token, BUFFER, &all.verified));
    REFUSED_POLICIES(all.buffer.text, VERIFY(&all.key, &all.policy, all.token, BUFFER,
                                             &all.verified));
    REFUSED_POLICIES(all.buffer.text, WITH(&all.checks, BUFFER, &all.verified));
    REFUSED(all.policy.issuer = AT(char, &all.verified),
            VERIFY(&all.key, &all.policy, all.token, BUFFER, &all.verified));
    REFUSED(all.checks.replay_guard = &all.guard; all.policy.issuer = AT(char, &all.guard + 1) - 1,
            WITH(&all.checks, BUFFER, &all.verified));

#define SET(set, buffer, verified) \
    ejwt_key_set_verify(set, &all.policy, all.token, of_token, NOW_KNOWN, NULL, buffer, verified)
    REFUSED(AS_IS, SET(&all.set, BUFFER, AT(ejwt_token, &all.set)));
    REFUSED(AS_IS, SET(&all.set, IN(all.set), &all.verified));
    REFUSED_POLICIES(all.buffer.text, SET(&all.set, BUFFER, &all.verified));

#define JWS(key, typ, buffer, verified) \
    ejwt_verify_jws(key, typ, all.jws, of_jws, buffer, verified)
    REFUSED(AS_IS, JWS(&all.key, NULL, BUFFER, AT(ejwt_token, &all.buffer)));
    REFUSED(AS_IS, JWS(&all.key, NULL, BUFFER, AT(ejwt_token, &all.key)));
    REFUSED(AS_IS, JWS(&all.key, NULL, IN(all.key), &all.verified));
    REFUSED(AS_IS, JWS(&all.key, NULL, IN(all.jws), &all.verified));
    REFUSED(AS_IS, JWS(&all.key, NULL, BUFFER, AT(ejwt_token, all.jws)));
    REFUSED(AS_IS, JWS(&all.key, all.buffer.text, BUFFER, &all.verified));
    REFUSED(AS_IS, ejwt_key_set_verify_jws(&all.set, all.buffer.text, all.jws, of_jws, BUFFER,
                                           &all.verified));
    REFUSED(AS_IS, ejwt_key_set_verify_jws(&all.set, NULL, all.jws, of_jws, BUFFER,
                                           AT(ejwt_token, &all.set)));

#define DETACHED(typ, payload, buffer, verified) \
    ejwt_verify_detached(&all.key, typ, all.jws, of_jws, payload, 7, buffer, verified)
    REFUSED(AS_IS, DETACHED(NULL, "payload", BUFFER, AT(ejwt_token, &all.key)));
    REFUSED(AS_IS, DETACHED(NULL, &all.buffer, BUFFER, &all.verified));
    REFUSED(AS_IS, DETACHED(NULL, &all.verified, BUFFER, &all.verified));
    REFUSED(AS_IS, DETACHED(NULL, "payload", IN(all.jws), &all.verified));
    REFUSED(AS_IS, DETACHED(NULL, "payload", BUFFER, AT(ejwt_token, all.jws)));
    REFUSED(AS_IS, DETACHED(all.buffer.text, "payload", BUFFER, &all.verified));
    REFUSED(AS_IS, ejwt_key_set_verify_detached(&all.set, all.buffer.text, all.jws, of_jws, "payload",
                                                7, BUFFER, &all.verified));
}

static void test_arriving(void)
{
#define BEGIN(stream, key, policy, buffer) ejwt_stream_begin(stream, key, policy, buffer)
    REFUSED(AS_IS, BEGIN(AT(ejwt_stream, &all.buffer), &all.key, &all.policy, BUFFER));
    REFUSED(AS_IS, BEGIN(&all.fresh_stream, AT(ejwt_key, &all.fresh_stream), &all.policy, BUFFER));
    REFUSED(AS_IS, BEGIN(&all.fresh_stream, &all.key, AT(ejwt_policy, &all.fresh_stream), BUFFER));
    REFUSED(AS_IS, BEGIN(&all.fresh_stream, AT(ejwt_key, &all.buffer), &all.policy, BUFFER));
    REFUSED(AS_IS, BEGIN(&all.fresh_stream, &all.key, AT(ejwt_policy, &all.buffer), BUFFER));
    REFUSED_POLICIES(all.buffer.text, BEGIN(&all.fresh_stream, &all.key, &all.policy, BUFFER));
    REFUSED(all.policy.issuer = AT(char, &all.fresh_stream),
            BEGIN(&all.fresh_stream, &all.key, &all.policy, BUFFER));
    REFUSED_POLICIES(all.buffer.text, ejwt_key_set_stream_begin(&all.fresh_stream, &all.set,
                                                                &all.policy, BUFFER));
    REFUSED(AS_IS, ejwt_key_set_stream_begin(&all.fresh_stream, &all.set, &all.policy, &all.set,
                                             sizeof all.set));
    REFUSED(AS_IS, ejwt_stream_begin_jws(&all.fresh_stream, &all.key, all.buffer.text, BUFFER));
    REFUSED(AS_IS, ejwt_stream_begin_jws(&all.fresh_stream, &all.key, AT(char, &all.fresh_stream),
                                          BUFFER));
    REFUSED(AS_IS, ejwt_key_set_stream_begin_jws(&all.fresh_stream, &all.set, all.buffer.text, BUFFER));
    REFUSED(AS_IS, ejwt_stream_begin_detached(&all.fresh_stream, &all.key, all.buffer.text, all.jws,
                                              of_jws, BUFFER));
    REFUSED(AS_IS, ejwt_stream_begin_detached(&all.fresh_stream, &all.key, NULL, all.buffer.text, 3,
                                              BUFFER));
    REFUSED(AS_IS, ejwt_stream_begin_detached(&all.stream, &all.key, NULL, &all.stream, 3, BUFFER));
    REFUSED(AS_IS, ejwt_stream_begin_detached(AT(ejwt_stream, &all.key), &all.key, NULL, all.jws,
                                              of_jws, BUFFER));
    REFUSED(AS_IS, ejwt_stream_begin_detached(&all.fresh_stream, &all.key, NULL, all.jws, of_jws,
                                              IN(all.key)));
    REFUSED(AS_IS, ejwt_key_set_stream_begin_detached(&all.fresh_stream, &all.set, all.buffer.text,
                                                      all.jws, of_jws, BUFFER));

    REFUSED(AS_IS, ejwt_stream_push(&all.stream, &all.stream, 1));
    REFUSED(AS_IS, ejwt_stream_push(&all.stream, all.of_stream + 255, 1));
    REFUSED(AS_IS, ejwt_stream_push(&all.signing_stream, all.of_signing_stream, 1));

#define FINISH(checks, verified) ejwt_stream_finish(&all.stream, NOW_KNOWN, checks, verified)
    REFUSED(AS_IS, FINISH(NULL, AT(ejwt_token, &all.stream)));
    REFUSED(AS_IS, FINISH(NULL, AT(ejwt_token, &all.of_stream)));
    REFUSED(AS_IS, FINISH(NULL, AT(ejwt_token, &all.key)));
    REFUSED(AS_IS, FINISH(&all.checks, AT(ejwt_token, &all.checks)));
    REFUSED(all.checks.replay_guard = &all.guard, FINISH(&all.checks, AT(ejwt_token, &all.guard)));
    REFUSED(all.checks.revocations = &all.revocations,
            FINISH(&all.checks, AT(ejwt_token, &all.revocations)));
    REFUSED(all.checks.replay_guard = AT(ejwt_replay_guard, &all.of_stream),
            FINISH(&all.checks, &all.verified));
    REFUSED(all.checks.revocations = AT(ejwt_revocations, &all.of_stream),
            FINISH(&all.checks, &all.verified));
    REFUSED(AS_IS, FINISH(AT(ejwt_checks, &all.stream), &all.verified));
    REFUSED(AS_IS, ejwt_stream_finish_signing(&all.signing_stream, AT(size_t, &all.signing_stream)));
    REFUSED(AS_IS, ejwt_stream_finish_signing(&all.signing_stream,
                                              AT(size_t, &all.of_signing_stream)));
    REFUSED(AS_IS, ejwt_stream_finish_signing(&all.signing_stream, AT(size_t, &all.key)));

    REFUSED(AS_IS, ejwt_incoming_init(AT(ejwt_incoming, &all.buffer), BUFFER));
    REFUSED(AS_IS, ejwt_incoming_push(&all.incoming, &all.incoming, 1));
    REFUSED(AS_IS, ejwt_incoming_push(&all.incoming, all.of_incoming, 1));
#define INCOMING(key, policy, checks, verified) \
    ejwt_incoming_verify(&all.incoming, key, policy, NOW_KNOWN, checks, verified)
    REFUSED(AS_IS, INCOMING(&all.key, &all.policy, NULL, AT(ejwt_token, &all.incoming)));
    REFUSED(AS_IS, INCOMING(&all.key, &all.policy, NULL, AT(ejwt_token, &all.of_incoming)));
    REFUSED(AS_IS, INCOMING(&all.key, &all.policy, NULL, AT(ejwt_token, &all.key)));
    REFUSED(AS_IS, INCOMING(&all.key, &all.policy, NULL, AT(ejwt_token, &all.policy)));
    REFUSED(AS_IS, INCOMING(&all.key, &all.policy, &all.checks, AT(ejwt_token, &all.checks)));
    REFUSED(AS_IS, INCOMING(AT(ejwt_key, &all.of_incoming), &all.policy, NULL, &all.verified));
    REFUSED(AS_IS, INCOMING(&all.key, AT(ejwt_policy, &all.of_incoming), NULL, &all.verified));
    REFUSED(all.checks.replay_guard = &all.guard,
            INCOMING(&all.key, &all.policy, &all.checks, AT(ejwt_token, &all.guard)));
    REFUSED(all.checks.revocations = &all.revocations,
            INCOMING(&all.key, &all.policy, &all.checks, AT(ejwt_token, &all.revocations)));
    REFUSED(all.checks.revocations = AT(ejwt_revocations, &all.of_incoming),
            INCOMING(&all.key, &all.policy, &all.checks, &all.verified));
    REFUSED(all.checks.replay_guard = AT(ejwt_replay_guard, &all.incoming),
            INCOMING(&all.key, &all.policy, &all.checks, &all.verified));
    REFUSED(all.policy.issuer = AT(char, &all.of_incoming),
            INCOMING(&all.key, &all.policy, NULL, &all.verified));
    REFUSED(all.policy.issuer = AT(char, &all.verified),
            INCOMING(&all.key, &all.policy, NULL, &all.verified));
    REFUSED(all.policy.issuer = AT(char, &all.incoming + 1) - 1,
            INCOMING(&all.key, &all.policy, NULL, &all.verified));
    REFUSED(all.checks.replay_guard = &all.guard; all.policy.issuer = AT(char, &all.guard + 1) - 1,
            INCOMING(&all.key, &all.policy, &all.checks, &all.verified));
    REFUSED(AS_IS, ejwt_incoming_verify_jws(&all.incoming, &all.key, AT(char, &all.verified),
                                            &all.verified));
    REFUSED(AS_IS, ejwt_key_set_incoming_verify(&all.incoming, &all.set, &all.policy, NOW_KNOWN, NULL,
                                                AT(ejwt_token, &all.set)));
    REFUSED(AS_IS, ejwt_incoming_verify_jws(&all.incoming, &all.key, NULL, AT(ejwt_token, &all.key)));
    REFUSED(AS_IS, ejwt_incoming_verify_jws(&all.incoming, &all.key, NULL,
                                            AT(ejwt_token, &all.of_incoming)));
    REFUSED(AS_IS, ejwt_incoming_verify_jws(&all.incoming, &all.key, AT(char, &all.of_incoming),
                                            &all.verified));
    REFUSED(AS_IS, ejwt_incoming_verify_jws(&all.incoming, &all.key, AT(char, &all.incoming + 1) - 1,
                                            &all.verified));
    REFUSED(AS_IS, ejwt_key_set_incoming_verify_jws(&all.incoming, &all.set, NULL,
                                                    AT(ejwt_token, &all.set)));
}

static void test_signing_calls(void)
{
#define SIGN(claims, stamp, buffer, length) \
    ejwt_sign(&all.key, &all.signing, claims, stamp, buffer, length)
    REFUSED(AS_IS, SIGN(CLAIMS, NULL, IN(all.key), &all.length));
    REFUSED(AS_IS, SIGN(CLAIMS, NULL, TEXT_BUFFER, AT(size_t, &all.buffer)));
    REFUSED(AS_IS, SIGN(CLAIMS, NULL, TEXT_BUFFER, AT(size_t, &all.key)));
    REFUSED(AS_IS, SIGN(CLAIMS, NULL, IN(all.signing), &all.length));
    REFUSED(AS_IS, SIGN(all.buffer.text, NULL, TEXT_BUFFER, &all.length));
    REFUSED(AS_IS, SIGN("{}", &all.stamp, IN(all.stamp), &all.length));
    REFUSED(AS_IS, SIGN("{}", &all.stamp, TEXT_BUFFER, AT(size_t, &all.stamp.now)));
    REFUSED(all.stamp.jwt_id = &all.buffer; all.stamp.jwt_id_length = 8,
            SIGN("{}", &all.stamp, TEXT_BUFFER, &all.length));
    REFUSED(all.signing.key_id = all.buffer.text, SIGN(CLAIMS, NULL, TEXT_BUFFER, &all.length));
    REFUSED(all.signing.typ = all.buffer.text, SIGN(CLAIMS, NULL, TEXT_BUFFER, &all.length));
    REFUSED(memcpy(all.buffer.text, "{}", 3); all.signing.header_parameters = all.buffer.text,
            SIGN(CLAIMS, NULL, TEXT_BUFFER, &all.length));
    REFUSED(AS_IS, ejwt_sign_payload(&all.key, NULL, &all.buffer, 7, TEXT_BUFFER, &all.length));
    REFUSED(all.signing.key_id = all.buffer.text,
            ejwt_sign_payload(&all.key, &all.signing, "payload", 7, TEXT_BUFFER, &all.length));
    REFUSED(AS_IS, ejwt_sign_payload(&all.key, NULL, "payload", 7, IN(all.key), &all.length));
    REFUSED(AS_IS, ejwt_sign_payload(&all.key, NULL, "payload", 7, TEXT_BUFFER,
                                     AT(size_t, &all.key)));
    REFUSED(AS_IS, ejwt_sign_payload(&all.key, &all.signing, "payload", 7, IN(all.signing),
                                     &all.length));
    REFUSED(AS_IS, ejwt_sign_payload(&all.key, &all.signing, "payload", 7, TEXT_BUFFER,
                                     AT(size_t, &all.signing)));
    REFUSED(all.signing.key_id = AT(char, &all.length),
            ejwt_sign_payload(&all.key, &all.signing, "payload", 7, TEXT_BUFFER, &all.length));
    REFUSED(AS_IS, ejwt_sign_detached(&all.key, NULL, &all.buffer, 7, TEXT_BUFFER, &all.length));
    REFUSED(all.signing.typ = all.buffer.text,
            ejwt_stream_begin_signing(&all.fresh_stream, &all.key, &all.signing, TEXT_BUFFER));
    REFUSED(all.signing.typ = AT(char, &all.fresh_stream),
            ejwt_stream_begin_signing(&all.fresh_stream, &all.key, &all.signing, TEXT_BUFFER));
    REFUSED(AS_IS, ejwt_stream_begin_signing(AT(ejwt_stream, &all.key), &all.key, NULL, TEXT_BUFFER));
    REFUSED(AS_IS, ejwt_stream_begin_signing(&all.fresh_stream, &all.key, NULL, IN(all.key)));
    REFUSED(AS_IS, ejwt_stream_begin_signing(&all.fresh_stream, &all.key, &all.signing,
                                             AT(char, &all.signing), sizeof all.signing));
    REFUSED(AS_IS, ejwt_stream_begin_signing(&all.fresh_stream, &all.key, NULL,
                                             AT(char, &all.fresh_stream), sizeof all.fresh_stream));
}

static void test_results(void)
{
    char *text = all.buffer.text;
    const char **place = all.buffer.list;
    REFUSED(AS_IS, ejwt_claim_string(&all.proof, "iss", text, 64, AT(size_t, text)));
    REFUSED(AS_IS, ejwt_claim_string(&all.proof, "iss", AT(char, &all.proof), 64, NULL));
    REFUSED(AS_IS, ejwt_claim_string(&all.proof, "iss", AT(char, all.of_proof), 256, NULL));
    REFUSED(AS_IS, ejwt_claim_string(&all.proof, "iss", text, 64, AT(size_t, &all.proof)));
    REFUSED(AS_IS, ejwt_header_string(&all.proof, "alg", AT(char, all.of_proof), 256, NULL));
    REFUSED(memcpy(text, "iss", 4), ejwt_claim_string(&all.proof, text, text, 64, NULL));
    REFUSED(memcpy(text, "exp", 4), ejwt_claim_i64(&all.proof, text, AT(int64_t, text)));
    REFUSED(AS_IS, ejwt_claim_slice(&all.proof, "iss", place, AT(size_t, place)));
    REFUSED(AS_IS, ejwt_claim_slice(&all.proof, "iss", AT(const char *, &all.proof), &all.length));
    REFUSED(AS_IS, ejwt_claim_i64(&all.proof, "exp", AT(int64_t, &all.proof)));
    REFUSED(AS_IS, ejwt_claim_u64(&all.proof, "exp", AT(uint64_t, all.of_proof)));
    REFUSED(AS_IS, ejwt_claim_i32(&all.proof, "exp", AT(int32_t, &all.proof)));
    REFUSED(AS_IS, ejwt_claim_date(&all.proof, "exp", AT(int64_t, text), AT(uint32_t, text)));
    REFUSED(AS_IS, ejwt_claim_date(&all.proof, "exp", AT(int64_t, &all.proof), NULL));
    REFUSED(AS_IS, ejwt_claims_json(&all.proof, place, AT(size_t, place)));
    REFUSED(AS_IS, ejwt_claim_json(&all.proof, "exp", AT(const char *, all.of_proof), &all.length));
    REFUSED(AS_IS, ejwt_header_json(&all.proof, AT(const char *, all.of_proof), &all.length));
    REFUSED(AS_IS, ejwt_payload(&all.payload, AT(const void *, place), AT(size_t, place)));
    REFUSED(AS_IS, ejwt_payload(&all.payload, AT(const void *, all.of_payload), &all.length));
    REFUSED(AS_IS, ejwt_unverified_string(&all.unverified, "iss", AT(char, all.of_unverified), 256,
                                          NULL));
    REFUSED(AS_IS, ejwt_unverified_string(&all.unverified, "iss", AT(char, &all.unverified), 16,
                                          NULL));
    REFUSED(AS_IS, ejwt_unverified_json(&all.unverified, place, AT(size_t, place)));
    REFUSED(AS_IS, ejwt_unverified_claims(all.token, of_token, all.token, 256, &all.unverified));
}

static void test_objects(void)
{
    static const char TEXT[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    REFUSED(AS_IS, ejwt_key_hs256(&all.key, &all.key, 32));
    REFUSED(memcpy(&all.buffer, &all.engine, sizeof all.engine),
            ejwt_key_engine(AT(ejwt_key, &all.buffer), AT(ejwt_engine, &all.buffer)));
    REFUSED(AS_IS, ejwt_key_from_base64url(&all.key, ejwt_key_hs256, TEXT, 43, &all.key, 64));
    REFUSED(AS_IS, ejwt_key_from_base64url(&all.key, ejwt_key_hs256, AT(char, &all.key), 43, BUFFER));
    REFUSED(AS_IS, ejwt_key_set_add(&all.set, "a", AT(ejwt_key, &all.set), NULL));
    REFUSED(AS_IS, ejwt_key_set_add(&all.set, AT(char, &all.key), &all.key, NULL));
    REFUSED(AS_IS, ejwt_key_set_add(&all.set, AT(char, &all.set), &all.key, NULL));
    REFUSED(AS_IS, ejwt_key_set_add(&all.set, "a", &all.key, AT(ejwt_key_limits, &all.set)));
    REFUSED(AS_IS, ejwt_key_set_add(&all.set, "a", &all.key, AT(ejwt_key_limits, &all.key)));
    REFUSED(all.limits.issuer = AT(char, &all.key),
            ejwt_key_set_add(&all.set, "a", &all.key, &all.limits));
    REFUSED(AS_IS, ejwt_key_set_replace(&all.set, AT(ejwt_key_name, &all.key), &all.key, NULL));
    REFUSED(all.name.key_id = AT(char, &all.key),
            ejwt_key_set_replace(&all.set, &all.name, &all.key, NULL));
    REFUSED(AS_IS, ejwt_key_set_remove(&all.set, AT(ejwt_key_name, &all.set)));
    REFUSED(all.name.key_id = AT(char, &all.set), ejwt_key_set_remove(&all.set, &all.name));
#define READ(text, issuer, report) \
    ejwt_key_set_read_jwks(&all.set, &all.makers, text, 11, issuer, report)
    REFUSED(AS_IS, READ(&all.set, NULL, NULL));
    REFUSED(AS_IS, READ(&all.makers, NULL, NULL));
    REFUSED(AS_IS, READ(all.jwks, all.jwks, NULL));
    REFUSED(AS_IS, READ(all.jwks, NULL, AT(ejwt_jwks_report, all.jwks)));
    REFUSED(AS_IS, READ(all.jwks, NULL, AT(ejwt_jwks_report, &all.set)));
    REFUSED(AS_IS, READ(all.jwks, NULL, AT(ejwt_jwks_report, &all.makers)));
    REFUSED(AS_IS, READ(all.jwks, AT(char, &all.report), &all.report));

    REFUSED(AS_IS, ejwt_replay_guard_save(&all.guard, &all.guard, 64, &all.length));
    REFUSED(AS_IS, ejwt_replay_guard_save(&all.guard, BUFFER, AT(size_t, &all.guard)));
    REFUSED(AS_IS, ejwt_replay_guard_save(&all.guard, BUFFER, AT(size_t, &all.buffer)));
    REFUSED(AS_IS, ejwt_replay_guard_restore(&all.guard, &all.guard, 18));
    REFUSED(AS_IS, ejwt_revoke_jwt_id(&all.revocations, AT(char, &all.revocations), 1));
    REFUSED(AS_IS, ejwt_time_floor_with_clock(&all.floor, NOW_KNOWN, AT(ejwt_time, &all.floor)));
    REFUSED(AS_IS, ejwt_time_floor_raise(&all.floor, &all.proof, AT(bool, &all.floor)));
    REFUSED(AS_IS, ejwt_time_floor_raise(&all.floor, &all.proof, AT(bool, &all.proof)));
    REFUSED(AS_IS, ejwt_time_floor_raise(&all.floor, &all.proof, AT(bool, all.of_proof)));
    REFUSED(AS_IS, ejwt_time_floor_raise(AT(ejwt_time_floor, &all.proof), &all.proof, NULL));
}

void test_overlap(void)
{
    test_whole();
    test_arriving();
    test_signing_calls();
    test_results();
    test_objects();
}
