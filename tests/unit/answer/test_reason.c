/* Why a verdict is as it is, and why there is none. */
#include "unit/answer/study.h"
#include "unit/suite.h"

static void test_no_samples_no_choice(void)
{
    struct study study;
    study_open(&study, 8);
    study_measure(&study, serial, NAN, NAN, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_EQUAL(verdict->choice.ranks, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "there are no samples"));
    CU_ASSERT(isinf(verdict->loss) && !verdict->certain);
    memset(study.status, 0, sizeof study.status);
    CU_ASSERT_EQUAL(answer_verdicts(&study.question, study.verdicts), 0);
    study_close(&study);
}

/* Its samples were good as long as there were any: they do not count. */
static void test_failed_workload_says_why(void)
{
    struct study study;
    study_open_storage(&study);
    study_measure(&study, serial, 1e-2, 1e-3, 0);
    study_measure(&study, threads, 1e-2, 1e-3, 0);
    study.status[study_cell_of(serial)] = CELL_FAILED;
    study.status[study_cell_of(threads)] = CELL_FAILED;
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->reason, "No verdict is possible, because the workload failed.");
    study.workload.failure = "work at 1×1×1@1: No space left on device";
    verdict = study_judge(&study);
    CU_ASSERT_EQUAL(study.count, 2);
    CU_ASSERT_EQUAL(verdict->choice.ranks, 0);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "failed");
    CU_ASSERT_STRING_EQUAL(verdict->reason,
                           "No verdict is possible, because the workload failed: work at 1×1×1@1: "
                           "No space left on device.");
    study.workload.failure = "No space left on device.";
    study.workload.storage = "tmpfs, which is memory";
    study.workload.storage_is_memory = true;
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_judge(&study)->reason, "device. The scratch file is on tmpfs"));
    study_close(&study);
}

static void test_long_failure_is_cut_between_characters(void)
{
    static const char intro[] = "No verdict is possible, because the workload failed: ";
    for (size_t shift = 0; shift < 4; shift++) {
        struct study study;
        char failure[2048] = "abc";
        for (size_t i = shift; i + 4 < sizeof failure; i += 4) {
            memcpy(failure + i, "\xf0\x9f\x98\x80", 5); /* four bytes, one character */
        }
        study_open_storage(&study);
        study_measure(&study, serial, 1e-2, 1e-3, 0);
        study.status[study_cell_of(serial)] = CELL_FAILED;
        study.workload.failure = failure;
        study.workload.storage_is_memory = true; /* one more sentence, for which there is no room */
        const char *reason = study_judge(&study)->reason;
        size_t bytes = strlen(reason), whole = bytes - strlen(intro) - shift - strlen("…");
        CU_ASSERT(bytes < VERDICT_REASON_BYTES && bytes > VERDICT_REASON_BYTES - 8);
        CU_ASSERT_EQUAL(whole % 4, 0);
        CU_ASSERT_STRING_EQUAL(reason + bytes - strlen("…"), "…");
        CU_ASSERT_EQUAL(strncmp(reason + strlen(intro), failure, shift + whole), 0);
        study_close(&study);
    }
}

static void test_loser_to_switching_is_named(void)
{
    struct study study;
    const struct point crowd = {1, 4, 1, 1};
    study_open(&study, 8);
    study_measure(&study, serial, 0.1, 0.1, 0);
    study_measure(&study, crowd, 0.2, 0.2, 0);
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "switching"));
    study_fill(study_values_of(&study, SAMPLE_SWITCHES_INVOLUNTARY, crowd), 8, 5000);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_judge(&study)->reason, "1×4×1@1 loses 50 % of its CPU time to switching."));
    study_fill(study_values_of(&study, SAMPLE_SWITCHES_INVOLUNTARY, crowd), 8, 18);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_judge(&study)->reason,
               "1×4×1@1 loses 50 % of its CPU time to a cause that was not measured."));
    study_close(&study);
}

/* The choice and the sentence on how it and serial reach the list. */
struct way_case {
    enum kernel_through through;
    struct point point;
    double time_s;
    const char *sentence;
};

