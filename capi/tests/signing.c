/* Tokens that are made, and what is refused. */
#include "check.h"

static void test_calls(void)
{
    ejwt_key key;
    char token[512], again[512];
    uint8_t buffer[512];
    size_t length, other;
    ejwt_token verified;
    const ejwt_policy policy = { .flags = EJWT_ALLOW_MISSING_EXPIRATION };
    CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);

    const uint8_t id[8] = { 251, 255, 191, 1, 2, 3, 4, 5 };
    const ejwt_stamp stamp = { NOW, 300, id, sizeof id }, unnamed = { .now = NOW, .lifetime = 300 },
                     no_bytes = { NOW, 300, NULL, 8 };
    const ejwt_signing named = { .key_id = "2026-12", .typ = "at+jwt",
                                 .header_parameters = "{\"x\":1}" },
                       bare = { .flags = EJWT_WITHOUT_TYP }, endless = { .flags = EJWT_ALLOW_UNLIMITED },
                       unknown = { .flags = 4 },
                       both = { .typ = "a", .flags = EJWT_WITHOUT_TYP },
                       twice = { .key_id = "a", .header_parameters = "{\"kid\":1}" },
                       bad = { .key_id = "\xff" };
    struct { const char *name; const ejwt_signing *signing; const char *claims;
             const ejwt_stamp *stamp; ejwt_code code; const char *header, *payload; } table[] = {
        { "plain", NULL, "{\"exp\":1900000000}", NULL, EJWT_OK,
          "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "{\"exp\":1900000000}" },
        { "stamped", &bare, "{\"sub\":\"a\"}", &stamp, EJWT_OK, "{\"alg\":\"HS256\"}",
          "{\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000300,\"jti\":\"-_-_AQIDBAU\","
          "\"sub\":\"a\"}" },
        { "stamped without a name", NULL, "{}", &unnamed, EJWT_OK,
          "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
          "{\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000300}" },
        { "named", &named, "{\"exp\":1900000000}", NULL, EJWT_OK,
          "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"2026-12\",\"x\":1}",
          "{\"exp\":1900000000}" },
        { "endless", &endless, "{}", NULL, EJWT_OK, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "{}" },
        { "no exp", NULL, "{}", NULL, EJWT_MISSING_EXPIRATION, NULL, NULL },
        { "no JSON", NULL, "{\"exp\":1", NULL, EJWT_INVALID_JSON, NULL, NULL },
        { "twice", NULL, "{\"exp\":1,\"a\":1,\"a\":1}", NULL, EJWT_DUPLICATE_CLAIM, NULL, NULL },
        { "stamped twice", NULL, "{\"exp\":1}", &stamp, EJWT_DUPLICATE_CLAIM, NULL, NULL },
        { "parameter twice", &twice, "{\"exp\":1}", NULL, EJWT_DUPLICATE_HEADER_PARAMETER, NULL,
          NULL },
        { "unknown flag", &unknown, "{\"exp\":1}", NULL, EJWT_UNKNOWN_VALUE, NULL, NULL },
        { "typ and no typ", &both, "{\"exp\":1}", NULL, EJWT_UNKNOWN_VALUE, NULL, NULL },
        { "name that is not UTF-8", &bad, "{\"exp\":1}", NULL, EJWT_NOT_UTF8, NULL, NULL },
        { "claims that are not UTF-8", NULL, "{\"exp\":1,\"a\":\"\xff\"}", NULL, EJWT_NOT_UTF8,
          NULL, NULL },
        { "null claims", NULL, NULL, NULL, EJWT_NULL_POINTER, NULL, NULL },
        { "stamp without its bytes", NULL, "{}", &no_bytes, EJWT_OK,
          "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
          "{\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000300}" },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        const char *name = table[row].name, *text;
        memset(token, 'x', sizeof token);
        length = 777;
        CHECK(name, ejwt_sign(&key, table[row].signing, table[row].claims, table[row].stamp, token,
                              sizeof token, &length), table[row].code);
        if (table[row].code != EJWT_OK) {
            bool is_wrong_call = table[row].code >= 256;
            CHECK(name, length, is_wrong_call ? 777 : 0);
            bool is_touched = token[0] != 'x';
            CHECK(name, is_touched && is_wrong_call, false);
            CHECK(name, is_filled(token, sizeof token - 1, is_touched ? 0 : 'x'), true);
            continue;
        }
        CHECK(name, strlen(token), length);
        CHECK(name, ejwt_verify(&key, &policy, token, length, ejwt_time_known(NOW), buffer,
                                sizeof buffer, &verified), EJWT_OK);
        CHECK(name, ejwt_header_json(&verified, &text, &other), EJWT_OK);
        CHECK(name, other == strlen(table[row].header) && memcmp(text, table[row].header, other) == 0,
              true);
        CHECK(name, ejwt_claims_json(&verified, &text, &other), EJWT_OK);
        CHECK(name, other == strlen(table[row].payload)
                        && memcmp(text, table[row].payload, other) == 0, true);
        /* Exactly enough room, and too little. */
        CHECK(name, ejwt_sign(&key, table[row].signing, table[row].claims, table[row].stamp, again,
                              length + 1, &other), EJWT_OK);
        CHECK(name, strcmp(again, token), 0);
        CHECK(name, ejwt_sign(&key, table[row].signing, table[row].claims, table[row].stamp, again,
                              length, &other), EJWT_BUFFER_TOO_SMALL);
        CHECK(name, other, length + 1);
    }
    CHECK("no room", ejwt_sign(&key, NULL, "{\"exp\":1}", NULL, NULL, 0, &other),
          EJWT_BUFFER_TOO_SMALL);
    CHECK("null buffer", ejwt_sign(&key, NULL, "{\"exp\":1}", NULL, NULL, 9, &other),
          EJWT_NULL_POINTER);
    CHECK("null length", ejwt_sign(&key, NULL, "{\"exp\":1}", NULL, token, 99, NULL),
          EJWT_NULL_POINTER);
    CHECK("null key", ejwt_sign(NULL, NULL, "{\"exp\":1}", NULL, token, 99, &other),
          EJWT_NULL_POINTER);
    strcpy(token, "{\"exp\":1}");
    CHECK("claims in the buffer", ejwt_sign(&key, NULL, token, NULL, token, 99, &other),
          EJWT_OVERLAP);
    CHECK("claims are untouched", strcmp(token, "{\"exp\":1}"), 0);

    /* Payloads of any kind, in the token and apart from it. */
    uint8_t payload[1000];
    const void *found;
    ejwt_stream stream;
    for (size_t at = 0; at < sizeof payload; at++)
        payload[at] = (uint8_t)(at * 7);
    const ejwt_signing image = { .typ = "image" };
    CHECK("payload", ejwt_sign_payload(&key, &image, payload, 100, token, sizeof token, &length),
          EJWT_OK);
    CHECK("payload", ejwt_verify_jws(&key, "image", token, length, buffer, sizeof buffer, &verified),
          EJWT_OK);
    CHECK("payload", ejwt_payload(&verified, &found, &other), EJWT_OK);
    CHECK("payload", other == 100 && memcmp(found, payload, 100) == 0, true);
    CHECK("another typ", ejwt_verify_jws(&key, "text", token, length, buffer, sizeof buffer,
                                         &verified), EJWT_TYPE_MISMATCH);
    CHECK("detached", ejwt_sign_detached(&key, &image, payload, 1000, token, sizeof token, &length),
          EJWT_OK);
    CHECK("detached", ejwt_verify_detached(&key, "image", token, length, payload, 1000, buffer,
                                           sizeof buffer, &verified), EJWT_OK);
    CHECK("another payload", ejwt_verify_detached(&key, "image", token, length, payload, 999,
                                                  buffer, sizeof buffer, &verified),
          EJWT_SIGNATURE_MISMATCH);
    CHECK("begin", ejwt_stream_begin_signing(&stream, &key, &image, again, sizeof again), EJWT_OK);
    for (size_t at = 0; at < sizeof payload; at += 100)
        CHECK("push", ejwt_stream_push(&stream, payload + at, 100), EJWT_OK);
    CHECK("not verifying", ejwt_stream_finish(&stream, ejwt_time_unknown(), NULL, &verified),
          EJWT_NOT_INITIALIZED);
    CHECK("not resettable", ejwt_stream_reset(&stream), EJWT_ENDED);
    CHECK("finish", ejwt_stream_finish_signing(&stream, &other), EJWT_OK);
    CHECK("the same token", other == length && memcmp(again, token, length) == 0, true);
    other = 777;
    CHECK("once", ejwt_stream_finish_signing(&stream, &other), EJWT_ENDED);
    CHECK("once", other, 777);
    CHECK("end", ejwt_stream_end(&stream), EJWT_OK);
    memset(&stream, 0xa5, sizeof stream);
    CHECK("too small", ejwt_stream_begin_signing(&stream, &key, &image, again, 30),
          EJWT_BUFFER_TOO_SMALL);
    CHECK("wiped", is_filled(&stream, sizeof stream, 0), true);
    CHECK("length at the end of memory", ejwt_sign(&key, NULL, "{\"exp\":1}", NULL, token, 99,
                                                   (void *)(UINTPTR_MAX - sizeof length + 1)),
          EJWT_TOO_LONG);
}

