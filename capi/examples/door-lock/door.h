/* The door: a board with a serial line and a bolt. It waits for the next byte most of the time. */
#ifndef DOOR_H
#define DOOR_H

#include <stddef.h>
#include <stdint.h>

/* Starts the board, and locks the door. */
void door_start(void);
/* Waits for a byte, and locks the door in time even if none comes: a line may stop anywhere. */
uint8_t door_receive(void);
/* Draws the bolt for some seconds. */
void door_open(uint8_t seconds);
/* Shows the number of an error on LEDs, and in the log; 0 turns them off. */
void door_show(uint8_t code);
/* Seconds since the start. */
uint64_t door_uptime(void);

/* Writes a part of a line. "\n" ends it. */
void door_say(const char *text);
void door_say_bytes(const char *text, size_t length);
void door_say_number(uint64_t number);

#endif
