/* What is read of a token that is not verified, what is refused, and that it never counts as a proof. */
#include "check.h"

/* The claims that CLAIMS decodes to. */
#define CLAIMS_TEXT \
    "{\"iss\":\"acme\",\"exp\":1,\"esc\":\"a\\\"b\",\"n\":1,\"a\":\"x\",\"a\":\"y\",\"e\":\"\"}"
/* Made by hand, since nothing here signs a claim twice. The signature is wrong. */
#define MAC "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define HEADER "eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjYtMTIifQ" /* {"alg":"HS256","kid":"2026-12"} */
#define CLAIMS "eyJpc3MiOiJhY21lIiwiZXhwIjoxLCJlc2MiOiJhXCJiIiwibiI6MSwiYSI6IngiLCJhIjoieSIsImUiOiIifQ"

static const char TOKEN[] = HEADER "." CLAIMS "." MAC;
static uint8_t buffer[256];
static ejwt_unverified unverified;

typedef ejwt_code reader(const void *, size_t, void *, size_t, ejwt_unverified *);

static ejwt_code read(reader *with, const char *token)
{
    memset(buffer, 0xee, sizeof buffer);
    return with(token, strlen(token), buffer, sizeof buffer, &unverified);
}

static void test_strings(void)
{
    static const struct { const char *name; reader *read; const char *member; ejwt_code code;
                          const char *text; } table[] = {
        { "issuer", ejwt_unverified_claims, "iss", EJWT_OK, "acme" },
        { "escape", ejwt_unverified_claims, "esc", EJWT_OK, "a\"b" },
        { "empty", ejwt_unverified_claims, "e", EJWT_OK, "" },
        { "number", ejwt_unverified_claims, "n", EJWT_MISSING_MEMBER, NULL },
        { "twice", ejwt_unverified_claims, "a", EJWT_MISSING_MEMBER, NULL },
        { "missing", ejwt_unverified_claims, "sub", EJWT_MISSING_MEMBER, NULL },
        { "not UTF-8", ejwt_unverified_claims, "\xff", EJWT_NOT_UTF8, NULL },
        { "null name", ejwt_unverified_claims, NULL, EJWT_NULL_POINTER, NULL },
        { "alg", ejwt_unverified_header, "alg", EJWT_OK, "HS256" },
        { "kid", ejwt_unverified_header, "kid", EJWT_OK, "2026-12" },
        { "no typ", ejwt_unverified_header, "typ", EJWT_MISSING_MEMBER, NULL },
        { "another parameter", ejwt_unverified_header, "cty", EJWT_UNKNOWN_VALUE, NULL },
        { "claim of a header", ejwt_unverified_header, "iss", EJWT_UNKNOWN_VALUE, NULL },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        const char *name = table[row].name, *member = table[row].member, *text = table[row].text;
        char memory[16];
        size_t length = 99;
        CHECK(name, read(table[row].read, TOKEN), EJWT_OK);
        memset(memory, '?', sizeof memory);
        CHECK(name, ejwt_unverified_string(&unverified, member, memory, sizeof memory, &length),
              table[row].code);
        CHECK(name, ejwt_unverified_is(&unverified, member, text == NULL ? "x" : text),
              table[row].code);
        if (text == NULL) {
            CHECK(name, is_filled(memory, sizeof memory, '?'), true);
            continue;
        }
        CHECK(name, strcmp(memory, text), 0);
        CHECK(name, length, strlen(text));
        CHECK(name, ejwt_unverified_string(&unverified, member, memory, length, &length),
              EJWT_BUFFER_TOO_SMALL);
        CHECK(name, length, strlen(text) + 1);
        CHECK(name, ejwt_unverified_is(&unverified, member, "another"), EJWT_DIFFERENT);
        CHECK(name, ejwt_unverified_is(&unverified, member, NULL), EJWT_NULL_POINTER);
    }
    static const struct { reader *read; const char *json; } texts[] = {
        { ejwt_unverified_claims, CLAIMS_TEXT },
        { ejwt_unverified_header, "{\"alg\":\"HS256\",\"kid\":\"2026-12\"}" },
    };
    for (size_t row = 0; row < COUNT(texts); row++) {
        const char *text = NULL;
        size_t length = 0;
        CHECK("JSON", read(texts[row].read, TOKEN), EJWT_OK);
        CHECK("JSON", ejwt_unverified_json(&unverified, &text, &length), EJWT_OK);
        CHECK("JSON", length, strlen(texts[row].json));
        CHECK("JSON", memcmp(text, texts[row].json, length), 0);
        CHECK("null text", ejwt_unverified_json(&unverified, NULL, &length), EJWT_NULL_POINTER);
    }
}

