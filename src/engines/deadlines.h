/* Waits that have begun, in the order in which they will end. Every wait of a workload has the same
 * latency, so the one that began first ends first: a queue is enough, no heap is needed. Where the
 * beginnings come from several clocks or are noted late, a wait may stand behind one that ends
 * after it; it then ends together with that one. Not safe from several threads. */
#ifndef CUAL_ENGINES_DEADLINES_H
#define CUAL_ENGINES_DEADLINES_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct deadline {
    int64_t at_ns; /* CLOCK_MONOTONIC */
    uint32_t slot;
};

struct deadlines {
    uint32_t capacity, first, count;
    int64_t latest_ns; /* of all that were added */
    struct deadline *ring;
};

/* Creates a queue for `capacity` ≥ 1 waits. The calling thread is the one that touches its memory
 * first. Returns 0 or -ENOMEM; deadlines_free frees the queue. */
static inline int deadlines_create(struct deadlines *deadlines, uint32_t capacity)
{
    *deadlines = (struct deadlines){.capacity = capacity, .latest_ns = INT64_MIN};
    deadlines->ring = malloc(capacity * sizeof *deadlines->ring);
    if (!deadlines->ring) {
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < capacity; i++) {
        deadlines->ring[i] = (struct deadline){.at_ns = INT64_MAX};
    }
    return 0;
}

static inline void deadlines_free(struct deadlines *deadlines)
{
    free(deadlines->ring);
}

/* Adds a wait, behind all others; at most `capacity` may be in the queue. */
static inline void deadlines_add(struct deadlines *deadlines, int64_t at_ns, uint32_t slot)
{
    uint32_t left = deadlines->capacity - deadlines->first; /* before the end of the ring */
    uint32_t at =
        deadlines->count < left ? deadlines->first + deadlines->count : deadlines->count - left;
    deadlines->latest_ns = at_ns > deadlines->latest_ns ? at_ns : deadlines->latest_ns;
    deadlines->ring[at] = (struct deadline){.at_ns = deadlines->latest_ns, .slot = slot};
    deadlines->count++;
}

/* Returns when the first wait ends; INT64_MAX when there is none. */
static inline int64_t deadlines_first_ns(const struct deadlines *deadlines)
{
    return deadlines->count > 0 ? deadlines->ring[deadlines->first].at_ns : INT64_MAX;
}

/* Removes the first wait and gives its slot if it has ended by `now_ns`; else returns false. */
static inline bool deadlines_take(struct deadlines *deadlines, int64_t now_ns, uint32_t *slot)
{
    if (deadlines->count == 0 || deadlines->ring[deadlines->first].at_ns > now_ns) {
        return false;
    }
    *slot = deadlines->ring[deadlines->first].slot;
    deadlines->first = deadlines->first + 1 == deadlines->capacity ? 0 : deadlines->first + 1;
    deadlines->count--;
    return true;
}

#endif
