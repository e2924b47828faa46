/* Streams and incoming tokens: what is taken in which order, and what is wiped. Tokens with claims and
   with any payload. */
#include "check.h"

static const ejwt_policy policy = EJWT_POLICY;
static uint8_t buffer[256];

/* Whether nothing is left of a token whose end has not come. */
static bool is_wiped(void)
{
    size_t zeros = 0;
    while (zeros < sizeof buffer && buffer[zeros] == 0)
        zeros++;
    return zeros >= 20 && is_filled(buffer + zeros, sizeof buffer - zeros, 0xee);
}

static void test_streams(void)
{
    char token[256];
    size_t length = make_token("{\"exp\":1900000000}", token, sizeof token);
    const char *half = token + length / 2;
    ejwt_key key;
    static ejwt_stream stream, moved;
    ejwt_token verified;
    CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
    CHECK("not begun", ejwt_stream_push(&stream, token, length), EJWT_NOT_INITIALIZED);
    CHECK("not begun", ejwt_stream_is_refused(&stream), true);
    CHECK("not begun", ejwt_stream_end(&stream), EJWT_NOT_INITIALIZED);
    CHECK("null", ejwt_stream_begin(NULL, &key, &policy, buffer, 256), EJWT_NULL_POINTER);
    CHECK("null", ejwt_stream_begin(&stream, NULL, &policy, buffer, 256), EJWT_NULL_POINTER);
    CHECK("null", ejwt_stream_begin(&stream, &key, NULL, buffer, 256), EJWT_NULL_POINTER);
    CHECK("null", ejwt_stream_begin(&stream, &key, &policy, NULL, 256), EJWT_NULL_POINTER);
    CHECK("overlap", ejwt_stream_begin(&stream, &key, &policy, &stream, sizeof stream),
          EJWT_OVERLAP);
    CHECK("overlap", ejwt_stream_begin(&stream, &key, &policy, &key, sizeof key), EJWT_OVERLAP);
    CHECK("nothing was begun", ejwt_stream_push(&stream, token, length), EJWT_NOT_INITIALIZED);

    CHECK("begin", ejwt_stream_begin(&stream, &key, &policy, buffer, 256), EJWT_OK);
    moved = stream;
    CHECK("moved", ejwt_stream_push(&moved, token, length), EJWT_MOVED);
    CHECK("moved", ejwt_stream_end(&moved), EJWT_MOVED);
    /* Moved into what it was itself: by each step, down and up. */
    static ejwt_word room[EJWT_STREAM_WORDS * 3];
    for (size_t to = 1; to < EJWT_STREAM_WORDS * 2; to++) {
        ejwt_stream *before = (ejwt_stream *)(void *)&room[EJWT_STREAM_WORDS],
                    *after = (ejwt_stream *)(void *)&room[to];
        CHECK("begin", ejwt_stream_begin(before, &key, &policy, buffer, 256), EJWT_OK);
        memmove(after, before, sizeof stream);
        ejwt_code expected = after == before ? EJWT_OK : EJWT_MOVED;
        CHECK("moved", ejwt_stream_push(after, token, length), expected);
        CHECK("moved", ejwt_stream_is_refused(after), expected != EJWT_OK);
    }
    /* Whoever begins anew with a wrong rule has the stream that was there. */
    const ejwt_policy wrong = { .leeway = 601 };
    CHECK("push", ejwt_stream_push(&stream, token, length / 2), EJWT_OK);
    CHECK("wrong policy", ejwt_stream_begin(&stream, &key, &wrong, buffer, 256),
          EJWT_LEEWAY_TOO_LONG);
    CHECK("wrong typ", ejwt_stream_begin_jws(&stream, &key, "\xff", buffer, 256), EJWT_NOT_UTF8);
    CHECK("wrong typ", ejwt_stream_begin_detached(&stream, &key, "\xff", token, length, buffer, 256),
          EJWT_NOT_UTF8);
    CHECK("push", ejwt_stream_push(&stream, half, length - length / 2), EJWT_OK);
    CHECK("finish", ejwt_stream_finish(&stream, ejwt_time_known(NOW), NULL, &verified), EJWT_OK);
    CHECK("no detached token", ejwt_stream_begin_detached(&stream, &key, NULL, token, length, buffer,
                                                          256), EJWT_PAYLOAD_NOT_DETACHED);
    CHECK("no stream", ejwt_stream_push(&stream, token, length), EJWT_NOT_INITIALIZED);
    CHECK("begin", ejwt_stream_begin(&stream, &key, &policy, buffer, 256), EJWT_OK);
    CHECK("null piece", ejwt_stream_push(&stream, NULL, 1), EJWT_NULL_POINTER);
    CHECK("piece of the stream", ejwt_stream_push(&stream, &stream, 1), EJWT_OVERLAP);
    CHECK("no bytes", ejwt_stream_push(&stream, NULL, 0), EJWT_OK);
    CHECK("no bytes in the buffer", ejwt_stream_push(&stream, buffer + 9, 0), EJWT_OK);
    for (int round = 0; round < 3; round++) {
        CHECK("push", ejwt_stream_push(&stream, token, length / 2), EJWT_OK);
        CHECK("push", ejwt_stream_push(&stream, half, length - length / 2), EJWT_OK);
        CHECK("finish", ejwt_stream_finish(&stream, ejwt_time_known(NOW), NULL, &verified), EJWT_OK);
        CHECK("proof", ejwt_header_is(&verified, "alg", "HS256"), EJWT_OK);
    }
    memset(buffer, 0xee, sizeof buffer);
    CHECK("most", ejwt_stream_push(&stream, token, length - 5), EJWT_OK);
    CHECK("reset", ejwt_stream_reset(&stream), EJWT_OK);
    CHECK("wiped", is_wiped(), true);
    CHECK("nothing came", ejwt_stream_finish(&stream, ejwt_time_known(NOW), NULL, &verified),
          EJWT_NOT_COMPACT_SERIALIZATION);
    CHECK("proof in the stream", ejwt_stream_finish(&stream, ejwt_time_known(NOW), NULL,
                                                    (ejwt_token *)(void *)&stream), EJWT_OVERLAP);
    CHECK("knowledge", ejwt_stream_finish(&stream, (ejwt_time){ 1, 9 }, NULL, &verified),
          EJWT_UNKNOWN_VALUE);
    CHECK("refused early", ejwt_stream_is_refused(&stream), false);
    char dots[128];
    memset(dots, '.', sizeof dots);
    CHECK("push", ejwt_stream_push(&stream, dots, sizeof dots), EJWT_OK);
    CHECK("refused early", ejwt_stream_is_refused(&stream), true);
    CHECK("reset", ejwt_stream_reset(&stream), EJWT_OK);
    memset(buffer, 0xee, sizeof buffer);
    CHECK("most", ejwt_stream_push(&stream, token, length - 5), EJWT_OK);
    CHECK("end", ejwt_stream_end(&stream), EJWT_OK);
    CHECK("wiped", is_filled(&stream, sizeof stream, 0), true);
    CHECK("wiped", is_wiped(), true);
    CHECK("ended", ejwt_stream_finish(&stream, ejwt_time_known(NOW), NULL, &verified),
          EJWT_NOT_INITIALIZED);

    /* A key that is wiped too early. */
    memset(buffer, 0xee, sizeof buffer);
    CHECK("begin", ejwt_stream_begin(&stream, &key, &policy, buffer, 256), EJWT_OK);
    CHECK("most", ejwt_stream_push(&stream, token, length - 5), EJWT_OK);
    CHECK("wipe", ejwt_key_wipe(&key), EJWT_OK);
    CHECK("key is gone", ejwt_stream_push(&stream, token, 5), EJWT_NOT_INITIALIZED);
    CHECK("key is gone", ejwt_stream_is_refused(&stream), true);
    CHECK("key is gone", ejwt_stream_finish(&stream, ejwt_time_known(NOW), NULL, &verified),
          EJWT_NOT_INITIALIZED);
    CHECK("end", ejwt_stream_end(&stream), EJWT_OK);
    CHECK("wiped", is_wiped(), true);
    size_t untouched = 9;
    CHECK("no signing", ejwt_stream_finish_signing(&stream, &untouched), EJWT_NOT_INITIALIZED);
    CHECK("untouched", untouched, 9);
}

