/* The vectors of the library's own tests: tokens of other libraries and of the RFCs, each verified
   in every way. */
#include "check.h"

enum { COLUMNS = 5, LINE = 4096, NAMES = 128 };

static struct { char name[48]; int code; } names[NAMES];
static size_t names_length;

static FILE *open_file(const char *folder, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    return file;
}

/* The next line that is no comment, cut at its tabs. Returns the number of columns, or 0. */
static int next_row(FILE *file, char line[LINE], char *columns[COLUMNS])
{
    do {
        if (fgets(line, LINE, file) == NULL)
            return 0;
    } while (line[0] == '#');
    line[strcspn(line, "\n")] = 0;
    int count = 0;
    for (char *rest = line; rest != NULL && count < COLUMNS; count++) {
        columns[count] = rest;
        rest = strchr(rest, '\t');
        if (rest != NULL)
            *rest++ = 0;
    }
    return count;
}

/* The numbers of error_codes.tsv are those of the header, with a text and a class each. */
void test_errors(const char *folder)
{
    FILE *file = open_file(folder, "error_codes.tsv");
    char line[LINE], *columns[COLUMNS];
    while (next_row(file, line, columns) == 2) {
        int code = atoi(columns[0]);
        snprintf(names[names_length].name, sizeof names[0].name, "%s", columns[1]);
        names[names_length++].code = code;
        CHECK(columns[1], strcmp(ejwt_error_text(code), "unknown code") != 0, true);
        CHECK(columns[1], ejwt_error_class(code) >= EJWT_CLASS_TOKEN, true);
        CHECK(columns[1], ejwt_error_class(code) <= EJWT_CLASS_READING, true);
    }
    fclose(file);
    CHECK("all errors of the file", names_length, 95);

    static const struct { ejwt_code code; ejwt_class class; const char *text; } table[] = {
        { EJWT_OK, EJWT_CLASS_NONE, "ok" },
        { EJWT_KEY_TOO_SHORT, EJWT_CLASS_CONFIGURATION, "key is shorter than the hash's output" },
        { EJWT_EXPIRED, EJWT_CLASS_TOKEN, "token has expired" },
        { EJWT_TIME_UNKNOWN, EJWT_CLASS_DEVICE, "time is not known well enough" },
        { EJWT_MISSING_MEMBER, EJWT_CLASS_READING, "member asked for is missing" },
        { EJWT_UNWRITABLE_VALUE, EJWT_CLASS_CONFIGURATION, "value can't be written as JSON" },
        { EJWT_NULL_POINTER, EJWT_CLASS_PROGRAM, "pointer is null" },
        { EJWT_EMBEDDED_NUL, EJWT_CLASS_READING, "string has a zero byte in it" },
        { EJWT_DIFFERENT, EJWT_CLASS_READING, "string is another one" },
        { EJWT_ENDED, EJWT_CLASS_PROGRAM, "detached payload has ended" },
        { EJWT_NOT_BUILT, EJWT_CLASS_PROGRAM, "library was built without what the call needs" },
        { -1, EJWT_CLASS_PROGRAM, "unknown code" },
        { 96, EJWT_CLASS_PROGRAM, "unknown code" },
        { 255, EJWT_CLASS_PROGRAM, "unknown code" },
        { 0x10000, EJWT_CLASS_PROGRAM, "unknown code" },
        { INT32_MAX, EJWT_CLASS_PROGRAM, "unknown code" },
        { INT32_MIN, EJWT_CLASS_PROGRAM, "unknown code" },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        CHECK(table[row].text, ejwt_error_class(table[row].code), table[row].class);
        CHECK(table[row].text, strcmp(ejwt_error_text(table[row].code), table[row].text), 0);
    }
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", EJWT_VERSION_MAJOR, EJWT_VERSION_MINOR,
             EJWT_VERSION_PATCH);
    CHECK("version of header and library", strcmp(version, ejwt_version()), 0);
}

