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

/* What of a cell is on one node, where a scratch file has a copy of its own. */
struct engine_part {
    unsigned ranks, rank;     /* of the cell, and which of them this one is */
    uint64_t first_task, end; /* their tasks: these are contiguous */
};

/* The cell that is carried out, as one rank of it sees it. */
struct engine_cell {
    unsigned ranks, threads, depth; /* of its point */
    unsigned rank;                  /* this one, 0 … ranks − 1 */
    uint64_t tasks;                 /* of all ranks */
    uint64_t visit;                 /* numbers the cells of a run in the order of time, from 1 */
    /* Not 0 once the program is asked to end: waits are then cut short where they can be, with
     * -ECANCELED, and nothing is checked that is left behind. NULL: that never happens. */
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

/* What an engine has to say of a cell beside its results. */
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

    /* Optional. NULL, or what is wrong with these options together, the key first: a constant
     * string such as "block: is not a multiple of 512 B; allowed: …". */
    const char *(*check)(const struct task_spec *spec);

    /* Optional. 0, or -errno with the reason in `why`, when this node cannot do it. */
    int (*available)(char *why, size_t why_bytes);

    /* Optional. Most operations one process can keep in flight, with the reason why not more. */
    uint64_t (*most_in_flight)(const struct task_spec *spec, char *why, size_t why_bytes);

    /* Optional. Bytes of the scratch file that the workload needs (a multiple of 4096), and what
     * stands in it: `bytes` bytes from `offset`, both multiples of 4096. */
    uint64_t (*file_bytes)(const struct task_spec *spec);
    void (*fill)(const struct task_spec *spec, uint64_t offset, void *buffer, size_t bytes);

    /* Optional. 0, or -errno with the reason in `why`, when the scratch file that was made cannot
     * be used as the options ask. */
    int (*probe)(const struct task_spec *spec, char *why, size_t why_bytes);

    /* Optional. Called by the main thread of each of the cell's ranks, before and after it, outside
     * any timed section. `shared` is what the rank keeps for the workload over all cells (open
     * handles): made when *shared is NULL, else extended where the cell needs more. leave is called
     * when every worker of every rank has ended, and checks what they leave behind; it is called
     * if enter was, unless that failed. 0 or -errno; -EILSEQ when what is left behind is wrong. */
    int (*enter)(const struct task_spec *spec, const struct engine_cell *cell, void **shared,
                 struct engine_notes *notes);
    int (*leave)(const struct task_spec *spec, const struct engine_cell *cell, void *shared,
                 struct engine_notes *notes);
    void (*detach)(void *shared); /* at the end of the run */

    /* Optional. Answers the cell's workers until every rank of it has left. A rank is kept for
     * this: the last one of those launched, which never works in a cell of the job. 0 or -errno. */
    int (*serve)(const struct task_spec *spec, const struct engine_cell *cell);

    /* State of one worker, made by the worker itself (0 ≤ thread < the cell's threads).
     * 0 or -errno. */
    int (*open)(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                void *shared, void **state);

    /* Timed, D = 1: waits for the item to end. 0 or -errno. */
    int (*wait)(void *state, uint64_t item, uint64_t *result);

    /* Timed, D > 1: starts the wait of an item in a free slot (0 ≤ slot < depth). 0 or -errno. */
    int (*submit)(void *state, uint32_t slot, uint64_t item);

    /* Timed, D > 1: waits until at least one has ended and reports up to `most`. Number or -errno.
     */
    int (*reap)(void *state, uint32_t most, struct completion *done);

    /* Optional. Timed, after the last item of the worker: what belongs to the work as a whole, such
     * as a sync. 0 or -errno. */
    int (*finish)(void *state);

    /* Also after a failure, with waits still in flight: ends when none is. */
    void (*close)(void *state);

    /* The result that wait must give. */
    uint64_t (*expect)(const struct task_spec *spec, uint64_t item);

    /* Latency of one wait as asked for, in seconds; NAN when it is the device that decides. */
    double (*latency_s)(const struct task_spec *spec);
    /* Bytes that one wait moves; 0 when none. */
    double (*bytes)(const struct task_spec *spec);
};

#endif
