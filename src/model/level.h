/* Which level of the memory hierarchy holds what the workers of a point walk through. This is
 * arithmetic only. */
#ifndef CUAL_MODEL_LEVEL_H
#define CUAL_MODEL_LEVEL_H

#include "model/caches.h"
#include "model/point.h"

#include <stdbool.h>

/* The footprint of a worker: the memory that its kernel walks through again and again. */
struct footprint {
    double bytes;   /* 0: none to speak of */
    bool is_common; /* the threads of a rank walk through the same bytes */
};

/* Where a footprint lies: in one level, when both are the same, or at the edge between two. */
struct level_range {
    enum level near, far;
};

/* Returns the levels that hold the footprints of the workers of a point. A cache holds what fills
 * at most 0.7 of it and does not hold what is more than 1.5 times as large; between the two it
 * depends on how the cache is managed. Workers on several cores that share a cache share its room.
 * Workers that take turns on a core have a cache to themselves for some milliseconds, which is long
 * beside the time that it takes to fill an L1 or an L2 cache, but not beside that of an L3 cache.
 */
struct level_range level_find(const struct caches *caches, struct footprint footprint,
                              struct point point);

static inline bool level_is_same(struct level_range a, struct level_range b)
{
    return a.near == b.near && a.far == b.far;
}

/* True when threads of a process may find their data nearer than one thread does: they walk through
 * the same bytes, of which all tasks walk through `walked_bytes`, more than once; and so a thread
 * that takes its turn finds in the last cache what another one has brought there. In a nearer cache
 * it finds what it has brought itself. */
bool level_is_fed(const struct caches *caches, struct footprint footprint, struct point point,
                  double walked_bytes);

/* Writes where a footprint lies, "in the L2 cache", "in the memory" or "between the L3 cache and
 * the memory", and returns it. */
#define LEVEL_TEXT_BYTES 64
const char *level_place(struct level_range level, char text[LEVEL_TEXT_BYTES]);

/* Returns how many different footprints the workers of a point have in all. */
long level_footprints(struct footprint footprint, struct point point);

#endif