static const struct way_case way_cases[] = {
    {KERNEL_THROUGH_MEMORY,
     {1, 2, 1, 2},
     0.06,
     " 1×2×1@2 and serial reach the list through shared memory."},
    {KERNEL_THROUGH_MEMORY,
     {2, 1, 1, 2},
     0.06,
     " 2×1×1@2 and serial reach the list through shared memory."},
    {KERNEL_THROUGH_RMA,
     {1, 2, 1, 2},
     0.06,
     " 1×2×1@2 and serial reach the list through shared memory."},
    {KERNEL_THROUGH_RMA,
     {2, 1, 1, 2},
     0.06,
     " 2×1×1@2 reaches the list through one-sided calls of MPI, serial through shared memory."},
    {KERNEL_THROUGH_RMA,
     {2, 1, 1, 1},
     0.9,
     " Serial reaches the list through shared memory, processes through one-sided calls of MPI."},
    {KERNEL_THROUGH_RMA,
     {2, 2, 1, 1},
     0.9,
     " Serial reaches the list through shared memory, processes through one-sided calls of MPI."},
    {KERNEL_THROUGH_RMA,
     {1, 2, 1, 1},
     0.9,
     " Serial reaches the list through shared memory, as the other points do."},
    {KERNEL_THROUGH_MEMORY,
     {2, 1, 1, 1},
     0.9,
     " Serial reaches the list through shared memory, as the other points do."},
};

static void test_way_to_the_list_is_said(void)
{
    for (size_t i = 0; i < sizeof way_cases / sizeof way_cases[0]; i++) {
        const struct way_case *wanted = &way_cases[i];
        struct study study;
        study_open(&study, 8);
        study_set_kernel(&study.workload, "append");
        study.workload.kernel.guard = KERNEL_GUARD_SHARDED;
        study.workload.kernel.through = wanted->through;
        study_measure(&study, serial, 0.1, 0.1, 0);
        study_measure(&study, wanted->point, wanted->time_s, 0.1, 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason, wanted->sentence));
        study.workload.kernel.through = KERNEL_THROUGH_ABSENT;
        CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "the list through"));
        study_close(&study);
    }
}

static void test_bounds_stand_beside_the_choice(void)
{
    struct study study;
    study_open(&study, 8);
    study_measure(&study, serial, 0.1, 0.1, 0);
    study_measure(&study, threads, 0.052, 0.1, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->bound, "cores");
    CU_ASSERT_DOUBLE_EQUAL(verdict->tasks_per_s, 100 / 0.052, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(verdict->bound_tasks_per_s[BOUND_CORES], 1980, 1e-6);
    CU_ASSERT(isinf(verdict->bound_tasks_per_s[BOUND_MEMORY]));
    CU_ASSERT(isinf(verdict->bound_tasks_per_s[BOUND_LOCK]));
    study.workload.lock = true;
    CU_ASSERT_DOUBLE_EQUAL(study_judge(&study)->bound_tasks_per_s[BOUND_LOCK], 1000, 1e-6);
    study.workload.lock = false;
    study_measure(&study, threads, 0.08, 0.1, 0); /* nothing explains it */
    CU_ASSERT_STRING_EQUAL(study_judge(&study)->bound, "");
    study_fill(study_values_of(&study, SAMPLE_FLAGS, threads), 8, SAMPLE_MISBOUND);
    verdict = study_judge(&study);
    CU_ASSERT(isnan(verdict->tasks_per_s) && isinf(verdict->bound_tasks_per_s[BOUND_CORES]));
    study_close(&study);
}

/* Calibration found what two cores are worth and left `high` open; threads reached so much. */
static void open_calibrated(struct study *study, double found, const double *high, double reached,
                            double noise)
{
    study_open(study, 8);
    study->worth[1] = found;
    study->workload.calibrated.worth_high = high;
    study_measure(study, serial, 0.1, 0.1, 0);
    study_measure(study, threads, 0.1 / reached, 0.1, noise);
}

/* What a point has reached is no bound: two cores that did the work of 1.62 are worth more than
 * 1.06, and how much more nobody knows. */
static void test_disturbed_calibration_is_no_limit(void)
{
    struct study study;
    double high[] = {1, 1.1};
    open_calibrated(&study, 1.06, high, 1.62, 0.01);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "unclear: calibration");
    CU_ASSERT_STRING_EQUAL(verdict->bound, "");
    CU_ASSERT_DOUBLE_EQUAL(verdict->bound_tasks_per_s[BOUND_CORES], 2000, 1e-6);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason,
                                  "The limit is unknown, because calibration was "
                                  "disturbed: it found that 2 cores are worth "
                                  "1.06 for flops, but they did the work of 1.62."));
    high[1] = 1.7; /* it left more open than that */
    verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "the cores: 1.70 of 2");
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "2 cores are worth at most 1.70 for flops."));
    high[1] = 1.1;
    study_measure(&study, threads, 0.1 / 1.62, 0.1, 0.9); /* the samples leave it open */
    CU_ASSERT_STRING_NOT_EQUAL(study_judge(&study)->limit, "unclear: calibration");
    study_measure(&study, threads, 0.1 / 1.98, 0.1, 0); /* no more is possible, whatever it found */
    verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "the cores: 2.00 of 2");
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "both fully used"));
    study_close(&study);
}

