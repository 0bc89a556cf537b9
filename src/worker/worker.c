#include "worker/worker.h"

#include "model/placement.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "worker/helpers.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REAP_MOST = 64 };

/* Waits are numbered like segments; this bit tells their contributions apart. */
#define ITEM_IS_WAIT (UINT64_C(1) << 63)

/* A task in flight. */
struct slot {
    uint64_t item;    /* of its present segment */
    uint32_t segment; /* 0 … waits */
};

/* One thread of the team, on cache lines of its own; what every segment needs comes first. */
struct worker {
    _Alignas(128) uint64_t sum;
    uint64_t first_units, other_units; /* of a task's first segment and of each other one */
    uint64_t (*compute)(void *state, uint64_t item, uint64_t units); /* the kernel's */
    void *kernel_state, *engine_state;
    pthread_mutex_t *lock; /* NULL: computes freely */
    uint32_t waits;        /* in a task */
    const uint32_t *stop;  /* not 0: the program is asked to end */
    int64_t *ended_ns;     /* of its share's tasks; NULL: not kept */
    bool kernel_opened, engine_opened;
    const struct worker_cell *cell;
    struct slot *slots;
    uint64_t first_task, next_task, end_task; /* its share */
    uint64_t tasks;                           /* ended */
    double in_flight_ns;                      /* integral of operations in flight over time */
    uint32_t most_in_flight;
    int64_t start_ns, end_ns;
    int error, misbound;
    struct completion done[REAP_MOST];
};

static int cores_here(const struct worker_cell *cell)
{
    return cell->here.cores > 0 ? cell->here.cores : cell->point.cores;
}

/* The core of a worker among those of this node. */
static int core_of(const struct worker_cell *cell, int thread)
{
    return placement_core(cell->point, cell->rank, thread) - cell->here.first_core;
}

/* Computes the slot's present segment. */
static inline void compute(struct worker *worker, const struct slot *slot)
{
    uint64_t units = slot->segment == 0 ? worker->first_units : worker->other_units;
    if (worker->lock) {
        pthread_mutex_lock(worker->lock);
    }
    uint64_t result = worker->compute(worker->kernel_state, slot->item, units);
    if (worker->lock) {
        pthread_mutex_unlock(worker->lock);
    }
    worker->sum += task_contribution(slot->item, result);
}

/* Notes the end of the slot's wait and moves it on to the next segment. */
static void end_wait(struct worker *worker, struct slot *slot, uint64_t result)
{
    worker->sum += task_contribution(slot->item | ITEM_IS_WAIT, result);
    slot->item++;
    slot->segment++;
}

/* Puts the next task of the share into the slot; false when there is none left. */
static bool begin_task(struct worker *worker, struct slot *slot)
{
    if (worker->next_task == worker->end_task) {
        return false;
    }
    slot->item = worker->next_task++ * ((uint64_t)worker->waits + 1);
    slot->segment = 0;
    return true;
}

static inline void end_task(struct worker *worker, const struct slot *slot)
{
    worker->tasks++;
    if (worker->ended_ns) {
        uint64_t task = slot->item / ((uint64_t)worker->waits + 1);
        worker->ended_ns[task - worker->first_task] = clock_now_ns();
    }
}

/* D = 1: one task after the other, each wait in the engine's blocking form. */
static int run_blocking(struct worker *worker)
{
    int (*wait)(void *state, uint64_t item, uint64_t *result) = worker->cell->engine->wait;
    struct slot slot;
    while (begin_task(worker, &slot)) {
        compute(worker, &slot);
        while (slot.segment < worker->waits) {
            uint64_t result;
            int failed = wait(worker->engine_state, slot.item, &result);
            if (failed || engine_is_stopped(worker->stop)) {
                return failed ? failed : -ECANCELED;
            }
            end_wait(worker, &slot, result);
            compute(worker, &slot);
        }
        end_task(worker, &slot);
        if (engine_is_stopped(worker->stop)) {
            return -ECANCELED;
        }
    }
    return 0;
}

/* Computes in a slot until its task has to wait or no task is left for it. 1 when it now waits, 0
 * when the slot is empty, or -errno. */
static int advance(struct worker *worker, uint32_t number)
{
    struct slot *slot = &worker->slots[number];
    for (;;) {
        compute(worker, slot);
        if (slot->segment < worker->waits) {
            int failed = worker->cell->engine->submit(worker->engine_state, number, slot->item);
            return failed ? failed : 1;
        }
        end_task(worker, slot);
        if (engine_is_stopped(worker->stop)) {
            return -ECANCELED;
        }
        if (!begin_task(worker, slot)) {
            return 0;
        }
    }
}

