/* QEMU's `virt` machine with a RISC-V. It has no pins: only the log shows whether the door is open. */
#include "board.h"

/* The serial port (NS16550A). */
#define UART_DATA (*(volatile uint8_t *)0x10000000u)
#define UART_LINE_STATUS (*(volatile uint8_t *)0x10000005u)
#define DATA_READY (1u << 0)
#define TRANSMIT_EMPTY (1u << 5)

/* The machine timer, 64 bits. */
#define TIME_LOW (*(volatile uint32_t *)0x0200bff8u)
#define TIME_HIGH (*(volatile uint32_t *)0x0200bffcu)
#define TICKS_PER_SECOND 10000000u

void board_start(void) { }

uint64_t board_uptime(void)
{
    for (;;) {
        uint32_t high = TIME_HIGH, low = TIME_LOW;
        if (high == TIME_HIGH)
            return ((uint64_t)high << 32 | low) / TICKS_PER_SECOND;
    }
}

bool board_receive(uint8_t *byte)
{
    if (!(UART_LINE_STATUS & DATA_READY))
        return false;
    *byte = UART_DATA;
    return true;
}

void board_send(uint8_t byte)
{
    while (!(UART_LINE_STATUS & TRANSMIT_EMPTY)) { }
    UART_DATA = byte;
}

/* There is no bolt, and there are no LEDs. */
void board_draw_bolt(bool drawn)
{
    (void)drawn;
}

void board_show(uint8_t code)
{
    (void)code;
}
