/* The claims of claims_time.c. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static void build_parallelism(struct study *study, double speed_up)
{
    size_t w = study_add_computing(study);
    study_plant(study, w, serial, 1);
    study_plant(study, w, two_threads, 1 / speed_up);
    study_plant(study, w, two_ranks, 1.02 / speed_up);
}

static void build_one_core(struct study *study, double speed_up)
{
    size_t w = study_add_computing(study);
    study_plant(study, w, serial, 1);
    study_plant(study, w, crowd, 1 / speed_up);
    study_plant(study, w, async, 1);
    study_plant(study, w, (struct point){16, 1, 1, 1}, 1.1);
}

static void build_waits(struct study *study, double speed_up)
{
    size_t w = study_add_mixed(study);
    study_plant(study, w, serial, 1);
    study_plant(study, w, async, 1 / speed_up);
    study_plant(study, w, crowd, 1.1 / speed_up);
}

static void build_both(struct study *study, double rest_over_both)
{
    size_t w = study_add_mixed(study);
    study_plant(study, w, serial, 1);
    study_plant(study, w, (struct point){2, 1, 16, 2}, 0.2);
    study_plant(study, w, (struct point){1, 16, 1, 2}, 0.2 * rest_over_both);
}

static void build_lock(struct study *study, double speed_up_of_threads)
{
    size_t w = study_add(study, (struct question_workload){.kernel.name = "primes", .lock = true});
    study_plant(study, w, serial, 1);
    study_plant(study, w, two_threads, 1 / speed_up_of_threads);
    study_plant(study, w, two_ranks, 0.52);
    w = study_add(
        study, (struct question_workload){.engine.name = "timer", .latency_s = 1e-3, .lock = true});
    study_plant(study, w, serial, 1);
    study_plant(study, w, crowd, 1 / 12.0);
}

static void build_only_processes(struct study *study, double threads_over_processes)
{
    size_t w = study_add_computing(study);
    study_plant(study, w, serial, 1);
    study_plant(study, w, async, 1);
    study_plant(study, w, two_ranks, 0.5);
    study_plant(study, w, two_threads, 0.5 * threads_over_processes);
}

static void build_async_processes(struct study *study, double rest_over_it)
{
    size_t w = study_add_waiting(study, 100, 1e-3);
    study_plant(study, w, serial, 1);
    study_plant(study, w, (struct point){2, 1, 16, 2}, 0.1);
    study_plant(study, w, (struct point){1, 16, 1, 2}, 0.1 * rest_over_it);
}

const struct scenario scenarios_time[] = {
    {.number = 1, .plant = build_parallelism, .holds = 1.9, .fails = 1.0, .takes_cores = true},
    {.number = 2, .plant = build_one_core, .holds = 1.0, .fails = 1.5},
    {.number = 3, .plant = build_one_core, .holds = 0.9, .fails = 1.2},
    {.number = 4, .plant = build_waits, .holds = 9, .fails = 2},
    {.number = 5, .plant = build_both, .holds = 1.5, .fails = 0.8, .takes_cores = true},
    {.number = 13, .plant = build_lock, .holds = 1.0, .fails = 1.9, .takes_cores = true},
    {.number = 14, .plant = build_only_processes, .holds = 2, .fails = 1, .takes_cores = true},
    {.number = 15, .plant = build_async_processes, .holds = 3, .fails = 0.5, .takes_cores = true},
    {.number = 0},
};

static void test_no_part_of_waiting_is_no_wait(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_both(&study, 1.5);
    study.workload[0].wait_fraction = 0;
    study.workload[0].latency_s = 0;
    study_expect(study_find(&study, 4), CLAIM_NOT_TRIED);
    study_expect(study_find(&study, 5), CLAIM_NOT_TRIED);
    study_expect(study_find(&study, 15), CLAIM_NOT_TRIED);
    study_plant(&study, 0, crowd, 0.5);
    study_expect(study_find(&study, 3), CLAIM_FAILS);
    study_close(&study);
}

static void test_a_larger_part_of_a_busy_core_is_no_gain(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_one_core(&study, 1);
    study_plant_value(&study, 0, serial, SAMPLE_TIME, 2); /* of which it computes for 1 */
    study_expect(study_find(&study, 2), CLAIM_HOLDS);
    study_expect(study_find(&study, 3), CLAIM_HOLDS);
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"no part of waiting is no wait", test_no_part_of_waiting_is_no_wait},
    {"a larger part of a busy core is no gain", test_a_larger_part_of_a_busy_core_is_no_gain},
    CU_TEST_INFO_NULL,
};

SUITE("claims_time", tests);
