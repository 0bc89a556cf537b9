/* Time in nanoseconds on the monotonic clock, whose zero means nothing: times are only subtracted.
 */
#ifndef CUAL_SYSTEM_CLOCK_H
#define CUAL_SYSTEM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline int64_t clock_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Sleeps until the clock shows `deadline_ns`; returns at once when that is past. */
void clock_sleep_until_ns(int64_t deadline_ns);

/* Sleeps as clock_sleep_until_ns does, but no longer than until `*stop`, a futex of this process,
 * is not 0; NULL stands for one that is always 0. A short sleep does not look at `*stop`, and may
 * end up to 50 ms after it was set. True when `*stop` is not 0. */
bool clock_sleep_unless(int64_t deadline_ns, const uint32_t *stop);

/* Lets the calling thread wake as close to its deadlines as the kernel can (timer slack 1 ns). */
void clock_set_least_slack(void);

/* Undoes clock_set_least_slack. */
void clock_set_usual_slack(void);

/* What one reading of the clock costs, in seconds: the median of several batches. */
double clock_cost_s(void);

/* The least step between two readings that differ, in seconds. */
double clock_resolution_s(void);

#endif
