/* Helper threads: those that a library started in this process to carry out its reads and writes,
 * such as glibc's for asynchronous I/O. What they have in hand at a time is how deep in flight the
 * operations really are, however many were handed to the library. */
#ifndef CUAL_WORKER_HELPERS_H
#define CUAL_WORKER_HELPERS_H

#include <stddef.h>

struct helpers;

/* Begins to look, every 10 ms from a thread of its own, how many threads of the process are in a
 * read or write of a file or about to be; those of the `count` of the `team` (their kernel's
 * numbers; kept by reference) are left out. A look takes some 50 µs. NULL when it cannot. */
struct helpers *helpers_watch(const int *team, size_t count);

/* Ends it and frees. The mean over the looks, and the most: INFINITY when there were fewer than
 * five, which take 25 ms, or the kernel does not tell (/proc/self/task/…/syscall). NULL is allowed.
 */
double helpers_end(struct helpers *helpers, double *most);

#endif
