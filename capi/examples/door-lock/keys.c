/* The issuer's keys and their times. A product has them in a page of flash that is written at
   provisioning, and that can't be read from outside. Each door has its own: whoever has a key can
   sign for every door that has it. */
#include "keys.h"

/* When the issuer began to sign with the current key, and will with the next: the first seconds of
   January and February 2027. */
#define JANUARY 1798761600u
#define FEBRUARY 1801440000u

/* In the repository, for demonstration. Random bytes, 32 for each key. */
static const uint8_t secrets[96] = {
#include "demo_key.inc"
};

/* A key is good from the changeover to it, until the last token that was signed before the next
   changeover has expired. Where the time isn't known, `ejwt_key_set_remove` alone ends the use of a
   key. */
static const struct {
    const char *name;
    ejwt_key_limits limits;
} entries[] = {
    { "2026-12", { .retired_after = JANUARY + LIFETIME } },
    { "2027-01", { .not_before = JANUARY, .retired_after = FEBRUARY + LIFETIME } },
    { "2027-02", { .not_before = FEBRUARY } },
};

ejwt_code keys_provision(ejwt_key_set *keys)
{
    ejwt_code code = ejwt_key_set_init(keys, sizeof *keys, 0);
    for (size_t i = 0; i < sizeof entries / sizeof *entries && code == EJWT_OK; i++) {
        ejwt_key key;
        code = ejwt_key_hs256(&key, secrets + 32 * i, 32);
        /* The key moves into the set. */
        if (code == EJWT_OK)
            code = ejwt_key_set_add(keys, entries[i].name, &key, &entries[i].limits);
    }
    return code;
}
