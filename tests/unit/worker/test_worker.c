/* What a cell needs around the loop, in one process and without MPI: the sum that is expected,
 * failures reported wherever they happen, workers bound, setting up timed apart. */
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "system/clock.h"
#include "unit/suite.h"
#include "unit/worker/watched.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <string.h>

static void the_sum_tells_tasks_and_waits_apart(void)
{
    const struct kernel *flops = kernels_find("flops");
    const struct engine *none = engines_find("none"), *timer = engines_find("timer");
    struct task_spec spec = watched_spec(flops, 10, 2), fewer_waits = watched_spec(flops, 10, 1);
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
    struct task_spec spec = watched_spec(primes, 1000000, 2);
    int64_t start_ns = clock_now_ns();
    CU_ASSERT_NOT_EQUAL(worker_expected_sum(primes, engines_find("none"), &spec, spec.tasks), 0);
    CU_ASSERT(clock_now_ns() - start_ns < INT64_C(5000000000));
}

static void a_kernel_that_fails_to_open_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    for (int threads = 1; threads <= 4; threads++) {
        for (int failing = 1; failing <= threads; failing++) {
            watched_forget();
            watched.fails_in_open = failing;
            struct worker_result result = watched_run(&place, &watched_kernel, engines_find("none"),
                                                      &spec, watched_at(threads, 2));
            CU_ASSERT_EQUAL(result.error, ENOSPC);
            CU_ASSERT_EQUAL(result.tasks, 0);
            CU_ASSERT_EQUAL(watched.computed[0], 0);
            CU_ASSERT_EQUAL(watched.opened, threads);
            CU_ASSERT_EQUAL(watched.closed, threads - 1); /* those that did open */
            CU_ASSERT_EQUAL(watched.unshared, 1);
        }
    }
    place_give_back(&place);
}

static void a_kernel_that_fails_to_share_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    watched_forget();
    watched.fails_in_share = 1;
    struct worker_result result =
        watched_run(&place, &watched_kernel, engines_find("none"), &spec, watched_at(2, 2));
    CU_ASSERT_EQUAL(result.error, ENOMEM);
    CU_ASSERT_EQUAL(result.tasks, 0);
    CU_ASSERT_EQUAL(watched.opened, 0);
    CU_ASSERT_EQUAL(watched.unshared, 0);
    place_give_back(&place);
}

static void a_kernel_that_finds_damage_at_the_end_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    watched_forget();
    watched.fails_in_close = 2;
    struct worker_result result =
        watched_run(&place, &watched_kernel, engines_find("none"), &spec, watched_at(3, 2));
    CU_ASSERT_EQUAL(result.error, EILSEQ);
    CU_ASSERT_EQUAL(result.tasks, 100);
    CU_ASSERT_EQUAL(watched.closed, 3);
    place_give_back(&place);
}

static void a_kernel_that_fails_to_finish_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    watched_forget();
    watched.fails_in_finish = 2;
    struct worker_result result =
        watched_run(&place, &watched_kernel, engines_find("none"), &spec, watched_at(3, 2));
    CU_ASSERT_EQUAL(result.error, EIO);
    CU_ASSERT_EQUAL(watched.finished, 3);
    CU_ASSERT_EQUAL(watched.closed, 3);
    CU_ASSERT_EQUAL(watched.unshared, 1);
    place_give_back(&place);
}

static void what_a_kernel_finds_when_all_have_ended_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 100, .waits = 1, .work = 1};
    watched_forget();
    struct worker_result result =
        watched_run(&place, &watched_kernel, engines_find("none"), &spec, watched_at(3, 2));
    CU_ASSERT_EQUAL(result.error, 0);
    CU_ASSERT_EQUAL(result.kernel_notes.lost, 3);
    watched.fails_in_unshare = 1;
    result = watched_run(&place, &watched_kernel, engines_find("none"), &spec, watched_at(3, 2));
    CU_ASSERT_EQUAL(result.error, EILSEQ);
    result =
        watched_run(&place, kernels_find("primes"), engines_find("none"), &spec, watched_at(3, 2));
    CU_ASSERT(isnan(result.kernel_notes.lost));
    place_give_back(&place);
}

static void a_kernel_is_told_how_much_each_worker_computes(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 10, .waits = 1, .work = 7};
    for (int threads = 1; threads <= 4; threads++) {
        watched_forget();
        watched_run(&place, &watched_kernel, engines_find("none"), &spec, watched_at(threads, 1));
        CU_ASSERT_EQUAL(watched.units, spec.tasks * spec.work);
    }
    place_give_back(&place);
}

/* Of the layouts that were given, how many are the same as one before. */
static int repeated_layouts(void)
{
    int repeated = 0;
    for (int i = 0; i < watched.layouts.count; i++) {
        for (int before = 0; before < i; before++) {
            repeated += watched.layouts.given[i] == watched.layouts.given[before];
        }
    }
    return repeated;
}