static int code_named(const char *name)
{
    for (size_t at = 0; at < names_length; at++)
        if (strcmp(names[at].name, name) == 0)
            return names[at].code;
    return -1;
}

static ejwt_make_key maker(const char *algorithm)
{
    return strcmp(algorithm, "HS256") == 0   ? ejwt_key_hs256
           : strcmp(algorithm, "HS384") == 0 ? ejwt_key_hs384
                                             : ejwt_key_hs512;
}

/* What a verification answers: the code, and the claims set if there is one. */
typedef struct { ejwt_code code; char claims[LINE]; } answer;

static void note(answer *given, ejwt_code code, const ejwt_token *verified)
{
    const char *text = "";
    size_t length = 0;
    given->code = code;
    if (code == EJWT_OK)
        CHECK("claims as JSON", ejwt_claims_json(verified, &text, &length), EJWT_OK);
    else
        CHECK("no claims", ejwt_claims_json(verified, &text, &length), EJWT_NOT_INITIALIZED);
    snprintf(given->claims, sizeof given->claims, "%.*s", (int)length, text);
}

enum { WAYS = 6 };
static const size_t PIECES[WAYS] = { 0, 0, 1, 64, 7, 1000 };

/* Verifies a token in one of several ways, each in memory of exactly its size. */
static void verify(int way, ejwt_make_key make, const char *secret, const ejwt_policy *policy,
                   const char *token, ejwt_time now, answer *given)
{
    size_t length = strlen(token), size = length * 3 / 4 + 1;
    char *text = malloc(length + 1), *scratch = malloc(strlen(secret) + 1);
    memcpy(text, token, length);
    uint8_t *buffer = malloc(size);
    ejwt_key key;
    ejwt_token verified;
    ejwt_stream stream;
    ejwt_incoming incoming;
    ejwt_code code = ejwt_key_from_base64url(&key, make, secret, strlen(secret), scratch,
                                             strlen(secret));
    if (code != EJWT_OK) {
        memset(&verified, 0, sizeof verified);
    } else if (way == 0) {
        code = ejwt_verify(&key, policy, text, length, now, buffer, size, &verified);
    } else if (way == 1) {
        ejwt_checks none = EJWT_CHECKS;
        code = ejwt_verify_with(&key, policy, text, length, now, &none, buffer, size, &verified);
    } else {
        bool hashes = way % 2 == 0;
        CHECK("begin", hashes ? ejwt_stream_begin(&stream, &key, policy, buffer, size)
                              : ejwt_incoming_init(&incoming, buffer, size), EJWT_OK);
        for (size_t at = 0; at < length; at += PIECES[way]) {
            size_t rest = length - at, piece = rest < PIECES[way] ? rest : PIECES[way];
            CHECK("push", hashes ? ejwt_stream_push(&stream, text + at, piece)
                                 : ejwt_incoming_push(&incoming, text + at, piece), EJWT_OK);
        }
        code = hashes ? ejwt_stream_finish(&stream, now, NULL, &verified)
                      : ejwt_incoming_verify(&incoming, &key, policy, now, NULL, &verified);
    }
    note(given, code, &verified);
    if (way >= 2)
        CHECK("end", way % 2 == 0 ? ejwt_stream_end(&stream) : ejwt_incoming_end(&incoming),
              EJWT_OK);
    CHECK("wipe", ejwt_key_wipe(&key), EJWT_OK);
    free(text);
    free(scratch);
    free(buffer);
}

/* A token whose payload travels apart, in the last column. */
static void test_apart(char *columns[COLUMNS])
{
    ejwt_key key;
    ejwt_token verified;
    char scratch[128];
    uint8_t buffer[256];
    CHECK(columns[0], ejwt_key_from_base64url(&key, maker(columns[1]), columns[2],
                                              strlen(columns[2]), scratch, sizeof scratch), EJWT_OK);
    CHECK(columns[0], ejwt_verify_detached(&key, NULL, columns[3], strlen(columns[3]), columns[4],
                                           strlen(columns[4]), buffer, sizeof buffer, &verified),
          EJWT_OK);
    CHECK(columns[0], ejwt_verify_detached(&key, NULL, columns[3], strlen(columns[3]), columns[4],
                                           strlen(columns[4]) - 1, buffer, sizeof buffer, &verified),
          EJWT_SIGNATURE_MISMATCH);
}

