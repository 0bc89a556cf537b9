/* The limit at the choice: the bound that holds, or what else was seen. */
#include "unit/answer/study.h"
#include "unit/suite.h"

#include <stdio.h>

/* A workload, its serial time and CPU time in s, a point that is better, and the limit to find. */
struct limit_case {
    const char *kernel, *engine;
    double latency_s, memory_bytes, wait_bytes;
    bool lock;
    double worth;
    double serial_s, serial_cpu_s;
    struct point point;
    double time_s, cpu_s, switches;
    const char *limit;
    const char *reason;
};

/* clang-format off */
static const struct limit_case limit_cases[] = {
    {"flops", "none", NAN, 0, 0, false, 1.98, 0.1, 0.0999, {1, 1, 1, 1}, 0.1, 0.0999, 0,
     "the core: 100 % busy", "nothing waits, and it is fully used"},
    {"flops", "none", NAN, 0, 0, false, 1.98, 0.1, 0.1, {1, 2, 1, 2}, 0.051, 0.1, 0,
     "the cores: 1.98 of 2", "both fully used"},
    {"flops", "none", NAN, 0, 0, false, 2.18, 0.1, 0.1, {1, 2, 1, 2}, 0.05, 0.1, 0,
     "the cores: 2.00 of 2", "both fully used"},
    {"flops", "none", NAN, 0, 0, false, 1.00, 0.1, 0.1, {1, 2, 1, 2}, 0.1, 0.2, 0,
     "the cores: 1.00 of 2", "2 cores are worth 1.00 for flops, as if they shared the floating"},
    {"triad", "none", NAN, 2e7, 0, false, 1.9, 0.1, 0.1, {1, 2, 1, 2}, 0.053, 0.1, 0,
     "the memory: 38.0 GB/s", "the memory bus: 38.0 GB/s on 2 cores, 20.0 GB/s on 1"},
    {"none", "timer", 1e-3, 0, 0, false, NAN, 0.107, 1e-4, {1, 1, 256, 1}, 1.1e-3, 1e-4, 0,
     "the wait: 1.07 ms each", "all 100 tasks are in flight, and one wait of 1.00 ms takes 1.07 ms"},
    {"none", "timer", 1e-3, 0, 0, false, NAN, 0.107, 1e-3, {1, 1, 256, 1}, 2.1e-3, 1e-3, 0,
     "the wait: 1.06 ms each", ". The CPU time of all tasks is 1.00 ms"},
    {"none", "timer", 1e-3, 0, 0, false, NAN, 0.107, 1e-4, {1, 1, 16, 1}, 8.5e-3, 1e-4, 0,
     "the last wave: 100 with 16 in flight", "100 tasks with 16 in flight take 7 waves."},
    {"primes", "timer", 5e-4, 0, 0, false, 1.98, 0.1, 0.05, {1, 1, 16, 1}, 0.051, 0.05, 0,
     "the core: 50 % compute", "500 µs of each 1.00 ms task is computing"},
    {"primes", "timer", 5e-4, 0, 0, false, 1.98, 0.1, 0.05, {1, 2, 16, 2}, 0.026, 0.05, 0,
     "the cores: 50 % compute", "and both fully used"},
    {"primes", "timer", 1e-3, 0, 0, false, 1.98, 0.101, 1e-3, {1, 1, 16, 1}, 8e-3, 1e-3, 0,
     "the last wave: 100 with 16 in flight", "100 tasks with 16 in flight take 7 waves."},
    {"primes", "timer", 1e-3, 0, 0, false, 1.98, 0.102, 2e-3, {1, 1, 256, 1}, 3.1e-3, 2e-3, 0,
     "too few tasks: 100", "cannot hide a wait of 1.00 ms"},
    {"none", "file", NAN, 0, 4096, false, NAN, 1.2e-3, 1.1e-3, {1, 1, 1, 1}, 1.2e-3, 1.1e-3, 0,
     "the core: 11.0 µs each", "each block of 4 KiB costs 11.0 µs of CPU time"},
    {"none", "file", NAN, 0, 4096, false, NAN, 1e-2, 1.1e-3, {1, 1, 16, 1}, 3e-3, 1.1e-3, 0,
     "the storage: 137 MB/s", "the storage: 137 MB/s with 16 in flight."},
    {"none", "file", NAN, 0, 4096, false, NAN, 1e-2, 1.1e-3, {1, 1, 16, 1}, 2.1e-3, 2e-3, 0,
     "the core: 20.0 µs each", "costs 20.0 µs"},
    {"primes", "none", NAN, 0, 0, true, 1.98, 0.1, 0.1, {1, 2, 1, 2}, 0.1, 0.1, 0,
     "the lock: 1 at a time", "only 1 of 2 workers computes at once"},
    {"flops", "none", NAN, 0, 0, false, 1.98, 0.1, 0.1, {1, 4, 1, 2}, 0.09, 0.163, 2000,
     "switching: 38 % CPU", "4 workers take turns on 2 cores"},
    {"flops", "none", NAN, 0, 0, false, 1.98, 0.1, 0.1, {1, 4, 1, 2}, 0.09, 0.163, 18,
     "unclear: 56 % used",
     "CPU time is 1.63 times that of the work by a cause that was not measured. There were 0 voluntary and 18 "},
    {"flops", "none", NAN, 0, 0, false, 1.98, 0.1, 0.1, {1, 2, 1, 2}, 0.08, 0.1, 0,
     "unclear: 63 % used", "63 % of what the cores allow"},
    {"none", "none", NAN, 0, 0, false, NAN, 1e-4, 1e-4, {1, 1, 1, 1}, 1e-4, 1e-4, 0,
     "the tool: 1.00 µs per task", "a task that does nothing costs 1.00 µs"},
};
/* clang-format on */

