/* Flash, as far as QEMU goes: a region of RAM that no reset clears. A real board has a driver with
   such functions, and this file and flash.c go. */
#ifndef FLASH_H
#define FLASH_H

#include <stddef.h>
#include <stdint.h>

#define FLASH_PAGES 3
#define FLASH_PAGE_SIZE 4096
/* What is written is a multiple of this size, and begins at one. */
#define FLASH_WORD 8

void flash_read(size_t offset, uint8_t *bytes, size_t length);
void flash_erase_page(size_t page);
void flash_write(size_t offset, const uint8_t *bytes, size_t length);

#endif
