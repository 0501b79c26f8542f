// A disk that fails on demand, in front of the C library's: what a program that is started with this library in
// LD_PRELOAD gets when it writes its SQLite files. The first byte of the file that SOTTO_DISK_FAULT names says what is
// wrong just now: L, fsync lies; S, fsync fails; R, the disk is read-only; F, it is full; anything else, nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char fault(int descriptor) {
  const char *control = getenv("SOTTO_DISK_FAULT");
  char link[40], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (control == NULL || length < 0) return 0;
  path[length] = 0;
  if (strstr(path, "/relay.sqlite") == NULL) return 0;
  char answer = 0;
  int file = open(control, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  if (read(file, &answer, 1) != 1) answer = 0;
  close(file);
  return answer;
}

static int refuses(int descriptor) {
  switch (fault(descriptor)) {
    case 'R': errno = EROFS; return 1;
    case 'F': errno = ENOSPC; return 1;
    default: return 0;
  }
}

static int syncs(int descriptor, const char *name) {
  switch (fault(descriptor)) {
    case 'L': return 0;
    case 'S': errno = EIO; return -1;
    default: return ((int (*)(int))dlsym(RTLD_NEXT, name))(descriptor);
  }
}

int fsync(int descriptor) { return syncs(descriptor, "fsync"); }
int fdatasync(int descriptor) { return syncs(descriptor, "fdatasync"); }

typedef ssize_t (*positioned_write)(int, const void *, size_t, off64_t);

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
  if (refuses(descriptor)) return -1;
  return ((positioned_write)dlsym(RTLD_NEXT, "pwrite64"))(descriptor, bytes, count, offset);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  return pwrite64(descriptor, bytes, count, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  if (refuses(descriptor)) return -1;
  return ((ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(descriptor, bytes, count);
}

int ftruncate64(int descriptor, off64_t length) {
  if (refuses(descriptor)) return -1;
  return ((int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64"))(descriptor, length);
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }
