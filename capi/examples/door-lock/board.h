/* What the door needs of a board: a serial line, a clock, a bolt, LEDs, and flash. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

void board_start(void);
/* Seconds since the start. Has to be called at least ten times per second. */
uint64_t board_uptime(void);
/* The next byte, if one has arrived. */
bool board_receive(uint8_t *byte);
/* Sends a byte. Waits until the serial line takes it. */
void board_send(uint8_t byte);
void board_draw_bolt(bool drawn);
/* Shows a number on the LEDs, in binary; 0 turns them off. */
void board_show(uint8_t code);

/* Where flash.c has its RAM, which no linker script names and no reset clears. */
#if defined(__arm__)
#define BOARD_FLASH 0x21000000u
#else
#define BOARD_FLASH 0x80200000u
#endif

#endif
