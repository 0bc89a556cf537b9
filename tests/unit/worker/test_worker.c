/* The worker loop, in one process and without MPI: the same sum at every point, every task once,
 * failures reported, one holder of the lock. */
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "unit/place.h"
#include "unit/suite.h"
#include "worker/worker.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define SMALL_BYTES 65536.0

static struct worker_result run(const struct place *place, const struct kernel *kernel,
                                const struct engine *engine, const struct task_spec *spec,
                                struct point point)
{
    void *shared = NULL;
    struct memory memory = {0};
    memory_measure_shared(&memory);
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

/* A task of a few units for any kernel, and waits that are short. */
static struct task_spec small_spec(const struct kernel *kernel, uint64_t tasks, uint32_t waits)
{
    struct task_spec spec = {.tasks = tasks, .work = 11, .waits = waits, .seed = 7};
    for (size_t i = 0; kernel->options && kernel->options[i].name; i++) {
        const struct option *option = &kernel->options[i];
        spec.kernel_option[i] = option->kind == OPTION_BYTES ? SMALL_BYTES : option->fallback;
    }
    spec.engine_option[0] = 20e-6; /* the timer's latency */
    return spec;
}

static struct point at(int threads, int depth)
{
    return (struct point){.ranks = 1, .threads = threads, .depth = depth, .cores = 1};
}

/* For T in 1 … 8 and the depths given. */
static void check_sums(const struct kernel *kernel, const struct engine *engine, uint64_t tasks,
                       const int *depths, size_t depth_count)
{
    struct place place = place_take();
    struct task_spec spec = small_spec(kernel, tasks, 2);
    uint64_t expected = worker_expected_sum(kernel, engine, &spec, tasks);
    int wrong = 0;
    for (int threads = 1; threads <= 8; threads++) {
        for (size_t d = 0; d < depth_count; d++) {
            struct worker_result result =
                run(&place, kernel, engine, &spec, at(threads, depths[d]));
            wrong += result.error || result.sum != expected || result.tasks != tasks;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    place_give_back(&place);
}

static void every_kernel_and_engine_gives_the_sum_expected_at_every_point(void)
{
    static const int depths[] = {1, 2, 7, 64};
    for (const struct kernel *const *kernel = kernels_all; *kernel; kernel++) {
        check_sums(*kernel, engines_find("none"), 97, depths, 4);
        check_sums(*kernel, engines_find("timer"), 97, depths, 4);
    }
}

static void every_depth_up_to_64_gives_the_sum_expected(void)
{
    int depths[64];
    for (int d = 0; d < 64; d++) {
        depths[d] = d + 1;
    }
    check_sums(kernels_find("flops"), engines_find("none"), 97, depths, 64);
}

static void workers_may_have_nothing_to_do(void)
{
    static const int depths[] = {1, 5};
    check_sums(kernels_find("flops"), engines_find("timer"), 0, depths, 2);
    check_sums(kernels_find("flops"), engines_find("timer"), 3, depths, 2);
}

static void the_sum_tells_tasks_and_waits_apart(void)
{
    const struct kernel *flops = kernels_find("flops");
    const struct engine *none = engines_find("none"), *timer = engines_find("timer");
    struct task_spec spec = small_spec(flops, 10, 2), fewer_waits = small_spec(flops, 10, 1);
    uint64_t sum = worker_expected_sum(flops, none, &spec, 10);
    CU_ASSERT_EQUAL(worker_expected_sum(flops, timer, &spec, 10), sum); /* both give 0 */
    CU_ASSERT_EQUAL(worker_expected_sum(flops, none, &spec, 0), 0);
    CU_ASSERT_NOT_EQUAL(worker_expected_sum(flops, none, &spec, 9), sum);
    CU_ASSERT_NOT_EQUAL(worker_expected_sum(flops, none, &spec, 11), sum);
    CU_ASSERT_NOT_EQUAL(worker_expected_sum(flops, none, &fewer_waits, 10), sum);
    spec.work++;
    CU_ASSERT_NOT_EQUAL(worker_expected_sum(flops, none, &spec, 10), sum);
}

/* A million tasks of a kernel whose expectation takes long but is the same for every item. */
static void the_sum_of_many_tasks_is_found_at_once(void)
{
    const struct kernel *primes = kernels_find("primes");
    struct task_spec spec = small_spec(primes, 1000000, 2);
    int64_t start_ns = clock_now_ns();
    CU_ASSERT_NOT_EQUAL(worker_expected_sum(primes, engines_find("none"), &spec, spec.tasks), 0);
    CU_ASSERT(clock_now_ns() - start_ns < INT64_C(5000000000));
}

/* A kernel that counts each item and what its workers do at the same time. */
enum { ITEMS_MAX = 4096 };

static struct {
    atomic_int computed[ITEMS_MAX];
    atomic_int opened, finished, closed, shared, unshared;
    atomic_int holders, holders_most;
    atomic_int waiting, waiting_most;
    int fails_in_open, fails_in_close; /* which call of them, from 1 on; 0: none */
    int fails_in_share, fails_in_finish, fails_in_unshare;
    int64_t inside_ns; /* stays so long inside compute */
    int64_t opens_ns;  /* and takes so long to open */
    bool widens_its_mask;
} watch;

static void forget_all(void)
{
    memset(&watch, 0, sizeof watch);
}

static void note_most(atomic_int *most, int now)
{
    int seen = atomic_load(most);
    while (now > seen && !atomic_compare_exchange_weak(most, &seen, now)) {
    }
}

static int watch_share(const struct task_spec *spec, const struct kernel_sharing *sharing,
                       void **shared)
{
    CU_ASSERT_EQUAL(sharing->tasks, spec->tasks);
    CU_ASSERT(sharing->rank < sharing->ranks && sharing->ranks <= sharing->workers);
    *shared = &watch;
    if (watch.fails_in_share) {
        return -ENOMEM;
    }
    atomic_fetch_add(&watch.shared, 1);
    return 0;
}

static int watch_unshare(void *shared, struct kernel_notes *notes)
{
    CU_ASSERT_PTR_EQUAL(shared, &watch);
    atomic_fetch_add(&watch.unshared, 1);
    notes->lost = 3;
    return watch.fails_in_unshare ? -EILSEQ : 0;
}

static int watch_open(const struct task_spec *spec, unsigned workers, void *shared, void **state)
{
    (void)spec, (void)workers;
    *state = shared;
    clock_sleep_until_ns(clock_now_ns() + watch.opens_ns);
    if (atomic_fetch_add(&watch.opened, 1) + 1 == watch.fails_in_open) {
        return -ENOSPC;
    }
    return 0;
}

static uint64_t watch_compute(void *state, uint64_t item, uint64_t units)
{
    (void)state;
    note_most(&watch.holders_most, atomic_fetch_add(&watch.holders, 1) + 1);
    if (item < ITEMS_MAX) {
        atomic_fetch_add(&watch.computed[item], 1);
    }
    if (watch.inside_ns) {
        clock_sleep_until_ns(clock_now_ns() + watch.inside_ns);
    }
    if (watch.widens_its_mask) {
        cpu_set_t all;
        memset(&all, 0xff, sizeof all);
        sched_setaffinity(0, sizeof all, &all);
    }
    atomic_fetch_sub(&watch.holders, 1);
    return item + units;
}

static int watch_finish(void *state)
{
    (void)state;
    note_most(&watch.holders_most, atomic_fetch_add(&watch.holders, 1) + 1);
    if (watch.inside_ns) {
        clock_sleep_until_ns(clock_now_ns() + watch.inside_ns);
    }
    atomic_fetch_sub(&watch.holders, 1);
    return atomic_fetch_add(&watch.finished, 1) + 1 == watch.fails_in_finish ? -EIO : 0;
}

static int watch_close(void *state)
{
    (void)state;
    return atomic_fetch_add(&watch.closed, 1) + 1 == watch.fails_in_close ? -EILSEQ : 0;
}

static uint64_t watch_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    (void)spec;
    return item + units;
}

static const struct kernel watched_kernel = {
    .name = "watched",
    .share = watch_share,
    .unshare = watch_unshare,
    .open = watch_open,
    .compute = watch_compute,
    .finish = watch_finish,
    .close = watch_close,
    .expect = watch_expect,
};

static void every_item_is_computed_once_whatever_the_shares(void)
{
    struct place place = place_take();
    const struct engine *none = engines_find("none");
    static const struct point points[] = {{1, 1, 1, 1}, {1, 3, 1, 1}, {5, 1, 1, 1},
                                          {3, 4, 1, 1}, {1, 1, 9, 1}, {2, 3, 5, 1}};
    for (size_t p = 0; p < sizeof points / sizeof points[0]; p++) {
        struct task_spec spec = {.tasks = 103, .waits = 2, .work = 5};
        forget_all();
        uint64_t sum = 0, tasks = 0;
        for (int rank = 0; rank < points[p].ranks; rank++) { /* each as its process would */
            struct worker_cell cell = {.kernel = &watched_kernel,
                                       .engine = none,
                                       .spec = &spec,
                                       .tasks = spec.tasks,
                                       .point = points[p],
                                       .rank = rank,
                                       .topo = place.topo};
            struct worker_result result;
            worker_run(&cell, &result);
            CU_ASSERT_EQUAL(result.error, 0);
            sum += result.sum;
            tasks += result.tasks;
            uint64_t fair = spec.tasks / (uint64_t)points[p].ranks;
            CU_ASSERT(result.tasks + (uint64_t)points[p].threads >= fair);
            CU_ASSERT(result.tasks <= fair + (uint64_t)points[p].threads);
        }
        CU_ASSERT_EQUAL(tasks, spec.tasks);
        CU_ASSERT_EQUAL(sum, worker_expected_sum(&watched_kernel, none, &spec, spec.tasks));
        int wrong = 0;
        for (uint64_t item = 0; item < ITEMS_MAX; item++) {
            wrong += watch.computed[item] != (item < spec.tasks * 3);
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(watch.opened, point_workers(points[p]));
        CU_ASSERT_EQUAL(watch.finished, watch.opened);
        CU_ASSERT_EQUAL(watch.closed, watch.opened);
        CU_ASSERT_EQUAL(watch.shared, points[p].ranks);
        CU_ASSERT_EQUAL(watch.unshared, points[p].ranks);
    }
    place_give_back(&place);
}

/* An engine that notes how many wait at the same time, and can fail. */
static enum { FAIL_NOWHERE, FAIL_ENTER, FAIL_OPEN, FAIL_WAIT, FAIL_SUBMIT, FAIL_REAP } fails;

static int watch_enter(const struct task_spec *spec, const struct engine_cell *cell, void **shared,
                       struct engine_notes *notes)
{
    (void)spec, (void)cell, (void)shared, (void)notes;
    return fails == FAIL_ENTER ? -EMFILE : 0;
}

static int watch_engine_open(const struct task_spec *spec, const struct engine_cell *cell,
                             unsigned thread, void *shared, void **state)
{
    return fails == FAIL_OPEN ? -EMFILE
                              : engines_find("none")->open(spec, cell, thread, shared, state);
}

static int watch_wait(void *state, uint64_t item, uint64_t *result)
{
    (void)state, (void)item;
    note_most(&watch.waiting_most, atomic_fetch_add(&watch.waiting, 1) + 1);
    clock_sleep_until_ns(clock_now_ns() + 1000000);
    atomic_fetch_sub(&watch.waiting, 1);
    *result = 0;
    return fails == FAIL_WAIT ? -EMFILE : 0;
}

static int watch_submit(void *state, uint32_t slot, uint64_t item)
{
    return fails == FAIL_SUBMIT ? -EMFILE : engines_find("none")->submit(state, slot, item);
}

static int watch_reap(void *state, uint32_t most, struct completion *done)
{
    return fails == FAIL_REAP ? -EMFILE : engines_find("none")->reap(state, most, done);
}

static uint64_t watch_engine_expect(const struct task_spec *spec, uint64_t item)
{
    (void)spec, (void)item;
    return 0;
}

static const struct engine watched_engine = {
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

static void the_lock_has_one_holder_who_frees_it_to_wait(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 40, .waits = 1, .work = 2, .lock = true};
    forget_all();
    watch.inside_ns = 100000;
    CU_ASSERT_EQUAL(run(&place, &watched_kernel, &watched_engine, &spec, at(8, 1)).error, 0);
    CU_ASSERT_EQUAL(watch.holders_most, 1);
    CU_ASSERT(watch.waiting_most > 1);
    forget_all();
    watch.inside_ns = 100000;
    CU_ASSERT_EQUAL(run(&place, &watched_kernel, &watched_engine, &spec, at(8, 4)).error, 0);
    CU_ASSERT_EQUAL(watch.holders_most, 1);
    forget_all();
    watch.inside_ns = 1000000;
    spec.lock = false; /* and now it shows that they can meet */
    CU_ASSERT_EQUAL(run(&place, &watched_kernel, &watched_engine, &spec, at(8, 1)).error, 0);
    CU_ASSERT(watch.holders_most > 1);
    place_give_back(&place);
}

static void a_kernel_that_fails_to_open_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    for (int threads = 1; threads <= 4; threads++) {
        for (int failing = 1; failing <= threads; failing++) {
            forget_all();
            watch.fails_in_open = failing;
            struct worker_result result =
                run(&place, &watched_kernel, engines_find("none"), &spec, at(threads, 2));
            CU_ASSERT_EQUAL(result.error, ENOSPC);
            CU_ASSERT_EQUAL(result.tasks, 0);
            CU_ASSERT_EQUAL(watch.computed[0], 0);
            CU_ASSERT_EQUAL(watch.opened, threads);
            CU_ASSERT_EQUAL(watch.closed, threads - 1); /* those that did open */
            CU_ASSERT_EQUAL(watch.unshared, 1);
        }
    }
    place_give_back(&place);
}

static void a_kernel_that_fails_to_share_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    forget_all();
    watch.fails_in_share = 1;
    struct worker_result result =
        run(&place, &watched_kernel, engines_find("none"), &spec, at(2, 2));
    CU_ASSERT_EQUAL(result.error, ENOMEM);
    CU_ASSERT_EQUAL(result.tasks, 0);
    CU_ASSERT_EQUAL(watch.opened, 0);
    CU_ASSERT_EQUAL(watch.unshared, 0);
    place_give_back(&place);
}

static void a_kernel_that_finds_damage_at_the_end_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    forget_all();
    watch.fails_in_close = 2;
    struct worker_result result =
        run(&place, &watched_kernel, engines_find("none"), &spec, at(3, 2));
    CU_ASSERT_EQUAL(result.error, EILSEQ);
    CU_ASSERT_EQUAL(result.tasks, 100);
    CU_ASSERT_EQUAL(watch.closed, 3);
    place_give_back(&place);
}

