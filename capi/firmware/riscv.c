/* Starts QEMU's `virt` machine for RISC-V: stack, memory, serial port. */
#include "board.h"

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];
void entry(void);
int main(void);

void board_write(char byte)
{
    *(volatile uint8_t *)0x10000000 = (uint8_t)byte;
}

void board_exit(int failed)
{
    *(volatile uint32_t *)0x100000 = failed ? 0x13333u : 0x5555u;
    for (;;) { }
}

__attribute__((used)) static void start(void)
{
    for (uint32_t *at = __data_start, *from = __data_load; at < __data_end;)
        *at++ = *from++;
    for (uint32_t *at = __bss_start; at < __bss_end;)
        *at++ = 0;
    board_exit(main());
}

__attribute__((section(".vectors"), naked, used)) void entry(void)
{
    __asm__ volatile("la sp, __stack\n"
                     "tail start\n");
}
