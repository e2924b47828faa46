/* Keeps some bytes in flash, so that a power loss at any moment leaves the old bytes or the new
   ones. */
#ifndef STORAGE_H
#define STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes that are kept. */
#define STORAGE_CAPACITY 1024

enum storage_result {
    STORAGE_FOUND,
    /* Nothing was saved yet. */
    STORAGE_EMPTY,
    /* Something was saved, and can't be read: nobody knows what was saved last. */
    STORAGE_DAMAGED,
};

/* Finds what was saved last. `*content` stays until the next call. */
enum storage_result storage_load(const uint8_t **content, size_t *length);

/* Saves bytes, and reads them again to see whether the flash keeps them. On false, what was saved
   before is still there. */
bool storage_save(const uint8_t *content, size_t length);

#endif
