/* The one loop, as one thread of the team runs it: tasks computed, their waits begun and ended. */
#ifndef CUAL_WORKER_WORKER_LOOP_H
#define CUAL_WORKER_WORKER_LOOP_H

#include "worker/worker_cell.h"

#include <pthread.h>

enum { WORKER_REAP_MOST = 64 };

/* A task in flight. */
struct worker_slot {
    uint64_t item;    /* of its present segment */
    uint32_t segment; /* 0 … waits */
};

/* The tasks of one thread: from `first` to `end` − 1. */
struct worker_share {
    uint64_t first, next, end;
    uint64_t ended; /* how many */
};

/* How many operations a thread had in flight. */
struct worker_depth {
    double integral_ns; /* of operations in flight over time */
    uint32_t most;
};

/* Which states a thread has opened and must close. */
struct worker_opened {
    bool kernel, engine;
};

/* One thread of the team, on cache lines of its own. What every segment needs comes first. */
struct worker {
    _Alignas(128) uint64_t sum;
    uint64_t first_units, other_units; /* of a task's first segment and of each other one */
    uint64_t (*compute)(void *state, uint64_t item, uint64_t units); /* the kernel's */
    void *kernel_state, *engine_state;
    pthread_mutex_t *lock; /* NULL: computes freely */
    uint32_t waits;        /* in a task */
    const uint32_t *stop;  /* not 0: the program is asked to end */
    int64_t *ended_ns;     /* of its share's tasks; NULL: not kept */
    const struct worker_cell *cell;
    struct worker_slot *slots; /* as many as its depth */
    struct worker_share share;
    struct worker_depth in_flight;
    struct worker_opened opened;
    int64_t start_ns, end_ns;
    int error, misbound;
    struct completion done[WORKER_REAP_MOST];
};

/* Executes the worker's share of the tasks and times it, from start_ns to end_ns. All that the
 * worker needs has been made before. `error` is then 0 or -errno. */
void worker_measure(struct worker *worker);

#endif
