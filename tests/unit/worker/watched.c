#include "unit/worker/watched.h"

#include "engines/engines.h"
#include "system/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_BYTES 65536.0

struct worker_result watched_run(const struct place *place, const struct kernel *kernel,
                                 const struct engine *engine, const struct task_spec *spec,
                                 struct point point)
{
    void *shared = NULL;
    struct memory memory = {0};
    memory_measure_shared(&memory, 1);
    struct worker_cell cell = {.kernel = kernel,
                               .memory = &memory,
                               .engine = engine,
                               .spec = spec,
                               .tasks = spec->tasks,
                               .point = point,
                               .topo = place->topo,
                               .shared = &shared};
    struct worker_result result;
    worker_run(&cell, &result);
    if (engine->detach) {
        engine->detach(shared);
    }
    return result;
}

struct task_spec watched_spec(const struct kernel *kernel, uint64_t tasks, uint32_t waits)
{
    struct task_spec spec = {.tasks = tasks, .work = 11, .waits = waits, .seed = 7};
    for (size_t i = 0; kernel->options && kernel->options[i].name; i++) {
        const struct option *option = &kernel->options[i];
        spec.kernel_option[i] = option->kind == OPTION_BYTES ? SMALL_BYTES : option->fallback;
    }
    spec.engine_option[0] = 20e-6; /* the timer's latency */
    return spec;
}

struct point watched_at(int threads, int depth)
{
    return (struct point){.ranks = 1, .threads = threads, .depth = depth, .cores = 1};
}

struct watched watched;

void watched_forget(void)
{
    memset(&watched, 0, sizeof watched);
}

static void note_most(atomic_int *most, int now)
{
    int seen = atomic_load(most);
    while (now > seen && !atomic_compare_exchange_weak(most, &seen, now)) {
    }
}

static void note_layout(uint64_t layout)
{
    int number = atomic_fetch_add(&watched.layouts.count, 1);
    if (number < WATCHED_LAYOUTS_MAX) {
        watched.layouts.given[number] = layout;
    }
}

static int watch_share(const struct task_spec *spec, const struct kernel_sharing *sharing,
                       void **shared)
{
    CU_ASSERT_EQUAL(sharing->tasks, spec->tasks);
    CU_ASSERT(sharing->rank < sharing->ranks && sharing->ranks <= sharing->workers);
    *shared = &watched;
    note_layout(sharing->layout);
    if (watched.fails_in_share) {
        return -ENOMEM;
    }
    atomic_fetch_add(&watched.shared, 1);
    return 0;
}

static int watch_unshare(void *shared, struct kernel_notes *notes)
{
    CU_ASSERT_PTR_EQUAL(shared, &watched);
    atomic_fetch_add(&watched.unshared, 1);
    notes->lost = 3;
    return watched.fails_in_unshare ? -EILSEQ : 0;
}

static int watch_open(const struct task_spec *spec, const struct kernel_worker *worker,
                      void *shared, void **state)
{
    CU_ASSERT_EQUAL(worker->units % spec->work, 0);
    atomic_fetch_add(&watched.units, worker->units);
    note_layout(worker->layout);
    *state = shared;
    clock_sleep_until_ns(clock_now_ns() + watched.opens_ns);
    if (atomic_fetch_add(&watched.opened, 1) + 1 == watched.fails_in_open) {
        return -ENOSPC;
    }
    return 0;
}

static uint64_t watch_compute(void *state, uint64_t item, uint64_t units)
{
    (void)state;
    note_most(&watched.holders_most, atomic_fetch_add(&watched.holders, 1) + 1);
    if (item < WATCHED_ITEMS_MAX) {
        atomic_fetch_add(&watched.computed[item], 1);
    }
    if (watched.inside_ns) {
        clock_sleep_until_ns(clock_now_ns() + watched.inside_ns);
    }
    if (watched.widens_its_mask) {
        cpu_set_t all;
        memset(&all, 0xff, sizeof all);
        sched_setaffinity(0, sizeof all, &all);
    }
    atomic_fetch_sub(&watched.holders, 1);
    return item + units;
}

static int watch_finish(void *state)
{
    (void)state;
    note_most(&watched.holders_most, atomic_fetch_add(&watched.holders, 1) + 1);
    if (watched.inside_ns) {
        clock_sleep_until_ns(clock_now_ns() + watched.inside_ns);
    }
    atomic_fetch_sub(&watched.holders, 1);
    return atomic_fetch_add(&watched.finished, 1) + 1 == watched.fails_in_finish ? -EIO : 0;
}

static int watch_close(void *state)
{
    (void)state;
    return atomic_fetch_add(&watched.closed, 1) + 1 == watched.fails_in_close ? -EILSEQ : 0;
}

static uint64_t watch_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    (void)spec;
    return item + units;
}

const struct kernel watched_kernel = {
    .name = "watched",
    .share = watch_share,
    .unshare = watch_unshare,
    .open = watch_open,
    .compute = watch_compute,
    .finish = watch_finish,
    .close = watch_close,
    .expect = watch_expect,
};

enum watched_fails watched_fails;

static int watch_enter(const struct task_spec *spec, const struct engine_cell *cell, void **shared,
                       struct engine_notes *notes)
{
    (void)spec, (void)cell, (void)shared, (void)notes;
    return watched_fails == WATCHED_FAIL_ENTER ? -EMFILE : 0;
}

static int watch_engine_open(const struct task_spec *spec, const struct engine_cell *cell,
                             unsigned thread, void *shared, void **state)
{
    return watched_fails == WATCHED_FAIL_OPEN
               ? -EMFILE
               : engines_find("none")->open(spec, cell, thread, shared, state);
}

static int watch_wait(void *state, uint64_t item, uint64_t *result)
{
    (void)state, (void)item;
    note_most(&watched.waiting_most, atomic_fetch_add(&watched.waiting, 1) + 1);
    clock_sleep_until_ns(clock_now_ns() + 1000000);
    atomic_fetch_sub(&watched.waiting, 1);
    *result = 0;
    return watched_fails == WATCHED_FAIL_WAIT ? -EMFILE : 0;
}

static int watch_submit(void *state, uint32_t slot, uint64_t item)
{
    return watched_fails == WATCHED_FAIL_SUBMIT ? -EMFILE
                                                : engines_find("none")->submit(state, slot, item);
}

static int watch_reap(void *state, uint32_t most, struct completion *done)
{
    return watched_fails == WATCHED_FAIL_REAP ? -EMFILE
                                              : engines_find("none")->reap(state, most, done);
}

static uint64_t watch_engine_expect(const struct task_spec *spec, uint64_t item)
{
    (void)spec, (void)item;
    return 0;
}

const struct engine watched_engine = {
    .name = "watched",
    .waits = true,
    .enter = watch_enter,
    .open = watch_engine_open,
    .wait = watch_wait,
    .submit = watch_submit,
    .reap = watch_reap,
    .close = free,
    .expect = watch_engine_expect,
};
