#include "worker/worker_team.h"

#include "model/placement.h"
#include "ranks/library.h"
#include "worker/helpers.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <unistd.h>

/* The core of a worker among those of this node. */
static int core_of(const struct worker_cell *cell, int thread)
{
    return placement_core(cell->point, cell->rank, thread) - cell->here.first_core + cell->on_core;
}

static void open_trace(struct worker *worker)
{
    const struct worker_cell *cell = worker->cell;
    if (cell->ended_ns) {
        uint64_t first =
            placement_share_begin(cell->tasks, (uint64_t)cell->rank, (uint64_t)cell->point.ranks);
        worker->ended_ns = cell->ended_ns + (worker->share.first - first);
    }
}

/* Binds the calling thread and makes its state: the memory it will use is first touched here. */
static void set_up(struct worker *worker, int thread, const struct engine_cell *seen, void *shared)
{
    const struct worker_cell *cell = worker->cell;
    unsigned depth = (unsigned)cell->point.depth;
    uint64_t workers = (uint64_t)point_workers(cell->point);
    uint64_t index = (uint64_t)cell->rank * (uint64_t)cell->point.threads + (uint64_t)thread;
    worker->share.first = worker->share.next = placement_share_begin(cell->tasks, index, workers);
    worker->share.end = placement_share_begin(cell->tasks, index + 1, workers);
    int bound = topo_bind(cell->topo, core_of(cell, thread));
    worker->misbound = bound != 0;
    open_trace(worker);
    worker->slots = malloc(depth * sizeof *worker->slots);
    worker->error = worker->slots ? 0 : -ENOMEM;
    for (unsigned s = 0; worker->slots && s < depth; s++) {
        worker->slots[s] = (struct worker_slot){.item = UINT64_MAX};
    }
    const struct kernel_worker as_kernels_see = {
        .workers = (unsigned)workers,
        .units = (worker->share.end - worker->share.first) * cell->spec->work,
        .layout = worker_layout(cell, index),
    };
    if (!worker->error && cell->kernel->open) {
        worker->error =
            cell->kernel->open(cell->spec, &as_kernels_see, shared, &worker->kernel_state);
        worker->opened.kernel = worker->error == 0;
    }
    if (!worker->error) {
        worker->error =
            cell->engine->open(cell->spec, seen, (unsigned)thread,
                               cell->shared ? *cell->shared : NULL, &worker->engine_state);
        worker->opened.engine = worker->error == 0;
    }
}

/* A mask that was changed behind our back counts as misbound, too. */
static void tear_down(struct worker *worker, int thread)
{
    const struct worker_cell *cell = worker->cell;
    worker->misbound |= !topo_is_bound(cell->topo, core_of(cell, thread));
    if (worker->opened.engine) {
        cell->engine->close(worker->engine_state);
    }
    if (worker->opened.kernel) {
        int wrong = cell->kernel->close ? cell->kernel->close(worker->kernel_state) : 0;
        worker->error = worker->error ? worker->error : wrong;
    }
    free(worker->slots);
}

static void note_progress(const struct worker_cell *cell, uint64_t progress)
{
    if (cell->progress) {
        __atomic_store_n(cell->progress, progress, __ATOMIC_RELAXED);
    }
}

static int first_error(const struct worker *workers, int threads)
{
    int error = 0;
    for (int t = 0; t < threads && !error; t++) {
        error = workers[t].error;
    }
    return error;
}

/* Whether ranks that are still at work may wait for this one, which has ended: for its list. */
static bool lends_hand(const struct worker_cell *cell)
{
    const struct kernel *kernel = cell->kernel;
    return library_own()->one_sided_needs_target && kernel->through &&
           kernel->through(cell->spec) == KERNEL_THROUGH_RMA;
}

void worker_team_run(struct worker *workers, const struct worker_cell *cell,
                     const struct engine_cell *seen, void *shared, struct worker_result *result)
{
    int threads = cell->point.threads, failed = 0;
    int *team = NULL; /* the kernel's numbers of the threads, where helpers are told from them */
    if (cell->engine->helped && cell->point.depth > 1) {
        team = calloc((size_t)threads, sizeof *team);
    }
    struct usage before = {0};
    struct helpers *helpers = NULL;
#pragma omp parallel num_threads(threads)
    {
        int thread = omp_get_thread_num();
        if (omp_get_num_threads() == threads) {
            set_up(&workers[thread], thread, seen, shared);
        } else {
            workers[thread].error = -EAGAIN;
        }
        if (team) {
            team[thread] = gettid();
        }
#pragma omp barrier
#pragma omp master
        {
            failed = first_error(workers, threads);
            note_progress(cell, 2 * cell->turn - 1);
            if (team) {
                helpers = helpers_watch(team, (size_t)threads);
            }
            if (cell->comm) {
                comm_start_together(cell->comm, cell->group);
            }
            before = usage_now();
        }
#pragma omp barrier
        if (!failed) {
            worker_measure(&workers[thread]);
        }
#pragma omp barrier
#pragma omp master
        {
            result->used = usage_since(&before);
            note_progress(cell, 2 * cell->turn);
            result->helpers = helpers_end(helpers, &result->helpers_most);
            if (cell->comm) {
                comm_end_together(cell->comm, cell->group, lends_hand(cell));
            }
            result->memory_bytes = cell->memory ? memory_in_use_bytes(cell->memory) : NAN;
            result->huge_bytes = cell->looks_at_pages ? memory_huge_bytes() : NAN;
        }
#pragma omp barrier
        tear_down(&workers[thread], thread);
    }
    result->error = -first_error(workers, threads);
    free(team);
}

void worker_team_fail(const struct worker_cell *cell)
{
    note_progress(cell, 2 * cell->turn);
    if (cell->comm) {
        comm_start_together(cell->comm, cell->group);
        comm_end_together(cell->comm, cell->group, false);
    }
}
