/* Calls two static libraries of Rust. */
#include "board.h"
#include "embedded_jwt.h"

uint8_t other_letter(size_t index);

int main(void)
{
    ejwt_key key;
    volatile size_t index = 1;
    return other_letter(index) != 'b' || ejwt_key_hs256(&key, "short", 5) != EJWT_KEY_TOO_SHORT;
}
