/* The contract of a compute kernel. A kernel says what a segment of a task computes; it knows
 * nothing of ranks, threads, depth, cores or of how waits happen. One file in src/kernels and one
 * line in kernels.h there make a kernel. */
#ifndef CUAL_MODEL_KERNEL_H
#define CUAL_MODEL_KERNEL_H

#include "model/task.h"

#include <stddef.h>

/* What limits a kernel that has its cores to itself. */
enum kernel_bound {
    KERNEL_BOUND_TOOL, /* there is no work: what is left is the tool's own cost */
    KERNEL_BOUND_FLOATING_POINT,
    KERNEL_BOUND_INTEGER,
    KERNEL_BOUND_BANDWIDTH, /* of the memory */
    KERNEL_BOUND_LATENCY,   /* of the memory */
    KERNEL_BOUND_LIST,      /* one list of all workers */
    KERNEL_BOUND_COUNT
};
/* In words that end a sentence: "the floating-point units". */
extern const char *const kernel_bound_words[KERNEL_BOUND_COUNT];

/* Cores share the memory by its nature; units of computing they should not share. */
static inline bool kernel_bound_is_memory(enum kernel_bound bound)
{
    return bound == KERNEL_BOUND_BANDWIDTH || bound == KERNEL_BOUND_LATENCY;
}

/* How the list that a kernel's workers share is kept whole. */
enum kernel_guard {
    KERNEL_GUARD_ABSENT, /* there is no such list */
    KERNEL_GUARD_NONE,
    KERNEL_GUARD_ATOMIC,
    KERNEL_GUARD_LOCK,
    KERNEL_GUARD_SHARDED /* each worker has a list of its own, and they are merged at the end */
};

/* Through what the processes of a cell reach that list. The threads of a single process have it in
 * memory. */
enum kernel_through {
    KERNEL_THROUGH_ABSENT, /* there is no such list */
    KERNEL_THROUGH_MEMORY, /* all of them have it mapped */
    KERNEL_THROUGH_RMA     /* by one-sided calls of MPI */
};

/* The processes and workers between which a kernel shares something in a cell. */
struct kernel_sharing {
    unsigned ranks, rank; /* processes of the cell, and which of them this is */
    unsigned workers;     /* R·T of the cell */
    uint64_t tasks;       /* that all workers execute together */
    uint64_t layout;      /* a random number, new at every visit, for pages_allocate */
    const int *process;   /* by rank: its number in the program; NULL: the same */
};

/* A worker, as its kernel sees it. */
struct kernel_worker {
    unsigned workers; /* R·T of the cell */
    uint64_t units;   /* of work that it computes in the cell */
    uint64_t layout;  /* a random number, new at every visit, for pages_allocate */
};

/* What a kernel reports of a cell beside its results. */
struct kernel_notes {
    double lost; /* items that races lost from what the cell's ranks share, reported to rank 0; NAN
                    where nothing can be lost */
    double shared_bytes; /* of memory that several processes of the cell have mapped, reported by
                            one of them */
};

struct kernel {
    const char *name;
    enum kernel_bound bound;
    const char *help;             /* one line */
    const char *unit;             /* what one unit of work is; NULL when the kernel does no work */
    const struct option *options; /* may be NULL */

    /* The result does not depend on the item: expect need be asked only once for each number of
     * units, and may then take a millisecond. Otherwise it is asked for each item and is quick. */
    bool same_for_every_item;

    /* In cells of several ranks share and unshare call MPI and are collective over the cell's
     * ranks. */
    bool calls_mpi;

    /* What the ranks of a cell share is memory: they must be on one node. */
    bool one_node;

    /* Floating-point operations and bytes of memory traffic of one unit; 0 when none to speak of.
     */
    double flops_per_unit;
    double bytes_per_unit;

    /* Optional. How the list that all workers share is kept whole; NULL: they share no list. */
    enum kernel_guard (*guard)(const struct task_spec *spec);

    /* Optional, beside guard. Through what the processes of a cell reach the list. With one-sided
     * calls of MPI, the workers of cells of several ranks call MPI: more than one thread then needs
     * MPI_THREAD_MULTIPLE. */
    enum kernel_through (*through)(const struct task_spec *spec);

    /* Optional. What a worker walks through; NULL: nothing to speak of. */
    struct footprint (*footprint)(const struct task_spec *spec);

    /* Optional. share makes what all workers of one rank share, once per cell before the workers
     * start, on the rank's main thread. It returns 0 or -errno; where it is collective, all ranks
     * succeed or all fail. unshare is called when every worker has closed: it checks what the
     * workers leave behind (-EILSEQ when that is wrong), frees it and adds to the notes. */
    int (*share)(const struct task_spec *spec, const struct kernel_sharing *sharing, void **shared);
    int (*unshare)(void *shared, struct kernel_notes *notes);

    /* Optional. Makes the state of one worker. The worker itself calls it after it was bound, so
     * that it is the first to touch its memory. What it walks through is the same whatever the
     * point is: more workers must not come nearer to a cache. Returns 0 or -errno. */
    int (*open)(const struct task_spec *spec, const struct kernel_worker *worker, void *shared,
                void **state);

    /* Timed: neither allocates, prints nor locks. Computes `units` units of work for the item and
     * returns a result that depends on all of them and on nothing but spec, item and units. */
    uint64_t (*compute)(void *state, uint64_t item, uint64_t units);

    /* Optional. Timed, after the last item of the worker: computes what is left, such as merging
     * what the worker kept for itself. Returns 0 or -errno. */
    int (*finish)(void *state);

    /* Present where open is. Checks what can be checked only now (-EILSEQ when it is wrong), then
     * frees the state. */
    int (*close)(void *state);

    /* Returns the result that compute must return, found in another way than by computing it. */
    uint64_t (*expect)(const struct task_spec *spec, uint64_t item, uint64_t units);
};

/* What a worker of the kernel walks through; 0 bytes: nothing to speak of. */
static inline struct footprint kernel_footprint(const struct kernel *kernel,
                                                const struct task_spec *spec)
{
    return kernel->footprint ? kernel->footprint(spec) : (struct footprint){0};
}

/* False for the kernel that does no work. Whether an engine waits is engine->waits. */
static inline bool kernel_computes(const struct kernel *kernel)
{
    return kernel->unit != NULL;
}

#endif
