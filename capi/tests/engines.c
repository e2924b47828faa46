/* MAC engines given as functions of the program. This one asks the library's own software, so its
   MACs are right; and it fails where a test wants it to. */
#include "check.h"

enum call { NEVER, MAC, BEGIN, UPDATE, FINISH };

typedef struct {
    enum call fails;
    unsigned begun;
    size_t mac_length;
} context;

/* Where the engine kept what it keeps of a message, when it ended the last one. */
static const uint8_t *last_running;

/* Not a real HMAC: enough to see that what was signed is what is verified. */
static uint64_t mix(uint64_t state, const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length; at++)
        state = (state ^ bytes[at]) * 0x100000001b3u;
    return state;
}

static void write_mac(uint64_t state, uint8_t *mac, size_t length)
{
    for (size_t at = 0; at < length; at++)
        mac[at] = (uint8_t)(state >> (at % 8 * 8)) ^ (uint8_t)at;
}

static int32_t mac(void *with, const uint8_t *message, size_t length, uint8_t *place)
{
    context *own = with;
    write_mac(mix(1, message, length), place, own->mac_length);
    return own->fails == MAC ? -1 : 0;
}

static int32_t begin(void *with, void *running)
{
    context *own = with;
    CHECK("aligned", (uintptr_t)running % 8, 0);
    CHECK("zeros", is_filled(running, EJWT_ENGINE_RUNNING_SIZE, 0), true);
    memset(running, 0x77, EJWT_ENGINE_RUNNING_SIZE);
    *(uint64_t *)running = 1;
    own->begun++;
    return own->fails == BEGIN;
}

static int32_t update(void *with, void *running, const uint8_t *piece, size_t length)
{
    *(uint64_t *)running = mix(*(uint64_t *)running, piece, length);
    return ((context *)with)->fails == UPDATE;
}

static int32_t finish(void *with, void *running, uint8_t *place)
{
    context *own = with;
    last_running = running;
    CHECK("the engine's memory", ((uint8_t *)running)[EJWT_ENGINE_RUNNING_SIZE - 1], 0x77);
    write_mac(*(uint64_t *)running, place, own->mac_length);
    return own->fails == FINISH;
}

static int32_t write_nothing(void *with, const uint8_t *message, size_t length, uint8_t *place)
{
    (void)with, (void)message, (void)length, (void)place;
    return 0;
}

/* Behind the 32 bytes of HS256. */
static int32_t write_beyond(void *with, const uint8_t *message, size_t length, uint8_t *place)
{
    (void)with, (void)message, (void)length;
    place[32] = 1;
    return 0;
}

static int32_t finish_nothing(void *with, void *running, uint8_t *place)
{
    (void)with, (void)running, (void)place;
    return 0;
}

static const ejwt_policy policy = EJWT_POLICY;
static uint8_t buffer[256];
static ejwt_token verified;

static ejwt_code verify_whole(const ejwt_key *key, const char *token, size_t length)
{
    return ejwt_verify(key, &policy, token, length, ejwt_time_known(NOW), buffer, sizeof buffer,
                       &verified);
}

static ejwt_code verify_in_pieces(const ejwt_key *key, const char *token, size_t length)
{
    ejwt_stream stream;
    last_running = NULL;
    CHECK("begin", ejwt_stream_begin(&stream, key, &policy, buffer, sizeof buffer), EJWT_OK);
    for (size_t at = 0; at < length; at += 50)
        (void)ejwt_stream_push(&stream, token + at, length - at < 50 ? length - at : 50);
    ejwt_code code = ejwt_stream_finish(&stream, ejwt_time_known(NOW), NULL, &verified);
    if (last_running != NULL) {
        const uint8_t *start = (const uint8_t *)&stream;
        CHECK("in the stream", last_running > start && last_running < start + sizeof stream, true);
        CHECK("wiped", is_filled(last_running, EJWT_ENGINE_RUNNING_SIZE, 0), true);
    }
    CHECK("end", ejwt_stream_end(&stream), EJWT_OK);
    return code;
}

