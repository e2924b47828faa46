/* What each call reads of a verified token, and what it refuses. */
#include "check.h"

static const char CLAIMS[] =
    "{\"exp\":1900000000.5,\"aud\":[\"a\",\"b\\\"c\",\"\"],\"sub\":\"erika\",\"esc\":\"a\\\\b\\n\","
    "\"nul\":\"a\\u0000b\",\"i\":-9223372036854775808,\"u\":18446744073709551615,\"f\":1.5,"
    "\"t\":true,\"n\":null,\"o\":{\"x\":[1,\"}],\\\"\"]},\"e\":\"\",\"iat\":1}";

void test_claims(void)
{
    char token[512], memory[32];
    uint8_t buffer[512];
    ejwt_key key;
    ejwt_token verified;
    const ejwt_policy policy = { .flags = EJWT_ALLOW_ANY_AUDIENCE };
    size_t length = make_token(CLAIMS, token, sizeof token);
    CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
    CHECK("verify", ejwt_verify(&key, &policy, token, length, ejwt_time_known(NOW), buffer,
                                sizeof buffer, &verified), EJWT_OK);
    CHECK("the proof may be copied", sizeof verified, EJWT_TOKEN_SIZE);
    ejwt_token copy = verified;
    memset(&verified, 0, sizeof verified);

    static const struct {
        const char *name;
        size_t size;
        ejwt_code code;
        const char *text;
        size_t length;
    } strings[] = {
        { "sub", 32, EJWT_OK, "erika", 5 },
        { "sub", 6, EJWT_OK, "erika", 5 },
        { "sub", 5, EJWT_BUFFER_TOO_SMALL, NULL, 6 },
        { "sub", 0, EJWT_BUFFER_TOO_SMALL, NULL, 6 },
        { "e", 1, EJWT_OK, "", 0 },
        { "esc", 32, EJWT_OK, "a\\b\n", 4 },
        { "nul", 32, EJWT_EMBEDDED_NUL, NULL, 99 },
        { "f", 32, EJWT_UNREADABLE_VALUE, NULL, 99 },
        { "n", 32, EJWT_UNREADABLE_VALUE, NULL, 99 },
        { "missing", 32, EJWT_MISSING_MEMBER, NULL, 99 },
        { "\xff", 32, EJWT_NOT_UTF8, NULL, 99 },
        { NULL, 32, EJWT_NULL_POINTER, NULL, 99 },
    };
    for (size_t row = 0; row < COUNT(strings); row++) {
        const char *name = strings[row].name == NULL ? "null" : strings[row].name;
        size_t got = 99;
        memset(memory, '?', sizeof memory);
        CHECK(name, ejwt_claim_string(&copy, strings[row].name, memory, strings[row].size, &got),
              strings[row].code);
        CHECK(name, got, strings[row].length);
        size_t written = strings[row].code == EJWT_OK ? strings[row].length + 1 : 0;
        if (strings[row].code == EJWT_OK)
            CHECK(name, memcmp(memory, strings[row].text, written), 0);
        CHECK(name, is_filled(memory + written, sizeof memory - written, '?'), true);
    }
    CHECK("length may be null", ejwt_claim_string(&copy, "sub", memory, 32, NULL), EJWT_OK);

    const char *text = NULL;
    CHECK("slice", ejwt_claim_slice(&copy, "sub", &text, &length), EJWT_OK);
    CHECK("slice", length == 5 && memcmp(text, "erika", 5) == 0, true);
    CHECK("slice with escapes", ejwt_claim_slice(&copy, "esc", &text, &length),
          EJWT_UNREADABLE_VALUE);

    static const struct { const char *name, *text; ejwt_code code; } compared[] = {
        { "sub", "erika", EJWT_OK },
        { "sub", "erik", EJWT_DIFFERENT },
        { "sub", "erikas", EJWT_DIFFERENT },
        { "esc", "a\\b\n", EJWT_OK },
        { "nul", "a", EJWT_DIFFERENT },
        { "t", "true", EJWT_UNREADABLE_VALUE },
        { "missing", "", EJWT_MISSING_MEMBER },
        { "sub", NULL, EJWT_NULL_POINTER },
    };
    for (size_t row = 0; row < COUNT(compared); row++)
        CHECK(compared[row].name, ejwt_claim_is(&copy, compared[row].name, compared[row].text),
              compared[row].code);

    static const struct { const char *name; ejwt_code i32, i64, u64, boolean; } numbers[] = {
        { "iat", EJWT_OK, EJWT_OK, EJWT_OK, EJWT_UNREADABLE_VALUE },
        { "i", EJWT_UNREADABLE_VALUE, EJWT_OK, EJWT_UNREADABLE_VALUE, EJWT_UNREADABLE_VALUE },
        { "u", EJWT_UNREADABLE_VALUE, EJWT_UNREADABLE_VALUE, EJWT_OK, EJWT_UNREADABLE_VALUE },
        { "f", EJWT_UNREADABLE_VALUE, EJWT_UNREADABLE_VALUE, EJWT_UNREADABLE_VALUE,
          EJWT_UNREADABLE_VALUE },
        { "t", EJWT_UNREADABLE_VALUE, EJWT_UNREADABLE_VALUE, EJWT_UNREADABLE_VALUE, EJWT_OK },
        { "sub", EJWT_UNREADABLE_VALUE, EJWT_UNREADABLE_VALUE, EJWT_UNREADABLE_VALUE,
          EJWT_UNREADABLE_VALUE },
        { "missing", EJWT_MISSING_MEMBER, EJWT_MISSING_MEMBER, EJWT_MISSING_MEMBER,
          EJWT_MISSING_MEMBER },
    };
    int32_t i32 = 7;
    int64_t i64 = 7;
    uint64_t u64 = 7;
    bool boolean = false;
    for (size_t row = 0; row < COUNT(numbers); row++) {
        CHECK(numbers[row].name, ejwt_claim_i32(&copy, numbers[row].name, &i32), numbers[row].i32);
        CHECK(numbers[row].name, ejwt_claim_i64(&copy, numbers[row].name, &i64), numbers[row].i64);
        CHECK(numbers[row].name, ejwt_claim_u64(&copy, numbers[row].name, &u64), numbers[row].u64);
        CHECK(numbers[row].name, ejwt_claim_bool(&copy, numbers[row].name, &boolean),
              numbers[row].boolean);
    }
    CHECK("the last value that was read stays", i32 == 1 && i64 == INT64_MIN && boolean, true);
    CHECK("the last value that was read stays", u64 == UINT64_MAX, true);

    uint32_t nanoseconds = 7;
    CHECK("exp", ejwt_claim_date(&copy, "exp", &i64, &nanoseconds), EJWT_OK);
    CHECK("exp", i64 == 1900000000 && nanoseconds == 500000000, true);
    CHECK("iat", ejwt_claim_date(&copy, "iat", &i64, NULL), EJWT_OK);
    CHECK("iat", i64, 1);
    CHECK("nbf", ejwt_claim_date(&copy, "nbf", &i64, NULL), EJWT_MISSING_MEMBER);
    CHECK("no date", ejwt_claim_date(&copy, "sub", &i64, NULL), EJWT_UNKNOWN_VALUE);
    nanoseconds = 7;
    CHECK("null date", ejwt_claim_date(&copy, "exp", NULL, &nanoseconds), EJWT_NULL_POINTER);
    CHECK("untouched", nanoseconds, 7);

    static const struct { const char *name, *json; } values[] = {
        { "exp", "1900000000.5" },
        { "aud", "[\"a\",\"b\\\"c\",\"\"]" },
        { "n", "null" },
        { "o", "{\"x\":[1,\"}],\\\"\"]}" },
        { "e", "\"\"" },
        { "iat", "1" },
    };
    for (size_t row = 0; row < COUNT(values); row++) {
        CHECK(values[row].name, ejwt_claim_json(&copy, values[row].name, &text, &length), EJWT_OK);
        CHECK(values[row].name, length, strlen(values[row].json));
        CHECK(values[row].name, memcmp(text, values[row].json, length), 0);
    }
    CHECK("missing", ejwt_claim_json(&copy, "missing", &text, &length), EJWT_MISSING_MEMBER);
    CHECK("all", ejwt_claims_json(&copy, &text, &length), EJWT_OK);
    CHECK("all", length == sizeof CLAIMS - 1 && memcmp(text, CLAIMS, length) == 0, true);

    static const struct { ejwt_code code; const char *text; } audiences[] = {
        { EJWT_OK, "a" }, { EJWT_OK, "b\"c" }, { EJWT_OK, "" }, { EJWT_MISSING_MEMBER, NULL },
    };
    for (size_t row = 0; row < COUNT(audiences); row++) {
        CHECK("audience", ejwt_audience(&copy, row, memory, sizeof memory, &length),
              audiences[row].code);
        if (audiences[row].text != NULL)
            CHECK("audience", strcmp(memory, audiences[row].text), 0);
    }
    CHECK("far audience", ejwt_audience(&copy, SIZE_MAX, memory, sizeof memory, &length),
          EJWT_MISSING_MEMBER);

    CHECK("alg", ejwt_header_string(&copy, "alg", memory, sizeof memory, &length), EJWT_OK);
    CHECK("alg", strcmp(memory, "HS256"), 0);
    CHECK("typ", ejwt_header_is(&copy, "typ", "JWT"), EJWT_OK);
    CHECK("kid", ejwt_header_is(&copy, "kid", ""), EJWT_MISSING_MEMBER);
    CHECK("alg", ejwt_header_parameter_json(&copy, "alg", &text, &length), EJWT_OK);
    CHECK("alg", length == 7 && memcmp(text, "\"HS256\"", 7) == 0, true);
    CHECK("header", ejwt_header_json(&copy, &text, &length), EJWT_OK);
    CHECK("header", length == 27 && memcmp(text, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", 27) == 0,
          true);
    const void *payload;
    CHECK("no payload", ejwt_payload(&copy, &payload, &length), EJWT_NOT_INITIALIZED);
}
