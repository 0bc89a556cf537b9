/* The claims of claims_workers.c. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static void build_switch(struct study *study, double cost_us)
{
    static const double switched[] = {10, 40, 2000, 10010};
    static const int threads[] = {1, 16, 100, 1000};
    size_t w = study_add_computing(study);
    for (int i = 0; i < 4; i++) {
        struct point point = {1, threads[i], 1, 1};
        study_plant(study, w, point, 0.1);
        study_plant_value(study, w, point, SAMPLE_SWITCHES_VOLUNTARY, switched[i] - 5);
        study_plant_value(study, w, point, SAMPLE_CPU, 0.1 + 1e-6 * switched[i] * cost_us);
    }
}

static void build_many(struct study *study, double threads_over_async)
{
    static const int many[] = {100, 1000, 10000};
    for (int i = 0; i < 3; i++) {
        size_t w = study_add_waiting(study, (uint64_t)many[i], 1e-3);
        double time_s = 1e-3 + 1e-6 * many[i];
        study_plant(study, w, (struct point){1, 1, many[i], 1}, time_s);
        if (many[i] <= 1000) {
            study_plant(study, w, (struct point){1, many[i], 1, 1}, time_s * threads_over_async);
        }
    }
}

/* What a task takes of CPU time with threads over that with async, at the longest waits; at shorter
 * ones it is twice as much. */
static void build_long_waits(struct study *study, double threads_over_async)
{
    static const double latencies_s[] = {1e-3, 1e-2, 1e-1, 1};
    for (int i = 0; i < 4; i++) {
        double cpu_s = 1e-3;
        size_t threads = study_add_waiting(study, 100, latencies_s[i]);
        size_t other = study_add_waiting(study, 100, latencies_s[i]);
        study_plant(study, threads, (struct point){1, 100, 1, 1}, latencies_s[i] + 2 * cpu_s);
        study_plant(study, other, (struct point){1, 1, 100, 1}, latencies_s[i] + cpu_s);
        study_plant_value(study, threads, (struct point){1, 100, 1, 1}, SAMPLE_CPU,
                          2 * cpu_s * (latencies_s[i] > 0.05 ? threads_over_async : 1));
        study_plant_value(study, other, (struct point){1, 1, 100, 1}, SAMPLE_CPU, cpu_s);
    }
}

const struct scenario scenarios_workers[] = {
    {.number = 6, .plant = build_switch, .holds = 2, .fails = 0.01, .odd = ODD_EITHER},
    {.number = 7, .plant = build_many, .holds = 3, .fails = 1.0, .odd = ODD_EITHER},
    {.number = 8, .plant = build_long_waits, .holds = 2, .fails = 1.01, .odd = ODD_EITHER},
    {.number = 0},
};

static void test_refused_threads_decide_nothing(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_many(&study, 1);
    study.status[study_cell_of(&study, 1, (struct point){1, 1000, 1, 1})] = CELL_INFEASIBLE;
    const struct finding *finding = study_find(&study, 7);
    study_expect(finding, CLAIM_FAILS);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(finding->reason, "1 000 threads cannot be started on this machine"));
    study_close(&study);
}

static void test_async_that_slows_down_refutes(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_many(&study, 3);
    static const int depth[] = {100, 1000, 10000};
    for (size_t w = 0; w < 3; w++) { /* ten times as long for a task with ten times as many */
        study_plant(&study, w, (struct point){1, 1, depth[w], 1}, 1e-7 * depth[w] * depth[w]);
        study_plant(&study, w, (struct point){1, depth[w] < 1000 ? depth[w] : 1000, 1, 1}, 1e3);
    }
    study_expect(study_find(&study, 7), CLAIM_FAILS);
    study_close(&study);
}

static void test_few_are_not_many(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    size_t w = study_add_waiting(&study, 100, 1e-3);
    study_plant(&study, w, serial, 1);
    study_plant(&study, w, crowd, 0.1);
    study_plant(&study, w, async, 0.1);
    study_expect(study_find(&study, 7), CLAIM_NOT_TRIED);
    study_close(&study);
}

static void test_waits_hide_nothing(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_long_waits(&study, 2);
    const struct finding *finding = study_find(&study, 8);
    study_expect(finding, CLAIM_HOLDS);
    CU_ASSERT_DOUBLE_EQUAL(finding->effect.median, 2, 0.02);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "waits of 1.00 s over 1.00 ms"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(finding->reason, "With waits of 1.00 s threads take 1 times as long as async"));
    study_close(&study);
}

static void test_few_switches_tell_nothing(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    study_build(&study, 3, 1);
    const struct finding *finding = study_find(&study, 6);
    study_expect(finding, CLAIM_NOT_TRIED);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "This job lacks the cells"));
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"threads that are refused decide nothing", test_refused_threads_decide_nothing},
    {"async that slows down refutes", test_async_that_slows_down_refutes},
    {"few are not many", test_few_are_not_many},
    {"long waits do not hide what threads cost", test_waits_hide_nothing},
    {"few switches tell nothing", test_few_switches_tell_nothing},
    CU_TEST_INFO_NULL,
};

SUITE("claims_workers", tests);
