#pragma once
#include <stddef.h>

/* What valgrind's memcheck is told about memory. Outside valgrind these do nothing. */

/* From here on, a branch or an address that depends on these bytes is reported. */
void memcheck_mark_secret(const void *bytes, size_t count);
/* The bytes may be looked at again. */
void memcheck_mark_public(const void *bytes, size_t count);
/* Whether any bit of the bytes is marked: shows that a check did not lose its secret on the way. */
int memcheck_is_secret(const void *bytes, size_t count);
/* How many reports there have been. */
unsigned memcheck_report_count(void);
int memcheck_is_running(void);
/* What of that which an AEAD opens is public from then on. */
enum memcheck_opened {
    MEMCHECK_OPENED_SECRET,
    MEMCHECK_OPENED_PUBLIC,
    /* first u8, count u8 and count units of 32 bytes at its beginning: of a public key or a ciphertext, which authenticated. */
    MEMCHECK_OPENED_UNITS,
};
void memcheck_publish_opened(enum memcheck_opened what);
