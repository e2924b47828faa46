/* Key sets: which key verifies which token, and what changes of a set are refused. */
#include "check.h"

/* Makes a key of a number and an algorithm. */
static ejwt_key key_of(uint8_t number, ejwt_make_key make)
{
    uint8_t secret[64];
    ejwt_key key;
    memset(secret, number, sizeof secret);
    CHECK("key", make(&key, secret, sizeof secret), EJWT_OK);
    return key;
}

/* Whether a key can still be used. */
static bool is_usable(const ejwt_key *key)
{
    char token[256];
    size_t length;
    return ejwt_sign(key, NULL, "{\"exp\":1}", NULL, token, sizeof token, &length) == EJWT_OK;
}

/* Verifies a token that a key has signed, in all ways that a set has. */
static ejwt_code verify(const ejwt_key_set *set, ejwt_key key, const char *key_id,
                        const char *claims, uint64_t now)
{
    char token[512];
    uint8_t buffer[512];
    size_t length;
    ejwt_token verified;
    ejwt_stream stream;
    ejwt_incoming incoming;
    const ejwt_policy policy = EJWT_POLICY;
    const ejwt_signing signing = { .key_id = key_id };
    CHECK("sign", ejwt_sign(&key, &signing, claims, NULL, token, sizeof token, &length), EJWT_OK);
    ejwt_code code = ejwt_key_set_verify(set, &policy, token, length, ejwt_time_known(now), NULL,
                                         buffer, sizeof buffer, &verified);
    CHECK("proof", ejwt_header_is(&verified, "typ", "JWT"),
          code == EJWT_OK ? EJWT_OK : EJWT_NOT_INITIALIZED);
    CHECK("begin", ejwt_key_set_stream_begin(&stream, set, &policy, buffer, sizeof buffer), EJWT_OK);
    CHECK("push", ejwt_stream_push(&stream, token, length), EJWT_OK);
    CHECK("stream", ejwt_stream_finish(&stream, ejwt_time_known(now), NULL, &verified), code);
    CHECK("end", ejwt_stream_end(&stream), EJWT_OK);
    CHECK("init", ejwt_incoming_init(&incoming, buffer, sizeof buffer), EJWT_OK);
    CHECK("push", ejwt_incoming_push(&incoming, token, length), EJWT_OK);
    CHECK("incoming", ejwt_key_set_incoming_verify(&incoming, set, &policy, ejwt_time_known(now),
                                                   NULL, &verified), code);
    CHECK("end", ejwt_incoming_end(&incoming), EJWT_OK);
    return code;
}

static const char JOE[] = "{\"exp\":1900000000,\"iss\":\"joe\"}";

/* A secret of 64 bytes of 1, in Base64URL. */
#define K64 "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ"

