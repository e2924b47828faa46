/* Starts a Cortex-M in QEMU: vectors, memory, semihosting. */
#include "board.h"

extern uint32_t __stack[], __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];
void entry(void);
int main(void);

static uint32_t semihosting(uint32_t operation, const void *parameter)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    __asm__ volatile("bkpt #0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void board_write(char byte)
{
    semihosting(0x03, &byte);
}

void board_exit(int failed)
{
    semihosting(0x18, (const void *)(failed ? 0x20023u : 0x20026u));
    for (;;) { }
}

void entry(void)
{
    for (uint32_t *at = __data_start, *from = __data_load; at < __data_end;)
        *at++ = *from++;
    for (uint32_t *at = __bss_start; at < __bss_end;)
        *at++ = 0;
    board_exit(main());
}

static void fault(void)
{
    board_exit(1);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    __stack, (const void *)entry, (const void *)fault, (const void *)fault,
    (const void *)fault, (const void *)fault, (const void *)fault,
};
