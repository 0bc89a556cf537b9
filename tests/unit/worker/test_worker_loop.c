/* The worker loop, in one process and without MPI: the same sum at every point, every task once,
 * one holder of the lock, and as many in flight as asked for. */
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "model/placement.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "unit/suite.h"
#include "unit/worker/watched.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* For T in 1 … 8 and the depths given. */
static void check_sums(const struct kernel *kernel, const struct engine *engine, uint64_t tasks,
                       const int *depths, size_t depth_count)
{
    struct place place = place_take();
    struct task_spec spec = watched_spec(kernel, tasks, 2);
    uint64_t expected = worker_expected_sum(kernel, engine, &spec, tasks);
    int wrong = 0;
    for (int threads = 1; threads <= 8; threads++) {
        for (size_t d = 0; d < depth_count; d++) {
            struct worker_result result =
                watched_run(&place, kernel, engine, &spec, watched_at(threads, depths[d]));
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

static void every_item_is_computed_once_whatever_the_shares(void)
{
    struct place place = place_take();
    const struct engine *none = engines_find("none");
    static const struct point points[] = {{1, 1, 1, 1}, {1, 3, 1, 1}, {5, 1, 1, 1},
                                          {3, 4, 1, 1}, {1, 1, 9, 1}, {2, 3, 5, 1}};
    for (size_t p = 0; p < sizeof points / sizeof points[0]; p++) {
        struct task_spec spec = {.tasks = 103, .waits = 2, .work = 5};
        watched_forget();
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
        for (uint64_t item = 0; item < WATCHED_ITEMS_MAX; item++) {
            wrong += watched.computed[item] != (item < spec.tasks * 3);
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(watched.opened, point_workers(points[p]));
        CU_ASSERT_EQUAL(watched.finished, watched.opened);
        CU_ASSERT_EQUAL(watched.closed, watched.opened);
        CU_ASSERT_EQUAL(watched.shared, points[p].ranks);
        CU_ASSERT_EQUAL(watched.unshared, points[p].ranks);
    }
    place_give_back(&place);
}

static void the_lock_has_one_holder_who_frees_it_to_wait(void)
{
    struct place place = place_take();
    struct task_spec spec = {.tasks = 40, .waits = 1, .work = 2, .lock = true};
    watched_forget();
    watched.inside_ns = 100000;
    CU_ASSERT_EQUAL(
        watched_run(&place, &watched_kernel, &watched_engine, &spec, watched_at(8, 1)).error, 0);
    CU_ASSERT_EQUAL(watched.holders_most, 1);
    CU_ASSERT(watched.waiting_most > 1);
    watched_forget();
    watched.inside_ns = 100000;
    CU_ASSERT_EQUAL(
        watched_run(&place, &watched_kernel, &watched_engine, &spec, watched_at(8, 4)).error, 0);
    CU_ASSERT_EQUAL(watched.holders_most, 1);
    watched_forget();
    watched.inside_ns = 1000000;
    spec.lock = false; /* and now it shows that they can meet */
    CU_ASSERT_EQUAL(
        watched_run(&place, &watched_kernel, &watched_engine, &spec, watched_at(8, 1)).error, 0);
    CU_ASSERT(watched.holders_most > 1);
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
            watched_run(&place, none, engines_find("timer"), &spec, watched_at(2, depths[i]));
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
        watched_run(&place, kernels_find("none"), engines_find("timer"), &spec, watched_at(1, 64));
    CU_ASSERT(result.depth > 1.5 && result.depth <= 3.001);
    result =
        watched_run(&place, kernels_find("none"), engines_find("timer"), &spec, watched_at(3, 1));
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
        watched_run(&place, kernels_find("none"), engines_find("timer"), &spec, watched_at(2, 1));
    CU_ASSERT(result.start_ns >= before_ns);
    CU_ASSERT(result.end_ns <= clock_now_ns());
    CU_ASSERT(result.end_ns - result.start_ns >= 2 * 5 * 1000000);
    CU_ASSERT(result.used.cpu_s >= 0);
    CU_ASSERT(result.used.switches_voluntary >= 4 * 5 - 2);
    CU_ASSERT(result.memory_bytes > 0);
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
            ended_ns + placement_share_begin(spec->tasks, (uint64_t)rank, (uint64_t)point.ranks),
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
    watched_forget();
    watched.inside_ns = 1000;
    note_ends(&place, watched_at(1, 1), 0, &spec, ended_ns);
    for (int i = 1; i < TASKS; i++) {
        CU_ASSERT(ended_ns[blocking[i]] > ended_ns[blocking[i - 1]]);
    }
    note_ends(&place, watched_at(1, DEPTH), 0, &spec, ended_ns);
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
        struct worker_result result = watched_run(
            &place, kernels_find("none"), engines_find("timer"), &spec, watched_at(1, depth));
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
    {"every item is computed once, whatever the shares",
     every_item_is_computed_once_whatever_the_shares},
    {"the lock has one holder, who frees it to wait", the_lock_has_one_holder_who_frees_it_to_wait},
    {"the depth achieved is near the depth asked for",
     the_depth_achieved_is_near_the_depth_asked_for},
    {"the depth achieved is no more than there were tasks",
     the_depth_achieved_is_no_more_than_there_were_tasks},
    {"the time is that of the waits", the_time_is_that_of_the_waits_and_the_usage_is_there},
    {"the ends of tasks are noted in their order", the_ends_of_tasks_are_noted_in_their_order},
    {"the end of every task is noted once, whatever the shares",
     the_end_of_every_task_is_noted_once_whatever_the_shares},
    CU_TEST_INFO_NULL,
};

SUITE("worker loop", tests);