static void test_jwks(void)
{
    static const ejwt_makers all = { ejwt_key_hs256, ejwt_key_hs384, ejwt_key_hs512, 0 },
                             one = { .hs256 = ejwt_key_hs256, .algorithm = EJWT_HS256 },
                             unknown = { .algorithm = 4 }, mixed = { .hs256 = ejwt_key_hs384 };
    static const struct {
        const char *name, *text;
        const ejwt_makers *makers;
        ejwt_code code;
        size_t added, repeated, passed_over;
        ejwt_code first_code;
        uint32_t first_index;
    } table[] = {
        { "two keys", "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"a\",\"k\":\"" K64
          "\"},{\"kty\":\"oct\",\"alg\":\"HS512\",\"kid\":\"b\",\"k\":\"" K64 "\"}]}", &all,
          EJWT_OK, 2, 0, 0, 0, 0 },
        { "only HS256", "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS512\",\"kid\":\"b\",\"k\":\"" K64
          "\"},{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" K64 "\"}]}", &one,
          EJWT_OK, 1, 0, 1, EJWT_UNSUPPORTED_ALGORITHM, 0 },
        { "short", "{\"keys\":[{\"kty\":\"RSA\"},{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"AQEB\"}]}",
          &all, EJWT_NO_USABLE_KEY, 0, 0, 0, EJWT_UNSUPPORTED_KEY_TYPE, 0 },
        { "no JSON", "{\"keys\":[", &all, EJWT_INVALID_JSON, 0, 0, 0, 0, 0 },
        { "no alg", "{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" K64 "\"}", &all, EJWT_NO_USABLE_KEY, 0, 0,
          0, EJWT_MISSING_ALGORITHM, 0 },
        { "one key", "{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" K64 "\"}", &one, EJWT_OK, 1, 0, 0, 0, 0 },
        { "function for another algorithm", "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" K64 "\"}",
          &mixed, EJWT_NO_USABLE_KEY, 0, 0, 0, EJWT_UNSUPPORTED_ALGORITHM, 0 },
        { "unknown algorithm", "{}", &unknown, EJWT_UNKNOWN_VALUE, 7, 7, 7, 7, 7 },
        { "null makers", "{}", NULL, EJWT_NULL_POINTER, 7, 7, 7, 7, 7 },
    };
    static ejwt_key_set set;
    for (size_t row = 0; row < COUNT(table); row++) {
        const char *name = table[row].name;
        char text[512];
        size_t length = strlen(table[row].text);
        ejwt_jwks_report report = { 7, 7, 7, 7, 7 };
        memcpy(text, table[row].text, length);
        CHECK(name, ejwt_key_set_init(&set, sizeof set, 0), EJWT_OK);
        CHECK(name, ejwt_key_set_read_jwks(&set, table[row].makers, text, length, NULL, &report),
              table[row].code);
        CHECK(name, report.added, table[row].added);
        CHECK(name, report.repeated, table[row].repeated);
        CHECK(name, report.passed_over, table[row].passed_over);
        CHECK(name, report.first_code, table[row].first_code);
        CHECK(name, report.first_index, table[row].first_index);
        CHECK(name, ejwt_key_set_length(&set), table[row].code == EJWT_OK ? table[row].added : 0);
        CHECK("the text is wiped", is_filled(text, length, 0), report.added != 7);
        if (table[row].code == EJWT_OK)
            CHECK(name, verify(&set, key_of(1, ejwt_key_hs256), "a", JOE, NOW), EJWT_OK);
    }
    char text[] = "{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" K64 "\"}";
    CHECK("issuer", ejwt_key_set_init(&set, sizeof set, 0), EJWT_OK);
    CHECK("issuer", ejwt_key_set_read_jwks(&set, &one, text, sizeof text - 1, "sue", NULL), EJWT_OK);
    CHECK("issuer", verify(&set, key_of(1, ejwt_key_hs256), "a", JOE, NOW),
          EJWT_KEY_OF_ANOTHER_ISSUER);
    char again[] = "{\"kty\":\"oct\",\"kid\":\"b\",\"k\":\"" K64 "\"}", before[sizeof again];
    static ejwt_jwks_report reports[2];
    memcpy(before, again, sizeof again);
    CHECK("misaligned report", ejwt_key_set_read_jwks(&set, &one, again, sizeof again - 1, NULL,
                                                      (void *)((uintptr_t)reports + 1)),
          EJWT_MISALIGNED);
    CHECK("nothing is added", ejwt_key_set_length(&set), 1);
    CHECK("nothing is wiped", memcmp(again, before, sizeof again), 0);
    CHECK("text in the set", ejwt_key_set_read_jwks(&set, &one, &set, 10, NULL, NULL), EJWT_OVERLAP);
}

static uint64_t leave_on_the_stack(uint64_t word)
{
    volatile uint64_t stack[1000];
    for (size_t at = 0; at < COUNT(stack); at++)
        stack[at] = word;
    return stack[word % COUNT(stack)];
}

/* The free memory of a set isn't what was on the stack, which may have been a key. */
static void test_free_memory(void)
{
    static ejwt_key_set set;
    const uint64_t word = 0xa5a5a5a5a5a5a5a5;
    for (uint32_t flags = 0; flags < 2; flags++) {
        CHECK("stack", leave_on_the_stack(word) == word, true);
        CHECK("init", ejwt_key_set_init(&set, sizeof set, flags), EJWT_OK);
        let_compare(&set, sizeof set);
        CHECK("free memory", contains(&set, sizeof set, &word, sizeof word), false);
    }
}