static void check_limit(const struct limit_case *wanted)
{
    struct study study;
    study_open(&study, 8);
    study.worth[1] = wanted->worth;
    study_set_kernel(&study.workload, wanted->kernel);
    study_set_engine(&study.workload, wanted->engine);
    study.workload.latency_s = wanted->latency_s;
    study.workload.memory_bytes = wanted->memory_bytes;
    study.workload.wait_bytes = wanted->wait_bytes;
    study.workload.lock = wanted->lock;
    study.workload.waits = strcmp(wanted->engine, "none") != 0;
    study_measure(&study, serial, wanted->serial_s, wanted->serial_cpu_s, 0);
    study_measure(&study, wanted->point, wanted->time_s, wanted->cpu_s, 0);
    study_fill(study_values_of(&study, SAMPLE_SWITCHES_INVOLUNTARY, wanted->point), 8,
               wanted->switches);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT(study_is_point(verdict->choice, wanted->point));
    CU_ASSERT_STRING_EQUAL(verdict->limit, wanted->limit);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, wanted->reason));
    if (strstr(verdict->reason, "times as fast as serial")) {
        CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, " instead of "));
    }
    study_check_reworded(&study);
    study_close(&study);
}

static void test_limit_is_the_bound_that_holds(void)
{
    for (size_t i = 0; i < sizeof limit_cases / sizeof limit_cases[0]; i++) {
        check_limit(&limit_cases[i]);
    }
}

/* How much the choice reached of the lowest bound. */
static double share_reached(const struct verdict *verdict)
{
    double most = INFINITY;
    for (int b = 0; b < BOUND_COUNT; b++) {
        most = fmin(most, verdict->bound_tasks_per_s[b]);
    }
    return verdict->tasks_per_s / most;
}

static void test_last_wave_of_tasks_is_the_limit(void)
{
    for (int tasks = 1; tasks <= 40; tasks++) {
        struct study study;
        char wanted[48];
        if (tasks == 19) { /* 5 % are the edge */
            continue;
        }
        study_open(&study, 8);
        study.worth[1] = 2;
        study.workload.tasks = (uint64_t)tasks;
        study_measure(&study, serial, 1e-3 * tasks, 1e-3 * tasks, 0);
        int waves = (tasks + 1) / 2;
        study_measure(&study, threads, 1e-3 * waves, 1e-3 * tasks, 0);
        const struct verdict *verdict = study_judge(&study);
        CU_ASSERT_DOUBLE_EQUAL(share_reached(verdict), 1, 1e-6);
        bool is_last_wave = tasks % 2 == 1 && tasks < 19;
        snprintf(wanted, sizeof wanted,
                 tasks < 2      ? "too few tasks: %d on 2 cores"
                 : is_last_wave ? "the last wave: %d on 2 cores"
                                : "the cores: 2.00 of 2",
                 tasks);
        CU_ASSERT_STRING_EQUAL(verdict->limit, wanted);
        CU_ASSERT_STRING_EQUAL(verdict->bound, is_last_wave || tasks < 2 ? "waves" : "cores");
        if (tasks == 3) {
            CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "The limit is the last wave: 3 tasks on "
                                                           "2 cores take 2 waves."));
        }
        study_close(&study);
    }
}

