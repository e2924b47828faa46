/* What a device remembers: revocations, the replay guard, the time floor, and a check of its own. */
#include "check.h"

static ejwt_revocations revocations;
static ejwt_replay_guard guard;
static ejwt_time_floor time_floor;

static ejwt_code verify(const char *claims, const ejwt_checks *checks, ejwt_token *verified)
{
    static uint8_t buffer[512];
    char token[512];
    ejwt_key key;
    const ejwt_policy policy = EJWT_POLICY;
    size_t length = make_token(claims, token, sizeof token);
    CHECK("key", ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
    return ejwt_verify_with(&key, &policy, token, length, ejwt_time_known(NOW), checks, buffer,
                            sizeof buffer, verified);
}

/* A check that wants a door, and notes that it was asked. */
static ejwt_code wants_door(void *context, const ejwt_token *claims)
{
    ++*(int *)context;
    CHECK("no header", ejwt_header_is(claims, "alg", "HS256"), EJWT_NOT_INITIALIZED);
    return ejwt_claim_is(claims, "door", "7b");
}

static ejwt_code answers(void *context, const ejwt_token *claims)
{
    (void)claims;
    return *(ejwt_code *)context;
}

static void test_checks(void)
{
    ejwt_token verified;
    int asked = 0;
    ejwt_checks door = { .check = wants_door, .context = &asked };
    CHECK("door", verify("{\"exp\":2e9,\"door\":\"7b\"}", &door, &verified), EJWT_OK);
    CHECK("another door", verify("{\"exp\":2e9,\"door\":\"8\"}", &door, &verified),
          EJWT_REFUSED_BY_APPLICATION);
    CHECK("asked", asked, 2);
    CHECK("expired", verify("{\"exp\":1}", &door, &verified), EJWT_EXPIRED);
    CHECK("asked last", asked, 2);

    static const struct { ejwt_code answer, code; } table[] = {
        { EJWT_OK, EJWT_OK },
        { EJWT_REVOKED, EJWT_REVOKED },
        { EJWT_RECORDS_UNAVAILABLE, EJWT_RECORDS_UNAVAILABLE },
        { EJWT_MISSING_MEMBER, EJWT_REFUSED_BY_APPLICATION },
        { EJWT_NULL_POINTER, EJWT_REFUSED_BY_APPLICATION },
        { -1, EJWT_REFUSED_BY_APPLICATION },
        { INT32_MIN, EJWT_REFUSED_BY_APPLICATION },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        ejwt_code answer = table[row].answer;
        ejwt_checks checks = { .check = answers, .context = &answer };
        CHECK("answer", verify("{\"exp\":2e9}", &checks, &verified), table[row].code);
    }
}

static void test_revocations(void)
{
    ejwt_token verified;
    ejwt_checks checks = { .revocations = &revocations };
    CHECK("not initialized", verify("{\"exp\":2e9}", &checks, &verified), EJWT_NOT_INITIALIZED);
    CHECK("not initialized", ejwt_revoke_jwt_id(&revocations, "a", 0), EJWT_NOT_INITIALIZED);
    CHECK("another size", ejwt_revocations_init(&revocations, 8), EJWT_WRONG_SIZE);
    CHECK("init", ejwt_revocations_init(&revocations, sizeof revocations), EJWT_OK);
    CHECK("empty", verify("{\"exp\":2e9,\"jti\":\"a\",\"sub\":\"b\"}", &checks, &verified), EJWT_OK);
    CHECK("revoke", ejwt_revoke_jwt_id(&revocations, "a", UINT64_MAX), EJWT_OK);
    CHECK("revoke", ejwt_revoke_subject(&revocations, "b", NOW), EJWT_OK);
    CHECK("length", ejwt_revocations_length(&revocations), 2);
    static const struct { const char *claims; ejwt_code code; } table[] = {
        { "{\"exp\":2e9,\"jti\":\"a\"}", EJWT_REVOKED },
        { "{\"exp\":2e9,\"jti\":\"b\"}", EJWT_OK },
        { "{\"exp\":2e9,\"sub\":\"b\",\"iat\":1799999999}", EJWT_REVOKED },
        { "{\"exp\":2e9,\"sub\":\"b\",\"iat\":1800000000}", EJWT_OK },
        { "{\"exp\":2e9,\"sub\":\"b\"}", EJWT_MISSING_ISSUED_AT },
    };
    for (size_t row = 0; row < COUNT(table); row++)
        CHECK(table[row].claims, verify(table[row].claims, &checks, &verified), table[row].code);

    uint8_t saved[EJWT_REVOCATIONS_SAVED_SIZE];
    size_t length = 0;
    CHECK("save", ejwt_revocations_save(&revocations, saved, 81, &length), EJWT_BUFFER_TOO_SMALL);
    CHECK("needed", length, 82);
    CHECK("save", ejwt_revocations_save(&revocations, saved, sizeof saved, &length), EJWT_OK);
    CHECK("length", length, 82);
    CHECK("reinstate", ejwt_reinstate_jwt_id(&revocations, "a"), EJWT_OK);
    CHECK("reinstate", ejwt_reinstate_jwt_id(&revocations, "a"), EJWT_MISSING_MEMBER);
    CHECK("reinstate", ejwt_reinstate_subject(&revocations, "b"), EJWT_OK);
    CHECK("reinstated", verify(table[0].claims, &checks, &verified), EJWT_OK);
    CHECK("restore", ejwt_revocations_restore(&revocations, saved, length - 1),
          EJWT_INVALID_SAVED_STATE);
    CHECK("restore", ejwt_revocations_restore(&revocations, saved, length), EJWT_OK);
    CHECK("restored", verify(table[0].claims, &checks, &verified), EJWT_REVOKED);
    CHECK("restore", ejwt_revocations_restore(&revocations, &revocations, 10), EJWT_OVERLAP);

    CHECK("forget", ejwt_revoke_jwt_id(&revocations, "c", 1), EJWT_OK);
    CHECK("forget", ejwt_revocations_forget_expired(&revocations, ejwt_time_known(NOW)), EJWT_OK);
    CHECK("forgotten", ejwt_revocations_length(&revocations), 2);
    CHECK("all before", ejwt_revoke_issued_before(&revocations, NOW), EJWT_OK);
    CHECK("all before", verify("{\"exp\":2e9,\"iat\":5}", &checks, &verified), EJWT_REVOKED);
    char name[8];
    for (unsigned number = 2; number <= EJWT_REVOCATIONS_CAPACITY; number++) {
        snprintf(name, sizeof name, "n%u", number);
        CHECK("fill", ejwt_revoke_jwt_id(&revocations, name, UINT64_MAX),
              number < EJWT_REVOCATIONS_CAPACITY ? EJWT_OK : EJWT_REVOCATIONS_FULL);
    }
}

static void test_guard(void)
{
    ejwt_token verified;
    ejwt_checks checks = { .replay_guard = &guard };
    static const char FIRST[] = "{\"exp\":2e9,\"jti\":\"a\"}";
    CHECK("not initialized", verify(FIRST, &checks, &verified), EJWT_NOT_INITIALIZED);
    CHECK("unknown", ejwt_replay_guard_init(&guard, sizeof guard, 2), EJWT_UNKNOWN_VALUE);
    CHECK("another size", ejwt_replay_guard_init(&guard, sizeof guard + 8, 0), EJWT_WRONG_SIZE);
    CHECK("init", ejwt_replay_guard_init(&guard, sizeof guard, EJWT_WHEN_FULL_REFUSE), EJWT_OK);
    CHECK("first", verify(FIRST, &checks, &verified), EJWT_OK);
    CHECK("second", verify(FIRST, &checks, &verified), EJWT_REPLAYED);
    CHECK("no proof", ejwt_claim_is(&verified, "jti", "a"), EJWT_NOT_INITIALIZED);
    CHECK("no jti", verify("{\"exp\":2e9}", &checks, &verified), EJWT_MISSING_JWT_ID);
    CHECK("length", ejwt_replay_guard_length(&guard), 1);

    uint8_t saved[EJWT_REPLAY_GUARD_SAVED_SIZE];
    size_t length = 0;
    CHECK("save", ejwt_replay_guard_save(&guard, saved, sizeof saved, &length), EJWT_OK);
    CHECK("length", length, 42);
    CHECK("save to itself", ejwt_replay_guard_save(&guard, &guard, sizeof guard, &length),
          EJWT_OVERLAP);
    CHECK("init", ejwt_replay_guard_init(&guard, sizeof guard, EJWT_WHEN_FULL_EVICT), EJWT_OK);
    saved[5] ^= 1;
    CHECK("restore", ejwt_replay_guard_restore(&guard, saved, length), EJWT_INVALID_SAVED_STATE);
    saved[5] ^= 1;
    CHECK("restore", ejwt_replay_guard_restore(&guard, saved, length), EJWT_OK);
    CHECK("restored", verify(FIRST, &checks, &verified), EJWT_REPLAYED);

    int asked = 0;
    ejwt_checks door = { .check = wants_door, .context = &asked, .replay_guard = &guard };
    CHECK("refused", verify("{\"exp\":2e9,\"jti\":\"b\"}", &door, &verified),
          EJWT_REFUSED_BY_APPLICATION);
    CHECK("not used up", verify("{\"exp\":2e9,\"jti\":\"b\"}", &checks, &verified), EJWT_OK);
    char claims[64];
    for (unsigned number = 2; number <= EJWT_REPLAY_GUARD_CAPACITY; number++) {
        snprintf(claims, sizeof claims, "{\"exp\":%u,\"jti\":\"%u\"}", 1900000000 + number, number);
        CHECK("fill", verify(claims, &checks, &verified), EJWT_OK);
    }
    CHECK("evicted", verify("{\"exp\":1900000002,\"jti\":\"2\"}", &checks, &verified),
          EJWT_REPLAY_NOT_EXCLUDED);
}

static void test_floor(void)
{
    ejwt_token verified;
    ejwt_time now = { 5, 5 };
    bool rose = false;
    now = ejwt_time_known(5);
    CHECK("misaligned", ejwt_time_floor_with_clock((void *)((uintptr_t)&time_floor + 1),
                                                   ejwt_time_known(1), &now), EJWT_MISALIGNED);
    CHECK("untouched", now.seconds, 5);
    CHECK("not initialized", ejwt_time_floor_with_clock(&time_floor, ejwt_time_known(1), &now),
          EJWT_NOT_INITIALIZED);
    CHECK("nothing is known", now.knowledge, 0);
    CHECK("init", ejwt_time_floor_init(&time_floor, NOW - 100, 1000), EJWT_OK);
    static const struct { const char *name; ejwt_time clock, now; } table[] = {
        { "unknown", { 0, 0 }, { 1799999900, EJWT_AT_LEAST } },
        { "behind", { 1799999899, EJWT_KNOWN }, { 1799999900, EJWT_AT_LEAST } },
        { "known", { 1799999900, EJWT_KNOWN }, { 1799999900, EJWT_KNOWN } },
        { "at least", { 1799999999, EJWT_AT_LEAST }, { 1799999999, EJWT_AT_LEAST } },
    };
    for (size_t row = 0; row < COUNT(table); row++) {
        CHECK(table[row].name, ejwt_time_floor_with_clock(&time_floor, table[row].clock, &now),
              EJWT_OK);
        CHECK(table[row].name, now.seconds, table[row].now.seconds);
        CHECK(table[row].name, now.knowledge, table[row].now.knowledge);
    }
    CHECK("verify", verify("{\"exp\":2e9,\"iat\":1800000000}", NULL, &verified), EJWT_OK);
    CHECK("raise", ejwt_time_floor_raise(&time_floor, &verified, &rose), EJWT_OK);
    CHECK("rose", rose, true);
    CHECK("raise", ejwt_time_floor_raise(&time_floor, &verified, &rose), EJWT_OK);
    CHECK("rose", rose, false);
    uint8_t saved[EJWT_TIME_FLOOR_SAVED_SIZE];
    size_t length;
    CHECK("save", ejwt_time_floor_save(&time_floor, saved, 17, &length), EJWT_BUFFER_TOO_SMALL);
    CHECK("needed", length, 18);
    CHECK("save", ejwt_time_floor_save(&time_floor, saved, sizeof saved, &length), EJWT_OK);
    CHECK("init", ejwt_time_floor_init(&time_floor, 1, 1), EJWT_OK);
    CHECK("restore", ejwt_time_floor_restore(&time_floor, saved, 17), EJWT_INVALID_SAVED_STATE);
    CHECK("restore", ejwt_time_floor_restore(&time_floor, saved, 18), EJWT_OK);
    CHECK("restored", ejwt_time_floor_with_clock(&time_floor, ejwt_time_unknown(), &now), EJWT_OK);
    CHECK("restored", now.seconds, NOW);
    CHECK("expired", verify("{\"exp\":1}", NULL, &verified), EJWT_EXPIRED);
    CHECK("no token", ejwt_time_floor_raise(&time_floor, &verified, NULL), EJWT_NOT_INITIALIZED);
}

void test_state(void)
{
    test_checks();
    test_revocations();
    test_guard();
    test_floor();
}