/* D > 1: as many tasks as there are slots, their waits submitted and reaped. */
static int run_in_flight(struct worker *worker)
{
    const struct worker_cell *cell = worker->cell;
    uint32_t depth = (uint32_t)cell->point.depth, in_flight = 0;
    for (uint32_t s = 0; s < depth && begin_task(worker, &worker->slots[s]); s++) {
        int waits = advance(worker, s);
        if (waits < 0) {
            return waits;
        }
        in_flight += (uint32_t)waits;
    }
    int64_t last_ns = worker->start_ns;
    while (in_flight > 0) {
        if (in_flight > worker->most_in_flight) {
            worker->most_in_flight = in_flight;
        }
        int count = cell->engine->reap(worker->engine_state, REAP_MOST, worker->done);
        if (count < 0 || engine_is_stopped(worker->stop)) {
            return count < 0 ? count : -ECANCELED;
        }
        int64_t now_ns = clock_now_ns();
        worker->in_flight_ns += (double)in_flight * (double)(now_ns - last_ns);
        last_ns = now_ns;
        in_flight -= (uint32_t)count;
        for (int i = 0; i < count; i++) {
            uint32_t number = worker->done[i].slot;
            end_wait(worker, &worker->slots[number], worker->done[i].result);
            int waits = advance(worker, number);
            if (waits < 0) {
                return waits;
            }
            in_flight += (uint32_t)waits;
        }
    }
    return 0;
}

uint64_t worker_share_begin(uint64_t tasks, uint64_t share, uint64_t shares)
{
    return (uint64_t)((unsigned __int128)tasks * share / shares);
}

/* Where the ends of its tasks go is touched here, before they are timed. */
static void open_trace(struct worker *worker)
{
    const struct worker_cell *cell = worker->cell;
    if (cell->ended_ns) {
        uint64_t first =
            worker_share_begin(cell->tasks, (uint64_t)cell->rank, (uint64_t)cell->point.ranks);
        worker->ended_ns = cell->ended_ns + (worker->first_task - first);
        memset(worker->ended_ns, 0,
               (worker->end_task - worker->first_task) * sizeof *worker->ended_ns);
    }
}

/* Binds the calling thread and makes its state: the memory it will use is first touched here. */
static void set_up(struct worker *worker, int thread, const struct engine_cell *seen, void *shared)
{
    /* NOLINTNEXTLINE(clang-analyzer-*): without memory it failed before */
    const struct worker_cell *cell = worker->cell;
    unsigned depth = (unsigned)cell->point.depth;
    uint64_t workers = (uint64_t)point_workers(cell->point);
    uint64_t index = (uint64_t)cell->rank * (uint64_t)cell->point.threads + (uint64_t)thread;
    worker->first_task = worker->next_task = worker_share_begin(cell->tasks, index, workers);
    worker->end_task = worker_share_begin(cell->tasks, index + 1, workers);
    int bound = topo_bind(cell->topo, core_of(cell, thread));
    worker->misbound = bound != 0;
    open_trace(worker);
    worker->slots = malloc(depth * sizeof *worker->slots);
    worker->error = worker->slots ? 0 : -ENOMEM;
    for (unsigned s = 0; worker->slots && s < depth; s++) {
        worker->slots[s] = (struct slot){.item = UINT64_MAX};
    }
    if (!worker->error && cell->kernel->open) {
        worker->error =
            cell->kernel->open(cell->spec, (unsigned)workers, shared, &worker->kernel_state);
        worker->kernel_opened = worker->error == 0;
    }
    if (!worker->error) {
        worker->error =
            cell->engine->open(cell->spec, seen, (unsigned)thread,
                               cell->shared ? *cell->shared : NULL, &worker->engine_state);
        worker->engine_opened = worker->error == 0;
    }
}

/* What is left to compute when the last task has ended. */
static int finish_computing(struct worker *worker)
{
    if (!worker->cell->kernel->finish) {
        return 0;
    }
    if (worker->lock) {
        pthread_mutex_lock(worker->lock);
    }
    int failed = worker->cell->kernel->finish(worker->kernel_state);
    if (worker->lock) {
        pthread_mutex_unlock(worker->lock);
    }
    return failed;
}

static void measure(struct worker *worker)
{
    const struct engine *engine = worker->cell->engine;
    worker->start_ns = clock_now_ns();
    worker->error = worker->cell->point.depth == 1 ? run_blocking(worker) : run_in_flight(worker);
    if (!worker->error) {
        worker->error = finish_computing(worker);
    }
    if (!worker->error && engine->finish) {
        worker->error = engine->finish(worker->engine_state);
    }
    worker->end_ns = clock_now_ns();
}