/* Reached is 1.98 of 1.90 that were found and 1.99 that are possible: nothing is passed, however
 * little is known of the speed-up. */
static void test_bound_is_the_most_that_is_possible(void)
{
    struct study study;
    double high[] = {1, 1.99};
    open_calibrated(&study, 1.9, high, 1.98, 0.1);
    CU_ASSERT(study_judge(&study)->half_width > 0.05);
    CU_ASSERT_DOUBLE_EQUAL(study_judge(&study)->bound_tasks_per_s[BOUND_CORES], 1990, 1e-6);
    study_measure(&study, threads, 0.1 / 1.9, 0.1, 0); /* as it was found */
    CU_ASSERT_DOUBLE_EQUAL(study_judge(&study)->bound_tasks_per_s[BOUND_CORES], 1900, 1e-6);
    study_close(&study);
}

static void test_disturbance_of_calibration_is_said(void)
{
    struct study study;
    study_open(&study, 8);
    study.worth[1] = 1.2;
    study_measure(&study, serial, 0.1, 0.1, 0);
    study_measure(&study, threads, 0.1 / 1.2, 0.166, 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_judge(&study)->reason, "2 cores are worth 1.20 for flops, as if they shared"));
    study.workload.calibrated.disturbed = (const uint8_t[]){0, 1};
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_judge(&study)->reason,
               "worth 1.20 for flops, by a calibration that other processes disturbed."));
    study_close(&study);
}

/* A wait of 1 ms that 16 at a time end after 0.8 ms. */
static void test_more_than_a_bound_is_not_credible(void)
{
    struct study study;
    study_open(&study, 8);
    study_set_kernel(&study.workload, "none");
    study_set_engine(&study.workload, "timer");
    study.workload.tasks = 96;
    study.workload.waits = 1;
    study.workload.latency_s = 1e-3;
    study_measure(&study, serial, 0.102, 1e-4, 0);
    study_measure(&study, (struct point){1, 1, 16, 1}, 0.0048, 1e-4, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "not credible: 125 %");
    CU_ASSERT_STRING_EQUAL(verdict->bound, "");
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason,
                                  "unknown: 125 % of what the depth "
                                  "allows is not credible. That rests on 1.04 µs "
                                  "of CPU time for a task and a wait of 1.00 ms."));
    study_close(&study);
}

/* A calibration that others disturbed is no limit: what was got done was possible. */
static void test_choice_is_not_above_its_own_bound(void)
{
    struct study study;
    const struct point deep = {1, 2, 16, 2};
    study_open(&study, 8);
    study.worth[1] = 1.1;
    study_set_kernel(&study.workload, "primes");
    study_set_engine(&study.workload, "timer");
    study.workload.waits = 1;
    study.workload.latency_s = 5e-4;
    study_measure(&study, serial, 0.1, 0.05, 0);
    study_measure(&study, deep, 0.0255, 0.05, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT(verdict->tasks_per_s <= verdict->bound_tasks_per_s[BOUND_CORES] * (1 + 1e-9));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "both fully used"));
    study_set_kernel(&study.workload,
                     "none"); /* and serial was disturbed: it waited for 3 ms, not for 0.5 */
    study_measure(&study, serial, 0.3, 1e-4, 0);
    study_measure(&study, deep, 4e-3, 1e-4, 0);
    verdict = study_judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->bound, "waves");
    CU_ASSERT_DOUBLE_EQUAL(verdict->bound_tasks_per_s[BOUND_WAVES], 25000, 1);
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"no samples: no choice, and it is said", test_no_samples_no_choice},
    {"a workload that failed says why", test_failed_workload_says_why},
    {"a long failure is cut between characters", test_long_failure_is_cut_between_characters},
    {"who loses to switching is named", test_loser_to_switching_is_named},
    {"through what the choice and serial reach a shared list is said",
     test_way_to_the_list_is_said},
    {"bounds stand beside the choice", test_bounds_stand_beside_the_choice},
    {"a calibration that was disturbed is no limit", test_disturbed_calibration_is_no_limit},
    {"the bound is the most that is possible when what was found is passed",
     test_bound_is_the_most_that_is_possible},
    {"that calibration was disturbed is said", test_disturbance_of_calibration_is_said},
    {"more than a bound is not credible", test_more_than_a_bound_is_not_credible},
    {"no choice is above its own bound", test_choice_is_not_above_its_own_bound},
    CU_TEST_INFO_NULL,
};

SUITE("reason", tests);
