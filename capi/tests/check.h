/* What the tests share: checks that count, and what most of them need. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded_jwt.h"
/* It may be included by several headers of a program. */
#include "embedded_jwt.h"

/* Objects have bytes that nobody ever wrote, which valgrind must not take for a mistake of a test that
   compares them. */
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(start, size) 0
#define RUNNING_ON_VALGRIND 0
#endif

extern unsigned checks_made, checks_failed;

/* Compares two numbers, and says which row of a table differs. */
#define CHECK(name, got, expected) \
    check(__FILE__, __LINE__, (name), (long long)(got), (long long)(expected))

static inline void check(const char *file, int line, const char *name, long long got,
                         long long expected)
{
    checks_made++;
    if (got != expected) {
        checks_failed++;
        fprintf(stderr, "%s:%d: %s: got %lld (%s), expected %lld (%s)\n", file, line, name, got,
                ejwt_error_text((ejwt_code)got), expected, ejwt_error_text((ejwt_code)expected));
    }
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const uint64_t NOW = 1800000000;
static const uint8_t SECRET[64] = "64 bytes for every algorithm, as HS512 asks for, and no others.";

/* Whether memory has only this byte. */
static inline bool is_filled(const void *memory, size_t size, uint8_t with)
{
    for (size_t at = 0; at < size; at++)
        if (((const uint8_t *)memory)[at] != with)
            return false;
    return true;
}

/* Whether memory has these bytes in a row somewhere. */
static inline bool contains(const void *memory, size_t size, const void *bytes, size_t length)
{
    for (size_t at = 0; at + length <= size; at++)
        if (memcmp((const uint8_t *)memory + at, bytes, length) == 0)
            return true;
    return false;
}

/* Lets a test compare an object, with the bytes of it that nobody wrote. */
static inline void let_compare(const void *object, size_t size)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(object, size);
}

/* Makes a token of a claims set, for HS256. */
static inline size_t make_token(const char *claims, char *token, size_t size)
{
    ejwt_key key;
    ejwt_signing signing = { .flags = EJWT_ALLOW_UNLIMITED };
    size_t length = 0;
    CHECK(claims, ejwt_key_hs256(&key, SECRET, 32), EJWT_OK);
    CHECK(claims, ejwt_sign(&key, &signing, claims, NULL, token, size, &length), EJWT_OK);
    return length;
}

void test_vectors(const char *folder);
void test_errors(const char *folder);
void test_policies(void);
void test_claims(void);
void test_misuse(void);
void test_overlap(void);
void test_key_sets(void);
void test_state(void);
void test_engines(void);
void test_pieces(void);
void test_signing(void);
void test_stack(void);
void test_unverified(void);

#endif
