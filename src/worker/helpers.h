/* Helper threads are threads that a library has started in this process to execute reads and
 * writes, such as glibc's for asynchronous I/O. Each executes one operation at a time, so that no
 * more operations are in flight than there are helper threads at work, however many were given to
 * the library. */
#ifndef CUAL_WORKER_HELPERS_H
#define CUAL_WORKER_HELPERS_H

#include <stddef.h>

struct helpers;

/* Starts a thread that counts every 10 ms how many threads of the process are in a read or write of
 * a file, or about to be. The `count` threads of the `team` are left out; they are given by the
 * numbers that Linux has for them, in memory that must stay until helpers_end. A count takes some
 * 50 µs. Returns NULL when the thread cannot be started. */
struct helpers *helpers_watch(const int *team, size_t count);

/* Ends counting and frees `helpers`. Returns the mean of all counts and writes the largest one.
 * Both are INFINITY when there were fewer than five counts, when Linux does not show what threads
 * do (/proc/self/task/…/syscall), and when `helpers` is NULL. */
double helpers_end(struct helpers *helpers, double *most);

#endif