static void test_incoming(void)
{
    char token[256];
    size_t length = make_token("{\"exp\":1900000000}", token, sizeof token);
    ejwt_key key;
    static ejwt_incoming incoming;
    ejwt_token verified;
    CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
    CHECK("not initialized", ejwt_incoming_push(&incoming, token, length), EJWT_NOT_INITIALIZED);
    CHECK("not initialized", ejwt_incoming_is_refused(&incoming), true);
    CHECK("null", ejwt_incoming_init(&incoming, NULL, 256), EJWT_NULL_POINTER);
    CHECK("overlap", ejwt_incoming_init(&incoming, &incoming, 10), EJWT_OVERLAP);
    CHECK("init", ejwt_incoming_init(&incoming, buffer, 256), EJWT_OK);
    for (int round = 0; round < 2; round++) {
        CHECK("push", ejwt_incoming_push(&incoming, token, length), EJWT_OK);
        CHECK("verify", ejwt_incoming_verify(&incoming, &key, &policy, ejwt_time_known(NOW), NULL,
                                             &verified), EJWT_OK);
    }
    CHECK("half", ejwt_incoming_push(&incoming, token, length / 2), EJWT_OK);
    const ejwt_policy bad_policy = { .leeway = 601 };
    CHECK("bad policy", ejwt_incoming_verify(&incoming, &key, &bad_policy, ejwt_time_known(NOW), NULL,
                                             &verified), EJWT_LEEWAY_TOO_LONG);
    CHECK("no key", ejwt_incoming_verify(&incoming, NULL, &policy, ejwt_time_known(NOW), NULL,
                                         &verified), EJWT_NULL_POINTER);
    CHECK("the token stays", ejwt_incoming_push(&incoming, token + length / 2,
                                                length - length / 2), EJWT_OK);
    CHECK("verify", ejwt_incoming_verify(&incoming, &key, &policy, ejwt_time_known(NOW), NULL,
                                         &verified), EJWT_OK);
    memset(buffer, 0xee, sizeof buffer);
    CHECK("most", ejwt_incoming_push(&incoming, token, length - 5), EJWT_OK);
    CHECK("reset", ejwt_incoming_reset(&incoming), EJWT_OK);
    CHECK("wiped", is_wiped(), true);
    memset(buffer, 0xee, sizeof buffer);
    CHECK("most", ejwt_incoming_push(&incoming, token, length - 5), EJWT_OK);
    CHECK("end", ejwt_incoming_end(&incoming), EJWT_OK);
    CHECK("wiped", is_filled(&incoming, sizeof incoming, 0), true);
    CHECK("wiped", is_wiped(), true);
}

