/* The vectors of QEMU's mps2-an386. The C library's start-up code does the rest, by semihosting. */
#include <stdint.h>

extern uint32_t __stack[];
void _start(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    __stack,
    (const void *)_start,
};
