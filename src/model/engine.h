/* The contract of a wait engine. An engine makes waits happen and knows nothing of kernels.
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

/* The part of a cell on one node, which has a copy of a scratch file of its own. */
struct engine_part {
    unsigned ranks, rank;     /* of the cell, and which of them this one is */
    uint64_t first_task, end; /* their tasks: these are contiguous */
};

/* The cell that is executed, as one of its ranks sees it. */
struct engine_cell {
    unsigned ranks, threads, depth; /* of its point */
    unsigned rank;                  /* this one, 0 … ranks − 1 */
    uint64_t tasks;                 /* of all ranks */
    uint64_t visit;                 /* numbers the cells of a run in the order of time, from 1 */
    /* Not 0 once the program is asked to end. Waits are then cut short with -ECANCELED where they
     * can be, and what a cell leaves behind is not checked. NULL: that never happens. */
    const uint32_t *stop;
    struct engine_part here; /* on the node of this rank; ranks 0: all of it is */
};

static inline struct engine_part engine_here(const struct engine_cell *cell)
{
    return cell->here.ranks > 0 ? cell->here
                                : (struct engine_part){cell->ranks, cell->rank, 0, cell->tasks};
}

static inline bool engine_is_stopped(const uint32_t *stop)
{
    return stop && __atomic_load_n(stop, __ATOMIC_RELAXED) != 0;
}

/* What an engine reports of a cell beside its results. */
struct engine_notes {
    unsigned flags;        /* of the sample (enum sample_flag) */
    double service_busy_s; /* how long the service rank was answering; NAN without one */
};

struct engine {
    const char *name;
    const char *blocking;         /* what it does at D = 1, in a few words */
    const char *in_flight;        /* what it does at D > 1 */
    const char *help;             /* one line: what is waited for */
    const struct option *options; /* may be NULL */
    bool waits;                   /* false only for the engine that never waits */
    /* Waiting costs CPU time by design: who waits keeps looking whether the wait has ended. That
     * CPU time is no work, and says nothing of the cores. */
    bool spins;
    bool calls_mpi; /* from the workers: more than one thread needs MPI_THREAD_MULTIPLE */
    bool helped;    /* threads of a library carry out what is in flight, one operation each */

    /* Optional. Returns NULL, or what is wrong with these options together, the key first, in a
     * constant string such as "block: is not a multiple of 512 B; allowed: …". */
    const char *(*check)(const struct task_spec *spec);

    /* Optional. Returns 0, or -errno with the reason in `why` when the engine cannot work on this
     * node. */
    int (*available)(char *why, size_t why_bytes);

    /* Optional. Returns the most operations that one process can keep in flight, with the reason
     * for that limit in `why`. */
    uint64_t (*most_in_flight)(const struct task_spec *spec, char *why, size_t why_bytes);

    /* Optional. file_bytes returns the size of the scratch file that the workload needs, a multiple
     * of 4096. fill writes what stands there into `buffer`: `bytes` bytes from `offset`, both
     * multiples of 4096. */
    uint64_t (*file_bytes)(const struct task_spec *spec);
    void (*fill)(const struct task_spec *spec, uint64_t offset, void *buffer, size_t bytes);

    /* Optional. Returns 0, or -errno with the reason in `why` when the scratch file that was made
     * cannot be used as the options ask. */
    int (*probe)(const struct task_spec *spec, char *why, size_t why_bytes);

    /* Optional. Called by the main thread of each of the cell's ranks, before and after the cell,
     * outside any timed section. `shared` is what the rank keeps for the workload over all cells
     * (open handles): made when *shared is NULL, else extended where the cell needs more. leave is
     * called when every worker of every rank has ended, and checks what the workers leave behind;
     * it is not called when enter has failed. Both return 0 or -errno; -EILSEQ when what is left
     * behind is wrong. */
    int (*enter)(const struct task_spec *spec, const struct engine_cell *cell, void **shared,
                 struct engine_notes *notes);
    int (*leave)(const struct task_spec *spec, const struct engine_cell *cell, void *shared,
                 struct engine_notes *notes);
    void (*detach)(void *shared); /* at the end of the run */

    /* Optional. Answers the cell's workers until every rank of it has left. The last one of the
     * ranks launched is kept for this and never works in a cell of the job. Returns 0 or -errno. */
    int (*serve)(const struct task_spec *spec, const struct engine_cell *cell);

    /* Optional, beside serve. Returns the bytes of memory that this takes for so many operations in
     * flight in the cell. */
    double (*service_bytes)(const struct task_spec *spec, double in_flight);

    /* State of one worker, made by the worker itself (0 ≤ thread < the cell's threads).
     * 0 or -errno. */
    int (*open)(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                void *shared, void **state);

    /* Timed, D = 1: executes the wait of an item and returns when it has ended. 0 or -errno. */
    int (*wait)(void *state, uint64_t item, uint64_t *result);

    /* Timed, D > 1: starts the wait of an item in a free slot (0 ≤ slot < depth). 0 or -errno. */
    int (*submit)(void *state, uint32_t slot, uint64_t item);

    /* Timed, D > 1: returns when at least one wait has ended, and reports up to `most` of those
     * that have. Returns their number or -errno.
     */
    int (*reap)(void *state, uint32_t most, struct completion *done);

    /* Optional. Timed, after the last item of the worker: does what belongs to the work as a whole,
     * such as a sync. Returns 0 or -errno. */
    int (*finish)(void *state);

    /* Frees the state of a worker. It may be called after a failure with waits still in flight, and
     * returns when none is. */
    void (*close)(void *state);

    /* Returns the result that wait must give. */
    uint64_t (*expect)(const struct task_spec *spec, uint64_t item);

    /* Returns the latency of one wait as asked for, in seconds; NAN when the device decides. */
    double (*latency_s)(const struct task_spec *spec);
    /* Returns the bytes that one wait moves; 0 when it moves none. */
    double (*bytes)(const struct task_spec *spec);
};

#endif
