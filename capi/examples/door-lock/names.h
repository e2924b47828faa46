/* Names for codes, in the log. */
#ifndef NAMES_H
#define NAMES_H

#include "embedded_jwt.h"

const char *name_of(ejwt_code code);

#endif
