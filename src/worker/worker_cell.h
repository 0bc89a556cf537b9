/* A cell as one rank executes it, and the result. */
#ifndef CUAL_WORKER_WORKER_CELL_H
#define CUAL_WORKER_WORKER_CELL_H

#include "machine/topo.h"
#include "model/engine.h"
#include "model/kernel.h"
#include "model/point.h"
#include "ranks/comm.h"
#include "worker/memory.h"
#include "worker/usage.h"

/* The part of a cell that is on this node: which of the cell's cores, numbered node by node, and
 * which of its ranks. When all are 0, that is the whole cell. */
struct worker_here {
    int first_core, cores;
    int first_rank, ranks;
};

/* One cell, as the rank that takes part in it sees it. */
struct worker_cell {
    const struct kernel *kernel;
    const struct engine *engine;
    const struct task_spec *spec;
    uint64_t tasks; /* of the whole cell; dealt out in equal contiguous shares */
    struct point point;
    int rank;                /* of this process, 0 … point.ranks − 1 */
    struct worker_here here; /* the part on this node */
    int on_core;             /* of this node, on which the part's first core lies: as a rule 0 */
    const struct topo *topo;
    struct comm *comm;              /* to start together; NULL when point.ranks is 1 … */
    const struct comm_group *group; /* … and with whom */
    struct memory *memory;          /* counts during the cell; NULL: is not measured */
    bool looks_at_pages;            /* for huge ones, which takes a while */
    void **shared;                  /* what the engine keeps for this workload in this rank */
    uint64_t visit;                 /* numbers the cells of a run in the order of time, from 1 */
    uint64_t turn;                  /* numbers the cells of this process, from 1, as progress */
    int64_t begun_ns;               /* when the cell was commanded; 0: when worker_run is called */
    /* When each task of this rank's share ended, in the order of the tasks' numbers; NULL: is not
     * kept. Must not be read when the cell fails. */
    int64_t *ended_ns;
    uint64_t *progress; /* where this rank notes how far it is, for the watchdog; or NULL */
};

/* What one rank reports of one sample. The struct is plain bytes, which are gathered as they are.
 */
struct worker_result {
    int32_t error;    /* errno of the first failure, 0: none */
    int32_t misbound; /* workers whose mask, read back, was not as planned */
    uint64_t sum;     /* of the contributions of all items, modulo 2^64 */
    uint64_t tasks;   /* that have ended */
    int64_t start_ns; /* first start and last end of its workers, on its node's clock */
    int64_t end_ns;
    double setup_s;      /* from the cell's beginning to start_ns */
    double depth;        /* operations in flight of a thread, the mean over its time */
    double depth_most;   /* the most in any thread */
    double helpers;      /* helper threads with an operation in hand, the mean over time … */
    double helpers_most; /* … and the most; INFINITY: none are needed, or unknown */
    double memory_bytes; /* at the end, before anything is freed; NAN when not measured */
    double huge_bytes;   /* of the process, in huge pages; NAN when not looked for */
    struct usage used;   /* between start and end, all threads of the process */
    struct engine_notes notes;
    struct kernel_notes kernel_notes; /* rank 0's are those of the cell */
};

/* Returns a random number that depends on the visit, the workload's seed and `index`. */
uint64_t worker_layout(const struct worker_cell *cell, uint64_t index);

/* Returns what the wait of an item adds to the sum. Waits are numbered like segments; a bit tells
 * their contributions apart. */
static inline uint64_t worker_wait_contribution(uint64_t item, uint64_t result)
{
    return task_contribution(item | UINT64_C(1) << 63, result);
}

/* Returns what `sum` must be after `tasks` tasks, by the kernel's and the engine's own `expect`. */
uint64_t worker_expected_sum(const struct kernel *kernel, const struct engine *engine,
                             const struct task_spec *spec, uint64_t tasks);

#endif