static void a_kernel_that_fails_to_finish_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    forget_all();
    watch.fails_in_finish = 2;
    struct worker_result result =
        run(&place, &watched_kernel, engines_find("none"), &spec, at(3, 2));
    CU_ASSERT_EQUAL(result.error, EIO);
    CU_ASSERT_EQUAL(watch.finished, 3);
    CU_ASSERT_EQUAL(watch.closed, 3);
    CU_ASSERT_EQUAL(watch.unshared, 1);
    place_give_back(&place);
}

static void what_a_kernel_finds_when_all_have_ended_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    forget_all();
    struct worker_result result =
        run(&place, &watched_kernel, engines_find("none"), &spec, at(3, 2));
    CU_ASSERT_EQUAL(result.error, 0);
    CU_ASSERT_EQUAL(result.kernel_notes.lost, 3);
    watch.fails_in_unshare = 1;
    result = run(&place, &watched_kernel, engines_find("none"), &spec, at(3, 2));
    CU_ASSERT_EQUAL(result.error, EILSEQ);
    result = run(&place, kernels_find("primes"), engines_find("none"), &spec, at(3, 2));
    CU_ASSERT(isnan(result.kernel_notes.lost));
    place_give_back(&place);
}

static void an_engine_that_fails_anywhere_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 20, .waits = 1, .work = 1};
    for (fails = FAIL_NOWHERE; fails <= FAIL_REAP; fails++) {
        for (int depth = 1; depth <= 2; depth++) {
            forget_all();
            struct worker_result result =
                run(&place, &watched_kernel, &watched_engine, &spec, at(2, depth));
            bool called = fails == FAIL_ENTER || fails == FAIL_OPEN ||
                          (fails == FAIL_WAIT && depth == 1) || (fails > FAIL_WAIT && depth > 1);
            CU_ASSERT_EQUAL(result.error, called ? EMFILE : 0);
            CU_ASSERT_EQUAL(result.tasks < spec.tasks, called);
            CU_ASSERT_EQUAL(watch.closed, watch.opened);
            CU_ASSERT_EQUAL(watch.unshared, watch.shared);
        }
    }
    fails = FAIL_NOWHERE;
    place_give_back(&place);
}