void test_engines(void)
{
    static const struct { uint32_t algorithm; size_t length; } algorithms[] = {
        { EJWT_HS256, 32 }, { EJWT_HS384, 48 }, { EJWT_HS512, 64 },
    };
    char token[256];
    size_t length;
    ejwt_key key, other;
    for (size_t row = 0; row < COUNT(algorithms); row++) {
        context own = { NEVER, 0, algorithms[row].length };
        ejwt_engine engine = { algorithms[row].algorithm, &own, mac, begin, update, finish };
        CHECK("make", ejwt_key_engine(&key, &engine), EJWT_OK);
        CHECK("sign", ejwt_sign(&key, NULL, "{\"exp\":1900000000}", NULL, token, sizeof token,
                                &length), EJWT_OK);
        CHECK("whole", verify_whole(&key, token, length), EJWT_OK);
        CHECK("pieces", verify_in_pieces(&key, token, length), EJWT_OK);
        engine.mac = NULL;
        CHECK("make", ejwt_key_engine(&other, &engine), EJWT_OK);
        CHECK("whole as one piece", verify_whole(&other, token, length), EJWT_OK);
        token[length - 2] = token[length - 2] == 'A' ? 'B' : 'A';
        CHECK("another MAC", verify_whole(&key, token, length), EJWT_SIGNATURE_MISMATCH);
        CHECK("another MAC", verify_in_pieces(&key, token, length), EJWT_SIGNATURE_MISMATCH);
    }

    context own = { NEVER, 0, 32 };
    const ejwt_engine engine = { EJWT_HS256, &own, mac, begin, update, finish };
    CHECK("make", ejwt_key_engine(&key, &engine), EJWT_OK);
    CHECK("sign", ejwt_sign(&key, NULL, "{\"exp\":1900000000}", NULL, token, sizeof token, &length),
          EJWT_OK);
    static const struct { const char *name; enum call fails; ejwt_code whole, pieces; } failing[] = {
        { "never", NEVER, EJWT_OK, EJWT_OK },
        { "mac", MAC, EJWT_MAC_ENGINE, EJWT_OK },
        { "begin", BEGIN, EJWT_OK, EJWT_MAC_ENGINE },
        { "update", UPDATE, EJWT_OK, EJWT_MAC_ENGINE },
        { "finish", FINISH, EJWT_OK, EJWT_MAC_ENGINE },
    };
    for (size_t row = 0; row < COUNT(failing); row++) {
        own.fails = failing[row].fails;
        CHECK(failing[row].name, verify_whole(&key, token, length), failing[row].whole);
        CHECK(failing[row].name, verify_in_pieces(&key, token, length),
              failing[row].pieces);
        if (failing[row].pieces != EJWT_OK)
            CHECK("no proof", ejwt_claims_json(&verified, NULL, NULL), EJWT_NOT_INITIALIZED);
        char made[256];
        size_t made_length = 9;
        memset(made, 'x', sizeof made);
        CHECK(failing[row].name, ejwt_sign(&key, NULL, "{\"exp\":1900000000}", NULL, made,
                                               sizeof made, &made_length), failing[row].whole);
        if (failing[row].whole != EJWT_OK)
            CHECK("nothing is left", is_filled(made, sizeof made - 1, 0) && made_length == 0, true);
    }

    /* An engine that reports success and writes nothing must not make zeros a good signature. */
    const ejwt_engine idle = { EJWT_HS256, &own, write_nothing, begin, update, finish_nothing };
    const ejwt_engine beyond = { EJWT_HS256, &own, write_beyond, NULL, NULL, NULL };
    char *zeros = token + length - 43;
    memset(zeros, 'A', 43);
    CHECK("idle", ejwt_key_engine(&key, &idle), EJWT_OK);
    CHECK("idle", verify_whole(&key, token, length), EJWT_MAC_ENGINE);
    CHECK("idle", verify_in_pieces(&key, token, length), EJWT_MAC_ENGINE);
    CHECK("beyond", ejwt_key_engine(&key, &beyond), EJWT_OK);
    CHECK("beyond", verify_whole(&key, token, length), EJWT_MAC_ENGINE);
    CHECK("idle", ejwt_key_engine(&key, &idle), EJWT_OK);
    size_t made = 9;
    CHECK("idle", ejwt_sign(&key, NULL, "{\"exp\":1900000000}", NULL, token, sizeof token, &made),
          EJWT_MAC_ENGINE);
    CHECK("idle", made, 0);
    CHECK("make", ejwt_key_engine(&other, &engine), EJWT_OK);
    CHECK("sign", ejwt_sign(&other, NULL, "{\"exp\":1900000000}", NULL, token, sizeof token,
                            &length), EJWT_OK);

    const ejwt_engine wrong[] = {
        { EJWT_HS256, &own, NULL, NULL, NULL, NULL },
        { EJWT_HS256, &own, mac, begin, NULL, finish },
        { EJWT_HS256, &own, NULL, begin, update, NULL },
        { EJWT_HS256, &own, mac, NULL, update, finish },
    };
    for (size_t row = 0; row < COUNT(wrong); row++) {
        CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
        CHECK("functions", ejwt_key_engine(&key, &wrong[row]), EJWT_NULL_POINTER);
        CHECK("no key is left", is_filled(&key, sizeof key, 0), true);
    }
    const ejwt_engine unknown = { 0, &own, mac, NULL, NULL, NULL },
                      whole_only = { EJWT_HS256, &own, mac, NULL, NULL, NULL };
    CHECK("algorithm", ejwt_key_engine(&key, &unknown), EJWT_UNKNOWN_VALUE);
    CHECK("null", ejwt_key_engine(&key, NULL), EJWT_NULL_POINTER);
    CHECK("null", ejwt_key_engine(NULL, &engine), EJWT_NULL_POINTER);
    CHECK("no key was made", is_filled(&key, sizeof key, 0), true);
    own.fails = NEVER;
    CHECK("whole only", ejwt_key_engine(&key, &whole_only), EJWT_OK);
    CHECK("whole only", verify_whole(&key, token, length), EJWT_OK);
    CHECK("whole only", verify_in_pieces(&key, token, length), EJWT_MAC_ENGINE);
}
