/* What a reason says of cores that are not equally fast. */
#include "unit/answer/study.h"
#include "unit/suite.h"

static const struct question_core named[] = {{0, "IntelCore"}, {4, "IntelAtom"}};
static const struct question_core unnamed[] = {{0, ""}, {1, ""}};

/* 100 tasks of 1 ms on core 0. */
static void open_unequal(struct study *study, const double speed[2], double worth)
{
    study_open(study, 8);
    study->question.node_cores = 2;
    study->question.core = unnamed;
    study->workload.calibrated.speed = speed;
    study->worth[1] = worth;
    study_measure(study, serial, 0.1, 0.1, 0);
}

static void check_share(const struct verdict *verdict)
{
    double most = INFINITY;
    for (int b = 0; b < BOUND_COUNT; b++) {
        most = fmin(most, verdict->bound_tasks_per_s[b]);
    }
    CU_ASSERT_DOUBLE_EQUAL(verdict->tasks_per_s / most, 1, 0.01);
}

static void test_slowest_core_is_the_limit(void)
{
    struct study study;
    open_unequal(&study, (const double[]){1, 0.5}, 1);
    study_measure(&study, threads, 0.1, 0.15, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "the slowest core: CPU 1");
    CU_ASSERT_STRING_EQUAL(verdict->bound, "waves");
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason,
                                  "The limit is the slowest core: each has as many tasks, and the "
                                  "others wait at the end. CPU 1 has 0.50 of the speed of CPU 0, "
                                  "where serial ran."));
    CU_ASSERT_PTR_NULL(strstr(verdict->reason, "shared"));
    CU_ASSERT_PTR_NULL(strstr(verdict->reason, "not equally fast")); /* not once more */
    check_share(verdict);
    study.question.core = named;
    verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "the slowest core: CPU 4 (IntelAtom)");
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "of the speed of CPU 0 (IntelCore), where"));
    study_check_reworded(&study);
    study_close(&study);
}

/* Serial ran on the slow one: two cores look like twice as fast, and are worth three. */
static void test_slow_first_core_is_named(void)
{
    struct study study;
    open_unequal(&study, (const double[]){1, 2}, 2);
    study_measure(&study, threads, 0.05, 0.075, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "the slowest core: CPU 0");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(verdict->reason, "CPU 0, where serial ran, has 0.50 of the speed of CPU 1."));
    CU_ASSERT_PTR_NOT_NULL(strstr(study.verdicts[0].reason,
                                  " Other cores are faster: CPU 0, where serial ran, has 0.50 of "
                                  "the speed of CPU 1."));
    check_share(verdict);
    study_close(&study);
}

static void test_fast_first_core_needs_no_word_alone(void)
{
    struct study study;
    open_unequal(&study, (const double[]){1, 0.5}, 1);
    study_measure(&study, threads, 0.1, 0.15, 0);
    study_judge(&study);
    CU_ASSERT_PTR_NULL(strstr(study.verdicts[0].reason, "CPU 0"));
    study_close(&study);
}

/* Two tasks of three go to the faster core: that is no more than it can do. */
static void test_faster_core_may_have_more_tasks(void)
{
    struct study study;
    char text[400];
    open_unequal(&study, (const double[]){1, 2}, 2);
    study.workload.tasks = 3;
    study_measure(&study, serial, 0.3, 0.3, 0);
    study_measure(&study, threads, 0.1, 0.2, 0);
    const struct verdict *verdict = study_judge(&study);
    check_share(verdict);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "the cores: 2.00 of 2");
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_measure(&study, threads, 0.09, 0.2, 0);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    study_close(&study);
}

/* What limits waits is not the cores; which of them serial used is said nevertheless. */
static void test_other_limits_leave_a_remark(void)
{
    struct study study;
    const struct point deep = {1, 2, 16, 2};
    open_unequal(&study, (const double[]){1, 0.5}, 1);
    study_set_kernel(&study.workload, "primes");
    study_set_engine(&study.workload, "timer");
    study.workload.waits = 1;
    study.workload.latency_s = 0.01;
    study.workload.tasks = 32;
    study_measure(&study, serial, 0.0102 * 32, 2e-4 * 32, 0);
    study_measure(&study, deep, 0.0102, 3e-4 * 32, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_PTR_NULL(strstr(verdict->limit, "core"));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason,
                                  " The cores are not equally fast: CPU 1 has 0.50 of the speed "
                                  "of CPU 0, where serial ran."));
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"the slowest core is the limit where each has as many tasks", test_slowest_core_is_the_limit},
    {"it is named where serial ran on it", test_slow_first_core_is_named},
    {"serial on the fastest core needs no word of its own",
     test_fast_first_core_needs_no_word_alone},
    {"a faster core may have more of few tasks", test_faster_core_may_have_more_tasks},
    {"where the limit is another, a remark says which core serial used",
     test_other_limits_leave_a_remark},
    CU_TEST_INFO_NULL,
};

SUITE("reason cores", tests);
