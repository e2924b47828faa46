/* Which rule of a policy refuses which claims set. */
#include "check.h"

static const char *const DOORS[] = { "door-7", "door-8" };
static const char *const ISSUERS[] = { "https://id.example", "joe" };
static const char *const NEEDED[] = { "exp", "door", "uses" };
static const char *const MANY[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m" };
static const char *const BAD[] = { "a", "\xff" };
static const char *const HOLE[] = { "a", NULL };

void test_policies(void)
{
    /* What a policy itself is refused for. */
    static const struct { const char *name; ejwt_policy policy; ejwt_code code; } policies[] = {
        { "all zeros", { 0 }, EJWT_OK },
        { "leeway", { .leeway = 600 }, EJWT_OK },
        { "leeway too long", { .leeway = 601 }, EJWT_LEEWAY_TOO_LONG },
        { "depth", { .maximum_depth = 32 }, EJWT_OK },
        { "depth too large", { .maximum_depth = 33 }, EJWT_DEPTH_OUT_OF_RANGE },
        { "depth of more than a byte", { .maximum_depth = 257 }, EJWT_DEPTH_OUT_OF_RANGE },
        { "issuer and issuers", { .issuer = "a", .issuers = ISSUERS, .issuers_length = 2 },
          EJWT_RULE_SET_TWICE },
        { "audience and audiences", { .audience = "a", .audiences = DOORS, .audiences_length = 2 },
          EJWT_RULE_SET_TWICE },
        { "empty list", { .issuers = ISSUERS, .issuers_length = 0 }, EJWT_EMPTY_LIST },
        { "length without a list", { .issuers_length = 1 }, EJWT_NULL_POINTER },
        { "list with a hole", { .issuers = HOLE, .issuers_length = 2 }, EJWT_NULL_POINTER },
        { "list that is not UTF-8", { .audiences = BAD, .audiences_length = 2 }, EJWT_NOT_UTF8 },
        { "lists of 12", { .audiences = MANY, .audiences_length = 10, .issuers = ISSUERS,
                           .issuers_length = 2 }, EJWT_OK },
        { "lists of 13", { .audiences = MANY, .audiences_length = 11, .issuers = ISSUERS,
                           .issuers_length = 2 }, EJWT_LIST_TOO_LONG },
        { "list of 13", { .audiences = MANY, .audiences_length = 13 }, EJWT_LIST_TOO_LONG },
        { "unknown flag", { .flags = 64 }, EJWT_UNKNOWN_VALUE },
        { "no exp and a lifetime", { .maximum_lifetime = 1, .flags = EJWT_ALLOW_MISSING_EXPIRATION },
          EJWT_CONTRADICTORY_EXPIRATION },
        { "any audience and one", { .audience = "a", .flags = EJWT_ALLOW_ANY_AUDIENCE },
          EJWT_CONTRADICTORY_AUDIENCE },
        { "a byte that no text has", { .issuer = "\xff" }, EJWT_NOT_UTF8 },
        { "two bytes", { .issuer = "\xc2\x80" }, EJWT_OK },
        { "two bytes that are one", { .issuer = "\xc1\xbf" }, EJWT_NOT_UTF8 },
        { "three bytes", { .subject = "\xe0\xa0\x80\xef\xbf\xbf" }, EJWT_OK },
        { "three bytes that are two", { .subject = "\xe0\x9f\xbf" }, EJWT_NOT_UTF8 },
        { "half of a surrogate pair", { .typ = "\xed\xa0\x80" }, EJWT_NOT_UTF8 },
        { "four bytes", { .typ = "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" }, EJWT_OK },
        { "four bytes that are three", { .typ = "\xf0\x8f\xbf\xbf" }, EJWT_NOT_UTF8 },
        { "above the last code point", { .typ = "\xf4\x90\x80\x80" }, EJWT_NOT_UTF8 },
        { "a text that ends early", { .audience = "a\xe2\x82" }, EJWT_NOT_UTF8 },
        { "a byte that only follows", { .audience = "\x80" }, EJWT_NOT_UTF8 },
    };
    for (size_t row = 0; row < COUNT(policies); row++)
        CHECK(policies[row].name, ejwt_policy_check(&policies[row].policy), policies[row].code);

    static const struct {
        const char *name, *claims;
        ejwt_policy policy;
        ejwt_code code;
        uint32_t detail;
    } table[] = {
        { "strict", "{\"exp\":1800000001}", { 0 }, EJWT_OK, 0 },
        { "expired", "{\"exp\":1800000000}", { 0 }, EJWT_EXPIRED, 0 },
        { "leeway", "{\"exp\":1800000000}", { .leeway = 1 }, EJWT_OK, 0 },
        { "no exp", "{}", { 0 }, EJWT_MISSING_EXPIRATION, 0 },
        { "no exp is allowed", "{}", { .flags = EJWT_ALLOW_MISSING_EXPIRATION }, EJWT_OK, 0 },
        { "audience not expected", "{\"exp\":2e9,\"aud\":\"a\"}", { 0 }, EJWT_UNEXPECTED_AUDIENCE,
          0 },
        { "any audience", "{\"exp\":2e9,\"aud\":\"a\"}", { .flags = EJWT_ALLOW_ANY_AUDIENCE },
          EJWT_OK, 0 },
        { "audience", "{\"exp\":2e9,\"aud\":[\"a\",\"door-7\"]}", { .audience = "door-7" }, EJWT_OK,
          0 },
        { "one of the audiences", "{\"exp\":2e9,\"aud\":\"door-8\"}",
          { .audiences = DOORS, .audiences_length = 2 }, EJWT_OK, 0 },
        { "only the first of the audiences", "{\"exp\":2e9,\"aud\":\"door-8\"}",
          { .audiences = DOORS, .audiences_length = 1 }, EJWT_AUDIENCE_MISMATCH, 0 },
        { "no audience", "{\"exp\":2e9}", { .audience = "door-7" }, EJWT_MISSING_AUDIENCE, 0 },
        { "issuer", "{\"exp\":2e9,\"iss\":\"joe\"}", { .issuer = "joe" }, EJWT_OK, 0 },
        { "another issuer", "{\"exp\":2e9,\"iss\":\"jo\"}", { .issuer = "joe" },
          EJWT_ISSUER_MISMATCH, 0 },
        { "no issuer", "{\"exp\":2e9}", { .issuer = "joe" }, EJWT_MISSING_ISSUER, 0 },
        { "one of the issuers", "{\"exp\":2e9,\"iss\":\"joe\"}",
          { .issuers = ISSUERS, .issuers_length = 2 }, EJWT_OK, 0 },
        { "subject", "{\"exp\":2e9,\"sub\":\"J\xc3\xb6rg\"}", { .subject = "J\xc3\xb6rg" }, EJWT_OK,
          0 },
        { "another subject", "{\"exp\":2e9,\"sub\":\"b\"}", { .subject = "a" },
          EJWT_SUBJECT_MISMATCH, 0 },
        { "required claims", "{\"exp\":2e9,\"door\":1,\"uses\":false}",
          { .required_claims = NEEDED, .required_claims_length = 3 }, EJWT_OK, 0 },
        { "a required claim is missing", "{\"exp\":2e9,\"door\":1,\"uses\":null}",
          { .required_claims = NEEDED, .required_claims_length = 3 }, EJWT_MISSING_CLAIM, 2 },
        { "all lists", "{\"exp\":2e9,\"iss\":\"joe\",\"aud\":\"door-8\",\"door\":1}",
          { .issuers = ISSUERS, .issuers_length = 2, .audiences = DOORS, .audiences_length = 2,
            .required_claims = NEEDED, .required_claims_length = 2 }, EJWT_OK, 0 },
        { "typ", "{\"exp\":2e9}", { .typ = "jwt" }, EJWT_OK, 0 },
        { "another typ", "{\"exp\":2e9}", { .typ = "at+jwt" }, EJWT_TYPE_MISMATCH, 0 },
        { "too old", "{\"exp\":2e9,\"iat\":1799999989}", { .maximum_age = 10 }, EJWT_TOO_OLD, 0 },
        { "not too old", "{\"exp\":2e9,\"iat\":1799999990}", { .maximum_age = 10 }, EJWT_OK, 0 },
        { "lifetime", "{\"exp\":1800000100,\"iat\":1800000000}", { .maximum_lifetime = 100 },
          EJWT_OK, 0 },
        { "lifetime too long", "{\"exp\":1800000101,\"iat\":1800000000}",
          { .maximum_lifetime = 100 }, EJWT_LIFETIME_TOO_LONG, 0 },
        { "expires too late", "{\"exp\":1800000101}", { .maximum_remaining_lifetime = 100 },
          EJWT_EXPIRES_TOO_LATE, 0 },
        { "issued in the future", "{\"exp\":2e9,\"iat\":1800000001}", { 0 }, EJWT_OK, 0 },
        { "issued in the future is refused", "{\"exp\":2e9,\"iat\":1800000001}",
          { .flags = EJWT_REFUSE_ISSUED_IN_FUTURE }, EJWT_ISSUED_IN_FUTURE, 0 },
        { "not yet valid", "{\"exp\":2e9,\"nbf\":1800000001}", { 0 }, EJWT_NOT_YET_VALID, 0 },
        { "depth", "{\"exp\":2e9,\"a\":[[]]}", { .maximum_depth = 3 }, EJWT_OK, 0 },
        { "too deep", "{\"exp\":2e9,\"a\":[[]]}", { .maximum_depth = 2 }, EJWT_NESTING_TOO_DEEP, 0 },
        { "a policy that is refused", "{\"exp\":2e9}", { .leeway = 601 }, EJWT_LEEWAY_TOO_LONG, 0 },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        char token[512];
        uint8_t buffer[384];
        ejwt_key key;
        ejwt_token verified;
        ejwt_stream stream;
        size_t length = make_token(table[row].claims, token, sizeof token);
        CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
        CHECK(table[row].name, ejwt_verify(&key, &table[row].policy, token, length,
                                           ejwt_time_known(NOW), buffer, sizeof buffer, &verified),
              table[row].code);
        CHECK(table[row].name, verified.detail, table[row].detail);
        ejwt_code begun = ejwt_stream_begin(&stream, &key, &table[row].policy, buffer,
                                            sizeof buffer);
        if (begun != EJWT_OK) {
            CHECK(table[row].name, begun, table[row].code);
            CHECK(table[row].name, ejwt_stream_push(&stream, token, length), EJWT_NOT_INITIALIZED);
            continue;
        }
        CHECK(table[row].name, ejwt_stream_push(&stream, token, length), EJWT_OK);
        CHECK(table[row].name, ejwt_stream_finish(&stream, ejwt_time_known(NOW), NULL, &verified),
              table[row].code);
        CHECK(table[row].name, ejwt_stream_end(&stream), EJWT_OK);
    }

    /* What is known of the time. */
    static const struct { const char *name; ejwt_time now; uint32_t flags; ejwt_code code; } times[] = {
        { "known", { 1800000000, EJWT_KNOWN }, 0, EJWT_OK },
        { "known, expired", { 1900000000, EJWT_KNOWN }, 0, EJWT_EXPIRED },
        { "at least", { 1800000000, EJWT_AT_LEAST }, 0, EJWT_TIME_UNKNOWN },
        { "at least, expired", { 1900000000, EJWT_AT_LEAST }, 0, EJWT_EXPIRED },
        { "unknown", { 0, 0 }, 0, EJWT_TIME_UNKNOWN },
        { "unknown is allowed", { 0, 0 }, EJWT_ALLOW_UNCERTAIN_TIME, EJWT_OK },
        { "no such knowledge", { 1800000000, 3 }, EJWT_ALLOW_UNCERTAIN_TIME, EJWT_UNKNOWN_VALUE },
    };
    for (size_t row = 0; row < COUNT(times); row++) {
        char token[256];
        uint8_t buffer[192];
        ejwt_key key;
        ejwt_token verified;
        const ejwt_policy policy = { .flags = times[row].flags };
        size_t length = make_token("{\"exp\":1900000000}", token, sizeof token);
        CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
        CHECK(times[row].name, ejwt_verify(&key, &policy, token, length, times[row].now, buffer,
                                           sizeof buffer, &verified), times[row].code);
    }
}
