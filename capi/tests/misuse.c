/* Calls that are wrong: each gets a code, and touches nothing else. */
#include "check.h"

static ejwt_key key;
static const ejwt_policy policy = EJWT_POLICY;
static char token[256];
static size_t length;
static uint8_t buffer[256];
static ejwt_token verified;

static ejwt_code verify(const ejwt_key *with, const void *text, size_t text_length, void *room,
                        size_t size, ejwt_token *proof)
{
    return ejwt_verify(with, &policy, text, text_length, ejwt_time_known(NOW), room, size, proof);
}

static ejwt_code return_no_code(ejwt_key *made, const void *secret, size_t secret_length)
{
    (void)made, (void)secret, (void)secret_length;
    return 0x10000;
}

/* A pointer that is off by one. */
#define ODD(pointer) ((void *)((uintptr_t)(pointer) + 1))
#define NOWHERE ((void *)(UINTPTR_MAX - 8))

static void test_verify(void)
{
    static ejwt_key zeros, garbage;
    static ejwt_token unaligned[2];
    memset(&garbage, 0xa5, sizeof garbage);
    struct { const char *name; const ejwt_key *key; const void *token; size_t length; void *buffer;
             size_t size; ejwt_token *verified; ejwt_code code; } table[] = {
        { "null key", NULL, token, length, buffer, 256, &verified, EJWT_NULL_POINTER },
        { "null token", &key, NULL, length, buffer, 256, &verified, EJWT_NULL_POINTER },
        { "null token of no bytes", &key, NULL, 0, buffer, 256, &verified,
          EJWT_NOT_COMPACT_SERIALIZATION },
        { "null buffer", &key, token, length, NULL, 256, &verified, EJWT_NULL_POINTER },
        { "null buffer of no bytes", &key, token, length, NULL, 0, &verified,
          EJWT_BUFFER_TOO_SMALL },
        { "null proof", &key, token, length, buffer, 256, NULL, EJWT_NULL_POINTER },
        { "key of zeros", &zeros, token, length, buffer, 256, &verified, EJWT_NOT_INITIALIZED },
        { "key of garbage", &garbage, token, length, buffer, 256, &verified, EJWT_NOT_INITIALIZED },
        { "unaligned key", ODD(&key), token, length, buffer, 256, &verified, EJWT_MISALIGNED },
        { "unaligned proof", &key, token, length, buffer, 256, ODD(unaligned), EJWT_MISALIGNED },
        { "proof in place of a key", (void *)&verified, token, length, buffer, 256,
          &unaligned[0], EJWT_NOT_INITIALIZED },
        { "token longer than memory", &key, token, SIZE_MAX, buffer, 256, &verified, EJWT_TOO_LONG },
        { "token around the end of memory", &key, NOWHERE, 100, buffer, 256, &verified,
          EJWT_TOO_LONG },
        { "buffer longer than memory", &key, token, length, buffer, SIZE_MAX, &verified,
          EJWT_TOO_LONG },
        { "token in the buffer", &key, buffer, length, buffer, 256, &verified, EJWT_OVERLAP },
        { "token behind the start of the buffer", &key, buffer + 100, length, buffer, 256,
          &verified, EJWT_OVERLAP },
        { "last byte of the token in the buffer", &key, buffer, 11, buffer + 10, 200, &verified,
          EJWT_OVERLAP },
        { "token right before the buffer", &key, buffer, 10, buffer + 10, 200, &verified,
          EJWT_NOT_COMPACT_SERIALIZATION },
        { "proof in the buffer", &key, token, length, &verified, sizeof verified, &verified,
          EJWT_OVERLAP },
        { "key in the buffer", &key, token, length, &key, sizeof key, &verified, EJWT_OVERLAP },
        { "policy in the buffer", &key, token, length, (void *)(uintptr_t)&policy, 8, &verified,
          EJWT_OVERLAP },
        { "proof in the token", &key, &verified, sizeof verified, buffer, 256, &verified,
          EJWT_OVERLAP },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        /* A stale proof must not survive, and a wrong call must not touch it. */
        CHECK("stale", verify(&key, token, length, buffer, sizeof buffer, &verified), EJWT_OK);
        uint8_t before_buffer[sizeof buffer];
        memcpy(before_buffer, buffer, sizeof buffer);
        ejwt_code code = verify(table[row].key, table[row].token, table[row].length,
                                table[row].buffer, table[row].size, table[row].verified);
        CHECK(table[row].name, code, table[row].code);
        CHECK(table[row].name, memcmp(buffer, before_buffer, sizeof buffer), 0);
        if (table[row].verified == &verified) {
            bool is_refused = code < 256 || code == EJWT_NOT_INITIALIZED
                              || (table[row].key != &key && table[row].key != NULL);
            if (is_refused)
                CHECK(table[row].name, ejwt_claim_is(&verified, "exp", ""), EJWT_NOT_INITIALIZED);
            else
                CHECK(table[row].name, ejwt_header_is(&verified, "alg", "HS256"), EJWT_OK);
        }
    }
    static ejwt_replay_guard guard;
    static ejwt_revocations revocations;
    const ejwt_checks with_guard = { .replay_guard = &guard },
                      with_revocations = { .revocations = &revocations };
    CHECK("init", ejwt_replay_guard_init(&guard, sizeof guard, 0), EJWT_OK);
    CHECK("init", ejwt_revocations_init(&revocations, sizeof revocations), EJWT_OK);
    CHECK("guard in the buffer", ejwt_verify_with(&key, &policy, token, length,
                                                  ejwt_time_known(NOW), &with_guard, &guard,
                                                  sizeof guard, &verified), EJWT_OVERLAP);
    CHECK("revocations in the buffer", ejwt_verify_with(&key, &policy, token, length,
                                                        ejwt_time_known(NOW), &with_revocations,
                                                        &revocations, sizeof revocations,
                                                        &verified), EJWT_OVERLAP);
    CHECK("untouched", ejwt_replay_guard_length(&guard), 0);
    CHECK("JWS, key in the buffer", ejwt_verify_jws(&key, NULL, token, length, &key, sizeof key,
                                                    &verified), EJWT_OVERLAP);
    CHECK("null policy", ejwt_verify(&key, NULL, token, length, ejwt_time_known(NOW), buffer,
                                     sizeof buffer, &verified), EJWT_NULL_POINTER);
    CHECK("unaligned policy", ejwt_verify(&key, ODD(&policy), token, length, ejwt_time_known(NOW),
                                          buffer, sizeof buffer, &verified), EJWT_MISALIGNED);
}

