/* Each page of flash has room for one frame. Each save erases the next page and writes a frame
   there, so the frame before it stays whole until the new one is:

       mark (4 bytes) | version (2) | length (2) | number (8) | content | check (4)

   The number counts the saves. The check is the CRC-32 of all before it: it detects torn and worn
   flash, and is no protection from someone who can write the flash. With three pages, the newest
   frame but one is there even if a word that was half written reads differently each time. */
#include "storage.h"

#include "flash.h"

#define MARK 0x53415645u
/* Of the content's format: raise it with each change. */
#define VERSION 1u
#define HEADER 16
#define CHECK 4
#define FRAME (HEADER + STORAGE_CAPACITY + CHECK)

_Static_assert(FRAME % FLASH_WORD == CHECK, "a frame of any length, rounded up, has to fit");

static uint8_t frame[FRAME + FLASH_WORD];
/* The page and the number of the newest whole frame. */
static size_t newest_page;
static uint64_t newest_number;

static void put_number(uint8_t *bytes, size_t length, uint64_t number)
{
    while (length > 0) {
        bytes[--length] = (uint8_t)number;
        number >>= 8;
    }
}

static uint64_t read_number(const uint8_t *bytes, size_t length)
{
    uint64_t number = 0;
    for (size_t i = 0; i < length; i++)
        number = number << 8 | bytes[i];
    return number;
}

static uint32_t crc32(const uint8_t *bytes, size_t length)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* Reads a page to `frame`. Returns whether there is a whole frame of this firmware. */
static bool read_page(size_t page, size_t *length, uint64_t *number)
{
    flash_read(page * FLASH_PAGE_SIZE, frame, FRAME);
    *length = (size_t)read_number(frame + 6, 2);
    *number = read_number(frame + 8, 8);
    return read_number(frame, 4) == MARK && read_number(frame + 4, 2) == VERSION &&
           *length <= STORAGE_CAPACITY &&
           read_number(frame + HEADER + *length, CHECK) == crc32(frame, HEADER + *length);
}

enum storage_result storage_load(const uint8_t **content, size_t *length)
{
    bool is_found = false;
    uint64_t number;
    for (size_t page = 0; page < FLASH_PAGES; page++) {
        if (read_page(page, length, &number) && (!is_found || number > newest_number)) {
            is_found = true;
            newest_page = page;
            newest_number = number;
        }
    }
    if (is_found) {
        *content = frame + HEADER;
        /* Flash that is worn out may read differently this time. */
        return read_page(newest_page, length, &number) && number == newest_number
                   ? STORAGE_FOUND
                   : STORAGE_DAMAGED;
    }
    /* The first save, to page 0, may have been cut off. Then the others are still erased. */
    for (size_t page = 1; page < FLASH_PAGES; page++) {
        flash_read(page * FLASH_PAGE_SIZE, frame, HEADER);
        for (size_t i = 0; i < HEADER; i++) {
            if (frame[i] != 0xff)
                return STORAGE_DAMAGED;
        }
    }
    newest_page = FLASH_PAGES - 1;
    newest_number = 0;
    return STORAGE_EMPTY;
}

bool storage_save(const uint8_t *content, size_t length)
{
    const uint8_t *saved;
    size_t saved_length;
    enum storage_result last = storage_load(&saved, &saved_length);
    if (last == STORAGE_DAMAGED || length > STORAGE_CAPACITY)
        return false;
    /* Spares the flash if nothing is new: anyone can send a recorded time message again. */
    bool is_same = last == STORAGE_FOUND && saved_length == length;
    for (size_t i = 0; is_same && i < length; i++)
        is_same = saved[i] == content[i];
    if (is_same)
        return true;

    size_t page = (newest_page + 1) % FLASH_PAGES;
    uint64_t number = newest_number + 1;
    put_number(frame, 4, MARK);
    put_number(frame + 4, 2, VERSION);
    put_number(frame + 6, 2, length);
    put_number(frame + 8, 8, number);
    for (size_t i = 0; i < length; i++)
        frame[HEADER + i] = content[i];
    put_number(frame + HEADER + length, CHECK, crc32(frame, HEADER + length));
    size_t used = HEADER + length + CHECK;
    while (used % FLASH_WORD != 0)
        frame[used++] = 0xff;
    flash_erase_page(page);
    flash_write(page * FLASH_PAGE_SIZE, frame, used);

    size_t kept_length;
    uint64_t kept_number;
    return read_page(page, &kept_length, &kept_number) && kept_length == length &&
           kept_number == number;
}
