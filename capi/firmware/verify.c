/* The rules of benches/firmware: HS256, `iss`, `aud`, `exp`, `nbf` and a leeway. */
#include "embedded_jwt.h"

__attribute__((section(".tokens"))) static const char token[] =
#include "token.inc"
    ;

static const uint8_t secret[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
};
static const ejwt_policy policy = { .issuer = "id.example", .audience = "door-7", .leeway = 60 };

static ejwt_key key;
static uint8_t buffer[4096];

int main(void)
{
    ejwt_token verified;
    if (ejwt_key_hs256(&key, secret, sizeof secret) != EJWT_OK)
        return 1;
    return ejwt_verify(&key, &policy, token, sizeof token - 1, ejwt_time_known(1800000000),
                       buffer, sizeof buffer, &verified) != EJWT_OK;
}
