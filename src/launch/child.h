/* Child processes that do something for this process. */
#ifndef CUAL_LAUNCH_CHILD_H
#define CUAL_LAUNCH_CHILD_H

#include "system/error.h"

#include <stddef.h>
#include <stdint.h>

/* Runs a command found in PATH, words NULL-terminated, in a process group of its own, and reads
 * what it prints on stdout, cut at text_bytes; what it prints on stderr is lost. The command is
 * ended when it takes longer than `most_s`, or when this program was asked to end
 * (system/interrupt.h). Returns its exit status (128 + the signal that ended it), or -errno:
 * -ENOENT when it was not found, -ETIMEDOUT, -EINTR. */
int child_ask(char *const *words, double most_s, char *text, size_t text_bytes);

/* Looks for a program that has one of several names, which end with NULL: in one folder of PATH
 * after the other, by the names in their order. Writes its path, and returns the name, which is one
 * of `names`; NULL when there is none. */
const char *child_find(const char *const *names, char *path, size_t path_bytes);

/* Calls `work` in a process of its own, because `work` reads untrusted bytes with a library that
 * they may crash. What `work` prints is printed. It may take no more than `most_s` s of CPU time,
 * and `most_bytes` of memory beyond what this process has. Returns what `work` returned (0 … 125),
 * or -errno: -EFAULT when it crashed, -ETIMEDOUT when its time was over. */
int child_call(int (*work)(void *context), void *context, unsigned most_s, uint64_t most_bytes);

/* How many bytes of memory it takes at most to read `bytes` of a run file. */
uint64_t child_reading_bytes(uint64_t bytes);

/* Calls `work`, which reads the run file at `path`, as child_call does. It reads as much as the
 * file takes, or `expanded_bytes` of samples where that is more. It may take 5 s of CPU time, one
 * more for each 256 MiB of that, and no more than a minute. Returns what `work` returned, or the
 * status of `error`, which says how the process failed. */
int child_read(int (*work)(void *context), void *context, const char *path, uint64_t expanded_bytes,
               struct error *error);

#endif