static void test_last_wave_of_waits_is_the_limit(void)
{
    for (int tasks = 2; tasks <= 80; tasks++) {
        struct study study;
        char wanted[48];
        const struct point deep = {1, 1, 16, 1};
        study_open(&study, 8);
        study_set_kernel(&study.workload, "none");
        study_set_engine(&study.workload, "timer");
        study.workload.tasks = (uint64_t)tasks;
        study.workload.waits = 1;
        study.workload.latency_s = 1e-3;
        int waves = (tasks + 15) / 16;
        study_measure(&study, serial, 1.02e-3 * tasks, 1e-6 * tasks, 0);
        study_measure(&study, deep, 1.02e-3 * waves, 1e-6 * tasks, 0);
        const struct verdict *verdict = study_judge(&study);
        CU_ASSERT_DOUBLE_EQUAL(share_reached(verdict), 1, 1e-2);
        bool is_last_wave = tasks < 0.949 * 16 * waves;
        snprintf(wanted, sizeof wanted,
                 tasks <= 16    ? "the wait: 1.02 ms each"
                 : is_last_wave ? "the last wave: %d with 16 in flight"
                                : "the depth: 16 of %d",
                 tasks);
        CU_ASSERT_STRING_EQUAL(verdict->limit, wanted);
        study_close(&study);
    }
}

/* A number between two, evenly on a logarithmic scale. */
static double between(struct study *study, double low, double high)
{
    return low * pow(high / low, (1 + study_noise(study)) / 2);
}

/* Work that a machine can do: no sooner than its bounds allow. Calibration may have been disturbed,
 * and waits one after the other may all have been late. */
static void plant_possible(struct study *study, struct point point)
{
    bool waits = study_noise(study) > 0, computes = !waits || study_noise(study) > 0;
    double compute_s = computes ? between(study, 1e-4, 1e-2) : 1e-6;
    double wait_s = waits ? between(study, 1e-4, 1e-1) : 0;
    double worth = point.cores == 1 ? 1 : between(study, 1, 2);
    study_set_kernel(&study->workload, computes ? "primes" : "none");
    study_set_engine(&study->workload, waits ? "timer" : "none");
    study->workload.waits = waits;
    study->workload.latency_s = waits ? wait_s : NAN;
    study->workload.tasks = (uint64_t)between(study, 1, 200);
    study->worth[1] = worth * between(study, 0.5, 1.1);
    const struct bound_inputs inputs = {
        .compute_s = compute_s,
        .beginning_s = computes ? compute_s / (waits ? 2 : 1) : 0,
        .wait_s = wait_s,
        .least_wait_s = wait_s,
        .cores_worth = computes ? worth : point.cores,
        .tasks = study->workload.tasks,
    };
    struct bounds bounds = bounds_at(&inputs, point);
    double tasks = (double)study->workload.tasks;
    double time_s = tasks / bounds.tasks_per_s[bounds.lowest] * between(study, 1, 2);
    double late_s = waits ? between(study, 1e-6, 1e-3) : 0;
    study_measure(study, serial, tasks * (compute_s + wait_s + late_s), tasks * compute_s, 0.005);
    double cpu_s = fmin(tasks * compute_s * between(study, 1, 1.5), time_s * point.cores);
    study_measure(study, point, time_s, cpu_s, 0.005);
}

