/* Helper threads: those that a library has started in this process to carry out reads and writes,
 * such as glibc's for asynchronous I/O. No more operations are really in flight than these threads
 * have in hand, however many were handed to the library. */
#ifndef CUAL_WORKER_HELPERS_H
#define CUAL_WORKER_HELPERS_H

#include <stddef.h>

struct helpers;

/* Begins to look, every 10 ms from a thread of its own, how many threads of the process are in a
 * read or write of a file, or about to be. The `count` threads of the `team` are left out; they are
 * given by the numbers that Linux has for them, in memory that must stay until helpers_end. A look
 * takes some 50 µs. NULL when no thread can be started. */
struct helpers *helpers_watch(const int *team, size_t count);

/* Ends looking and frees. Returns how many threads were seen, the mean over all looks, and writes
 * the most of one look. Both are INFINITY when there were fewer than five looks, which take 25 ms,
 * when Linux does not tell (/proc/self/task/…/syscall), and when `helpers` is NULL. */
double helpers_end(struct helpers *helpers, double *most);

#endif
