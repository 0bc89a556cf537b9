/* The claims of claims_workers.c. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static void build_switch(struct study *study, double cost_us)
{
    size_t w = study_add_computing(study);
    struct point many = {1, 1000, 1, 1};
    study_plant(study, w, serial, 0.1);
    study_plant(study, w, many, 0.1);
    study_plant_value(study, w, many, SAMPLE_SWITCHES_VOLUNTARY, 10005);
    study_plant_value(study, w, many, SAMPLE_CPU, 0.1 + 1e-2 * cost_us);
}

static void build_many(struct study *study, double threads_over_async)
{
    size_t threads = study_add_waiting(study, 1000, 1e-3),
           other = study_add_waiting(study, 1000, 1e-3);
    study_plant(study, threads, (struct point){1, 1000, 1, 1}, 0.01 * threads_over_async);
    study_plant(study, other, (struct point){1, 1, 1000, 1}, 0.01);
    study_plant(study, other, (struct point){1, 1, 100, 1}, 0.02);
}

static void build_long_waits(struct study *study, double threads_over_async)
{
    static const double latencies_s[] = {1e-3, 1e-2, 1e-1};
    for (size_t i = 0; i < sizeof latencies_s / sizeof latencies_s[0]; i++) {
        double latency_s = latencies_s[i];
        double time_s = latency_s + 1e-3;
        size_t threads = study_add_waiting(study, 100, latency_s);
        size_t other = study_add_waiting(study, 100, latency_s);
        bool longest = latency_s > 0.05;
        study_plant(study, threads, (struct point){1, 100, 1, 1},
                    time_s * (longest ? threads_over_async : 1));
        study_plant(study, other, (struct point){1, 1, 100, 1}, time_s);
    }
}

const struct scenario scenarios_workers[] = {
    {.number = 6, .plant = build_switch, .holds = 2, .fails = 0.01},
    {.number = 7, .plant = build_many, .holds = 3, .fails = 1.0},
    {.number = 8, .plant = build_long_waits, .holds = 2, .fails = 1.01},
    {.number = 0},
};

static void test_refused_threads_support(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_many(&study, 3);
    size_t w = study_add_waiting(&study, 10000, 1e-3);
    study.status[study_cell_of(&study, w, (struct point){1, 1000, 1, 1})] = CELL_INFEASIBLE;
    CU_ASSERT_PTR_NULL(strstr(study_find(&study, 7)->reason, "cannot be started"));
    study.status[study_cell_of(&study, 0, (struct point){1, 1000, 1, 1})] = CELL_INFEASIBLE;
    study_plant(&study, 0, (struct point){1, 100, 1, 1}, 0.02); /* as long as async */
    const struct finding *finding = study_find(&study, 7);
    study_expect(finding, CLAIM_HOLDS);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(finding->reason, "1 000 threads cannot be started on this machine"));
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "100 threads take 1 times as long as async."));
    study_close(&study);
}

static void test_async_that_slows_down_refutes(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_many(&study, 3);
    study_plant(&study, 1, (struct point){1, 1, 100, 1}, 0.002);
    study_expect(study_find(&study, 7), CLAIM_FAILS);
    study_close(&study);
}

static void test_few_switches_tell_nothing(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    study_build(&study, 3, 1);
    const struct finding *finding = study_find(&study, 6);
    study_expect(finding, CLAIM_UNDECIDED);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "no point has at least 100 more switches"));
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"threads that are refused support", test_refused_threads_support},
    {"async that slows down refutes", test_async_that_slows_down_refutes},
    {"few switches tell nothing", test_few_switches_tell_nothing},
    CU_TEST_INFO_NULL,
};

SUITE("claims_workers", tests);