static void test_no_share_is_above_one_unless_said(void)
{
    static const struct point points[] = {
        {1, 2, 1, 2}, {2, 1, 16, 2}, {1, 4, 1, 1}, {1, 1, 256, 1}, {2, 2, 16, 1}};
    size_t disturbed = 0;
    for (size_t i = 0; i < 2000; i++) {
        struct study study;
        study_open(&study, 12);
        study.random = 7 + i;
        plant_possible(&study, points[i % (sizeof points / sizeof *points)]);
        const struct verdict *verdict = study_judge(&study);
        bool is_disturbed = strcmp(verdict->limit, "unclear: calibration") == 0;
        CU_ASSERT(share_reached(verdict) <= 1.04); /* of 1.02 and the noise of the samples */
        CU_ASSERT_PTR_NULL(strstr(verdict->limit, "not credible"));
        CU_ASSERT(!is_disturbed || verdict->bound[0] == '\0');
        disturbed += is_disturbed;
        study_close(&study);
    }
    CU_ASSERT(disturbed > 20);
}

static void test_device_is_the_limit_where_deeper_is_no_faster(void)
{
    struct study study;
    study_open_storage(&study);
    study_measure(&study, serial, 1e-2, 1e-3, 0);
    CU_ASSERT_STRING_EQUAL(study_judge(&study)->limit, "the depth: 1 of 100");
    study_measure(&study, (struct point){1, 1, 16, 1}, 1e-2, 1e-3, 0);
    CU_ASSERT_STRING_EQUAL(study_judge(&study)->limit, "the storage: 41.0 MB/s");
    study_close(&study);
}

/* Points with no valid sample prove nothing about those that have more in flight. */
static void test_without_valid_samples_deeper_is_not_measured(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    study_open_storage(&study);
    study_measure(&study, serial, 1e-2, 1e-3, 0);
    study_measure(&study, deep, 1e-2, 1e-3, 0);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, deep), 8, SAMPLE_SHALLOW);
    CU_ASSERT_STRING_EQUAL(study_judge(&study)->limit, "the depth: 1 of 100");
    study_close(&study);
}

static void test_storage_is_named(void)
{
    struct study study;
    study_open_storage(&study);
    study_measure(&study, serial, 1e-2, 1e-3, 0);
    study_measure(&study, (struct point){1, 1, 16, 1}, 1e-2, 1e-3, 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_judge(&study)->reason, "The limit is the storage: 41.0 MB/s"));
    study.workload.storage = "ext4 on /dev/vda";
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason,
                                  "The limit is the storage, ext4 on /dev/vda: 41.0 MB/s, and "
                                  "more in flight gives no more."));
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "no device was waited for"));
    study_close(&study);
}

/* 10 000 requests to a service rank. Who waits for an answer uses CPU time all the while. */
struct service_case {
    const char *kernel;
    double latency_s;
    double serial_s;
    struct point point;
    double time_s, busy_s;
    const char *limit, *reason;
};

/* clang-format off */
static const struct service_case service_cases[] = {
    {"none", 1e-3, 10.6, {1, 1, 256, 1}, 0.0424, 0.02,
     "the depth: 256 of 10000", "256 of 10000 tasks are in flight at a time"},
    {"none", 1e-3, 10.6, {1, 1, 256, 1}, 0.0424, 0.0416,
     "the service: 240 k/s", "the service rank: it was busy 98 % of the time and answers 240 000 "
     "requests per second."},
    {"none", 1e-3, 10.6, {1, 1, 256, 1}, 0.0424, 0.05,
     "the service: 200 k/s", "busy 100 % of the time"},
    {"none", 0, 0.021, {1, 1, 1, 1}, 0.021, 0.009,
     "the wait: 2.10 µs each", "one request at a time, and each round trip takes 2.10 µs."},
    {"none", 1e-3, 10.6, {1, 1, 1, 1}, 10.6, 0.02,
     "the depth: 1 of 10000", "1 of 10000 tasks are in flight at a time"},
    {"none", 0, 0.021, {1, 1, 16, 1}, 0.0014, 0.001,
     "the depth: 16 of 10000", "16 of 10000 tasks are in flight at a time"},
    {"none", 0, 0.021, {1, 2, 1, 2}, 0.0106, 0.009,
     "the wait: 2.10 µs each", "one request at a time from each worker, and each round trip"},
    {"none", 0, 0.021, {1, 1, 16, 1}, 0.006, 0.004,
     "the core: 600 ns each", "each wait costs 600 ns of CPU time"},
    {"none", 0, 0.021, {1, 1, 16, 1}, 0.006, 0.0059,
     "the service: 1.69 M/s", "answers 1 690 000 requests per second"},
    {"primes", 9e-4, 10, {1, 1, 16, 1}, 1.02, 0.05,
     "the core: 10 % compute", "100 µs of each 1.00 ms task is computing"},
};
/* clang-format on */

