#include "answer/bounds.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>

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
    /* Not even when the cores were measured to be worth more than they are. */
    struct bound_inputs inputs = {.compute_s = 1e-3, .cores_worth = 2.02, .tasks = 256};
    struct bounds bounds = bounds_at(&inputs, (struct point){1, 2, 1, 2});
    CU_ASSERT_EQUAL(bounds.lowest, BOUND_CORES);
    inputs.tasks = 1;
    CU_ASSERT_EQUAL(bounds_at(&inputs, (struct point){1, 2, 1, 2}).lowest, BOUND_DEPTH);
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
    {"a bandwidth that equals the cores' is named",
     test_memory_is_named_where_it_is_the_same_as_the_cores},
    {"a lock bounds threads and not ranks", test_lock_bounds_threads_and_not_ranks},
    {"what is unknown bounds nothing", test_what_is_unknown_bounds_nothing},
    CU_TEST_INFO_NULL,
};

SUITE("bounds", tests);
