/* A door that opens for tokens. They come over a serial line, one per line, and each line gets one
   line as an answer:

   a token of type `JWT`:                          open door-7 "erika", and the bolt is drawn
   `time`, a space, a token of type `time+jwt`:    clock 1800000000
   anything else, or a token that is not valid:    refused, a space, the name of the reason

   Lines that begin with `#` are log messages. No line is stored: each byte goes straight into an
   `ejwt_incoming`, which decodes the token into a buffer. When the line ends, it is verified.

   The serial line is polled. A real board would lose the bytes that arrive while a token is checked and
   answered: there, an interrupt has to put them into a queue. */
#include "door.h"
#include "lock.h"

/* For LEDs. Codes from 256 on say that this program is wrong. */
static uint8_t led_code(refusal why)
{
    return why.code < 256 ? (uint8_t)why.code : 0xfb;
}

int main(void)
{
    door_start();
    refusal failure = lock_start();
    if (failure.code != EJWT_OK) {
        /* Without its state, the door can't tell which tokens were used. It stays locked. */
        door_show(led_code(failure));
        door_say("# the door can't start: ");
        lock_say(failure);
        door_say("\n");
        for (;;) { }
    }
    door_say("# door-lock: " DOOR " is locked, the clock is unknown\n");
    for (;;) {
        refusal why = lock_hear();
        if (why.code != EJWT_OK) {
            door_show(led_code(why));
            /* The owner of the door reads this line. Over radio, tell the peer only the class of the
               code: `ejwt_error_class`. */
            door_say("refused ");
            lock_say(why);
            door_say("\n");
        }
    }
}
