#include "answer/bounds.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdbool.h>

/* Half a millisecond of compute and as much waiting, on two cores that are worth 1.5. */
static const struct bound_inputs mixed = {
    .compute_s = 0.5e-3, .wait_s = 0.5e-3, .cores_worth = 1.5, .tasks = 256};

static void test_cores_bound_where_enough_is_in_flight(void)
{
    struct bounds bounds = bounds_at(&mixed, (struct point){1, 2, 16, 2});
    CU_ASSERT_EQUAL(bounds.lowest, BOUND_CORES);
    CU_ASSERT_DOUBLE_EQUAL(bounds.tasks_per_s[BOUND_CORES], 3000, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(bounds.tasks_per_s[BOUND_DEPTH], 32000, 1e-9);
    CU_ASSERT(isinf(bounds.tasks_per_s[BOUND_MEMORY]));
    CU_ASSERT(isinf(bounds.tasks_per_s[BOUND_LOCK]));
}

static void test_depth_bounds_where_too_little_is_in_flight(void)
{
    struct bounds bounds = bounds_at(&mixed, (struct point){1, 2, 1, 2});
    CU_ASSERT_EQUAL(bounds.lowest, BOUND_DEPTH);
    CU_ASSERT_DOUBLE_EQUAL(bounds.tasks_per_s[BOUND_DEPTH], 2000, 1e-9);
}

static void test_no_more_in_flight_than_tasks(void)
{
    struct bound_inputs inputs = mixed;
    inputs.tasks = 2;
    struct bounds bounds = bounds_at(&inputs, (struct point){2, 8, 64, 2});
    CU_ASSERT_EQUAL(bounds.lowest, BOUND_DEPTH);
    CU_ASSERT_DOUBLE_EQUAL(bounds.tasks_per_s[BOUND_DEPTH], 2000, 1e-9);
}

static void test_depth_is_no_bound_of_pure_compute(void)
{
    struct bound_inputs inputs = {.compute_s = 1e-3, .cores_worth = 2, .tasks = 256};
    struct bounds bounds = bounds_at(&inputs, (struct point){1, 2, 1, 2});
    CU_ASSERT_EQUAL(bounds.lowest, BOUND_CORES);
    CU_ASSERT(isinf(bounds.tasks_per_s[BOUND_DEPTH]));
    inputs.tasks = 1;
    CU_ASSERT_EQUAL(bounds_at(&inputs, (struct point){1, 2, 1, 2}).lowest, BOUND_WAVES);
}

static double waves_s(const struct bound_inputs *inputs, struct point point)
{
    return (double)inputs->tasks / bounds_at(inputs, point).tasks_per_s[BOUND_WAVES];
}

static void test_whole_tasks_leave_cores_idle(void)
{
    struct bound_inputs inputs = {.compute_s = 1, .cores_worth = 2};
    for (inputs.tasks = 1; inputs.tasks <= 40; inputs.tasks++) {
        uint64_t whole = (inputs.tasks + 1) / 2;
        double waves = (double)whole;
        for (int threads = 2; threads <= 8; threads *= 2) {
            struct point many = {1, threads, 1, 2};
            CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, many), waves, 1e-9);
        }
        CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, (struct point){2, 1, 1, 2}), waves, 1e-9);
        enum bound lowest = bounds_at(&inputs, (struct point){1, 2, 1, 2}).lowest;
        CU_ASSERT_EQUAL(lowest, inputs.tasks % 2 == 0 ? BOUND_CORES : BOUND_WAVES);
    }
}

/* Cores that slow each other down: while both are busy, and no longer. */
static void test_last_core_has_its_speed_alone(void)
{
    struct bound_inputs inputs = {.compute_s = 1, .cores_worth = 1.25, .tasks = 3};
    CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, (struct point){1, 2, 1, 2}), 2 / 1.25 + 1, 1e-9);
    /* Two of four cores are still worth no more than all. */
    inputs.tasks = 6;
    CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, (struct point){1, 4, 1, 4}), 6 / 1.25, 1e-9);
    inputs.tasks = 5;
    CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, (struct point){1, 4, 1, 4}), 4 / 1.25 + 1, 1e-9);
}

static void test_equal_numbers_of_tasks_wait_for_the_slowest_core(void)
{
    const double slow_second[] = {1, 0.5}, slow_first[] = {1, 2};
    const struct point two = {1, 2, 1, 2};
    struct bound_inputs inputs = {
        .compute_s = 1, .cores_worth = 1, .tasks = 100, .speed = slow_second};
    struct bounds bounds = bounds_at(&inputs, two);
    CU_ASSERT_EQUAL(bounds.lowest, BOUND_WAVES);
    CU_ASSERT_DOUBLE_EQUAL(bounds.tasks_per_s[BOUND_WAVES], 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(bounds.tasks_per_s[BOUND_CORES], 1.5, 1e-9);
    inputs.tasks = 3; /* the second core has two of them */
    CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, two), 4, 1e-9);
    inputs.speed = slow_first;
    inputs.cores_worth = 2;
    CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, two), 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(bounds_at(&inputs, two).tasks_per_s[BOUND_CORES], 3, 1e-9);
    inputs.speed = slow_second;
    inputs.cores_worth = 0.5; /* together each has half of its speed; alone it has all of it */
    inputs.tasks = 2;
    CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, two), 3, 1e-9);
}

