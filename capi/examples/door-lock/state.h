/* What the door must not forget when it loses power, saved in one go. */
#ifndef STATE_H
#define STATE_H

#include "embedded_jwt.h"

typedef struct {
    ejwt_replay_guard guard;
    ejwt_revocations revocations;
    ejwt_time_floor floor;
} state;

/* Of the saved form: the floor, the guard's length (2 bytes), the guard, the revocations. Raise
   VERSION in storage.c with each change of that, and when a capacity gets smaller. */
#define STATE_SAVED_SIZE                                                                           \
    (EJWT_TIME_FLOOR_SAVED_SIZE + 2 + EJWT_REPLAY_GUARD_SAVED_SIZE + EJWT_REVOCATIONS_SAVED_SIZE)

/* The state of a door that has seen no token. */
ejwt_code state_init(state *state);
/* Writes the state to `memory` of STATE_SAVED_SIZE bytes. */
ejwt_code state_save(const state *state, uint8_t *memory, size_t *length);
/* Restores what was saved. On an error it may be incomplete, and must not be used. */
ejwt_code state_restore(state *state, const uint8_t *saved, size_t length);
/* The latest time known to have passed, in seconds since 1970. */
uint64_t state_floor(const state *state);

#endif
