#include "worker/worker.h"

#include "model/placement.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "worker/worker_team.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static int cores_here(const struct worker_cell *cell)
{
    return cell->on_core + (cell->here.cores > 0 ? cell->here.cores : cell->point.cores);
}

/* Where helper threads carry the operations out, no more are in flight than those have in hand. */
static void limit_depth(struct worker_result *result, int threads)
{
    result->depth = fmin(result->depth, result->helpers / threads);
    result->depth_most = fmin(result->depth_most, ceil(result->helpers_most / threads));
}

static void reduce(const struct worker *workers, const struct worker_cell *cell,
                   struct worker_result *result)
{
    result->start_ns = workers[0].start_ns;
    for (int t = 0; t < cell->point.threads; t++) {
        const struct worker *worker = &workers[t];
        double time_ns = (double)(worker->end_ns - worker->start_ns);
        result->misbound += worker->misbound;
        result->sum += worker->sum;
        result->tasks += worker->share.ended;
        if (worker->start_ns < result->start_ns) {
            result->start_ns = worker->start_ns;
        }
        if (worker->end_ns > result->end_ns) {
            result->end_ns = worker->end_ns;
        }
        result->depth_most = fmax(result->depth_most, worker->in_flight.most);
        if (cell->point.depth == 1) {
            result->depth += 1.0 / cell->point.threads;
            result->depth_most = 1;
        } else if (time_ns > 0) {
            result->depth += worker->in_flight.integral_ns / time_ns / cell->point.threads;
        }
    }
    limit_depth(result, cell->point.threads);
}

static void leave_engine(const struct worker_cell *cell, const struct engine_cell *seen,
                         bool entered, struct worker_result *result)
{
    if (entered && cell->engine->leave) {
        int failed = cell->engine->leave(cell->spec, seen, *cell->shared, &result->notes);
        result->error = result->error ? result->error : -failed;
    }
}

/* A kernel whose share is collective is asked on all ranks of the cell, or on none. */
static int share_kernel(const struct worker_cell *cell, int failed, void **shared)
{
    const struct kernel *kernel = cell->kernel;
    const struct kernel_sharing sharing = {
        .ranks = (unsigned)cell->point.ranks,
        .rank = (unsigned)cell->rank,
        .workers = (unsigned)point_workers(cell->point),
        .tasks = cell->tasks,
        .layout = worker_layout(cell, (uint64_t)(point_workers(cell->point) + cell->rank)),
        .process = cell->comm ? comm_node_ranks(cell->comm, comm_node(cell->comm)) : NULL,
    };
    if (kernel->calls_mpi && cell->comm) {
        failed = comm_agree(cell->comm, cell->group, failed);
    }
    return !failed && kernel->share ? kernel->share(cell->spec, &sharing, shared) : failed;
}

static void unshare_kernel(const struct worker_cell *cell, void *shared,
                           struct worker_result *result)
{
    if (cell->kernel->unshare) {
        int failed = cell->kernel->unshare(shared, &result->kernel_notes);
        result->error = result->error ? result->error : -failed;
    }
}

/* What of the cell is on this node, as engines see it; all 0 where that is everything. */
static struct engine_part part_of(const struct worker_cell *cell)
{
    const struct worker_here *here = &cell->here;
    uint64_t ranks = (uint64_t)cell->point.ranks;
    if (here->ranks == 0) {
        return (struct engine_part){0};
    }
    return (struct engine_part){
        .ranks = (unsigned)here->ranks,
        .rank = (unsigned)(cell->rank - here->first_rank),
        .first_task = placement_share_begin(cell->tasks, (uint64_t)here->first_rank, ranks),
        .end = placement_share_begin(cell->tasks,
                                     (uint64_t)here->first_rank + (uint64_t)here->ranks, ranks),
    };
}

static struct engine_cell as_engines_see(const struct worker_cell *cell)
{
    return (struct engine_cell){
        .ranks = (unsigned)cell->point.ranks,
        .threads = (unsigned)cell->point.threads,
        .depth = (unsigned)cell->point.depth,
        .rank = (unsigned)cell->rank,
        .tasks = cell->tasks,
        .visit = cell->visit,
        .stop = interrupt_word(),
        .here = part_of(cell),
    };
}

/* What each worker of the team begins with. */
static void init_workers(struct worker *workers, const struct worker_cell *cell,
                         pthread_mutex_t *lock)
{
    for (int t = 0; t < cell->point.threads; t++) {
        workers[t] = (struct worker){
            .cell = cell,
            .compute = cell->kernel->compute,
            .waits = cell->spec->waits,
            .stop = interrupt_word(),
            .lock = cell->spec->lock ? lock : NULL,
            .first_units = task_segment_work(cell->spec, 0),
            .other_units = task_segment_work(cell->spec, 1),
        };
    }
}

/* Where the ends of this rank's tasks go is touched before they are timed, and before memory
 * counts: to keep them is no part of the workload. */
static void touch_trace(const struct worker_cell *cell)
{
    uint64_t rank = (uint64_t)cell->rank, ranks = (uint64_t)cell->point.ranks;
    if (cell->ended_ns) {
        memset(cell->ended_ns, 0,
               (placement_share_begin(cell->tasks, rank + 1, ranks) -
                placement_share_begin(cell->tasks, rank, ranks)) *
                   sizeof *cell->ended_ns);
    }
}

static void run(const struct worker_cell *cell, int64_t begun_ns, struct worker_result *result)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    size_t threads = (size_t)cell->point.threads;
    struct worker *workers = aligned_alloc(_Alignof(struct worker), threads * sizeof *workers);
    void *shared = NULL;
    int failed = workers ? 0 : -ENOMEM;
    if (!failed && topo_bind_process(cell->topo, cores_here(cell)) != 0) {
        result->misbound++;
    }
    const struct engine_cell seen = as_engines_see(cell);
    bool entered = false;
    if (!failed && cell->engine->enter) {
        failed = cell->engine->enter(cell->spec, &seen, cell->shared, &result->notes);
        entered = !failed;
    }
    failed = share_kernel(cell, failed, &shared);
    if (failed || !workers) { /* without memory it failed before */
        worker_team_fail(cell);
        leave_engine(cell, &seen, entered, result);
        result->error = -failed;
        free(workers);
        return;
    }
    init_workers(workers, cell, &lock);
    worker_team_run(workers, cell, &seen, shared, result);
    if (threads > POINT_TEAM_KEPT) {
        omp_pause_resource(omp_pause_soft, omp_get_initial_device()); /* joins the idle threads */
    }
    reduce(workers, cell, result);
    result->setup_s = (double)(result->start_ns - begun_ns) * 1e-9;
    leave_engine(cell, &seen, entered, result);
    unshare_kernel(cell, shared, result);
    free(workers);
}

void worker_run(const struct worker_cell *cell, struct worker_result *result)
{
    int64_t begun_ns = cell->begun_ns ? cell->begun_ns : clock_now_ns();
    *result = (struct worker_result){
        .notes.service_busy_s = NAN, .kernel_notes = {.lost = NAN}, .setup_s = NAN};
    touch_trace(cell);
    memory_start_counting(cell->memory);
    run(cell, begun_ns, result);
    memory_stop_counting(cell->memory);
    result->memory_bytes += result->kernel_notes.shared_bytes;
}
