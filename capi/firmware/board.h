/* What a board does for a firmware: writes a byte, and ends. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

void board_write(char byte);
void board_exit(int failed) __attribute__((noreturn));

#endif
