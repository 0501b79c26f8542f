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
/* Whether what an AEAD opens is public from then on (1), or stays secret (0). */
void memcheck_publish_opened(int is_public);