static void test_file(const char *folder, const char *name, bool is_refused)
{
    FILE *file = open_file(folder, name);
    char line[LINE], *columns[COLUMNS];
    const bool is_ours = strcmp(name, "interop/embedded-jwt.tsv") == 0;
    const ejwt_policy policy = {
        .flags = EJWT_ALLOW_ANY_AUDIENCE | (is_ours ? EJWT_ALLOW_MISSING_EXPIRATION : 0)
    };
    int rows = 0;
    for (; next_row(file, line, columns) == COLUMNS; rows++) {
        static answer first, other;
        if (strcmp(columns[0], "payload apart") == 0) {
            test_apart(columns);
            continue;
        }
        for (int way = 0; way < WAYS; way++) {
            answer *given = way == 0 ? &first : &other;
            verify(way, maker(columns[1]), columns[2], &policy, columns[3], ejwt_time_known(NOW),
                   given);
            CHECK(columns[0], given->code, is_refused ? code_named(columns[4]) : EJWT_OK);
            CHECK(columns[0], strcmp(given->claims, first.claims), 0);
        }
        /* White space and escapes may be written in another way than they are read, and other
           libraries' files have what those read. */
        if (is_ours && strpbrk(columns[4], " \\") == NULL)
            CHECK(columns[0], strcmp(first.claims, columns[4]), 0);
    }
    CHECK(name, rows > 10, true);
    fclose(file);
}

/* A token of an RFC, as it is printed. */
static void test_rfc(const char *folder, const char *name, const char *secret,
                     const ejwt_policy *policy, uint64_t now, ejwt_code expected)
{
    FILE *file = open_file(folder, name);
    char token[LINE] = { 0 };
    static answer given;
    CHECK(name, fread(token, 1, LINE - 1, file) > 0, true);
    fclose(file);
    for (int way = 0; way < WAYS; way++) {
        verify(way, ejwt_key_hs256, secret, policy, token, ejwt_time_known(now), &given);
        CHECK(name, given.code, expected);
    }
}

