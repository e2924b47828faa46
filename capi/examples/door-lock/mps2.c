/* Arm's MPS2 board with a Cortex-M4 (application note 386), as QEMU emulates it. */
#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* The first serial port (CMSDK APB UART). */
#define UART_DATA REGISTER(0x40004000u)
#define UART_STATE REGISTER(0x40004004u)
#define UART_CONTROL REGISTER(0x40004008u)
#define UART_BAUD_DIVISOR REGISTER(0x40004010u)
#define TRANSMIT_FULL (1u << 0)
#define RECEIVE_FULL (1u << 1)
#define ENABLE_BOTH 3u

/* The board's first LED stands for the bolt's magnet. Eight more are the board controller's. */
#define LEDS REGISTER(0x40028000u)
#define CODE_LEDS REGISTER(0x4002f004u)

#define SYSTICK_CONTROL REGISTER(0xe000e010u)
#define SYSTICK_RELOAD REGISTER(0xe000e014u)
#define SYSTICK_CURRENT REGISTER(0xe000e018u)
/* Runs on the core's clock, without interrupt. */
#define SYSTICK_ENABLE 5u
/* Set when the counter reaches zero; cleared when it is read. */
#define SYSTICK_WRAPPED (1u << 16)

#define CLOCK 25000000u
#define BAUD 115200u
#define TICKS_PER_SECOND 10u

static uint32_t ticks;
static uint64_t seconds;

void board_start(void)
{
    UART_BAUD_DIVISOR = CLOCK / BAUD;
    UART_CONTROL = ENABLE_BOTH;
    SYSTICK_RELOAD = CLOCK / TICKS_PER_SECOND - 1;
    SYSTICK_CURRENT = 0;
    SYSTICK_CONTROL = SYSTICK_ENABLE;
}

uint64_t board_uptime(void)
{
    if (SYSTICK_CONTROL & SYSTICK_WRAPPED && ++ticks == TICKS_PER_SECOND) {
        ticks = 0;
        seconds++;
    }
    return seconds;
}

bool board_receive(uint8_t *byte)
{
    if (!(UART_STATE & RECEIVE_FULL))
        return false;
    *byte = (uint8_t)UART_DATA;
    return true;
}

void board_send(uint8_t byte)
{
    while (UART_STATE & TRANSMIT_FULL) { }
    UART_DATA = byte;
}

void board_draw_bolt(bool drawn)
{
    LEDS = drawn;
}

void board_show(uint8_t code)
{
    CODE_LEDS = code;
}