/* What is written to the buffer of a token that is refused is wiped, and the rest not touched. */
static void test_buffer(void)
{
    for (size_t size = 0; size < sizeof buffer; size++) {
        memset(buffer, 0xee, sizeof buffer);
        ejwt_code code = verify(&key, token, length, buffer, size, &verified);
        if (code == EJWT_OK)
            break;
        CHECK("buffer too small", code, EJWT_BUFFER_TOO_SMALL);
        CHECK("untouched", is_filled(buffer, sizeof buffer, 0xee), true);
        CHECK("bytes needed", verify(&key, token, length, buffer, verified.detail, &verified),
              EJWT_OK);
    }
    static const struct { const char *name; size_t from_end; ejwt_code code; uint32_t detail; } table[] = {
        { "another MAC", 1, EJWT_SIGNATURE_MISMATCH, 0 },
        { "leftover bits", 0, EJWT_INVALID_BASE64URL, 2 },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        char changed[sizeof token];
        memcpy(changed, token, sizeof token);
        char *place = &changed[length - 1 - table[row].from_end];
        *place = *place == 'A' ? 'B' : table[row].from_end == 0 ? (char)(*place + 1) : 'A';
        memset(buffer, 0xee, sizeof buffer);
        CHECK(table[row].name, verify(&key, changed, length, buffer, sizeof buffer, &verified),
              table[row].code);
        CHECK(table[row].name, verified.detail, table[row].detail);
        size_t written = 0;
        while (written < sizeof buffer && buffer[written] == 0)
            written++;
        CHECK("wiped", written > 20, true);
        CHECK("untouched", is_filled(buffer + written, sizeof buffer - written, 0xee), true);
    }
}