/* The time of one worker for tasks of two equal segments and a wait between them. */
static double simulated_s(int tasks, int depth, double segment_s, double wait_s)
{
    double ends_s[64], now_s = 0;
    int begun = 0, first = 0, waiting = 0; /* ends_s is a ring of those in flight */
    while (begun < tasks && begun < depth) {
        now_s += segment_s;
        ends_s[waiting++] = now_s + wait_s;
        begun++;
    }
    while (waiting > 0) {
        now_s = fmax(now_s, ends_s[first % 64]) + segment_s;
        first++;
        waiting--;
        if (begun < tasks) {
            now_s += segment_s;
            ends_s[(first + waiting++) % 64] = now_s + wait_s;
            begun++;
        }
    }
    return now_s;
}

static void test_waits_go_in_waves(void)
{
    const double waits_s[] = {1e-4, 1e-3, 1e-2, 5e-2, 1};
    for (size_t i = 0; i < sizeof waits_s / sizeof *waits_s; i++) {
        double wait_s = waits_s[i], segment_s = 5e-4;
        for (int depth = 1; depth <= 16; depth *= 2) {
            for (int tasks = 1; tasks <= 40; tasks++) {
                const struct bound_inputs inputs = {.compute_s = 2 * segment_s,
                                                    .beginning_s = segment_s,
                                                    .wait_s = wait_s,
                                                    .least_wait_s = wait_s,
                                                    .cores_worth = 1,
                                                    .tasks = (uint64_t)tasks};
                double least_s = waves_s(&inputs, (struct point){1, 1, depth, 1});
                double time_s = simulated_s(tasks, depth, segment_s, wait_s);
                CU_ASSERT(least_s <= time_s * (1 + 1e-9));
                bool waits_most = 2 * segment_s * depth <= 0.1 * wait_s;
                CU_ASSERT(time_s <= (waits_most || depth == 1 ? 1.03 : 1.15) * least_s);
            }
        }
    }
}

/* 2 workers with 8 in flight each: the one with the most tasks decides. */
static void test_worker_with_most_tasks_decides(void)
{
    struct bound_inputs inputs = {
        .compute_s = 0, .wait_s = 1, .least_wait_s = 1, .cores_worth = 2, .tasks = 17};
    CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, (struct point){1, 2, 8, 2}), 2, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, (struct point){2, 1, 8, 1}), 2, 1e-9);
    inputs.tasks = 16;
    CU_ASSERT_DOUBLE_EQUAL(waves_s(&inputs, (struct point){1, 2, 8, 2}), 1, 1e-9);
    inputs.tasks = 17;
    inputs.least_wait_s = 0; /* waits differ: another may be done sooner */
    CU_ASSERT_EQUAL(bounds_at(&inputs, (struct point){1, 2, 8, 2}).lowest, BOUND_DEPTH);
}

static void test_memory_is_named_where_it_is_the_same_as_the_cores(void)
{
    struct bound_inputs inputs = {
        .compute_s = 1e-3, .cores_worth = 1.3, .bytes = 1e7, .bandwidth = 1.3e10, .tasks = 64};
    struct bounds bounds = bounds_at(&inputs, (struct point){2, 1, 1, 2});
    CU_ASSERT_EQUAL(bounds.lowest, BOUND_MEMORY);
    CU_ASSERT_DOUBLE_EQUAL(bounds.tasks_per_s[BOUND_MEMORY], 1300, 1e-9);
    inputs.bandwidth = 1.5e10;
    CU_ASSERT_EQUAL(bounds_at(&inputs, (struct point){2, 1, 1, 2}).lowest, BOUND_CORES);
}

static void test_lock_bounds_threads_and_not_ranks(void)
{
    struct bound_inputs inputs = {.compute_s = 1e-3, .cores_worth = 2, .tasks = 64, .lock = 1};
    struct bounds threads = bounds_at(&inputs, (struct point){1, 2, 1, 2});
    CU_ASSERT_EQUAL(threads.lowest, BOUND_LOCK);
    CU_ASSERT_DOUBLE_EQUAL(threads.tasks_per_s[BOUND_LOCK], 1000, 1e-9);
    CU_ASSERT_EQUAL(bounds_at(&inputs, (struct point){2, 1, 1, 2}).lowest, BOUND_CORES);
}

static void test_what_is_unknown_bounds_nothing(void)
{
    struct bound_inputs inputs = {
        .compute_s = NAN, .wait_s = NAN, .cores_worth = 1, .bytes = 8, .bandwidth = NAN, .lock = 1};
    struct bounds bounds = bounds_at(&inputs, (struct point){1, 2, 1, 2});
    for (int b = 0; b < BOUND_COUNT; b++) {
        CU_ASSERT(isinf(bounds.tasks_per_s[b]));
    }
}

static const CU_TestInfo tests[] = {
    {"with enough in flight the cores bound", test_cores_bound_where_enough_is_in_flight},
    {"with too little in flight the depth bounds", test_depth_bounds_where_too_little_is_in_flight},
    {"no more are in flight than there are tasks", test_no_more_in_flight_than_tasks},
    {"pure compute needs no depth, only a task for each core",
     test_depth_is_no_bound_of_pure_compute},
    {"whole tasks leave cores idle, from 1 to 40 of them on 2 cores",
     test_whole_tasks_leave_cores_idle},
    {"the last core to compute has its speed of a core alone", test_last_core_has_its_speed_alone},
    {"equal numbers of tasks wait for the slowest core",
     test_equal_numbers_of_tasks_wait_for_the_slowest_core},
    {"waits go in waves, from 1 to 40 of them at each depth", test_waits_go_in_waves},
    {"the worker with the most tasks decides", test_worker_with_most_tasks_decides},
    {"a bandwidth that equals the cores' is named",
     test_memory_is_named_where_it_is_the_same_as_the_cores},
    {"a lock bounds threads and not ranks", test_lock_bounds_threads_and_not_ranks},
    {"what is unknown bounds nothing", test_what_is_unknown_bounds_nothing},
    CU_TEST_INFO_NULL,
};

SUITE("bounds", tests);