/* A token that is longer than what a code can tell: so is the room that is asked for. */
static void test_longest(void)
{
    static char claims[65536], token[87381];
    ejwt_key key;
    size_t length;
    CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
    static const struct { const char *name; size_t claims, room, length; ejwt_code code; } table[] = {
        { "as much as a code tells", 49089, 65533, 65534, EJWT_BUFFER_TOO_SMALL },
        { "as much as a code tells, fits", 49089, 65534, 65533, EJWT_OK },
        { "more", 49090, 65535, 87381, EJWT_BUFFER_TOO_SMALL },
        { "more, fits", 49090, 65536, 65535, EJWT_OK },
        { "the longest", 65474, 87380, 87381, EJWT_BUFFER_TOO_SMALL },
        { "the longest, fits", 65474, 87381, 87380, EJWT_OK },
        { "too long", 65475, 87381, 0, EJWT_TOKEN_TOO_LONG },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        memset(claims, ' ', table[row].claims);
        memcpy(claims, "{\"exp\":1", 8);
        strcpy(claims + table[row].claims - 1, "}");
        CHECK(table[row].name, ejwt_sign(&key, NULL, claims, NULL, token, table[row].room, &length),
              table[row].code);
        CHECK(table[row].name, length, table[row].length);
    }
}

void test_signing(void)
{
    test_calls();
    test_longest();
}
