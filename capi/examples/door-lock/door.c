/* The door: a board with a serial line and a bolt. */
#include "door.h"

#include "board.h"

static bool is_open;
/* The uptime at which an open door is locked again. */
static uint64_t lock_again_at;

void door_start(void)
{
    board_start();
    board_draw_bolt(false);
}

static void lock_in_time(void)
{
    /* Asked each time, also if the door is locked: the board counts while it is asked. */
    uint64_t uptime = door_uptime();
    if (is_open && uptime >= lock_again_at) {
        is_open = false;
        board_draw_bolt(false);
        door_say("# locked\n");
    }
}

uint8_t door_receive(void)
{
    uint8_t byte;
    do
        lock_in_time();
    while (!board_receive(&byte));
    return byte;
}

void door_open(uint8_t seconds)
{
    board_draw_bolt(true);
    is_open = true;
    lock_again_at = door_uptime() + seconds;
}

void door_show(uint8_t code)
{
    board_show(code);
    if (code != 0) {
        door_say("# code ");
        door_say_number(code);
        door_say("\n");
    }
}

uint64_t door_uptime(void)
{
    return board_uptime();
}

void door_say(const char *text)
{
    while (*text != '\0')
        board_send((uint8_t)*text++);
}

void door_say_bytes(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        board_send((uint8_t)text[i]);
}

void door_say_number(uint64_t number)
{
    char digits[20];
    size_t start = sizeof digits;
    do
        digits[--start] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    door_say_bytes(digits + start, sizeof digits - start);
}
