/* Helper threads: those that a library started in this process to carry out its work, such as
 * glibc's for asynchronous I/O. The kernel counts reads and writes per thread. */
#ifndef CUAL_SYSTEM_HELPERS_H
#define CUAL_SYSTEM_HELPERS_H

#include <stddef.h>

struct helpers {
    size_t count;
    struct helper *helper; /* every thread there was, in ascending order of their numbers */
};

/* Notes how much each thread of the process has read and written so far. helpers_free forgets. */
void helpers_note(struct helpers *helpers);
void helpers_free(struct helpers *helpers);

/* How many threads, but for the `count` of the `team` (their kernel's numbers), have shared the
 * reads and writes since then: (Σ x)² / Σ x² over the operations x of each, which is their number
 * when they did alike, and leaves out those that did next to nothing (Kish, Survey Sampling, 1965).
 * INFINITY when the kernel does not tell; 0 when nobody did any. */
double helpers_since(const struct helpers *before, const int *team, size_t count);

#endif
