/* Checks a line and acts on it. */
#ifndef LOCK_H
#define LOCK_H

#include "embedded_jwt.h"

/* The name of this door, which is the audience of its tokens. */
#define DOOR "door-7"

/* Why a line is refused, or the door can't start: a code of the library, or one of these. For LEDs,
   all are below 256. */
enum {
    /* The flash has no state that this firmware can read. */
    LOCK_NO_STATE = 252,
    /* The flash does not work: what happened can't be remembered. */
    LOCK_NOT_SAVED = 253,
    /* A time message is further ahead than the floor may rise. It changes nothing. */
    LOCK_CLOCK_TOO_FAR_AHEAD = 254,
    /* A time message is older than the clock, or was used already. What it revokes is revoked. */
    LOCK_CLOCK_WOULD_GO_BACK = 255,
};

typedef struct {
    ejwt_code code;
    /* What the code leaves open, as in `ejwt_token`. */
    uint32_t detail;
} refusal;

/* Takes the keys, and the state that was saved last. */
refusal lock_start(void);
/* Reads a line to its end and acts on it. An empty line is ignored. */
refusal lock_hear(void);
/* Writes the name of a reason. */
void lock_say(refusal why);

#endif