/* A key that is removed is wiped where it was, and where those behind it were that move. */
static void test_removed_keys(void)
{
    static ejwt_key_set set;
    const char *const names[] = { "a", "b", "c" };
    CHECK("init", ejwt_key_set_init(&set, sizeof set, 0), EJWT_OK);
    ejwt_key kept[COUNT(names)];
    for (size_t at = 0; at < COUNT(names); at++) {
        ejwt_key moved = kept[at] = key_of((uint8_t)(at + 1), ejwt_key_hs256);
        CHECK(names[at], ejwt_key_set_add(&set, names[at], &moved, NULL), EJWT_OK);
        CHECK("moved", is_filled(&moved, sizeof moved, 0), true);
    }
    for (size_t at = 0; at < COUNT(names); at++) {
        const ejwt_key_name name = { .key_id = names[at] };
        CHECK(names[at], ejwt_key_set_remove(&set, &name), EJWT_OK);
        /* The hash states of a key differ from any other's. */
        const uint8_t *state = (const uint8_t *)&kept[at] + 32;
        let_compare(&set, sizeof set);
        let_compare(&kept[at], sizeof kept[at]);
        CHECK("removed", contains(&set, sizeof set, state, 16), false);
    }
}

void test_key_sets(void)
{
    test_free_memory();
    test_removed_keys();
    static ejwt_key_set set;
    ejwt_key one = key_of(1, ejwt_key_hs256), two = key_of(2, ejwt_key_hs512),
             three = key_of(3, ejwt_key_hs384), moved;
    const ejwt_key_limits limits = { .issuer = "joe", .not_before = NOW, .retired_after = NOW + 9 };

    CHECK("no set", ejwt_key_set_length(&set), 0);
    CHECK("no set", ejwt_key_set_add(&set, "1", &one, NULL), EJWT_NOT_INITIALIZED);
    CHECK("another size", ejwt_key_set_init(&set, sizeof set - 1, 0), EJWT_WRONG_SIZE);
    CHECK("unknown flag", ejwt_key_set_init(&set, sizeof set, 2), EJWT_UNKNOWN_VALUE);
    CHECK("init", ejwt_key_set_init(&set, sizeof set, 0), EJWT_OK);

    moved = one;
    CHECK("add", ejwt_key_set_add(&set, "1", &moved, NULL), EJWT_OK);
    CHECK("the key is wiped", is_filled(&moved, sizeof moved, 0), true);
    CHECK("a wiped key", ejwt_key_set_add(&set, "2", &moved, NULL), EJWT_NOT_INITIALIZED);
    moved = two;
    CHECK("add", ejwt_key_set_add(&set, "2", &moved, &limits), EJWT_OK);
    moved = one;
    CHECK("add twice", ejwt_key_set_add(&set, "1", &moved, NULL), EJWT_DUPLICATE_KEY_ID);
    CHECK("the key stays", is_usable(&moved), true);
    CHECK("null name", ejwt_key_set_add(&set, NULL, &moved, NULL), EJWT_NULL_POINTER);
    char long_name[EJWT_KEY_ID_CAPACITY + 2];
    memset(long_name, 'a', sizeof long_name);
    long_name[EJWT_KEY_ID_CAPACITY + 1] = 0;
    CHECK("long name", ejwt_key_set_add(&set, long_name, &moved, NULL), EJWT_KEY_ID_TOO_LONG);
    long_name[EJWT_KEY_ID_CAPACITY] = 0;
    CHECK("longest name", ejwt_key_set_add(&set, long_name, &moved, NULL), EJWT_OK);
    CHECK("length", ejwt_key_set_length(&set), 3);

    struct { const char *name; const ejwt_key *key; const char *key_id, *claims; uint64_t now;
             ejwt_code code; } table[] = {
        { "first", &one, "1", "{\"exp\":1900000000}", NOW, EJWT_OK },
        { "second", &two, "2", JOE, NOW, EJWT_OK },
        { "another issuer", &two, "2", "{\"exp\":1900000000,\"iss\":\"sue\"}", NOW,
          EJWT_KEY_OF_ANOTHER_ISSUER },
        { "before its time", &two, "2", JOE, NOW - 1, EJWT_KEY_NOT_YET_VALID },
        { "last second", &two, "2", JOE, NOW + 9, EJWT_OK },
        { "retired", &two, "2", JOE, NOW + 10, EJWT_KEY_RETIRED },
        { "another key's name", &one, "2", JOE, NOW, EJWT_ALGORITHM_MISMATCH },
        { "another secret", &three, "1", JOE, NOW, EJWT_ALGORITHM_MISMATCH },
        { "unknown name", &one, "3", JOE, NOW, EJWT_UNKNOWN_KEY_ID },
        { "no name", &one, NULL, JOE, NOW, EJWT_MISSING_KEY_ID },
    };
    for (size_t row = 0; row < COUNT(table); row++)
        CHECK(table[row].name, verify(&set, *table[row].key, table[row].key_id, table[row].claims,
                                      table[row].now), table[row].code);

    const ejwt_key_name name_1 = { .key_id = "1" }, name_2 = { .key_id = "2" },
                        none = { .key_id = "3" }, null = { 0 },
                        sues = { .key_id = "2", .issuer = "sue" },
                        joes = { .key_id = "2", .issuer = "joe", .algorithm = EJWT_HS512 },
                        hs256 = { .key_id = "2", .algorithm = EJWT_HS256 },
                        no_algorithm = { .key_id = "2", .algorithm = 4 },
                        free_1 = { .key_id = "1", .flags = EJWT_WITHOUT_ISSUER },
                        free_2 = { .key_id = "2", .flags = EJWT_WITHOUT_ISSUER },
                        both = { .key_id = "2", .issuer = "joe", .flags = EJWT_WITHOUT_ISSUER };
    CHECK("retire", ejwt_key_set_retire(&set, &name_1, NOW - 1), EJWT_OK);
    CHECK("retired", verify(&set, one, "1", JOE, NOW), EJWT_KEY_RETIRED);
    CHECK("start", ejwt_key_set_start(&set, &joes, NOW + 5), EJWT_OK);
    CHECK("started", verify(&set, two, "2", JOE, NOW), EJWT_KEY_NOT_YET_VALID);
    CHECK("no such name", ejwt_key_set_start(&set, &none, NOW), EJWT_UNKNOWN_KEY_ID);
    CHECK("no such issuer", ejwt_key_set_retire(&set, &sues, NOW), EJWT_UNKNOWN_KEY_ID);
    CHECK("no such algorithm", ejwt_key_set_remove(&set, &hs256), EJWT_UNKNOWN_KEY_ID);
    CHECK("with issuer", ejwt_key_set_remove(&set, &free_2), EJWT_UNKNOWN_KEY_ID);
    CHECK("unknown algorithm", ejwt_key_set_remove(&set, &no_algorithm), EJWT_UNKNOWN_VALUE);
    CHECK("issuer and none", ejwt_key_set_remove(&set, &both), EJWT_UNKNOWN_VALUE);
    CHECK("null name", ejwt_key_set_remove(&set, &null), EJWT_NULL_POINTER);
    CHECK("null name", ejwt_key_set_remove(&set, NULL), EJWT_NULL_POINTER);

    moved = three;
    CHECK("replace", ejwt_key_set_replace(&set, &name_2, &moved, NULL), EJWT_OK);
    CHECK("the key is wiped", is_filled(&moved, sizeof moved, 0), true);
    CHECK("replaced", verify(&set, three, "2", JOE, NOW), EJWT_OK);
    moved = three;
    CHECK("replace none", ejwt_key_set_replace(&set, &none, &moved, NULL), EJWT_UNKNOWN_KEY_ID);
    CHECK("the key stays", is_usable(&moved), true);
    CHECK("remove", ejwt_key_set_remove(&set, &free_1), EJWT_OK);
    CHECK("removed", verify(&set, one, "1", JOE, NOW), EJWT_UNKNOWN_KEY_ID);
    CHECK("length", ejwt_key_set_length(&set), 2);

    CHECK("key in the set", ejwt_key_set_add(&set, "9", (ejwt_key *)(void *)&set, NULL),
          EJWT_OVERLAP);
    for (unsigned number = 2; number <= EJWT_KEY_SET_CAPACITY; number++) {
        char key_id[8];
        snprintf(key_id, sizeof key_id, "%u", number + 10);
        moved = one;
        CHECK("fill", ejwt_key_set_add(&set, key_id, &moved, NULL),
              number < EJWT_KEY_SET_CAPACITY ? EJWT_OK : EJWT_KEY_SET_FULL);
    }
    CHECK("wipe", ejwt_key_set_wipe(&set), EJWT_OK);
    CHECK("wiped", is_filled(&set, sizeof set, 0), true);
    CHECK("wiped", ejwt_key_set_length(&set), 0);

    CHECK("init", ejwt_key_set_init(&set, sizeof set, EJWT_ALLOW_MISSING_KEY_ID), EJWT_OK);
    moved = one;
    CHECK("add", ejwt_key_set_add(&set, "1", &moved, NULL), EJWT_OK);
    CHECK("without a name", verify(&set, one, NULL, JOE, NOW), EJWT_OK);
    test_jwks();
}