static void the_depth_achieved_is_near_the_depth_asked_for(void)
{
    struct place place = place_take();
    const struct kernel *none = kernels_find("none");
    static const int depths[] = {2, 8, 64, 256};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        struct task_spec spec = {.tasks = (uint64_t)depths[i] * 2 * 8, .waits = 1};
        spec.engine_option[0] = 2e-3;
        struct worker_result result =
            run(&place, none, engines_find("timer"), &spec, at(2, depths[i]));
        CU_ASSERT_EQUAL(result.error, 0);
        CU_ASSERT(result.depth >= 0.6 * depths[i]);
        CU_ASSERT(result.depth <= 1.001 * depths[i]);
        CU_ASSERT(result.end_ns - result.start_ns >= 8 * 2000000);
        CU_ASSERT(result.end_ns - result.start_ns < INT64_C(4000000) * (int64_t)spec.tasks);
    }
    place_give_back(&place);
}

/* Fewer tasks than places: what was achieved says so. */
static void the_depth_achieved_is_no_more_than_there_were_tasks(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 3, .waits = 4};
    spec.engine_option[0] = 2e-3;
    struct worker_result result =
        run(&place, kernels_find("none"), engines_find("timer"), &spec, at(1, 64));
    CU_ASSERT(result.depth > 1.5 && result.depth <= 3.001);
    result = run(&place, kernels_find("none"), engines_find("timer"), &spec, at(3, 1));
    CU_ASSERT_DOUBLE_EQUAL(result.depth, 1, 1e-9);
    place_give_back(&place);
}

