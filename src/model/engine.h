/* The contract of a wait engine. An engine makes waits happen; it knows nothing of kernels.
 * One file in src/engines and one line in engines.h there make an engine. */
#ifndef CUAL_MODEL_ENGINE_H
#define CUAL_MODEL_ENGINE_H

#include "model/task.h"

#include <stddef.h>

/* A wait that has ended. */
struct completion {
    uint32_t slot;   /* as given to submit */
    uint64_t result; /* as wait would have returned it */
};

struct engine {
    const char *name;
    const char *blocking;         /* what it does at D = 1, in a few words */
    const char *in_flight;        /* what it does at D > 1 */
    const char *help;             /* one line: what is waited for */
    const struct option *options; /* may be NULL */
    bool waits;                   /* false only for the engine that never waits */
    bool calls_mpi; /* from the workers: more than one thread needs MPI_THREAD_MULTIPLE */

    /* Optional. NULL, or what is wrong with these options together, the key first: a constant
     * string such as "block: is not a multiple of 512 B; allowed: …". */
    const char *(*check)(const struct task_spec *spec);

    /* Optional. 0, or -errno with the reason in `why`, when this machine cannot do it. */
    int (*available)(char *why, size_t why_bytes);

    /* Optional. Most operations one process can keep in flight, with the reason why not more. */
    uint64_t (*most_in_flight)(char *why, size_t why_bytes);

    /* Optional. Bytes of the scratch file that the workload needs (a multiple of 4096), and what
     * stands in it: `bytes` bytes from `offset`, both multiples of 4096. */
    uint64_t (*file_bytes)(const struct task_spec *spec);
    void (*fill)(const struct task_spec *spec, uint64_t offset, void *buffer, size_t bytes);

    /* Optional. What a rank keeps for a workload over all cells (open handles): made when *shared
     * is NULL, else extended where the coming cell needs more. Called by the rank's main thread
     * before each cell, outside any timed section, with the cell's threads and depth. 0 or -errno.
     */
    int (*attach)(const struct task_spec *spec, unsigned threads, unsigned depth, void **shared);
    void (*detach)(void *shared);

    /* State of one worker, made by the worker itself (0 ≤ thread < the cell's threads).
     * 0 or -errno. */
    int (*open)(const struct task_spec *spec, void *shared, unsigned thread, unsigned depth,
                void **state);

    /* Timed, D = 1: waits for the item to end. 0 or -errno. */
    int (*wait)(void *state, uint64_t item, uint64_t *result);

    /* Timed, D > 1: starts the wait of an item in a free slot (0 ≤ slot < depth). 0 or -errno. */
    int (*submit)(void *state, uint32_t slot, uint64_t item);

    /* Timed, D > 1: waits until at least one has ended and reports up to `most`. Number or -errno.
     */
    int (*reap)(void *state, uint32_t most, struct completion *done);

    void (*close)(void *state);

    /* The result that wait must give. */
    uint64_t (*expect)(const struct task_spec *spec, uint64_t item);

    /* Latency of one wait as asked for, in seconds; NAN when it is the device that decides. */
    double (*latency_s)(const struct task_spec *spec);
    /* Bytes that one wait moves; 0 when none. */
    double (*bytes)(const struct task_spec *spec);
};

#endif
