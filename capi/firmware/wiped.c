/* Refuses a token with another MAC, and searches the stack below for the right one, which would make
   the forgery good. `MAKE_KEY` is the algorithm's function; `forged.inc` and `mac.inc` have a token whose
   signature is all `A`, and the right MAC. */
#include "board.h"
#include "embedded_jwt.h"

static const char forged[] =
#include "forged.inc"
    ;
static const uint8_t mac[] =
#include "mac.inc"
    ;
static const ejwt_policy policy = { .issuer = "id.example", .audience = "door-7", .leeway = 60 };

extern uint8_t __bss_end[];
static ejwt_key key;
static uint8_t buffer[4096], secret[64];

/* How many bytes below the caller's frame are searched: more than a verification needs. */
#define DEPTH 8192

static uint8_t *bottom(void)
{
    return (uint8_t *)__builtin_frame_address(0) - DEPTH;
}

/* Whether any eight bytes of the MAC are there, at any alignment: as they are sent, or as the words of a
   hash state, whose bytes are in the other order. `swap` is the size of a word, less 1, or 0. */
static int is_found(const volatile uint8_t *from, size_t swap)
{
    for (size_t at = 0; at + 8 <= DEPTH - 64; at++)
        for (size_t part = 0; part < sizeof mac; part += 8) {
            size_t same = 0;
            while (same < 8 && from[at + same] == mac[(part + same) ^ swap])
                same++;
            if (same == 8)
                return 1;
        }
    return 0;
}

int main(void)
{
    ejwt_token verified;
    for (size_t at = 0; at < sizeof secret; at++)
        secret[at] = (uint8_t)at;
    if (MAKE_KEY(&key, secret, sizeof secret) != EJWT_OK || bottom() < __bss_end)
        return 1;
    ejwt_code code = ejwt_verify(&key, &policy, forged, sizeof forged - 1,
                                 ejwt_time_known(1800000000), buffer, sizeof buffer, &verified);
    return code != EJWT_SIGNATURE_MISMATCH || is_found(bottom(), 0)
           || is_found(bottom(), 3) || is_found(bottom(), 7);
}