static void the_time_is_that_of_the_waits_and_the_usage_is_there(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 4, .waits = 5};
    spec.engine_option[0] = 1e-3;
    int64_t before_ns = clock_now_ns();
    struct worker_result result =
        run(&place, kernels_find("none"), engines_find("timer"), &spec, at(2, 1));
    CU_ASSERT(result.start_ns >= before_ns);
    CU_ASSERT(result.end_ns <= clock_now_ns());
    CU_ASSERT(result.end_ns - result.start_ns >= 2 * 5 * 1000000);
    CU_ASSERT(result.used.cpu_s >= 0);
    CU_ASSERT(result.used.switches_voluntary >= 4 * 5 - 2);
    CU_ASSERT(result.memory_bytes > 0);
    place_give_back(&place);
}

static void setting_up_is_timed_apart(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 4, .waits = 1, .work = 1};
    const struct engine *none = engines_find("none");
    forget_all();
    double quick_s = run(&place, &watched_kernel, none, &spec, at(2, 1)).setup_s;
    watch.opens_ns = 20000000;
    struct worker_result slow = run(&place, &watched_kernel, none, &spec, at(2, 1));
    CU_ASSERT(quick_s > 0);
    CU_ASSERT(slow.setup_s >= 0.02);
    struct worker_cell cell = {.kernel = &watched_kernel,
                               .engine = none,
                               .spec = &spec,
                               .tasks = spec.tasks,
                               .point = at(2, 1),
                               .topo = place.topo,
                               .begun_ns = clock_now_ns() - 5000000000};
    watch.opens_ns = 0;
    worker_run(&cell, &slow);
    CU_ASSERT(slow.setup_s >= 5);
    place_give_back(&place);
}

