/* Uses the product's own Rust function and the verifier, from one static library. */
#include "embedded_jwt.h"

uint32_t product_open(uint32_t door);

int main(void)
{
    static const uint8_t secret[32] = "32 random bytes go here, no text";
    static ejwt_key key;
    static uint8_t buffer[64];
    const ejwt_policy policy = EJWT_POLICY;
    ejwt_token verified;
    if (product_open(7) != (7 ^ 0x5a) || ejwt_key_hs256(&key, secret, sizeof secret) != EJWT_OK)
        return 1;
    return ejwt_verify(&key, &policy, "a.b.c", 5, ejwt_time_unknown(), buffer, sizeof buffer,
                       &verified) != EJWT_SIGNATURE_LENGTH;
}