static void test_service_is_the_limit_when_it_is_busy(void)
{
    for (size_t i = 0; i < sizeof service_cases / sizeof service_cases[0]; i++) {
        const struct service_case *wanted = &service_cases[i];
        struct study study;
        study_open_service(&study);
        study_set_kernel(&study.workload, wanted->kernel);
        study.workload.latency_s = wanted->latency_s;
        study_measure(&study, serial, wanted->serial_s, wanted->serial_s, 0);
        study_fill(study_values_of(&study, SAMPLE_SERVICE_BUSY, serial), 8, wanted->serial_s / 10);
        study_measure(&study, wanted->point, wanted->time_s, wanted->time_s * wanted->point.threads,
                      0);
        study_fill(study_values_of(&study, SAMPLE_SERVICE_BUSY, wanted->point), 8, wanted->busy_s);
        const struct verdict *verdict = study_judge(&study);
        CU_ASSERT(study_is_point(verdict->choice, wanted->point));
        CU_ASSERT_STRING_EQUAL(verdict->limit, wanted->limit);
        CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, wanted->reason));
        study_check_reworded(&study);
        study_close(&study);
    }
}

/* Samples of an engine whose waits cost as much CPU time as they last: that limit is taken for the
 * cores unless the engine says that it spins. */
struct spinning_case {
    const char *kernel;
    double latency_s, compute_s, wait_bytes;
    double serial_s;
    struct point point;
    double time_s;
    const char *limit, *limit_unsaid; /* of a spinning engine, and of one that does not say so */
};

/* clang-format off */
static const struct spinning_case spinning_cases[] = {
    {"none", 1e-3, 0, 0, 0.107, {1, 1, 16, 1}, 8.5e-3,
     "the last wave: 100 with 16 in flight", "the core: 85.0 µs each"},
    {"none", 1e-3, 0, 0, 0.107, {1, 1, 256, 1}, 1.1e-3,
     "the wait: 1.07 ms each", "the core: 11.0 µs each"},
    {"none", NAN, 0, 4096, 1e-2, {1, 1, 16, 1}, 3e-3,
     "the storage: 137 MB/s", "the core: 30.0 µs each"},
    {"primes", 9e-4, 1e-4, 0, 0.1, {1, 1, 1, 1}, 0.1,
     "the depth: 1 of 100", "the core: 100 % busy"},
    {"primes", NAN, 1e-4, 4096, 0.1, {1, 1, 1, 1}, 0.1,
     "the depth: 1 of 100", "the core: 100 % busy"},
};
/* clang-format on */

static void test_spinning_is_no_work_of_the_cores(void)
{
    for (size_t i = 0; i < sizeof spinning_cases / sizeof spinning_cases[0]; i++) {
        const struct spinning_case *wanted = &spinning_cases[i];
        struct study study;
        study_open(&study, 8);
        study_set_kernel(&study.workload, wanted->kernel);
        study_set_engine(&study.workload, "spinning");
        study.workload.waits = 1;
        study.workload.latency_s = wanted->latency_s;
        study.workload.compute_s = wanted->compute_s;
        study.workload.wait_bytes = wanted->wait_bytes;
        study_measure(&study, serial, wanted->serial_s, wanted->serial_s, 0);
        study_measure(&study, wanted->point, wanted->time_s, wanted->time_s, 0);
        CU_ASSERT_STRING_EQUAL(study_judge(&study)->limit, wanted->limit_unsaid);
        study.workload.engine.spins = true;
        CU_ASSERT_STRING_EQUAL(study_judge(&study)->limit, wanted->limit);
        CU_ASSERT_STRING_NOT_EQUAL(study_judge(&study)->bound, bound_names[BOUND_CORES]);
        study_check_reworded(&study);
        study_close(&study);
    }
}

