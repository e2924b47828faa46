/* Streams and incoming tokens: what is taken in which order, and what is wiped. */
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
    CHECK("null piece", ejwt_stream_push(&stream, NULL, 1), EJWT_NULL_POINTER);
    CHECK("piece of the stream", ejwt_stream_push(&stream, &stream, 1), EJWT_OVERLAP);
    CHECK("no bytes", ejwt_stream_push(&stream, NULL, 0), EJWT_OK);
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

void test_pieces(void)
{
    test_streams();
    test_incoming();
}