/* Ends by task, of one rank; the arrays before and after its share must stay as they were. */
static void note_ends(const struct place *place, struct point point, int rank,
                      const struct task_spec *spec, int64_t *ended_ns)
{
    struct worker_cell cell = {
        .kernel = &watched_kernel,
        .engine = engines_find("none"),
        .spec = spec,
        .tasks = spec->tasks,
        .point = point,
        .rank = rank,
        .topo = place->topo,
        .ended_ns =
            ended_ns + worker_share_begin(spec->tasks, (uint64_t)rank, (uint64_t)point.ranks),
    };
    struct worker_result result;
    worker_run(&cell, &result);
    CU_ASSERT_EQUAL(result.error, 0);
}

static void the_ends_of_tasks_are_noted_in_their_order(void)
{
    enum { TASKS = 6, DEPTH = 3 };
    struct place place = place_take();
    struct task_spec spec = {.tasks = TASKS, .waits = 1, .work = 1};
    /* of waits that end at once the last begun ends first, its slot takes the next task */
    static const int blocking[TASKS] = {0, 1, 2, 3, 4, 5}, in_flight[TASKS] = {2, 1, 0, 5, 4, 3};
    int64_t ended_ns[TASKS];
    forget_all();
    watch.inside_ns = 1000;
    note_ends(&place, at(1, 1), 0, &spec, ended_ns);
    for (int i = 1; i < TASKS; i++) {
        CU_ASSERT(ended_ns[blocking[i]] > ended_ns[blocking[i - 1]]);
    }
    note_ends(&place, at(1, DEPTH), 0, &spec, ended_ns);
    for (int i = 1; i < TASKS; i++) {
        CU_ASSERT(ended_ns[in_flight[i]] > ended_ns[in_flight[i - 1]]);
    }
    place_give_back(&place);
}