/* `ejwt_verify_jws` and `ejwt_verify_detached` with the examples of RFC 7520 and RFC 7797. */
static void test_jws(const char *folder)
{
    static const char SECRET_7520[] = "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg";
    char whole[LINE] = { 0 }, detached[LINE] = { 0 };
    FILE *file = open_file(folder, "rfc/rfc7520-4.4.jws");
    size_t whole_length = fread(whole, 1, LINE - 1, file);
    fclose(file);
    file = open_file(folder, "rfc/rfc7520-4.5-detached.jws");
    size_t detached_length = fread(detached, 1, LINE - 1, file);
    fclose(file);

    ejwt_key key;
    ejwt_token verified;
    uint8_t scratch[64], buffer[1024], header[128];
    const void *payload;
    size_t length;
    char kid[64];
    CHECK("key", ejwt_key_from_base64url(&key, ejwt_key_hs256, SECRET_7520,
                                         sizeof SECRET_7520 - 1, scratch, sizeof scratch), EJWT_OK);
    CHECK("4.4", ejwt_verify_jws(&key, NULL, whole, whole_length, buffer, sizeof buffer, &verified),
          EJWT_OK);
    CHECK("payload", ejwt_payload(&verified, &payload, &length), EJWT_OK);
    CHECK("kid", ejwt_header_string(&verified, "kid", kid, sizeof kid, NULL), EJWT_OK);
    CHECK("kid", strcmp(kid, "018c0ae5-4d9b-471b-bfd6-eef314bc7037"), 0);
    CHECK("no claims", ejwt_claim_is(&verified, "iss", "joe"), EJWT_NOT_INITIALIZED);

    static const struct { const char *name; size_t length; ejwt_code code; } table[] = {
        { "payload that travels apart", 0, EJWT_OK },
        { "payload that lacks a byte", 1, EJWT_SIGNATURE_MISMATCH },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        size_t rest = length - table[row].length;
        ejwt_token proof;
        ejwt_stream stream;
        CHECK(table[row].name, ejwt_verify_detached(&key, NULL, detached, detached_length, payload,
                                                    rest, header, sizeof header, &proof),
              table[row].code);
        CHECK(table[row].name, ejwt_header_is(&proof, "alg", "HS256"),
              table[row].code == EJWT_OK ? EJWT_OK : EJWT_NOT_INITIALIZED);
        CHECK(table[row].name, ejwt_stream_begin_detached(&stream, &key, NULL, detached,
                                                          detached_length, header, sizeof header),
              EJWT_OK);
        for (size_t at = 0; at < rest; at += 10)
            CHECK(table[row].name, ejwt_stream_push(&stream, (const uint8_t *)payload + at,
                                                    rest - at < 10 ? rest - at : 10), EJWT_OK);
        CHECK(table[row].name, ejwt_stream_finish(&stream, ejwt_time_unknown(), NULL, &proof),
              table[row].code);
        CHECK("ended", ejwt_stream_finish(&stream, ejwt_time_unknown(), NULL, &proof), EJWT_ENDED);
        CHECK("not signing", ejwt_stream_finish_signing(&stream, &rest), EJWT_NOT_INITIALIZED);
        CHECK(table[row].name, ejwt_stream_end(&stream), EJWT_OK);
    }
    CHECK("payload in both", ejwt_verify_detached(&key, NULL, whole, whole_length, payload, length,
                                                  header, sizeof header, &verified),
          EJWT_PAYLOAD_NOT_DETACHED);
    CHECK("typ", ejwt_verify_jws(&key, "image", whole, whole_length, header, sizeof header,
                                 &verified), EJWT_BUFFER_TOO_SMALL);
}

void test_vectors(const char *folder)
{
    test_file(folder, "interop/embedded-jwt.tsv", false);
    test_file(folder, "interop/jose.tsv", false);
    test_file(folder, "interop/jsonwebtoken.tsv", false);
    test_file(folder, "interop/pyjwt.tsv", false);
    test_file(folder, "interop/jose-refused.tsv", true);
    test_file(folder, "interop/jsonwebtoken-refused.tsv", true);
    test_file(folder, "interop/pyjwt-refused.tsv", true);

    static const char RFC7515[] = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0i"
                                  "PS4hcgUuTwjAzZr1Z9CAow";
    const ejwt_policy strict = EJWT_POLICY, joe = { .issuer = "joe" }, sue = { .issuer = "sue" };
    test_rfc(folder, "rfc/rfc7515-a1.jwt", RFC7515, &strict, 1300819379, EJWT_OK);
    test_rfc(folder, "rfc/rfc7515-a1.jwt", RFC7515, &strict, 1300819380, EJWT_EXPIRED);
    test_rfc(folder, "rfc/rfc7515-a1.jwt", RFC7515, &joe, 1300819379, EJWT_OK);
    test_rfc(folder, "rfc/rfc7515-a1.jwt", RFC7515, &sue, 1300819379, EJWT_ISSUER_MISMATCH);
    test_rfc(folder, "rfc/rfc7519-6.1-unsecured.jwt", RFC7515, &strict, 1300819379,
             EJWT_SIGNATURE_LENGTH);
    test_rfc(folder, "rfc/rfc7797-4.1.jws", RFC7515, &strict, 1300819379, EJWT_INVALID_JSON);
    test_rfc(folder, "rfc/rfc7797-4.2.jws", RFC7515, &strict, 1300819379, EJWT_DETACHED_PAYLOAD);
    test_jws(folder);
}
