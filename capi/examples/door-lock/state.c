/* What the door must not forget when it loses power. */
#include "state.h"

/* When this firmware was built, in seconds since 1970. A product takes it from its build. */
#define BUILT 1790000000u
/* How far a token may raise the floor: a year. */
#define STEP (365u * 24 * 60 * 60)

ejwt_code state_init(state *state)
{
    /* The tokens that this door gets live equally long, so the first to expire is the oldest. */
    ejwt_code code =
        ejwt_replay_guard_init(&state->guard, sizeof state->guard, EJWT_WHEN_FULL_EVICT);
    if (code == EJWT_OK)
        code = ejwt_revocations_init(&state->revocations, sizeof state->revocations);
    if (code == EJWT_OK)
        code = ejwt_time_floor_init(&state->floor, BUILT, STEP);
    return code;
}

ejwt_code state_save(const state *state, uint8_t *memory, size_t *length)
{
    uint8_t *at = memory;
    size_t floor, guard = 0, revocations = 0;
    ejwt_code code = ejwt_time_floor_save(&state->floor, at, EJWT_TIME_FLOOR_SAVED_SIZE, &floor);
    at += EJWT_TIME_FLOOR_SAVED_SIZE;
    uint8_t *guard_length = at;
    at += 2;
    if (code == EJWT_OK)
        code = ejwt_replay_guard_save(&state->guard, at, EJWT_REPLAY_GUARD_SAVED_SIZE, &guard);
    guard_length[0] = (uint8_t)(guard >> 8);
    guard_length[1] = (uint8_t)guard;
    at += guard;
    if (code == EJWT_OK)
        code = ejwt_revocations_save(&state->revocations, at, EJWT_REVOCATIONS_SAVED_SIZE,
                                     &revocations);
    *length = (size_t)(at - memory) + revocations;
    return code;
}

ejwt_code state_restore(state *state, const uint8_t *saved, size_t length)
{
    const size_t start = EJWT_TIME_FLOOR_SAVED_SIZE + 2;
    if (length < start)
        return EJWT_INVALID_SAVED_STATE;
    size_t guard = (size_t)saved[start - 2] << 8 | saved[start - 1];
    if (guard > length - start)
        return EJWT_INVALID_SAVED_STATE;
    ejwt_code code = ejwt_time_floor_restore(&state->floor, saved, EJWT_TIME_FLOOR_SAVED_SIZE);
    if (code == EJWT_OK)
        code = ejwt_replay_guard_restore(&state->guard, saved + start, guard);
    if (code == EJWT_OK)
        code = ejwt_revocations_restore(&state->revocations, saved + start + guard,
                                        length - start - guard);
    return code;
}

uint64_t state_floor(const state *state)
{
    /* Without a clock, the floor is the time. */
    ejwt_time time;
    ejwt_code code = ejwt_time_floor_with_clock(&state->floor, ejwt_time_unknown(), &time);
    return code == EJWT_OK ? time.seconds : 0;
}
