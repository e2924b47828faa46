/* Simulated flash. Each byte of RAM is the complement of one in flash: QEMU's RAM is zero at first,
   erased flash is 0xff. */
#include "flash.h"

#include "board.h"

#define CELLS ((volatile uint8_t *)BOARD_FLASH)
/* The byte after the pages is for the test: unless it is 0, the flash keeps no more writes. */
#define WORN (CELLS[FLASH_PAGES * FLASH_PAGE_SIZE])

void flash_read(size_t offset, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)~CELLS[offset + i];
}

void flash_erase_page(size_t page)
{
    for (size_t i = 0; i < FLASH_PAGE_SIZE; i++)
        CELLS[page * FLASH_PAGE_SIZE + i] = 0;
}

void flash_write(size_t offset, const uint8_t *bytes, size_t length)
{
    if (WORN)
        return;
    /* Writing only clears bits, as in flash. */
    for (size_t i = 0; i < length; i++)
        CELLS[offset + i] |= (uint8_t)~bytes[i];
}
