/* What one task of a workload is; a task is the same at every point of the cube. */
#ifndef CUAL_MODEL_TASK_H
#define CUAL_MODEL_TASK_H

#include "model/level.h"
#include "model/option.h"

#include <stdbool.h>
#include <stdint.h>

#define TASK_PATH_BYTES 512
#define TASK_TRACED_MAX 65536 /* tasks of a cell whose order of ending can be kept */

/* A task is (waits + 1) compute segments with a wait between each two of them. Segments and waits
 * are numbered over the whole workload: item = task × (waits + 1) + segment. */
struct task_spec {
    uint64_t tasks;                    /* in the workload, before weak scaling */
    uint64_t work;                     /* units of the kernel in one task, over all its segments */
    uint32_t waits;                    /* waits in one task */
    bool lock;                         /* compute under one lock per process */
    bool trace;                        /* keep the order in which the tasks end */
    uint64_t seed;                     /* of everything that is random in the work */
    double kernel_option[OPTIONS_MAX]; /* in the order of the kernel's table */
    double engine_option[OPTIONS_MAX]; /* in the order of the engine's table */
    struct caches caches;              /* of the first core that the run uses */
    char path[TASK_PATH_BYTES];        /* the workload's scratch file; empty without one */
};

/* Returns the units of work in one segment; the first segment gets what does not divide evenly. */
static inline uint64_t task_segment_work(const struct task_spec *spec, uint32_t segment)
{
    uint64_t segments = (uint64_t)spec->waits + 1;
    uint64_t share = spec->work / segments;
    return segment == 0 ? share + spec->work % segments : share;
}

/* A bijective 64-bit mixer (the finalizer of splitmix64; Steele, Lea, Flood, OOPSLA 2014). */
static inline uint64_t task_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Returns what the result of one item adds to the workload's checksum. Contributions are added
 * modulo 2^64, so that their order does not change the sum; a wrong result, or one under another
 * item's number, does. The factor spreads the items (Steele and Vigna, Softw. Pract. Exp. 52,
 * 2022). */
static inline uint64_t task_contribution(uint64_t item, uint64_t result)
{
    return task_mix(item * 0xd1342543de82ef95u + result);
}

#endif