/* Verifies a token with any payload, which comes in pieces: by a key if there is no set, hashed as it
   comes or at the end. */
static ejwt_code verify_jws(bool hashes, const ejwt_key *key, const ejwt_key_set *set,
                            const char *typ, const char *token, size_t length, size_t size,
                            ejwt_token *verified)
{
    static ejwt_stream stream;
    static ejwt_incoming incoming;
    ejwt_code code;
    if (!hashes)
        CHECK("init", ejwt_incoming_init(&incoming, buffer, sizeof buffer), EJWT_OK);
    else if (set != NULL)
        CHECK("begin", ejwt_key_set_stream_begin_jws(&stream, set, typ, buffer, sizeof buffer),
              EJWT_OK);
    else
        CHECK("begin", ejwt_stream_begin_jws(&stream, key, typ, buffer, sizeof buffer), EJWT_OK);
    for (size_t at = 0; at < length; at += size) {
        size_t piece = length - at < size ? length - at : size;
        CHECK("push", hashes ? ejwt_stream_push(&stream, token + at, piece)
                             : ejwt_incoming_push(&incoming, token + at, piece), EJWT_OK);
    }
    if (hashes)
        code = ejwt_stream_finish(&stream, ejwt_time_unknown(), NULL, verified);
    else if (set != NULL)
        code = ejwt_key_set_incoming_verify_jws(&incoming, set, typ, verified);
    else
        code = ejwt_incoming_verify_jws(&incoming, key, typ, verified);
    CHECK("end", hashes ? ejwt_stream_end(&stream) : ejwt_incoming_end(&incoming), EJWT_OK);
    return code;
}

