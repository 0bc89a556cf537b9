#include "model/caches.h"

#define LAST_BYTES (32.0 * 1024 * 1024) /* where the machine tells of no cache */

const char *const level_names[LEVEL_COUNT] = {
    [LEVEL_L1] = "L1",
    [LEVEL_L2] = "L2",
    [LEVEL_L3] = "L3",
    [LEVEL_MEMORY] = "memory",
};

double caches_last_bytes(const struct caches *caches)
{
    for (int level = LEVEL_L3; level >= LEVEL_L1; level--) {
        if (caches->bytes[level] > 0) {
            return caches->bytes[level];
        }
    }
    return LAST_BYTES;
}
