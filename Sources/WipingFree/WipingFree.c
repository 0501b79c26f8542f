#include "WipingFree.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

// The C library's own, under the names by which it exports them for those who stand in front of it.
extern void __libc_free(void *memory);

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_ANOTHER_ALLOCATOR 1
#endif
#endif

#ifdef HAS_ANOTHER_ALLOCATOR

bool wipes_freed_memory(void) { return false; }

#else

#ifdef DEBUG
// Tests show that they would find what is left without this.
static bool is_off(void) {
  static int state;
  if (state == 0) state = getenv("SOTTO_TEST_KEEP_FREED_MEMORY") == NULL ? 1 : 2;
  return state == 2;
}
#else
static bool is_off(void) { return false; }
#endif

bool wipes_freed_memory(void) { return !is_off(); }

void free(void *memory) {
  if (memory == NULL) return;
  int error = errno;
  if (!is_off()) explicit_bzero(memory, malloc_usable_size(memory));
  __libc_free(memory);
  errno = error;
}

// The C library's own may move a block and leave the old one as it was.
void *realloc(void *memory, size_t size) {
  if (memory == NULL) return malloc(size);
  if (size == 0) {
    free(memory);
    return NULL;
  }
  size_t present = malloc_usable_size(memory);
  if (size <= present && size >= present / 2) return memory;
  void *moved = malloc(size);
  if (moved == NULL) return NULL;
  memcpy(moved, memory, size < present ? size : present);
  free(memory);
  return moved;
}

#endif
