/* The issuer's keys: an old one, the current one, and the next, so that issuer and doors need not
   change over at the same moment. */
#ifndef KEYS_H
#define KEYS_H

#include "embedded_jwt.h"

/* The longest lifetime of an access token. */
#define LIFETIME (8 * 60 * 60)

/* Puts the keys into a set. */
ejwt_code keys_provision(ejwt_key_set *keys);

#endif
