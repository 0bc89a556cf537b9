/* Known answers: what is impossible is found, and nothing else. */
#include "unit/answer/study.h"
#include "unit/suite.h"

static void test_impossible_computing_fires(void)
{
    struct study study;
    const struct point crowd = {1, 4, 1, 1};
    char text[400];
    study_open(&study, 8);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, crowd, 0.97, 1.0, 0);
    study_measure(&study, threads, 0.49, 1.0, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_measure(&study, crowd, 0.9, 1.0, 0);
    CU_ASSERT_PTR_EQUAL_FATAL(impossible_find(&study.question, text, sizeof text), text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "work at 1×4×1@1 is 1.11 ±0.00"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "10.0 ms per task"));
    study_set_engine(&study.workload, "timer");
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_set_engine(&study.workload, "none");
    study_measure(&study, crowd, 0.97, 1.0, 0);
    study.workload.tasks = 3; /* one of two cores computes two of them */
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "more than 1.575 times is impossible: the waves."));
    study.workload.tasks = 100;
    study_measure(&study, crowd, 0.9, 1.0, 0);
    study.workload.memory_bytes = 1e6;
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.memory_bytes = 0;
    study_measure(&study, crowd, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.45, 1.0, 0);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    study_close(&study);
}

static void test_impossible_waiting_fires(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1}, all = {1, 1, 256, 1};
    char text[400];
    study_open(&study, 8);
    study_set_kernel(&study.workload, "none");
    study_set_engine(&study.workload, "timer");
    study.workload.tasks = 96;
    study.workload.waits = 1;
    study.workload.latency_s = 1e-3;
    study_measure(&study, serial, 0.106, 1e-3, 0);
    study_measure(&study, deep, 0.106 / 16.9, 1e-3, 0); /* shares the lateness of serial waits */
    study_measure(&study, all, 1.04e-3, 1e-3, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_measure(&study, all, 0.9e-3, 1e-3, 0); /* 96 tasks of 1 ms cannot end sooner than 1 ms */
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    study_measure(&study, all, 1.04e-3, 1e-3, 0);
    study_measure(&study, deep, 0.1 / 17.1, 1e-3, 0);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.tasks = 100; /* seven waves of 16, and not 6.25 */
    study_measure(&study, deep, 6.8e-3, 1e-3, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "is impossible: the waves."));
    study_close(&study);
}

static void test_impossible_needs_an_interval(void)
{
    struct study study;
    char text[400];
    study_open(&study, 5);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, (struct point){1, 4, 1, 1}, 0.5, 1.0, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_close(&study);
}

/* Half a millisecond of computing and as much waiting in each of 100 tasks. */
static void open_mixed_study(struct study *study)
{
    study_open(study, 10);
    study_set_kernel(&study->workload, "primes");
    study_set_engine(&study->workload, "timer");
    study->workload.waits = 1;
    study->workload.latency_s = 5e-4;
    study->workload.compute_s = 5e-4;
    study_measure(study, serial, 0.102, 0.052, 0);
}

static void test_impossible_mixes_fire(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1}, four = {1, 4, 1, 1}, wide = {1, 2, 16, 2};
    char text[400];
    open_mixed_study(&study);
    study_measure(&study, deep, 0.0505, 0.0505, 0);
    study_measure(&study, four, 0.053, 0.0505, 0);
    study_measure(&study, wide, 0.026, 0.0505, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_measure(&study, deep, 0.045, 0.0505, 0); /* 50 ms of computing on one core */
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "work at 1×1×16@1 is 2.27 ±"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "(1.02 ms per task), but more than 2.142 times is "
                                        "impossible: the cores."));
    study_measure(&study, deep, 0.0505, 0.0505, 0);
    study_measure(&study, wide, 0.022, 0.0505, 0);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    study_measure(&study, wide, 0.026, 0.0505, 0);
    study.workload.lock = true;
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1×2×16@2 is 3.92"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "the lock."));
    study.workload.lock = false;

    study_measure(&study, (struct point){1, 2, 1, 2}, 0.043, 0.0505, 0); /* two tasks at a time */
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "the depth."));
    study_close(&study);
}