static void test_service_without_serial_is_no_guess(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    study_open_service(&study);
    study_measure(&study, deep, 0.006, 0.006, 0);
    study_fill(study_values_of(&study, SAMPLE_SERVICE_BUSY, deep), 8, 0.001);
    CU_ASSERT_STRING_EQUAL(study_judge(&study)->limit, "unknown without serial");
    study_fill(study_values_of(&study, SAMPLE_SERVICE_BUSY, deep), 8, 0.0058);
    CU_ASSERT_STRING_EQUAL(study_judge(&study)->limit, "the service: 1.72 M/s");
    study_close(&study);
}

static void test_one_list_is_taken_in_turns(void)
{
    struct study study;
    const struct point two = {1, 2, 1, 2};
    struct verdict verdict[2];
    study_open(&study, 10);
    study_set_kernel(&study.workload, "append");
    study.workload.kernel.guard = KERNEL_GUARD_ATOMIC;
    study_measure(&study, serial, 0.1, 0.1, 0);
    study_measure(&study, two, 0.09, 0.18, 0);
    CU_ASSERT(answer_verdicts(&study.question, verdict) > 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict[1].reason, "2 workers take turns at its end. A task "
                                                     "takes 900 µs instead of 1.00 ms alone"));
    study.workload.kernel.guard = KERNEL_GUARD_LOCK;
    CU_ASSERT(answer_verdicts(&study.question, verdict) > 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict[1].reason, "2 workers take turns at its lock. A task"));
    study.workload.kernel.guard = KERNEL_GUARD_SHARDED;
    CU_ASSERT(answer_verdicts(&study.question, verdict) > 1);
    CU_ASSERT_PTR_NULL(strstr(verdict[1].reason, "take turns"));
    study_close(&study);
}

/* Threads have the list in memory, whatever processes reach it through. */
static void test_calls_of_mpi_are_the_limit_of_processes_alone(void)
{
    static const struct point points[] = {{1, 2, 1, 2}, {2, 1, 1, 2}};
    for (size_t i = 0; i < 2; i++) {
        struct study study;
        study_open(&study, 10);
        study_set_kernel(&study.workload, "append");
        study.workload.kernel.guard = KERNEL_GUARD_LOCK;
        study.workload.kernel.through = KERNEL_THROUGH_RMA;
        study_measure(&study, serial, 0.1, 0.1, 0);
        study_measure(&study, points[i], 0.09, 0.18, 0);
        const struct verdict *verdict = study_judge(&study);
        bool by_mpi = points[i].ranks > 1;
        CU_ASSERT_STRING_EQUAL(verdict->limit,
                               by_mpi ? "the list by MPI: 900 µs each" : "the list: 900 µs each");
        CU_ASSERT_EQUAL(
            by_mpi, strstr(verdict->reason,
                           "The limit is one-sided calls of MPI: by them 2 workers append to one "
                           "list. A task takes 900 µs instead of 1.00 ms") != NULL);
        study_close(&study);
    }
}

static const CU_TestInfo tests[] = {
    {"the limit is the bound that holds, with its number", test_limit_is_the_bound_that_holds},
    {"the last wave of tasks is the limit, from 1 to 40 of them on 2 cores",
     test_last_wave_of_tasks_is_the_limit},
    {"the last wave of waits is the limit, from 2 to 80 of them with 16 in flight",
     test_last_wave_of_waits_is_the_limit},
    {"no share of a bound is above 1, whatever calibration found",
     test_no_share_is_above_one_unless_said},
    {"a device is the limit where deeper is no faster",
     test_device_is_the_limit_where_deeper_is_no_faster},
    {"points without a valid sample do not make deeper no faster",
     test_without_valid_samples_deeper_is_not_measured},
    {"the storage is named where it is the limit", test_storage_is_named},
    {"the service rank is the limit when it is busy", test_service_is_the_limit_when_it_is_busy},
    {"without serial only a busy service rank is told", test_service_without_serial_is_no_guess},
    {"waiting that costs CPU time is no work of the cores", test_spinning_is_no_work_of_the_cores},
    {"one list is taken in turns", test_one_list_is_taken_in_turns},
    {"calls of MPI are the limit of processes alone",
     test_calls_of_mpi_are_the_limit_of_processes_alone},
    CU_TEST_INFO_NULL,
};

SUITE("reason_limit", tests);
