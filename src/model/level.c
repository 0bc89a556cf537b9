#include "model/level.h"

#include <stdio.h>

/* What fills at most this much of a cache is held by it … */
#define SURELY_HELD 0.7
/* … and what is this many times as large is not. In between the speed of a triad falls without a
 * step: caches share their room with other data, and keep some of what is larger than they are. */
#define MAYBE_HELD 1.5

long level_footprints(struct footprint footprint, struct point point)
{
    return footprint.is_common ? point.ranks : point_workers(point);
}

static long least(long a, long b)
{
    return a < b ? a : b;
}

struct level_range level_find(const struct caches *caches, struct footprint footprint,
                              struct point point)
{
    struct level_range range = {LEVEL_MEMORY, LEVEL_MEMORY};
    long all = level_footprints(footprint, point);
    for (int level = LEVEL_L3; level >= LEVEL_L1 && footprint.bytes > 0; level--) {
        double size = caches->bytes[level];
        long cores = least(point.cores, caches->cores[level] > 0 ? caches->cores[level] : 1);
        long at_once = least(all, cores);
        long by_turns = level == LEVEL_L3 ? (all * cores + point.cores - 1) / point.cores : at_once;
        if (size > 0 && (double)at_once * footprint.bytes <= MAYBE_HELD * size) {
            range.near = (enum level)level;
        }
        if (size > 0 && (double)by_turns * footprint.bytes <= SURELY_HELD * size) {
            range.far = (enum level)level;
        }
    }
    return range;
}

bool level_is_fed(const struct caches *caches, struct footprint footprint, struct point point,
                  double walked_bytes)
{
    bool again = walked_bytes / point.ranks > footprint.bytes;
    return footprint.is_common && point.threads > 1 && again &&
           level_find(caches, footprint, point).far >= LEVEL_L3 &&
           footprint.bytes / point.threads <= MAYBE_HELD * caches_last_bytes(caches);
}

const char *level_place(struct level_range level, char text[LEVEL_TEXT_BYTES])
{
    const char *near = level_names[level.near], *far = level_names[level.far];
    if (level.near == LEVEL_MEMORY) {
        snprintf(text, LEVEL_TEXT_BYTES, "in the memory");
    } else if (level.near == level.far) {
        snprintf(text, LEVEL_TEXT_BYTES, "in the %s cache", near);
    } else if (level.far == LEVEL_MEMORY) {
        snprintf(text, LEVEL_TEXT_BYTES, "between the %s cache and the memory", near);
    } else {
        snprintf(text, LEVEL_TEXT_BYTES, "between the %s and the %s cache", near, far);
    }
    return text;
}
