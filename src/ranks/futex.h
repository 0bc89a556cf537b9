/* Waiting for a word of 32 bits, in memory that processes share, to change: a futex of Linux. */
#ifndef CUAL_RANKS_FUTEX_H
#define CUAL_RANKS_FUTEX_H

#include <stdint.h>

/* Both return as soon as *futex is not `old`, and may return earlier: look at it again. The first
 * gives the core to others once; the second sleeps until futex_wake, for at most `most_ns`. */
void futex_yield(const uint32_t *futex, uint32_t old);
void futex_sleep(const uint32_t *futex, uint32_t old, int64_t most_ns);

/* Wakes all that sleep at the futex, in whichever process. Change it before. */
void futex_wake(const uint32_t *futex);

#endif
