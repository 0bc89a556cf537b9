/* Other processes that do something for this one. */
#ifndef CUAL_LAUNCH_CHILD_H
#define CUAL_LAUNCH_CHILD_H

#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Runs a command found in PATH, words NULL-terminated, in a process group of its own, and reads
 * what it prints (cut at text_bytes); its complaints go nowhere. It is ended when it takes longer
 * than `most_s` or when this program was asked to end (system/interrupt.h). Returns its exit status
 * (128 + the signal that ended it), or -errno: -ENOENT not found, -ETIMEDOUT, -EINTR. */
int child_ask(char *const *words, double most_s, char *text, size_t text_bytes);

/* Writes where PATH has a program. Returns false when it has none. */
bool child_find(const char *program, char *path, size_t path_bytes);

/* Calls `work` in a process of its own, because it takes untrusted bytes through a library that
 * they may crash. What it prints is printed. Returns what it returned (0 … 125), or -errno: -EFAULT
 * when it crashed, -ETIMEDOUT when it computed for more than `most_s` seconds. It gets no more than
 * `most_bytes` of memory beyond what this process has. */
int child_call(int (*work)(void *context), void *context, unsigned most_s, uint64_t most_bytes);

/* What reading a file of so many bytes takes at most. */
uint64_t child_reading_bytes(uint64_t file_bytes);

/* The same for work that reads the run file at `path`: for 5 s, and one more for each 256 MiB of
 * it, but no longer than a minute. Returns what it returned, or the status of `error`, which says
 * what became of the process. */
int child_read(int (*work)(void *context), void *context, const char *path, struct error *error);

#endif