/* Tokens of which claims or header can't be read. The codes are for each. */
static void test_refused(void)
{
    static const struct { const char *name, *token; ejwt_code claims, header; } table[] = {
        { "empty", "", EJWT_NOT_COMPACT_SERIALIZATION, EJWT_NOT_COMPACT_SERIALIZATION },
        { "one dot", HEADER "." CLAIMS, EJWT_NOT_COMPACT_SERIALIZATION,
          EJWT_NOT_COMPACT_SERIALIZATION },
        { "three dots", HEADER "." CLAIMS ".AAAA.AAAA", EJWT_NOT_COMPACT_SERIALIZATION,
          EJWT_NOT_COMPACT_SERIALIZATION },
        { "claims that are no Base64URL", HEADER ".A." MAC, EJWT_INVALID_BASE64URL, EJWT_OK },
        { "header that is no Base64URL", "A." CLAIMS "." MAC, EJWT_OK, EJWT_INVALID_BASE64URL },
        { "claims that are no JSON", HEADER ".eyJ9." MAC, EJWT_INVALID_JSON, EJWT_OK },
        { "header that is no JSON", "eyJ9." CLAIMS "." MAC, EJWT_OK, EJWT_INVALID_JSON },
        { "registered claim twice", HEADER ".eyJpc3MiOiJhIiwiaXNzIjoiYiJ9." MAC,
          EJWT_DUPLICATE_CLAIM, EJWT_OK },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        for (int of_header = 0; of_header < 2; of_header++) {
            ejwt_code code = of_header ? table[row].header : table[row].claims;
            const char *text;
            size_t length;
            CHECK("before", read(ejwt_unverified_claims, TOKEN), EJWT_OK);
            CHECK(table[row].name, read(of_header ? ejwt_unverified_header : ejwt_unverified_claims,
                                        table[row].token), code);
            if (code == EJWT_OK)
                continue;
            CHECK("nothing was read", ejwt_unverified_json(&unverified, &text, &length),
                  EJWT_NOT_INITIALIZED);
            size_t wiped = 0;
            while (wiped < sizeof buffer && buffer[wiped] == 0)
                wiped++;
            CHECK(table[row].name, is_filled(buffer + wiped, sizeof buffer - wiped, 0xee), true);
        }
    }
    CHECK("room", ejwt_unverified_claims(TOKEN, strlen(TOKEN), buffer, 3 * strlen(CLAIMS) / 4 - 1,
                                         &unverified), EJWT_BUFFER_TOO_SMALL);
    CHECK("room", ejwt_unverified_claims(TOKEN, strlen(TOKEN), buffer, 3 * strlen(CLAIMS) / 4,
                                         &unverified), EJWT_OK);
}

static void test_misuse_of(reader *with)
{
    const char *text;
    char memory[8];
    size_t length = strlen(TOKEN), found;
    static ejwt_unverified none, unaligned[2];
    void *odd = (void *)((uintptr_t)unaligned + 1);
    memcpy(buffer, TOKEN, length);
    struct { const char *name; const void *token; size_t length; void *buffer; size_t size;
             ejwt_unverified *place; ejwt_code code; } table[] = {
        { "null token", NULL, 9, buffer, 256, &unverified, EJWT_NULL_POINTER },
        { "null buffer", TOKEN, length, NULL, 256, &unverified, EJWT_NULL_POINTER },
        { "null place", TOKEN, length, buffer, 256, NULL, EJWT_NULL_POINTER },
        { "unaligned place", TOKEN, length, buffer, 256, odd, EJWT_MISALIGNED },
        { "token longer than memory", TOKEN, SIZE_MAX, buffer, 256, &unverified, EJWT_TOO_LONG },
        { "token in the buffer", buffer, length, buffer, 256, &unverified, EJWT_OVERLAP },
        { "place in the buffer", TOKEN, length, &unverified, sizeof unverified, &unverified,
          EJWT_OVERLAP },
        { "place in the token", &unverified, sizeof unverified, buffer, 256, &unverified,
          EJWT_OVERLAP },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        CHECK("before", read(with, TOKEN), EJWT_OK);
        CHECK(table[row].name, with(table[row].token, table[row].length, table[row].buffer,
                                    table[row].size, table[row].place), table[row].code);
        CHECK("untouched", ejwt_unverified_json(&unverified, &text, &found), EJWT_OK);
    }
    const ejwt_unverified *places[] = { NULL, odd, &none };
    static const ejwt_code codes[] = { EJWT_NULL_POINTER, EJWT_MISALIGNED, EJWT_NOT_INITIALIZED };
    for (size_t row = 0; row < COUNT(places); row++) {
        CHECK("string", ejwt_unverified_string(places[row], "alg", memory, 8, &found), codes[row]);
        CHECK("is", ejwt_unverified_is(places[row], "alg", ""), codes[row]);
        CHECK("JSON", ejwt_unverified_json(places[row], &text, &found), codes[row]);
    }
}

/* What a program that casts one for the other gets. */
static void test_no_proof(void)
{
    union { ejwt_unverified unverified; ejwt_token verified; } both;
    const char *text;
    char memory[8];
    size_t length, of_token;
    int64_t number;
    char token[256];
    ejwt_key key;
    const ejwt_policy policy = EJWT_POLICY;
    reader *readers[] = { ejwt_unverified_claims, ejwt_unverified_header };
    for (size_t row = 0; row < COUNT(readers); row++) {
        memset(&both, 0, sizeof both);
        CHECK("read", readers[row](TOKEN, strlen(TOKEN), buffer, sizeof buffer, &both.unverified),
              EJWT_OK);
        CHECK("string", ejwt_claim_string(&both.verified, "iss", memory, 8, &length),
              EJWT_NOT_INITIALIZED);
        CHECK("slice", ejwt_claim_slice(&both.verified, "iss", &text, &length),
              EJWT_NOT_INITIALIZED);
        CHECK("is", ejwt_claim_is(&both.verified, "iss", "acme"), EJWT_NOT_INITIALIZED);
        CHECK("number", ejwt_claim_i64(&both.verified, "n", &number), EJWT_NOT_INITIALIZED);
        CHECK("JSON", ejwt_claims_json(&both.verified, &text, &length), EJWT_NOT_INITIALIZED);
        CHECK("header", ejwt_header_is(&both.verified, "alg", "HS256"), EJWT_NOT_INITIALIZED);
        CHECK("header", ejwt_header_json(&both.verified, &text, &length), EJWT_NOT_INITIALIZED);
    }
    of_token = make_token("{\"iss\":\"acme\",\"exp\":1900000000}", token, sizeof token);
    CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
    CHECK("verify", ejwt_verify(&key, &policy, token, of_token, ejwt_time_known(NOW), buffer,
                                sizeof buffer, &both.verified), EJWT_OK);
    CHECK("proof in place of what is unverified",
          ejwt_unverified_is(&both.unverified, "iss", "acme"), EJWT_NOT_INITIALIZED);
}

void test_unverified(void)
{
    test_strings();
    test_refused();
    test_misuse_of(ejwt_unverified_claims);
    test_misuse_of(ejwt_unverified_header);
    test_no_proof();
}