static void test_keys(void)
{
    static const struct { const char *name; ejwt_make_key make; size_t least; } makers[] = {
        { "HS256", ejwt_key_hs256, 32 },
        { "HS384", ejwt_key_hs384, 48 },
        { "HS512", ejwt_key_hs512, 64 },
    };
    ejwt_key made;
    char scratch[48];
    for (size_t row = 0; row < COUNT(makers); row++) {
        const char *name = makers[row].name;
        ejwt_make_key make = makers[row].make;
        CHECK(name, make(&made, SECRET, makers[row].least), EJWT_OK);
        CHECK(name, make(&made, SECRET, makers[row].least - 1), EJWT_KEY_TOO_SHORT);
        CHECK(name, is_filled(&made, sizeof made, 0), true);
        CHECK(name, make(NULL, SECRET, 64), EJWT_NULL_POINTER);
        CHECK(name, make(ODD(&made), SECRET, 64), EJWT_MISALIGNED);
        CHECK(name, make(&made, NULL, 64), EJWT_NULL_POINTER);
        CHECK(name, make(&made, NULL, 0), EJWT_KEY_TOO_SHORT);
        CHECK(name, make(&made, &made, 64), EJWT_OVERLAP);
        CHECK(name, make(&made, SECRET, SIZE_MAX), EJWT_TOO_LONG);
        CHECK(name, make(&made, NOWHERE, 64), EJWT_TOO_LONG);
    }
    static const char TEXT[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    static const struct { const char *name; ejwt_make_key make; const char *text; size_t scratch;
                          ejwt_code code; } texts[] = {
        { "text", ejwt_key_hs256, TEXT, 32, EJWT_OK },
        { "scratch", ejwt_key_hs256, TEXT, 31, EJWT_BUFFER_TOO_SMALL },
        { "short text", ejwt_key_hs256, TEXT + 4, 32, EJWT_KEY_TOO_SHORT },
        { "no text", ejwt_key_hs256, "", 32, EJWT_KEY_TOO_SHORT },
        { "another alphabet", ejwt_key_hs256, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+", 32,
          EJWT_KEY_NOT_BASE64URL },
        { "leftover bits", ejwt_key_hs256, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", 32,
          EJWT_KEY_NOT_BASE64URL },
        { "impossible length", ejwt_key_hs256, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AA", 33,
          EJWT_KEY_NOT_BASE64URL },
        { "padding", ejwt_key_hs256, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 33,
          EJWT_KEY_NOT_BASE64URL },
        { "another algorithm", ejwt_key_hs384, TEXT, 32, EJWT_KEY_TOO_SHORT },
        { "no maker", NULL, TEXT, 32, EJWT_NULL_POINTER },
        { "a maker that returns no code", return_no_code, TEXT, 32, 0x10000 },
    };
    for (size_t row = 0; row < COUNT(texts); row++) {
        memset(scratch, 0xee, sizeof scratch);
        CHECK("key", ejwt_key_hs256(&made, SECRET, 32), EJWT_OK);
        CHECK(texts[row].name, ejwt_key_from_base64url(&made, texts[row].make, texts[row].text,
                                                       strlen(texts[row].text), scratch,
                                                       texts[row].scratch), texts[row].code);
        size_t wiped = 0;
        while (wiped < sizeof scratch && scratch[wiped] == 0)
            wiped++;
        CHECK("scratch is wiped or untouched",
              is_filled(scratch + wiped, sizeof scratch - wiped, 0xee), true);
        CHECK("no key", is_filled(&made, sizeof made, 0),
              texts[row].code != EJWT_OK && texts[row].make != NULL);
    }
    char text[sizeof TEXT];
    memcpy(text, TEXT, sizeof TEXT);
    CHECK("text in scratch", ejwt_key_from_base64url(&made, ejwt_key_hs256, text, 43, text, 43),
          EJWT_OVERLAP);
    CHECK("text is untouched", memcmp(text, TEXT, sizeof TEXT), 0);

    CHECK("wipe", ejwt_key_hs256(&made, SECRET, 32), EJWT_OK);
    CHECK("wipe", ejwt_key_wipe(&made), EJWT_OK);
    CHECK("wiped", is_filled(&made, sizeof made, 0), true);
    CHECK("wiped", verify(&made, token, length, buffer, sizeof buffer, &verified),
          EJWT_NOT_INITIALIZED);
    CHECK("wipe", ejwt_key_wipe(NULL), EJWT_NULL_POINTER);
    CHECK("wipe", ejwt_wipe(scratch, sizeof scratch), EJWT_OK);
    CHECK("wiped", is_filled(scratch, sizeof scratch, 0), true);
    CHECK("wipe", ejwt_wipe(NULL, 1), EJWT_NULL_POINTER);
    CHECK("wipe", ejwt_wipe(NULL, 0), EJWT_OK);
}

static void test_reading(void)
{
    static ejwt_token none;
    char memory[8] = "1234567";
    const char *text = memory;
    size_t count = 5;
    int64_t number = 5;
    bool boolean = true;
    ejwt_token *proofs[] = { NULL, ODD(&none), &none };
    static const ejwt_code codes[] = { EJWT_NULL_POINTER, EJWT_MISALIGNED, EJWT_NOT_INITIALIZED };
    for (size_t row = 0; row < COUNT(proofs); row++) {
        const ejwt_token *proof = proofs[row];
        ejwt_code code = codes[row];
        CHECK("string", ejwt_claim_string(proof, "exp", memory, 8, &count), code);
        CHECK("slice", ejwt_claim_slice(proof, "exp", &text, &count), code);
        CHECK("is", ejwt_claim_is(proof, "exp", ""), code);
        CHECK("i64", ejwt_claim_i64(proof, "exp", &number), code);
        CHECK("bool", ejwt_claim_bool(proof, "exp", &boolean), code);
        CHECK("date", ejwt_claim_date(proof, "exp", &number, NULL), code);
        CHECK("json", ejwt_claim_json(proof, "exp", &text, &count), code);
        CHECK("claims", ejwt_claims_json(proof, &text, &count), code);
        CHECK("audience", ejwt_audience(proof, 0, memory, 8, &count), code);
        CHECK("header", ejwt_header_string(proof, "alg", memory, 8, &count), code);
        CHECK("header", ejwt_header_json(proof, &text, &count), code);
    }
    CHECK("untouched", memcmp(memory, "1234567", 8) == 0 && text == memory && count == 5, true);
    CHECK("untouched", number == 5 && boolean, true);

    CHECK("verify", verify(&key, token, length, buffer, sizeof buffer, &verified), EJWT_OK);
    CHECK("null memory", ejwt_header_string(&verified, "alg", NULL, 8, &count), EJWT_NULL_POINTER);
    CHECK("null number", ejwt_claim_i64(&verified, "exp", NULL), EJWT_NULL_POINTER);
    CHECK("unaligned number", ejwt_claim_i64(&verified, "exp", ODD(&number)), EJWT_MISALIGNED);
    CHECK("null text", ejwt_claims_json(&verified, NULL, &count), EJWT_NULL_POINTER);
    CHECK("null length", ejwt_claims_json(&verified, &text, NULL), EJWT_NULL_POINTER);
}

void test_misuse(void)
{
    length = make_token("{\"exp\":1900000000}", token, sizeof token);
    CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
    test_verify();
    test_buffer();
    test_keys();
    test_reading();
}
