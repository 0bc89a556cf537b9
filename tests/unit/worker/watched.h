/* A kernel and an engine that note what the worker does with them and fail on demand, and cells to
 * run them in. */
#ifndef CUAL_TESTS_UNIT_WORKER_WATCHED_H
#define CUAL_TESTS_UNIT_WORKER_WATCHED_H

#include "unit/place.h"
#include "worker/worker.h"

#include <stdatomic.h>

enum { WATCHED_ITEMS_MAX = 4096, WATCHED_LAYOUTS_MAX = 256 };

/* What the kernel counts, each item and what its workers do at the same time; how many wait in the
 * engine; and what the kernel is to do. */
struct watched {
    atomic_int computed[WATCHED_ITEMS_MAX];
    atomic_int opened, finished, closed, shared, unshared;
    atomic_int holders, holders_most;
    atomic_int waiting, waiting_most;
    int fails_in_open, fails_in_close; /* which call of them, from 1 on; 0: none */
    int fails_in_share, fails_in_finish, fails_in_unshare;
    int64_t inside_ns; /* stays so long inside compute */
    int64_t opens_ns;  /* and takes so long to open */
    bool widens_its_mask;
    atomic_ullong units; /* of work, as the kernel was told */
    struct {
        atomic_int count; /* that it was given, for a worker or for what a rank shares */
        uint64_t given[WATCHED_LAYOUTS_MAX];
    } layouts;
};
extern struct watched watched;
extern const struct kernel watched_kernel;

/* Where the engine fails. */
enum watched_fails {
    WATCHED_FAIL_NOWHERE,
    WATCHED_FAIL_ENTER,
    WATCHED_FAIL_OPEN,
    WATCHED_FAIL_WAIT,
    WATCHED_FAIL_SUBMIT,
    WATCHED_FAIL_REAP
};
extern enum watched_fails watched_fails;
extern const struct engine watched_engine;

/* Sets all of `watched` to 0. */
void watched_forget(void);

/* A cell of this process alone, without MPI. */
struct worker_result watched_run(const struct place *place, const struct kernel *kernel,
                                 const struct engine *engine, const struct task_spec *spec,
                                 struct point point);

/* A task of a few units for any kernel, and waits that are short. */
struct task_spec watched_spec(const struct kernel *kernel, uint64_t tasks, uint32_t waits);

/* So many threads on one core. */
struct point watched_at(int threads, int depth);

#endif