/* A mask that was changed behind our back counts as misbound, too. */
static void tear_down(struct worker *worker, int thread)
{
    const struct worker_cell *cell = worker->cell;
    worker->misbound |= !topo_is_bound(cell->topo, core_of(cell, thread));
    if (worker->engine_opened) {
        cell->engine->close(worker->engine_state);
    }
    if (worker->kernel_opened) {
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

static void run_team(struct worker *workers, const struct worker_cell *cell,
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
            /* NOLINTNEXTLINE(clang-analyzer-*): without memory it failed before */
            set_up(&workers[thread], thread, seen, shared);
        } else {
            /* NOLINTNEXTLINE(clang-analyzer-*): without memory it failed before */
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
            measure(&workers[thread]);
        }
#pragma omp barrier
#pragma omp master
        {
            result->used = usage_since(&before);
            note_progress(cell, 2 * cell->turn);
            result->helpers = helpers_end(helpers, &result->helpers_most);
            if (cell->comm) {
                comm_end_together(cell->comm, cell->group);
            }
            result->memory_bytes = cell->memory ? memory_in_use_bytes(cell->memory) : NAN;
        }
#pragma omp barrier
        tear_down(&workers[thread], thread);
    }
    result->error = -first_error(workers, threads);
    free(team);
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
        result->tasks += worker->tasks;
        if (worker->start_ns < result->start_ns) {
            result->start_ns = worker->start_ns;
        }
        if (worker->end_ns > result->end_ns) {
            result->end_ns = worker->end_ns;
        }
        result->depth_most = fmax(result->depth_most, worker->most_in_flight);
        if (cell->point.depth == 1) {
            result->depth += 1.0 / cell->point.threads;
            result->depth_most = 1;
        } else if (time_ns > 0) {
            result->depth += worker->in_flight_ns / time_ns / cell->point.threads;
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
        .first_task = worker_share_begin(cell->tasks, (uint64_t)here->first_rank, ranks),
        .end = worker_share_begin(cell->tasks, (uint64_t)here->first_rank + (uint64_t)here->ranks,
                                  ranks),
    };
}

void worker_run(const struct worker_cell *cell, struct worker_result *result)
{
    int64_t begun_ns = cell->begun_ns ? cell->begun_ns : clock_now_ns();
    *result = (struct worker_result){
        .notes.service_busy_s = NAN, .kernel_notes = {.lost = NAN}, .setup_s = NAN};
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    size_t threads = (size_t)cell->point.threads;
    struct worker *workers = aligned_alloc(_Alignof(struct worker), threads * sizeof *workers);
    void *shared = NULL;
    int failed = workers ? 0 : -ENOMEM;
    if (!failed && topo_bind_process(cell->topo, cores_here(cell)) != 0) {
        result->misbound++;
    }
    const struct engine_cell seen = {
        .ranks = (unsigned)cell->point.ranks,
        .threads = (unsigned)cell->point.threads,
        .depth = (unsigned)cell->point.depth,
        .rank = (unsigned)cell->rank,
        .tasks = cell->tasks,
        .visit = cell->visit,
        .stop = interrupt_word(),
        .here = part_of(cell),
    };
    bool entered = false;
    if (!failed && cell->engine->enter) {
        failed = cell->engine->enter(cell->spec, &seen, cell->shared, &result->notes);
        entered = !failed;
    }
    failed = share_kernel(cell, failed, &shared);
    if (failed) {
        note_progress(cell, 2 * cell->turn);
        if (cell->comm) {
            comm_start_together(cell->comm, cell->group);
            comm_end_together(cell->comm, cell->group);
        }
        leave_engine(cell, &seen, entered, result);
        result->error = -failed;
        free(workers);
        return;
    }
    for (size_t t = 0; t < threads; t++) {
        /* NOLINTNEXTLINE(clang-analyzer-*): without memory it failed before */
        workers[t] = (struct worker){
            .cell = cell,
            .compute = cell->kernel->compute,
            .waits = cell->spec->waits,
            .stop = interrupt_word(),
            .lock = cell->spec->lock ? &lock : NULL,
            .first_units = task_segment_work(cell->spec, 0),
            .other_units = task_segment_work(cell->spec, 1),
        };
    }
    run_team(workers, cell, &seen, shared, result);
    if (threads > POINT_TEAM_KEPT) {
        omp_pause_resource(omp_pause_soft, omp_get_initial_device()); /* joins the idle threads */
    }
    reduce(workers, cell, result);
    result->setup_s = (double)(result->start_ns - begun_ns) * 1e-9;
    leave_engine(cell, &seen, entered, result);
    unshare_kernel(cell, shared, result);
    free(workers);
}

uint64_t worker_expected_sum(const struct kernel *kernel, const struct engine *engine,
                             const struct task_spec *spec, uint64_t tasks)
{
    uint64_t sum = 0, item = 0;
    uint64_t units[2] = {task_segment_work(spec, 0), task_segment_work(spec, 1)};
    uint64_t same[2] = {kernel->expect(spec, 0, units[0]), kernel->expect(spec, 0, units[1])};
    for (uint64_t task = 0; task < tasks; task++) {
        for (uint32_t segment = 0; segment <= spec->waits; segment++, item++) {
            int other = segment > 0;
            uint64_t result = kernel->same_for_every_item
                                  ? same[other]
                                  : kernel->expect(spec, item, units[other]);
            sum += task_contribution(item, result);
            if (segment < spec->waits) {
                sum += task_contribution(item | ITEM_IS_WAIT, engine->expect(spec, item));
            }
        }
    }
    return sum;
}