static void memory_is_laid_anew_for_each_worker_and_visit(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 4, .waits = 0, .work = 1, .seed = 3};
    struct worker_cell cell = {.kernel = &watched_kernel,
                               .engine = engines_find("none"),
                               .spec = &spec,
                               .tasks = spec.tasks,
                               .point = watched_at(3, 1),
                               .topo = place.topo};
    struct worker_result result;
    watched_forget();
    for (cell.visit = 1; cell.visit <= 3; cell.visit++) {
        worker_run(&cell, &result);
    }
    CU_ASSERT_EQUAL(watched.layouts.count, 3 * (1 + 3)); /* of the rank, and of each worker */
    CU_ASSERT_EQUAL(repeated_layouts(), 0);
    cell.visit = 2; /* once more: it depends on nothing else */
    worker_run(&cell, &result);
    CU_ASSERT_EQUAL(repeated_layouts(), 1 + 3);
    place_give_back(&place);
}

static void an_engine_that_fails_anywhere_is_reported(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 20, .waits = 1, .work = 1};
    for (watched_fails = WATCHED_FAIL_NOWHERE; watched_fails <= WATCHED_FAIL_REAP;
         watched_fails++) {
        for (int depth = 1; depth <= 2; depth++) {
            watched_forget();
            struct worker_result result =
                watched_run(&place, &watched_kernel, &watched_engine, &spec, watched_at(2, depth));
            bool called = watched_fails == WATCHED_FAIL_ENTER ||
                          watched_fails == WATCHED_FAIL_OPEN ||
                          (watched_fails == WATCHED_FAIL_WAIT && depth == 1) ||
                          (watched_fails > WATCHED_FAIL_WAIT && depth > 1);
            CU_ASSERT_EQUAL(result.error, called ? EMFILE : 0);
            CU_ASSERT_EQUAL(result.tasks < spec.tasks, called);
            CU_ASSERT_EQUAL(watched.closed, watched.opened);
            CU_ASSERT_EQUAL(watched.unshared, watched.shared);
        }
    }
    watched_fails = WATCHED_FAIL_NOWHERE;
    place_give_back(&place);
}

static void setting_up_is_timed_apart(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 4, .waits = 1, .work = 1};
    const struct engine *none = engines_find("none");
    watched_forget();
    double quick_s = watched_run(&place, &watched_kernel, none, &spec, watched_at(2, 1)).setup_s;
    watched.opens_ns = 20000000;
    struct worker_result slow = watched_run(&place, &watched_kernel, none, &spec, watched_at(2, 1));
    CU_ASSERT(quick_s > 0);
    CU_ASSERT(slow.setup_s >= 0.02);
    struct worker_cell cell = {.kernel = &watched_kernel,
                               .engine = none,
                               .spec = &spec,
                               .tasks = spec.tasks,
                               .point = watched_at(2, 1),
                               .topo = place.topo,
                               .begun_ns = clock_now_ns() - 5000000000};
    watched.opens_ns = 0;
    worker_run(&cell, &slow);
    CU_ASSERT(slow.setup_s >= 5);
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
                watched_run(&place, &watched_kernel, engines_find("none"), &spec, point).misbound,
                0);
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
    watched_forget();
    watched.widens_its_mask = true;
    struct worker_result result =
        watched_run(&place, &watched_kernel, engines_find("none"), &spec, watched_at(3, 1));
    CU_ASSERT_EQUAL(result.misbound, CPU_COUNT(&all) > 1 ? 3 : 0);
    CU_ASSERT_EQUAL(result.error, 0);
    place_give_back(&place);
}

static const CU_TestInfo tests[] = {
    {"the sum tells tasks and waits apart", the_sum_tells_tasks_and_waits_apart},
    {"the sum of a million tasks is found at once", the_sum_of_many_tasks_is_found_at_once},
    {"a kernel that fails to open is reported", a_kernel_that_fails_to_open_is_reported},
    {"a kernel that fails to share is reported", a_kernel_that_fails_to_share_is_reported},
    {"a kernel that fails to finish is reported", a_kernel_that_fails_to_finish_is_reported},
    {"what a kernel finds when all have ended is reported",
     what_a_kernel_finds_when_all_have_ended_is_reported},
    {"a kernel that finds damage at the end is reported",
     a_kernel_that_finds_damage_at_the_end_is_reported},
    {"a kernel is told how much each worker computes",
     a_kernel_is_told_how_much_each_worker_computes},
    {"memory is laid anew for each worker and each visit",
     memory_is_laid_anew_for_each_worker_and_visit},
    {"an engine that fails anywhere is reported", an_engine_that_fails_anywhere_is_reported},
    {"setting up is timed apart", setting_up_is_timed_apart},
    {"no worker is misbound under the plain mask", no_worker_is_misbound_under_the_plain_mask},
    {"workers that leave their place are misbound", workers_that_leave_their_place_are_misbound},
    CU_TEST_INFO_NULL,
};

SUITE("worker", tests);