static void test_jws(void)
{
    static const char PAYLOAD[] = "no JSON\0, and a zero byte";
    static ejwt_key_set set;
    ejwt_key key, moved;
    ejwt_token verified;
    char token[256], changed[256], detached[256];
    size_t length, of_detached, found;
    const void *payload;
    int64_t number;
    const ejwt_signing image = { .typ = "image", .key_id = "1" };
    CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
    CHECK("set", ejwt_key_set_init(&set, sizeof set, 0), EJWT_OK);
    moved = key;
    CHECK("set", ejwt_key_set_add(&set, "1", &moved, NULL), EJWT_OK);
    CHECK("sign", ejwt_sign_payload(&key, &image, PAYLOAD, sizeof PAYLOAD, token, sizeof token,
                                    &length), EJWT_OK);
    CHECK("sign", ejwt_sign_detached(&key, &image, PAYLOAD, sizeof PAYLOAD, detached,
                                     sizeof detached, &of_detached), EJWT_OK);
    memcpy(changed, token, length);
    changed[length - 2] = changed[length - 2] == 'A' ? 'B' : 'A';

    const struct { const char *name, *typ, *token; size_t length; ejwt_code code; } table[] = {
        { "any typ", NULL, token, length, EJWT_OK },
        { "its typ", "image", token, length, EJWT_OK },
        { "another typ", "text", token, length, EJWT_TYPE_MISMATCH },
        { "another MAC", NULL, changed, length, EJWT_SIGNATURE_MISMATCH },
        { "half", NULL, token, length / 2, EJWT_NOT_COMPACT_SERIALIZATION },
        { "nothing", NULL, token, 0, EJWT_NOT_COMPACT_SERIALIZATION },
        { "detached payload", NULL, detached, of_detached, EJWT_DETACHED_PAYLOAD },
        { "typ that is not UTF-8", "\xff", token, 0, EJWT_NOT_UTF8 },
    };
    static const size_t PIECES[] = { 1, 64, 256 };
    for (size_t row = 0; row < COUNT(table); row++) {
        const char *name = table[row].name, *typ = table[row].typ;
        if (table[row].code == EJWT_NOT_UTF8) {
            static ejwt_stream stream;
            CHECK(name, ejwt_stream_begin_jws(&stream, &key, typ, buffer, sizeof buffer),
                  EJWT_NOT_UTF8);
            CHECK("not begun", ejwt_stream_end(&stream), EJWT_NOT_INITIALIZED);
            continue;
        }
        for (unsigned way = 0; way < 4 * COUNT(PIECES); way++) {
            bool with_set = way & 1, hashes = way & 2;
            memset(buffer, 0xee, sizeof buffer);
            CHECK(name, verify_jws(hashes, &key, with_set ? &set : NULL, typ, table[row].token,
                                   table[row].length, PIECES[way / 4], &verified),
                  table[row].code);
            if (table[row].code != EJWT_OK) {
                CHECK(name, ejwt_payload(&verified, &payload, &found), EJWT_NOT_INITIALIZED);
                CHECK("wiped", table[row].length == 0 || is_wiped(), true);
                continue;
            }
            CHECK(name, ejwt_payload(&verified, &payload, &found), EJWT_OK);
            CHECK(name, found == sizeof PAYLOAD && memcmp(payload, PAYLOAD, found) == 0, true);
            CHECK(name, ejwt_header_is(&verified, "typ", "image"), EJWT_OK);
            CHECK("no claims", ejwt_claim_i64(&verified, "exp", &number), EJWT_NOT_INITIALIZED);
        }
    }

    static ejwt_stream stream;
    static ejwt_incoming incoming;
    ejwt_checks guarded = EJWT_CHECKS;
    static ejwt_replay_guard guard;
    CHECK("null", ejwt_stream_begin_jws(NULL, &key, NULL, buffer, 256), EJWT_NULL_POINTER);
    CHECK("null", ejwt_stream_begin_jws(&stream, NULL, NULL, buffer, 256), EJWT_NULL_POINTER);
    CHECK("null", ejwt_stream_begin_jws(&stream, &key, NULL, NULL, 256), EJWT_NULL_POINTER);
    CHECK("null", ejwt_key_set_stream_begin_jws(&stream, NULL, NULL, buffer, 256),
          EJWT_NULL_POINTER);
    CHECK("key for a set", ejwt_key_set_stream_begin_jws(&stream, (void *)&key, NULL, buffer, 256),
          EJWT_NOT_INITIALIZED);
    CHECK("overlap", ejwt_stream_begin_jws(&stream, &key, NULL, &stream, 99), EJWT_OVERLAP);
    CHECK("overlap", ejwt_stream_begin_jws(&stream, &key, NULL, &key, sizeof key), EJWT_OVERLAP);
    CHECK("nothing was begun", ejwt_stream_push(&stream, token, length), EJWT_NOT_INITIALIZED);
    CHECK("nothing came", ejwt_incoming_verify_jws(&incoming, &key, NULL, &verified),
          EJWT_NOT_INITIALIZED);
    CHECK("init", ejwt_incoming_init(&incoming, buffer, sizeof buffer), EJWT_OK);
    CHECK("push", ejwt_incoming_push(&incoming, token, length), EJWT_OK);
    CHECK("no key", ejwt_incoming_verify_jws(&incoming, NULL, NULL, &verified), EJWT_NULL_POINTER);
    CHECK("proof in the token", ejwt_incoming_verify_jws(&incoming, &key, NULL,
                                                         (ejwt_token *)(void *)&incoming),
          EJWT_OVERLAP);
    CHECK("the token stays", ejwt_incoming_verify_jws(&incoming, &key, NULL, &verified), EJWT_OK);
    CHECK("end", ejwt_incoming_end(&incoming), EJWT_OK);

    CHECK("begin", ejwt_stream_begin_jws(&stream, &key, NULL, buffer, sizeof buffer), EJWT_OK);
    CHECK("guard", ejwt_replay_guard_init(&guard, sizeof guard, 0), EJWT_OK);
    guarded.replay_guard = &guard;
    for (int round = 0; round < 2; round++) {
        CHECK("push", ejwt_stream_push(&stream, token, length), EJWT_OK);
        CHECK("not for claims", ejwt_stream_finish(&stream, ejwt_time_unknown(), &guarded,
                                                   &verified), EJWT_OK);
        CHECK("the guard is not asked", ejwt_replay_guard_length(&guard), 0);
    }
    CHECK("not signing", ejwt_stream_finish_signing(&stream, &found), EJWT_NOT_INITIALIZED);
    memset(buffer, 0xee, sizeof buffer);
    CHECK("most", ejwt_stream_push(&stream, token, length - 5), EJWT_OK);
    CHECK("reset", ejwt_stream_reset(&stream), EJWT_OK);
    CHECK("wiped", is_wiped(), true);
    memset(buffer, 0xee, sizeof buffer);
    CHECK("most", ejwt_stream_push(&stream, token, length - 5), EJWT_OK);
    CHECK("end", ejwt_stream_end(&stream), EJWT_OK);
    CHECK("wiped", is_filled(&stream, sizeof stream, 0) && is_wiped(), true);
    CHECK("wipe", ejwt_key_set_wipe(&set), EJWT_OK);
}

void test_pieces(void)
{
    test_jws();
    test_streams();
    test_incoming();
}