static void the_end_of_every_task_is_noted_once_whatever_the_shares(void)
{
    enum { TASKS = 101 };
    struct place place = place_take();
    struct task_spec spec = {.tasks = TASKS, .waits = 2, .work = 1};
    static const struct point points[] = {{1, 1, 1, 1}, {1, 3, 1, 1}, {5, 1, 1, 1},
                                          {3, 4, 2, 1}, {1, 1, 9, 1}, {103, 1, 1, 1}};
    for (size_t p = 0; p < sizeof points / sizeof points[0]; p++) {
        int64_t ended_ns[TASKS] = {0}, before_ns = clock_now_ns();
        int wrong = 0;
        for (int rank = 0; rank < points[p].ranks; rank++) {
            int end = TASKS * (rank + 1) / points[p].ranks;
            note_ends(&place, points[p], rank, &spec, ended_ns);
            for (int i = 0; i < TASKS; i++) {
                wrong += i < end ? ended_ns[i] < before_ns : ended_ns[i] != 0;
            }
        }
        CU_ASSERT_EQUAL(wrong, 0);
    }
    place_give_back(&place);
}

static void no_worker_is_misbound_under_the_plain_mask(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 50, .waits = 1, .work = 1};
    for (int cores = topo_cores(place.topo); cores >= 1; cores--) {
        for (int threads = cores; threads <= cores + 4; threads++) {
            struct point point = {.ranks = 1, .threads = threads, .depth = 2, .cores = cores};
            CU_ASSERT_EQUAL(
                run(&place, &watched_kernel, engines_find("none"), &spec, point).misbound, 0);
        }
    }
    place_give_back(&place);
}

static void workers_that_leave_their_place_are_misbound(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 50, .waits = 1, .work = 1};
    cpu_set_t all;
    memset(&all, 0xff, sizeof all);
    sched_setaffinity(0, sizeof all, &all);
    sched_getaffinity(0, sizeof all, &all);
    forget_all();
    watch.widens_its_mask = true;
    struct worker_result result =
        run(&place, &watched_kernel, engines_find("none"), &spec, at(3, 1));
    CU_ASSERT_EQUAL(result.misbound, CPU_COUNT(&all) > 1 ? 3 : 0);
    CU_ASSERT_EQUAL(result.error, 0);
    place_give_back(&place);
}