/* Serial is bound as well; without it there are still times. */
static void test_impossible_times_fire_without_serial(void)
{
    struct study study;
    char text[400];
    study_open_service(&study);
    study_set_engine(&study.workload, "timer");
    study.workload.latency_s = 1e-3;
    study_measure(&study, serial, 5, 0.1, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_STRING_EQUAL(text, "work at 1×1×1@1 is done in 500 µs per task, but less than "
                                 "980 µs is impossible: the depth.");
    study_measure(&study, serial, 10, 0.1, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.status[study_cell_of(serial)] = 0;
    study_measure(&study, (struct point){1, 1, 16, 1}, 0.5, 0.1, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "work at 1×1×16@1 is done in 50.0 µs per task"));
    study_close(&study);
}

/* Two workloads of one kernel, of which the second waits. Only the first shows what the cores are
 * worth; where it does not, or was disturbed, nothing but the number of cores is a bound. */
static void test_worth_of_the_cores_is_taken_in_favour(void)
{
    enum { BOTH = 2 * CELLS, ROUNDS = 8 };
    struct study study;
    struct samples samples;
    unsigned char status[BOTH] = {0};
    const struct point wide = {1, 2, 16, 2};
    char text[400];
    open_mixed_study(&study);
    study.worth[1] = 1.0;
    CU_ASSERT_EQUAL_FATAL(samples_create(&samples, BOTH, ROUNDS, 1), 0);
    struct question_workload workloads[] = {study.workload, study.workload};
    study_set_engine(&workloads[0], "none");
    workloads[0].waits = 0;
    study.question.workloads = 2;
    study.question.workload = workloads;
    study.question.status = status;
    study.question.samples = &samples;
    static const struct {
        double serial_s, two_s, two_cpu_s; /* of the work that only computes, on one core and two */
        double wide_s;                     /* of the other */
        bool impossible;
    } cases[] = {
        {0.05, 0.05, 0.10, 0.0495, false}, /* one core's worth */
        {0.05, 0.05, 0.10, 0.0300, true},
        {0.05, 0.05, 0.05, 0.0260, false}, /* others computed there: its CPU time shows it */
        {0.05, 0.025, 0.05, 0.0260, false},
        {0.05, 0.025, 0.05, 0.0220, true},
        {0.05, NAN, 0.10, 0.0260, false}, /* not seen */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct point points[] = {serial, threads, serial, wide};
        const double times[] = {cases[i].serial_s, cases[i].two_s, 0.102, cases[i].wide_s};
        const double cpus[] = {cases[i].serial_s, cases[i].two_cpu_s, 0.0505, 0.0505};
        for (size_t m = 0; m < 4; m++) {
            size_t cell = m / 2 * CELLS + study_cell_of(points[m]);
            status[cell] = CELL_DONE;
            study_fill(&samples.value[SAMPLE_TIME][cell * ROUNDS], ROUNDS, times[m]);
            study_fill(&samples.value[SAMPLE_CPU][cell * ROUNDS], ROUNDS, cpus[m]);
        }
        const char *found = impossible_find(&study.question, text, sizeof text);
        CU_ASSERT_EQUAL(found != NULL, cases[i].impossible);
    }
    samples_free(&samples);
    study_close(&study);
}

/* What may be wrong on a busy machine: the calibration, CPU times, a few rounds. */
static void test_noise_makes_nothing_impossible(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    char text[400];
    open_mixed_study(&study);
    study.worth[1] = 0.7;
    study.workload.compute_s = 2e-3; /* others computed while it was calibrated */
    study_measure(&study, deep, 0.0505, 0.0505, 0);
    study_measure(&study, (struct point){1, 2, 16, 2}, 0.026, 0.0505, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.compute_s = 0; /* not known */
    study_measure(&study, deep, 0.01, 0.0505, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.compute_s = 5e-4;
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    study_values_of(&study, SAMPLE_TIME, deep)[3] =
        0.06; /* ten rounds, and three cells: one will do */
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_measure(&study, deep, 0.01, 0.0505, 0);
    study.workload.memory_bytes = 1e6; /* a cache may hold its part */
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.memory_bytes = 0;
    study_fill(study_values_of(&study, SAMPLE_SERVICE_BUSY, deep), 10, 0.001);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.engine.spins = true; /* it computes while it waits */
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_close(&study);
}

/* A request as one with a latency is bound by it, as a timer's wait is; without one, nothing says
 * how quick an answer may be; nor does anything for a device. */
static void test_impossible_gives_no_false_alarm(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    char text[400];
    study_open_service(&study);
    study_measure(&study, serial, 11, 11, 0);
    study_measure(&study, deep, 0.011, 0.011, 0);
    study_fill(study_values_of(&study, SAMPLE_SERVICE_BUSY, deep), 8, 0.001);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.latency_s = 1e-3;
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    study_measure(&study, deep, 11 / 17.9, 0.6,
                  0); /* 1.02 × 16 × 1.1, the lateness of serial waits */
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_measure(&study, deep, 0.011, 0.011, 0);
    study_set_engine(&study.workload, "file");
    study.workload.latency_s = NAN;
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_close(&study);
}

static void test_impossible_leaves_out_what_has_no_valid_sample(void)
{
    static const unsigned flags[] = {SAMPLE_MISBOUND,  SAMPLE_TOO_SHORT, SAMPLE_SHALLOW,
                                     SAMPLE_CACHE,     SAMPLE_CROWDED,   SAMPLE_STOLEN,
                                     SAMPLE_THROTTLED, SAMPLE_FREQUENCY};
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    char text[400];
    study_open_service(&study);
    study.workload.latency_s = 1e-3;
    study_measure(&study, serial, 11, 11, 0);
    study_measure(&study, deep, 0.011, 0.011, 0);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        study_fill(study_values_of(&study, SAMPLE_FLAGS, deep), 8, flags[i]);
        CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    }
    study_fill(study_values_of(&study, SAMPLE_FLAGS, deep), 8, 0);
    study.status[study_cell_of(deep)] = CELL_FAILED;
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"computing beyond the cores is found impossible", test_impossible_computing_fires},
    {"waiting beyond what is in flight is found impossible", test_impossible_waiting_fires},
    {"computing and waiting beyond cores, depth or lock is found impossible",
     test_impossible_mixes_fire},
    {"without serial the times are looked at", test_impossible_times_fire_without_serial},
    {"what the cores are worth is taken in favour", test_worth_of_the_cores_is_taken_in_favour},
    {"noise makes nothing impossible", test_noise_makes_nothing_impossible},
    {"storage and requests without latency are never impossible",
     test_impossible_gives_no_false_alarm},
    {"what has no valid sample is never impossible",
     test_impossible_leaves_out_what_has_no_valid_sample},
    {"nothing is impossible before there is an interval", test_impossible_needs_an_interval},
    CU_TEST_INFO_NULL,
};

SUITE("impossible", tests);