/* A minute is enough on any machine; then nothing holds the process. */
static void ask_to_end(int signal_number)
{
    (void)signal_number;
    kill(getpid(), SIGUSR1);
    signal(SIGALRM, SIG_DFL);
    alarm(60);
}

/* Asked to end 0.3 s after its beginning, a cell that would take minutes. In a process of its own,
 * for the request stays; killed when it is not heard. */
static int ends_early(uint32_t waits, double latency_s, int depth)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct place place = place_take();
        struct task_spec spec = {.tasks = UINT64_C(1) << 40, .waits = waits};
        spec.engine_option[0] = latency_s;
        const struct itimerval soon = {.it_value = {.tv_usec = 300000}};
        interrupt_catch();
        signal(SIGALRM, ask_to_end);
        setitimer(ITIMER_REAL, &soon, NULL);
        struct worker_result result =
            run(&place, kernels_find("none"), engines_find("timer"), &spec, at(1, depth));
        _exit(result.error == ECANCELED ? 0 : 1);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_request_to_end_is_heard_between_tasks_and_in_waits(void)
{
    CU_ASSERT_EQUAL(ends_early(0, 0, 1), 0);
    CU_ASSERT_EQUAL(ends_early(0, 0, 3), 0);
    CU_ASSERT_EQUAL(ends_early(100000, 1e-4, 1), 0);
    if (getenv("TSAN_OPTIONS")) {
        printf(
            "     long waits are not tried: ThreadSanitizer holds signals back in a process that "
            "was forked from several threads\n");
        return;
    }
    CU_ASSERT_EQUAL(ends_early(1, 1000, 1), 0);
    CU_ASSERT_EQUAL(ends_early(1, 1000, 3), 0);
}

static const CU_TestInfo tests[] = {
    {"a request to end is heard between tasks and in waits",
     a_request_to_end_is_heard_between_tasks_and_in_waits},
    {"every kernel and engine gives the sum expected at every point",
     every_kernel_and_engine_gives_the_sum_expected_at_every_point},
    {"every depth up to 64 gives the sum expected", every_depth_up_to_64_gives_the_sum_expected},
    {"workers may have nothing to do", workers_may_have_nothing_to_do},
    {"the sum tells tasks and waits apart", the_sum_tells_tasks_and_waits_apart},
    {"the sum of a million tasks is found at once", the_sum_of_many_tasks_is_found_at_once},
    {"every item is computed once, whatever the shares",
     every_item_is_computed_once_whatever_the_shares},
    {"the lock has one holder, who frees it to wait", the_lock_has_one_holder_who_frees_it_to_wait},
    {"a kernel that fails to open is reported", a_kernel_that_fails_to_open_is_reported},
    {"a kernel that fails to share is reported", a_kernel_that_fails_to_share_is_reported},
    {"a kernel that fails to finish is reported", a_kernel_that_fails_to_finish_is_reported},
    {"what a kernel finds when all have ended is reported",
     what_a_kernel_finds_when_all_have_ended_is_reported},
    {"a kernel that finds damage at the end is reported",
     a_kernel_that_finds_damage_at_the_end_is_reported},
    {"an engine that fails anywhere is reported", an_engine_that_fails_anywhere_is_reported},
    {"the depth achieved is near the depth asked for",
     the_depth_achieved_is_near_the_depth_asked_for},
    {"the depth achieved is no more than there were tasks",
     the_depth_achieved_is_no_more_than_there_were_tasks},
    {"the time is that of the waits", the_time_is_that_of_the_waits_and_the_usage_is_there},
    {"setting up is timed apart", setting_up_is_timed_apart},
    {"the ends of tasks are noted in their order", the_ends_of_tasks_are_noted_in_their_order},
    {"the end of every task is noted once, whatever the shares",
     the_end_of_every_task_is_noted_once_whatever_the_shares},
    {"no worker is misbound under the plain mask", no_worker_is_misbound_under_the_plain_mask},
    {"workers that leave their place are misbound", workers_that_leave_their_place_are_misbound},
    CU_TEST_INFO_NULL,
};

SUITE("worker", tests);
