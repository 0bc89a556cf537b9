#include "answer/answer.h"
#include "answer/impossible.h"
#include "answer/verdict.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CORES = 2, RANKS = 2, THREADS = 3, DEPTHS = 3, CELLS = CORES * RANKS * THREADS * DEPTHS };
static const int cores_axis[CORES] = {1, 2}, ranks_axis[RANKS] = {1, 2};
static const int threads_axis[THREADS] = {1, 2, 4}, depth_axis[DEPTHS] = {1, 16, 256};

static const struct point serial = {1, 1, 1, 1}, threads = {1, 2, 1, 2};
static const struct point processes = {2, 1, 1, 2}, both = {2, 2, 1, 2};

/* One workload, measured at the points that a test says. */
struct study {
    struct question_workload workload;
    struct question question;
    struct samples samples;
    unsigned char status[CELLS];
    double worth[CORES];
    uint64_t random;
    struct verdict verdicts[CORES];
    long count;
};

static void open_study(struct study *study, size_t rounds)
{
    *study = (struct study){.worth = {1, 1.98}, .random = 7};
    CU_ASSERT_EQUAL_FATAL(samples_create(&study->samples, CELLS, rounds, 1), 0);
    study->workload = (struct question_workload){
        .name = "work",
        .kernel = "flops",
        .computes = true,
        .bound = KERNEL_BOUND_FLOATING_POINT,
        .bound_words = "the floating-point units",
        .engine = "none",
        .tasks = 100,
        .latency_s = NAN,
        .cores_worth = study->worth,
    };
    study->question = (struct question){
        .workloads = 1,
        .workload = &study->workload,
        .cores = CORES,
        .ranks = RANKS,
        .threads = THREADS,
        .depths = DEPTHS,
        .cores_axis = cores_axis,
        .ranks_axis = ranks_axis,
        .threads_axis = threads_axis,
        .depth_axis = depth_axis,
        .status = study->status,
        .samples = &study->samples,
    };
}

static void set_kernel(struct question_workload *workload, const char *kernel)
{
    workload->kernel = kernel;
    workload->computes = strcmp(kernel, "none") != 0;
}

static void set_engine(struct question_workload *workload, const char *engine)
{
    workload->engine = engine;
    workload->has_waits = strcmp(engine, "none") != 0;
    workload->spins = strcmp(engine, "message") == 0;
}

static size_t index_of(const int *axis, int value)
{
    size_t i = 0;
    while (axis[i] != value) {
        i++;
    }
    return i;
}

static size_t cell_of(struct point point)
{
    size_t cell = index_of(cores_axis, point.cores);
    cell = cell * RANKS + index_of(ranks_axis, point.ranks);
    cell = cell * THREADS + index_of(threads_axis, point.threads);
    return cell * DEPTHS + index_of(depth_axis, point.depth);
}

static double *values_of(struct study *study, enum sample_variable variable, struct point point)
{
    return &study->samples.value[variable][cell_of(point) * study->samples.rounds];
}

/* In (−1, 1): a linear congruential generator (Knuth's MMIX). */
static double noise(struct study *study)
{
    study->random = study->random * 6364136223846793005u + 1442695040888963407u;
    return 2 * ((double)(study->random >> 11) + 0.5) / 9007199254740992.0 - 1;
}

/* Time and CPU time of a whole cell, the former with so much relative noise of its own. */
static void measure(struct study *study, struct point point, double time_s, double cpu_s,
                    double own_noise)
{
    study->status[cell_of(point)] = 1;
    for (size_t r = 0; r < study->samples.rounds; r++) {
        values_of(study, SAMPLE_TIME, point)[r] = time_s * (1 + own_noise * noise(study));
        values_of(study, SAMPLE_CPU, point)[r] = cpu_s;
        values_of(study, SAMPLE_SWITCHES_VOLUNTARY, point)[r] = 0;
        values_of(study, SAMPLE_SWITCHES_INVOLUNTARY, point)[r] = 0;
        values_of(study, SAMPLE_FLAGS, point)[r] = 0;
    }
}

static void fill(double *values, size_t count, double value)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = value;
    }
}

/* The last verdict: that of the most cores. */
static const struct verdict *judge(struct study *study)
{
    study->count = answer_verdicts(&study->question, study->verdicts);
    CU_ASSERT_FATAL(study->count > 0);
    return &study->verdicts[study->count - 1];
}

static int is_point(struct point a, struct point b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static int same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static int same_interval(const struct interval *a, const struct interval *b)
{
    return same_number(a->median, b->median) && same_number(a->low, b->low) &&
           same_number(a->high, b->high) && a->n == b->n;
}

static void close_study(struct study *study)
{
    samples_free(&study->samples);
}

static void test_known_ratio_is_found(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0.01);
    measure(&study, threads, 0.5, 1.0, 0.01);
    measure(&study, processes, 0.8, 1.0, 0.01);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_EQUAL(study.count, 2);
    CU_ASSERT(is_point(study.verdicts[0].choice, serial));
    CU_ASSERT(is_point(verdict->choice, threads));
    CU_ASSERT_EQUAL(verdict->cores, 2);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.median, 2, 0.03);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_s, 0.5, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(verdict->serial_s, 1.0, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(verdict->serial_task_s, 0.01, 0.0001);
    CU_ASSERT_DOUBLE_EQUAL(verdict->best[GROUP_PROCESSES].speed_up.median, 1.25, 0.02);
    CU_ASSERT(is_point(verdict->best[GROUP_SERIAL].point, serial));
    CU_ASSERT_EQUAL(verdict->best[GROUP_ASYNC].point.ranks, 0);
    CU_ASSERT(verdict->ties == 0 && verdict->undecided == 0 && verdict->certain);
    close_study(&study);
}

static void test_noise_of_a_round_cancels(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 0.5, 1.0, 0);
    for (size_t r = 0; r < 20; r++) {
        double slowed = 2 + noise(&study);
        values_of(&study, SAMPLE_TIME, serial)[r] *= slowed;
        values_of(&study, SAMPLE_TIME, threads)[r] *= slowed;
    }
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.low, 2, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.high, 2, 1e-12);
    CU_ASSERT(verdict->half_width < 1e-12);
    close_study(&study);
}

static void test_ties_name_the_simplest(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 0.505, 1.0, 0.001);
    measure(&study, processes, 0.506, 1.0, 0.001);
    measure(&study, both, 0.500, 1.0, 0.001);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT(is_point(verdict->choice, threads));
    CU_ASSERT_EQUAL(verdict->ties, 2);
    CU_ASSERT_EQUAL(verdict->undecided, 0);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_s, 0.505, 0.001);
    CU_ASSERT(is_point(verdict->best[GROUP_MIX].point, both));
    close_study(&study);
}

static void test_wide_intervals_are_undecided(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 0.501, 1.0, 0); /* its median ties */
    for (size_t r = 0; r < 20; r++) {
        values_of(&study, SAMPLE_TIME, threads)[r] += 0.1 * ((double)(r % 3) - 1);
    }
    measure(&study, both, 0.50, 1.0, 0);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_EQUAL(verdict->ties, 0);
    CU_ASSERT_EQUAL(verdict->undecided, 1);
    CU_ASSERT_EQUAL(point_compare_simplicity(verdict->choice, threads), 0); /* the simpler one */
    CU_ASSERT(!verdict->certain);
    CU_ASSERT(verdict->half_width > 0.02 && isfinite(verdict->half_width));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "cannot be told from the fastest"));
    close_study(&study);
}

static void test_precision_asked_for_makes_certain(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0.1);
    measure(&study, threads, 0.5, 1.0, 0);
    study.question.precision = 0.2;
    CU_ASSERT(judge(&study)->certain);
    struct certainty found = verdict_certainty(&study.question, 0);
    CU_ASSERT(found.certain);
    CU_ASSERT_EQUAL(found.half_width, judge(&study)->half_width);
    study.question.precision = found.half_width / 2;
    CU_ASSERT(!judge(&study)->certain);
    CU_ASSERT(!verdict_certainty(&study.question, 0).certain);
    close_study(&study);
}

static void test_too_few_rounds_are_said(void)
{
    struct study study;
    open_study(&study, 3);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 0.5, 1.0, 0);
    measure(&study, both, 0.499, 1.0, 0);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT(is_point(verdict->choice, threads));
    CU_ASSERT(!verdict->certain);
    CU_ASSERT(isinf(verdict->half_width));
    CU_ASSERT(isinf(verdict_certainty(&study.question, 0).half_width));
    CU_ASSERT(!verdict_certainty(&study.question, 0).certain);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "only 3 rounds: too few to be sure"));
    close_study(&study);
}

static void test_no_samples_no_choice(void)
{
    struct study study;
    open_study(&study, 8);
    measure(&study, serial, NAN, NAN, 0);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_EQUAL(verdict->choice.ranks, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "there are no samples"));
    CU_ASSERT(isinf(verdict_certainty(&study.question, 0).half_width));
    memset(study.status, 0, sizeof study.status);
    CU_ASSERT_EQUAL(answer_verdicts(&study.question, study.verdicts), 0);
    CU_ASSERT(verdict_certainty(&study.question, 0).certain); /* nothing more will come */
    close_study(&study);
}

static void test_flagged_samples_do_not_vote(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 0.5, 1.0, 0);
    measure(&study, processes, 0.1, 1.0, 0);
    fill(values_of(&study, SAMPLE_FLAGS, processes), 20, SAMPLE_MISBOUND);
    fill(values_of(&study, SAMPLE_TIME, threads), 10, 0.01);
    fill(values_of(&study, SAMPLE_FLAGS, threads), 10, SAMPLE_TOO_SHORT);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT(is_point(verdict->choice, threads));
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.median, 2, 1e-12);
    CU_ASSERT_EQUAL(verdict->choice_speed_up.n, 10);
    CU_ASSERT_EQUAL(verdict->best[GROUP_PROCESSES].point.ranks, 0);
    CU_ASSERT_EQUAL(verdict->undecided, 0);

    fill(values_of(&study, SAMPLE_FLAGS, threads), 20, SAMPLE_TOO_SHORT);
    verdict = judge(&study);
    CU_ASSERT_EQUAL(verdict->choice.ranks, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "misbound, too_short"));
    close_study(&study);
}

static void test_weak_scaling_counts_per_task(void)
{
    struct study study;
    open_study(&study, 20);
    study.workload.weak = true;
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 1.25, 2.5, 0); /* twice the tasks */
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.median, 1.6, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(verdict->serial_s, 1.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_s, 1.25, 1e-12);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "6.25 ms instead of 10.0 ms per task"));
    close_study(&study);
}

static void test_without_serial_times_decide(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, threads, 0.6, 1.0, 0);
    measure(&study, processes, 0.5, 1.0, 0);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_EQUAL(study.count, 1);
    CU_ASSERT(is_point(verdict->choice, processes));
    CU_ASSERT(isnan(verdict->choice_speed_up.median));
    CU_ASSERT(isnan(verdict->serial_s));
    CU_ASSERT(verdict->certain);
    CU_ASSERT_EQUAL(verdict->best[GROUP_SERIAL].point.ranks, 0);
    CU_ASSERT_PTR_NULL(strstr(verdict->reason, "times as fast"));
    close_study(&study);
}

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
     "the core: 100 % busy", "1 core does 1 core's work"},
    {"flops", "none", NAN, 0, 0, false, 1.98, 0.1, 0.1, {1, 2, 1, 2}, 0.051, 0.1, 0,
     "the cores: 1.98 of 2", "2 cores do 1.98 cores' worth of flops here"},
    {"flops", "none", NAN, 0, 0, false, 2.18, 0.1, 0.1, {1, 2, 1, 2}, 0.05, 0.1, 0,
     "the cores: 2.00 of 2", "2 cores do 2.00 cores' worth of flops here"},
    {"flops", "none", NAN, 0, 0, false, 1.00, 0.1, 0.1, {1, 2, 1, 2}, 0.1, 0.2, 0,
     "the cores: 1.00 of 2", "1.00 core's worth of flops here, as if they shared the floating"},
    {"triad", "none", NAN, 2e7, 0, false, 1.9, 0.1, 0.1, {1, 2, 1, 2}, 0.053, 0.1, 0,
     "the memory: 38.0 GB/s", "the memory bus: 38.0 GB/s on 2 cores, 20.0 GB/s on 1"},
    {"none", "timer", 1e-3, 0, 0, false, NAN, 0.107, 1e-4, {1, 1, 256, 1}, 1.1e-3, 1e-4, 0,
     "the wait: 1.07 ms each", "all 100 in flight, one wait of 1.00 ms takes 1.07 ms"},
    {"none", "timer", 1e-3, 0, 0, false, NAN, 0.107, 1e-3, {1, 1, 256, 1}, 2.1e-3, 1e-3, 0,
     "the wait: 1.06 ms each", "the CPU time for all 1.00 ms"},
    {"none", "timer", 1e-3, 0, 0, false, NAN, 0.107, 1e-4, {1, 1, 16, 1}, 8.5e-3, 1e-4, 0,
     "the depth: 16 of 100", "16 in flight of 100 waiting"},
    {"primes", "timer", 5e-4, 0, 0, false, 1.98, 0.1, 0.05, {1, 1, 16, 1}, 0.051, 0.05, 0,
     "the core: 50 % compute", "500 µs of each 1.00 ms task is compute"},
    {"primes", "timer", 5e-4, 0, 0, false, 1.98, 0.1, 0.05, {1, 2, 16, 2}, 0.026, 0.05, 0,
     "the cores: 50 % compute", "2 cores do 1.98 cores' worth of it"},
    {"primes", "timer", 1e-3, 0, 0, false, 1.98, 0.101, 1e-3, {1, 1, 16, 1}, 8e-3, 1e-3, 0,
     "the depth: 16 of 100", "16 in flight of 100"},
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
    {"flops", "none", NAN, 0, 0, false, 1.98, 0.1, 0.1, {1, 4, 1, 2}, 0.09, 0.163, 900,
     "switching: 38 % CPU", "4 workers take turns on 2 cores"},
    {"flops", "none", NAN, 0, 0, false, 1.98, 0.1, 0.1, {1, 2, 1, 2}, 0.08, 0.1, 0,
     "unclear: 63 % used", "63 % of what the cores allow"},
    {"none", "none", NAN, 0, 0, false, NAN, 1e-4, 1e-4, {1, 1, 1, 1}, 1e-4, 1e-4, 0,
     "the tool: 1.00 µs per task", "a task that does nothing costs 1.00 µs"},
};
/* clang-format on */

/* Every text becomes another, and nothing but texts. */
static void reword(struct question_workload *workload)
{
    workload->name = "the service";
    workload->kernel = workload->computes ? "none" : "the memory latency";
    workload->engine = workload->has_waits ? "none" : "message";
    workload->bound_words = "the memory latency";
    workload->storage = "tmpfs, which is memory";
}

/* The verdicts of reworded workloads are the same but for words. */
static void check_reworded(struct study *study)
{
    struct verdict before[CORES];
    struct question_workload workload = study->workload;
    char text[400];
    long count = answer_verdicts(&study->question, before);
    bool impossible = impossible_find(&study->question, text, sizeof text) != NULL;
    reword(&study->workload);
    judge(study);
    CU_ASSERT_EQUAL_FATAL(study->count, count);
    for (long i = 0; i < count; i++) {
        const struct verdict *a = &before[i], *b = &study->verdicts[i];
        CU_ASSERT(is_point(a->choice, b->choice));
        CU_ASSERT(same_interval(&a->choice_speed_up, &b->choice_speed_up));
        CU_ASSERT_EQUAL(a->points, b->points);
        CU_ASSERT_EQUAL(a->ties, b->ties);
        CU_ASSERT_EQUAL(a->undecided, b->undecided);
        CU_ASSERT_EQUAL(a->certain, b->certain);
        CU_ASSERT(same_number(a->half_width, b->half_width));
        CU_ASSERT(same_number(a->tasks_per_s, b->tasks_per_s));
        for (int bound = 0; bound < BOUND_COUNT; bound++) {
            CU_ASSERT(same_number(a->bound_tasks_per_s[bound], b->bound_tasks_per_s[bound]));
        }
        CU_ASSERT_STRING_EQUAL(a->bound, b->bound);
        CU_ASSERT_STRING_EQUAL(a->limit, b->limit);
    }
    CU_ASSERT_EQUAL(impossible_find(&study->question, text, sizeof text) != NULL, impossible);
    study->workload = workload;
}

static void check_limit(const struct limit_case *wanted)
{
    struct study study;
    open_study(&study, 8);
    study.worth[1] = wanted->worth;
    set_kernel(&study.workload, wanted->kernel);
    set_engine(&study.workload, wanted->engine);
    study.workload.latency_s = wanted->latency_s;
    study.workload.memory_bytes = wanted->memory_bytes;
    study.workload.wait_bytes = wanted->wait_bytes;
    study.workload.lock = wanted->lock;
    study.workload.waits = strcmp(wanted->engine, "none") != 0;
    measure(&study, serial, wanted->serial_s, wanted->serial_cpu_s, 0);
    measure(&study, wanted->point, wanted->time_s, wanted->cpu_s, 0);
    fill(values_of(&study, SAMPLE_SWITCHES_INVOLUNTARY, wanted->point), 8, wanted->switches);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT(is_point(verdict->choice, wanted->point));
    CU_ASSERT_STRING_EQUAL(verdict->limit, wanted->limit);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, wanted->reason));
    if (strstr(verdict->reason, "times as fast as serial")) {
        CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, " instead of "));
    }
    check_reworded(&study);
    close_study(&study);
}

static void test_limit_is_the_bound_that_holds(void)
{
    for (size_t i = 0; i < sizeof limit_cases / sizeof limit_cases[0]; i++) {
        check_limit(&limit_cases[i]);
    }
}

static void open_storage_study(struct study *study)
{
    open_study(study, 8);
    set_kernel(&study->workload, "none");
    set_engine(&study->workload, "file");
    study->workload.waits = 1;
    study->workload.wait_bytes = 4096;
}

static void test_device_is_the_limit_where_deeper_is_no_faster(void)
{
    struct study study;
    open_storage_study(&study);
    measure(&study, serial, 1e-2, 1e-3, 0);
    CU_ASSERT_STRING_EQUAL(judge(&study)->limit, "the depth: 1 of 100");
    measure(&study, (struct point){1, 1, 16, 1}, 1e-2, 1e-3, 0);
    CU_ASSERT_STRING_EQUAL(judge(&study)->limit, "the storage: 41.0 MB/s");
    close_study(&study);
}

/* Points of no vote prove nothing about those that have more in flight. */
static void test_without_votes_deeper_is_not_measured(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    open_storage_study(&study);
    measure(&study, serial, 1e-2, 1e-3, 0);
    measure(&study, deep, 1e-2, 1e-3, 0);
    fill(values_of(&study, SAMPLE_FLAGS, deep), 8, SAMPLE_SHALLOW);
    CU_ASSERT_STRING_EQUAL(judge(&study)->limit, "the depth: 1 of 100");
    close_study(&study);
}

static void test_storage_is_named(void)
{
    struct study study;
    open_storage_study(&study);
    measure(&study, serial, 1e-2, 1e-3, 0);
    measure(&study, (struct point){1, 1, 16, 1}, 1e-2, 1e-3, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(judge(&study)->reason, "The limit is the storage: 41.0 MB/s"));
    study.workload.storage = "ext4 on /dev/vda";
    CU_ASSERT_PTR_NOT_NULL(strstr(judge(&study)->reason,
                                  "The limit is the storage, ext4 on /dev/vda: 41.0 MB/s, and "
                                  "more in flight gives no more."));
    CU_ASSERT_PTR_NULL(strstr(judge(&study)->reason, "no device was waited for"));
    close_study(&study);
}

static void test_storage_in_memory_is_said_whatever_the_limit(void)
{
    static const char sentence[] =
        ". The scratch file is on tmpfs, which is memory: no device was waited for.";
    struct study study;
    open_storage_study(&study);
    study.workload.storage = "tmpfs, which is memory";
    study.workload.storage_is_memory = true;
    measure(&study, serial, 1e-2, 1e-3, 0);
    CU_ASSERT_STRING_EQUAL(judge(&study)->limit, "the depth: 1 of 100");
    CU_ASSERT_PTR_NOT_NULL(strstr(judge(&study)->reason, sentence));
    measure(&study, (struct point){1, 1, 16, 1}, 1e-2, 1e-3, 0);
    CU_ASSERT_STRING_EQUAL(judge(&study)->limit, "the storage: 41.0 MB/s");
    CU_ASSERT_PTR_NOT_NULL(strstr(judge(&study)->reason, "the storage: 41.0 MB/s"));
    CU_ASSERT_PTR_NOT_NULL(strstr(judge(&study)->reason, sentence));
    study.workload.storage = NULL;
    CU_ASSERT_PTR_NOT_NULL(strstr(judge(&study)->reason, "The scratch file is on memory: "));
    close_study(&study);
}

static void test_shallow_points_are_named(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1}, deeper = {1, 1, 256, 1}, elsewhere = {1, 2, 16, 2};
    open_storage_study(&study);
    measure(&study, serial, 1e-2, 1e-3, 0);
    measure(&study, deep, 1e-2, 1e-3, 0);
    measure(&study, elsewhere, 1e-2, 1e-3, 0);
    fill(values_of(&study, SAMPLE_DEPTH_ACHIEVED, deep), 8, 1.04);
    fill(values_of(&study, SAMPLE_FLAGS, deep), 4, SAMPLE_SHALLOW);
    judge(&study); /* half of them are good: they vote */
    CU_ASSERT_PTR_NULL(strstr(study.verdicts[0].reason, "async."));
    fill(values_of(&study, SAMPLE_FLAGS, deep), 8, SAMPLE_SHALLOW);
    judge(&study);
    CU_ASSERT_PTR_NULL(strstr(study.verdicts[0].reason, "page cache"));
    CU_ASSERT_PTR_NOT_NULL(strstr(study.verdicts[0].reason,
                                  ". 1×1×16@1 kept 1.0 of 16 in flight: it was not really async."));
    CU_ASSERT_PTR_NULL(strstr(study.verdicts[1].reason, "not really async"));

    measure(&study, deeper, 1e-2, 1e-3, 0); /* its share of what was asked is larger */
    fill(values_of(&study, SAMPLE_DEPTH_ACHIEVED, deeper), 8, 20.4);
    fill(values_of(&study, SAMPLE_FLAGS, deeper), 8, SAMPLE_SHALLOW);
    judge(&study);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study.verdicts[0].reason,
               " 1×1×16@1 kept 1.0 of 16 in flight: it and 1 more were not really async."));
    fill(values_of(&study, SAMPLE_DEPTH_ACHIEVED, deeper), 8, 10.4);
    judge(&study);
    CU_ASSERT_PTR_NOT_NULL(strstr(study.verdicts[0].reason,
                                  " 1×1×256@1 kept 10 of 256 in flight: it and 1 more were"));
    close_study(&study);
}

static void test_all_shallow_is_no_choice_and_named(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    open_storage_study(&study);
    measure(&study, deep, 1e-2, 1e-3, 0);
    fill(values_of(&study, SAMPLE_DEPTH_ACHIEVED, deep), 8, 1.0);
    fill(values_of(&study, SAMPLE_FLAGS, deep), 8, SAMPLE_SHALLOW);
    CU_ASSERT_EQUAL(judge(&study)->choice.ranks, 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(judge(&study)->reason, "flags shallow. 1×1×16@1 kept 1.0 of 16 in flight: it was"));
    close_study(&study);
}

static void test_page_cache_not_as_asked_is_counted(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1}, deeper = {1, 1, 256, 1};
    open_storage_study(&study);
    measure(&study, serial, 1e-2, 1e-3, 0);
    measure(&study, deep, 1e-3, 1e-3, 0);
    measure(&study, deeper, 1e-3, 1e-3, 0);
    CU_ASSERT_PTR_NULL(strstr(judge(&study)->reason, "page cache"));
    fill(values_of(&study, SAMPLE_FLAGS, deep), 8, SAMPLE_CACHE);
    CU_ASSERT_PTR_NOT_NULL(strstr(judge(&study)->reason, ". At 1 point the page cache was not "));
    fill(values_of(&study, SAMPLE_FLAGS, deeper), 8, SAMPLE_CACHE);
    CU_ASSERT(is_point(judge(&study)->choice, serial));
    CU_ASSERT_PTR_NOT_NULL(strstr(judge(&study)->reason,
                                  ". At 2 points the page cache was not as asked, cold or warm."));
    CU_ASSERT_PTR_NULL(strstr(judge(&study)->reason, "async."));
    close_study(&study);
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
     "the depth: 256 of 10000", "256 in flight of 10000 waiting"},
    {"none", 1e-3, 10.6, {1, 1, 256, 1}, 0.0424, 0.0416,
     "the service: 240 k/s", "the service rank: it was busy 98 % of the time and answers 240 000 "
     "requests per second."},
    {"none", 1e-3, 10.6, {1, 1, 256, 1}, 0.0424, 0.05,
     "the service: 200 k/s", "busy 100 % of the time"},
    {"none", 0, 0.021, {1, 1, 1, 1}, 0.021, 0.009,
     "the wait: 2.10 µs each", "one request at a time, and each round trip takes 2.10 µs."},
    {"none", 1e-3, 10.6, {1, 1, 1, 1}, 10.6, 0.02,
     "the depth: 1 of 10000", "1 in flight of 10000 waiting"},
    {"none", 0, 0.021, {1, 1, 16, 1}, 0.0014, 0.001,
     "the depth: 16 of 10000", "16 in flight of 10000 waiting"},
    {"none", 0, 0.021, {1, 2, 1, 2}, 0.0106, 0.009,
     "the wait: 2.10 µs each", "one request at a time from each worker, and each round trip"},
    {"none", 0, 0.021, {1, 1, 16, 1}, 0.006, 0.004,
     "the core: 600 ns each", "each wait costs 600 ns of CPU time"},
    {"none", 0, 0.021, {1, 1, 16, 1}, 0.006, 0.0059,
     "the service: 1.69 M/s", "answers 1 690 000 requests per second"},
    {"primes", 9e-4, 10, {1, 1, 16, 1}, 1.02, 0.05,
     "the core: 10 % compute", "100 µs of each 1.00 ms task is compute"},
};
/* clang-format on */

static void open_service_study(struct study *study)
{
    open_study(study, 8);
    set_kernel(&study->workload, "none");
    set_engine(&study->workload, "message");
    study->workload.tasks = 10000;
    study->workload.waits = 1;
    study->workload.wait_bytes = 128;
    study->workload.latency_s = 0;
}

static void test_service_is_the_limit_when_it_is_busy(void)
{
    for (size_t i = 0; i < sizeof service_cases / sizeof service_cases[0]; i++) {
        const struct service_case *wanted = &service_cases[i];
        struct study study;
        open_service_study(&study);
        set_kernel(&study.workload, wanted->kernel);
        study.workload.latency_s = wanted->latency_s;
        measure(&study, serial, wanted->serial_s, wanted->serial_s, 0);
        fill(values_of(&study, SAMPLE_SERVICE_BUSY, serial), 8, wanted->serial_s / 10);
        measure(&study, wanted->point, wanted->time_s, wanted->time_s * wanted->point.threads, 0);
        fill(values_of(&study, SAMPLE_SERVICE_BUSY, wanted->point), 8, wanted->busy_s);
        const struct verdict *verdict = judge(&study);
        CU_ASSERT(is_point(verdict->choice, wanted->point));
        CU_ASSERT_STRING_EQUAL(verdict->limit, wanted->limit);
        CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, wanted->reason));
        check_reworded(&study);
        close_study(&study);
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
     "the depth: 16 of 100", "the core: 85.0 µs each"},
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
        open_study(&study, 8);
        set_kernel(&study.workload, wanted->kernel);
        set_engine(&study.workload, "spinning");
        study.workload.waits = 1;
        study.workload.latency_s = wanted->latency_s;
        study.workload.compute_s = wanted->compute_s;
        study.workload.wait_bytes = wanted->wait_bytes;
        measure(&study, serial, wanted->serial_s, wanted->serial_s, 0);
        measure(&study, wanted->point, wanted->time_s, wanted->time_s, 0);
        CU_ASSERT_STRING_EQUAL(judge(&study)->limit, wanted->limit_unsaid);
        study.workload.spins = true;
        CU_ASSERT_STRING_EQUAL(judge(&study)->limit, wanted->limit);
        CU_ASSERT_STRING_NOT_EQUAL(judge(&study)->bound, bound_names[BOUND_CORES]);
        check_reworded(&study);
        close_study(&study);
    }
}

static void test_service_without_serial_is_no_guess(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    open_service_study(&study);
    measure(&study, deep, 0.006, 0.006, 0);
    fill(values_of(&study, SAMPLE_SERVICE_BUSY, deep), 8, 0.001);
    CU_ASSERT_STRING_EQUAL(judge(&study)->limit, "unknown without serial");
    fill(values_of(&study, SAMPLE_SERVICE_BUSY, deep), 8, 0.0058);
    CU_ASSERT_STRING_EQUAL(judge(&study)->limit, "the service: 1.72 M/s");
    close_study(&study);
}

/* Its samples were good as long as there were any: they do not count. */
static void test_failed_workload_says_why(void)
{
    struct study study;
    open_storage_study(&study);
    measure(&study, serial, 1e-2, 1e-3, 0);
    measure(&study, threads, 1e-2, 1e-3, 0);
    study.status[cell_of(serial)] = CELL_FAILED;
    study.status[cell_of(threads)] = CELL_FAILED;
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->reason, "Nothing can be said, for it failed.");
    study.workload.failure = "work at 1×1×1@1: No space left on device";
    verdict = judge(&study);
    CU_ASSERT_EQUAL(study.count, 2);
    CU_ASSERT_EQUAL(verdict->choice.ranks, 0);
    CU_ASSERT_STRING_EQUAL(verdict->limit, "failed");
    CU_ASSERT_STRING_EQUAL(verdict->reason, "Nothing can be said, for it failed: work at 1×1×1@1: "
                                            "No space left on device.");
    study.workload.failure = "No space left on device.";
    study.workload.storage = "tmpfs, which is memory";
    study.workload.storage_is_memory = true;
    CU_ASSERT_PTR_NOT_NULL(strstr(judge(&study)->reason, "device. The scratch file is on tmpfs"));
    close_study(&study);
}

static void test_long_failure_is_cut_between_characters(void)
{
    static const char intro[] = "Nothing can be said, for it failed: ";
    for (size_t shift = 0; shift < 4; shift++) {
        struct study study;
        char failure[2048] = "abc";
        for (size_t i = shift; i + 4 < sizeof failure; i += 4) {
            memcpy(failure + i, "\xf0\x9f\x98\x80", 5); /* four bytes, one character */
        }
        open_storage_study(&study);
        measure(&study, serial, 1e-2, 1e-3, 0);
        study.status[cell_of(serial)] = CELL_FAILED;
        study.workload.failure = failure;
        study.workload.storage_is_memory = true; /* one more sentence, for which there is no room */
        const char *reason = judge(&study)->reason;
        size_t bytes = strlen(reason), whole = bytes - strlen(intro) - shift - strlen("…");
        CU_ASSERT(bytes < VERDICT_REASON_BYTES && bytes > VERDICT_REASON_BYTES - 8);
        CU_ASSERT_EQUAL(whole % 4, 0);
        CU_ASSERT_STRING_EQUAL(reason + bytes - strlen("…"), "…");
        CU_ASSERT_EQUAL(strncmp(reason + strlen(intro), failure, shift + whole), 0);
        close_study(&study);
    }
}

static void test_loser_to_switching_is_named(void)
{
    struct study study;
    const struct point crowd = {1, 4, 1, 1};
    open_study(&study, 8);
    measure(&study, serial, 0.1, 0.1, 0);
    measure(&study, crowd, 0.2, 0.2, 0);
    CU_ASSERT_PTR_NULL(strstr(judge(&study)->reason, "switching"));
    fill(values_of(&study, SAMPLE_SWITCHES_INVOLUNTARY, crowd), 8, 500);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(judge(&study)->reason, "1×4×1@1 loses 50 % of its CPU time to switching."));
    close_study(&study);
}

/* Many points are compared: what one interval shows, all together need not. */
static void test_many_points_need_more_rounds(void)
{
    struct study study;
    open_study(&study, 8);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, both, 0.5, 1.0, 0);
    for (int t = 0; t < THREADS; t++) { /* with `both` all that can be at two cores, but two */
        for (int d = 0; d < DEPTHS; d++) {
            struct point point = {2, threads_axis[t], depth_axis[d], 2};
            if (!is_point(point, both)) {
                measure(&study, point, 0.6, 1.0, 0);
            }
        }
    }
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_EQUAL(verdict->points, 9);
    CU_ASSERT_EQUAL(verdict_rounds_needed(verdict), 9);
    CU_ASSERT_EQUAL(verdict->rounds, 8);
    CU_ASSERT(is_point(verdict->choice, both));
    CU_ASSERT_EQUAL(verdict->undecided, 0); /* slower in every round */
    CU_ASSERT(!verdict->certain);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        verdict->reason, "only 8 rounds: 9 are needed to compare 9 points at 95 % together."));
    close_study(&study);
}

/* Slower by the median and in all rounds but one: not shown to be slower while rounds are few. */
static void test_slower_is_what_is_slower_in_every_round(void)
{
    for (size_t rounds = 1; rounds <= 8; rounds++) {
        struct study study;
        open_study(&study, rounds);
        measure(&study, serial, 1.0, 1.0, 0);
        measure(&study, threads, 0.6, 1.0, 0);
        measure(&study, both, 0.5, 1.0, 0);
        CU_ASSERT(is_point(judge(&study)->choice, both));
        CU_ASSERT_EQUAL(judge(&study)->undecided, 0);
        CU_ASSERT_EQUAL(judge(&study)->ties, 0);
        values_of(&study, SAMPLE_TIME, both)[0] = 0.6;
        if (rounds > 2) {
            /* from eight on the signed ranks say that an odd one is odd */
            CU_ASSERT(is_point(judge(&study)->choice, rounds < 8 ? threads : both));
            CU_ASSERT_EQUAL(judge(&study)->undecided, 1);
            CU_ASSERT(!judge(&study)->certain);
        }
        close_study(&study);
    }
}

/* A single lucky round does not get a slow point named, though it leaves it undecided. */
static void test_slow_points_are_not_named_by_one_round(void)
{
    struct study study;
    open_study(&study, 9);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 1.0, 1.0, 0);
    measure(&study, processes, 0.9, 1.0, 0);
    measure(&study, (struct point){1, 4, 1, 2}, 0.9, 1.0, 0);
    measure(&study, both, 0.5, 1.0, 0);
    values_of(&study, SAMPLE_TIME, both)[4] = 1.0;
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_EQUAL(verdict->undecided, 3);
    CU_ASSERT(is_point(verdict->choice, both));
    CU_ASSERT(!verdict->certain);
    close_study(&study);
}

/* Two of four rounds: nothing is shown, but 1.5 times as long is no good guess; 1.1 times is. */
static void test_few_rounds_name_the_best_guess(void)
{
    struct study study;
    open_study(&study, 4);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 0.75, 1.0, 0);
    measure(&study, both, 0.5, 1.0, 0);
    values_of(&study, SAMPLE_TIME, both)[2] = 0.8;
    CU_ASSERT(is_point(judge(&study)->choice, both));
    CU_ASSERT_EQUAL(judge(&study)->undecided, 1);
    measure(&study, threads, 0.55, 1.0, 0);
    CU_ASSERT(is_point(judge(&study)->choice, threads));
    close_study(&study);
}

/* Speed-ups of the best of many points: the more there are, the wider; never narrower than alone,
 * and none where not even that has an interval. */
static void test_speed_ups_hold_together(void)
{
    for (size_t rounds = 5; rounds <= 20; rounds += 5) {
        struct study study;
        open_study(&study, rounds);
        measure(&study, serial, 1.0, 1.0, 0.1);
        measure(&study, threads, 0.5, 1.0, 0.1);
        struct interval few = judge(&study)->choice_speed_up;
        for (int t = 0; t < 3; t++) {
            measure(&study, (struct point){2, threads_axis[t], 1, 2}, 0.9, 1.0, 0);
            measure(&study, (struct point){2, threads_axis[t], 16, 2}, 0.9, 1.0, 0);
        }
        const struct verdict *verdict = judge(&study);
        struct interval many = verdict->choice_speed_up;
        CU_ASSERT(is_point(verdict->choice, threads));
        CU_ASSERT(same_interval(&many, &verdict->best[GROUP_THREADS].speed_up));
        CU_ASSERT_EQUAL(few.median, many.median);
        CU_ASSERT_EQUAL(!isnan(many.low), rounds >= 6);
        if (rounds > 10) {
            CU_ASSERT(many.low < few.low);
            CU_ASSERT(many.high > few.high);
        } else if (rounds == 10) { /* too few for 7 points together: all there is */
            CU_ASSERT(many.low <= few.low);
            CU_ASSERT(many.high >= few.high);
        }
        close_study(&study);
    }
}

/* Processes gain most over their own time on one core, threads are the fastest on two. */
static void test_fastest_is_named_not_the_best_ratio_to_itself(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0.001);
    measure(&study, (struct point){1, 2, 1, 1}, 1.0, 1.0, 0.001);
    measure(&study, (struct point){2, 1, 1, 1}, 2.1, 2.1, 0.001);
    measure(&study, threads, 0.5, 1.0, 0.001);
    measure(&study, processes, 0.6, 1.2, 0.001);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT(is_point(verdict->choice, threads));
    CU_ASSERT_DOUBLE_EQUAL(verdict->best[GROUP_PROCESSES].speed_up.median, 1.67, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.median, 2, 0.01);
    CU_ASSERT(verdict->certain);
    close_study(&study);
}

/* Eight equal cells, each with skewed noise of its own. */
static void test_of_equal_cells_the_simplest_is_named(void)
{
    enum { TRIALS = 2000 };
    static const double noises[] = {0.02, 0.1, 0.5};
    int simplest[3] = {0};
    for (int trial = 0; trial < TRIALS; trial++) {
        struct study study;
        open_study(&study, 10 + (size_t)trial % 11);
        study.random = (uint64_t)trial * 7919 + 1;
        for (int cell = 0; cell < 8; cell++) {
            struct point point = {1 + cell / 6, threads_axis[cell / 3 % 2], depth_axis[cell % 3],
                                  1};
            measure(&study, point, 1.0, 1.0, 0);
            for (size_t r = 0; r < study.samples.rounds; r++) {
                double drawn = (noise(&study) + 1) / 2;
                values_of(&study, SAMPLE_TIME, point)[r] = 1 - noises[trial % 3] * log(drawn);
            }
        }
        simplest[trial % 3] += is_point(judge(&study)->choice, serial);
        CU_ASSERT_EQUAL(judge(&study)->points, 8);
        close_study(&study);
    }
    /* where equal cells differ by half in every round, the median makes a guess more often */
    static const double least[] = {0.95, 0.95, 0.7};
    for (int n = 0; n < 3; n++) {
        CU_ASSERT(simplest[n] >= least[n] * (TRIALS / 3.0));
    }
}

/* Votes are rare on a busy machine: serial's and those of the others fall into other rounds. */
static void test_votes_of_neighbouring_rounds_are_compared(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 0.5, 1.0, 0);
    for (size_t r = 0; r < 20; r++) {
        enum sample_flag crowded = SAMPLE_CROWDED;
        values_of(&study, SAMPLE_FLAGS, r % 2 ? serial : threads)[r] = crowded;
    }
    const struct verdict *verdict = judge(&study);
    CU_ASSERT(is_point(verdict->choice, threads));
    CU_ASSERT_EQUAL(verdict->choice_speed_up.n, 10);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.low, 2, 1e-12);
    CU_ASSERT(verdict->certain);
    close_study(&study);
}

static void test_what_never_met_the_fastest_is_not_named(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, threads, 0.9, 1.0, 0);
    measure(&study, both, 0.5, 1.0, 0);
    fill(values_of(&study, SAMPLE_FLAGS, threads), 14, SAMPLE_CROWDED);
    fill(values_of(&study, SAMPLE_FLAGS, both) + 10, 10, SAMPLE_CROWDED);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT(is_point(verdict->choice, both));
    CU_ASSERT_EQUAL(verdict->undecided, 1);
    CU_ASSERT_EQUAL(verdict->rounds, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "some have only 0 votes beside the fastest"));
    close_study(&study);
}

static void test_certainty_is_that_of_all_verdicts(void)
{
    struct study study;
    open_study(&study, 20);
    measure(&study, serial, 1.0, 1.0, 0.001);
    measure(&study, threads, 0.5, 1.0, 0.4);
    study.question.precision = 0.01;
    judge(&study);
    CU_ASSERT(study.verdicts[0].certain && !study.verdicts[1].certain);
    struct certainty found = verdict_certainty(&study.question, 0);
    CU_ASSERT(!found.certain);
    CU_ASSERT_EQUAL(found.half_width, study.verdicts[1].half_width);
    study.workload.failure = "the disk is full";
    found = verdict_certainty(&study.question, 0);
    CU_ASSERT(found.certain && found.half_width == 0);
    close_study(&study);
}

static void test_bounds_stand_beside_the_choice(void)
{
    struct study study;
    open_study(&study, 8);
    measure(&study, serial, 0.1, 0.1, 0);
    measure(&study, threads, 0.052, 0.1, 0);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->bound, "cores");
    CU_ASSERT_DOUBLE_EQUAL(verdict->tasks_per_s, 100 / 0.052, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(verdict->bound_tasks_per_s[BOUND_CORES], 1980, 1e-6);
    CU_ASSERT(isinf(verdict->bound_tasks_per_s[BOUND_MEMORY]));
    CU_ASSERT(isinf(verdict->bound_tasks_per_s[BOUND_LOCK]));
    study.workload.lock = true;
    CU_ASSERT_DOUBLE_EQUAL(judge(&study)->bound_tasks_per_s[BOUND_LOCK], 1000, 1e-6);
    study.workload.lock = false;
    measure(&study, threads, 0.08, 0.1, 0); /* nothing explains it */
    CU_ASSERT_STRING_EQUAL(judge(&study)->bound, "");
    fill(values_of(&study, SAMPLE_FLAGS, threads), 8, SAMPLE_MISBOUND);
    verdict = judge(&study);
    CU_ASSERT(isnan(verdict->tasks_per_s) && isinf(verdict->bound_tasks_per_s[BOUND_CORES]));
    close_study(&study);
}

/* A calibration that others disturbed is no limit: what was got done was possible. */
static void test_choice_is_not_above_its_own_bound(void)
{
    struct study study;
    const struct point deep = {1, 2, 16, 2};
    open_study(&study, 8);
    study.worth[1] = 1.1;
    set_kernel(&study.workload, "primes");
    set_engine(&study.workload, "timer");
    study.workload.waits = 1;
    study.workload.latency_s = 5e-4;
    measure(&study, serial, 0.1, 0.05, 0);
    measure(&study, deep, 0.0255, 0.05, 0);
    const struct verdict *verdict = judge(&study);
    CU_ASSERT(verdict->tasks_per_s <= verdict->bound_tasks_per_s[BOUND_CORES] * (1 + 1e-9));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "2 cores do 1.96 cores' worth of it"));
    set_kernel(&study.workload,
               "none"); /* and serial was disturbed: it waited for 3 ms, not for 0.5 */
    measure(&study, serial, 0.3, 1e-4, 0);
    measure(&study, deep, 4e-3, 1e-4, 0);
    verdict = judge(&study);
    CU_ASSERT_STRING_EQUAL(verdict->bound, "depth");
    CU_ASSERT_DOUBLE_EQUAL(verdict->bound_tasks_per_s[BOUND_DEPTH], 25000, 1);
    close_study(&study);
}

static void test_impossible_computing_fires(void)
{
    struct study study;
    const struct point crowd = {1, 4, 1, 1};
    char text[400];
    open_study(&study, 8);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, crowd, 0.97, 1.0, 0);
    measure(&study, threads, 0.49, 1.0, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    measure(&study, crowd, 0.9, 1.0, 0);
    CU_ASSERT_PTR_EQUAL_FATAL(impossible_find(&study.question, text, sizeof text), text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "work at 1×4×1@1 is 1.11 ±0.00"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "10.0 ms per task"));
    set_engine(&study.workload, "timer");
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    set_engine(&study.workload, "none");
    study.workload.memory_bytes = 1e6;
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.memory_bytes = 0;
    measure(&study, crowd, 1.0, 1.0, 0);
    measure(&study, threads, 0.45, 1.0, 0);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    close_study(&study);
}

static void test_impossible_waiting_fires(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1}, all = {1, 1, 256, 1};
    char text[400];
    open_study(&study, 8);
    set_kernel(&study.workload, "none");
    set_engine(&study.workload, "timer");
    study.workload.waits = 1;
    study.workload.latency_s = 1e-3;
    measure(&study, serial, 0.106, 1e-3, 0);
    measure(&study, deep, 0.106 / 16.9, 1e-3, 0); /* shares the lateness of serial waits */
    measure(&study, all, 1.04e-3, 1e-3, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    measure(&study, all, 0.9e-3, 1e-3, 0); /* 100 tasks of 1 ms cannot end sooner than 1 ms */
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    measure(&study, all, 1.04e-3, 1e-3, 0);
    measure(&study, deep, 0.1 / 17, 1e-3, 0);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    close_study(&study);
}

static void test_impossible_needs_an_interval(void)
{
    struct study study;
    char text[400];
    open_study(&study, 5);
    measure(&study, serial, 1.0, 1.0, 0);
    measure(&study, (struct point){1, 4, 1, 1}, 0.5, 1.0, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    close_study(&study);
}

/* Half a millisecond of computing and as much waiting in each of 100 tasks. */
static void open_mixed_study(struct study *study)
{
    open_study(study, 10);
    set_kernel(&study->workload, "primes");
    set_engine(&study->workload, "timer");
    study->workload.waits = 1;
    study->workload.latency_s = 5e-4;
    study->workload.compute_s = 5e-4;
    measure(study, serial, 0.102, 0.052, 0);
}

static void test_one_list_is_taken_in_turns(void)
{
    struct study study;
    const struct point two = {1, 2, 1, 2};
    struct verdict verdict[2];
    open_study(&study, 10);
    set_kernel(&study.workload, "append");
    study.workload.guard = KERNEL_GUARD_ATOMIC;
    measure(&study, serial, 0.1, 0.1, 0);
    measure(&study, two, 0.09, 0.18, 0);
    CU_ASSERT(answer_verdicts(&study.question, verdict) > 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict[1].reason, "2 workers take turns at its end, a task "
                                                     "takes 900 µs instead of 1.00 ms alone"));
    study.workload.guard = KERNEL_GUARD_SHARDED;
    CU_ASSERT(answer_verdicts(&study.question, verdict) > 1);
    CU_ASSERT_PTR_NULL(strstr(verdict[1].reason, "take turns"));
    samples_free(&study.samples);
}

static void test_impossible_mixes_fire(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1}, four = {1, 4, 1, 1}, wide = {1, 2, 16, 2};
    char text[400];
    open_mixed_study(&study);
    measure(&study, deep, 0.0505, 0.0505, 0);
    measure(&study, four, 0.053, 0.0505, 0);
    measure(&study, wide, 0.026, 0.0505, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    measure(&study, deep, 0.045, 0.0505, 0); /* 50 ms of computing on one core */
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "work at 1×1×16@1 is 2.27 ±"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "(1.02 ms per task), but more than 2.142 times is "
                                        "impossible: the cores."));
    measure(&study, deep, 0.0505, 0.0505, 0);
    measure(&study, wide, 0.022, 0.0505, 0);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    measure(&study, wide, 0.026, 0.0505, 0);
    study.workload.lock = true;
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1×2×16@2 is 3.92"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "the lock."));
    study.workload.lock = false;

    measure(&study, (struct point){1, 2, 1, 2}, 0.043, 0.0505, 0); /* two tasks at a time */
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "the depth."));
    close_study(&study);
}

/* Serial is bound as well; without it there are still times. */
static void test_impossible_times_fire_without_serial(void)
{
    struct study study;
    char text[400];
    open_service_study(&study);
    set_engine(&study.workload, "timer");
    study.workload.latency_s = 1e-3;
    measure(&study, serial, 5, 0.1, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_STRING_EQUAL(text, "work at 1×1×1@1 is done in 500 µs per task, but less than "
                                 "980 µs is impossible: the depth.");
    measure(&study, serial, 10, 0.1, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.status[cell_of(serial)] = 0;
    measure(&study, (struct point){1, 1, 16, 1}, 0.5, 0.1, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(impossible_find(&study.question, text, sizeof text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "work at 1×1×16@1 is done in 50.0 µs per task"));
    close_study(&study);
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
    set_engine(&workloads[0], "none");
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
            size_t cell = m / 2 * CELLS + cell_of(points[m]);
            status[cell] = CELL_DONE;
            fill(&samples.value[SAMPLE_TIME][cell * ROUNDS], ROUNDS, times[m]);
            fill(&samples.value[SAMPLE_CPU][cell * ROUNDS], ROUNDS, cpus[m]);
        }
        const char *found = impossible_find(&study.question, text, sizeof text);
        CU_ASSERT_EQUAL(found != NULL, cases[i].impossible);
    }
    samples_free(&samples);
    close_study(&study);
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
    measure(&study, deep, 0.0505, 0.0505, 0);
    measure(&study, (struct point){1, 2, 16, 2}, 0.026, 0.0505, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.compute_s = 0; /* not known */
    measure(&study, deep, 0.01, 0.0505, 0);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.compute_s = 5e-4;
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    values_of(&study, SAMPLE_TIME, deep)[3] = 0.06; /* ten rounds, and three cells: one will do */
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    measure(&study, deep, 0.01, 0.0505, 0);
    study.workload.memory_bytes = 1e6; /* a cache may hold its part */
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.memory_bytes = 0;
    fill(values_of(&study, SAMPLE_SERVICE_BUSY, deep), 10, 0.001);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.spins = true; /* it computes while it waits */
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    close_study(&study);
}

/* A request as one with a latency is bound by it, as a timer's wait is; without one, nothing says
 * how quick an answer may be; nor does anything for a device. */
static void test_impossible_gives_no_false_alarm(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    char text[400];
    open_service_study(&study);
    measure(&study, serial, 11, 11, 0);
    measure(&study, deep, 0.011, 0.011, 0);
    fill(values_of(&study, SAMPLE_SERVICE_BUSY, deep), 8, 0.001);
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    study.workload.latency_s = 1e-3;
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    measure(&study, deep, 11 / 17.9, 0.6, 0); /* 1.02 × 16 × 1.1, the lateness of serial waits */
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    measure(&study, deep, 0.011, 0.011, 0);
    set_engine(&study.workload, "file");
    study.workload.latency_s = NAN;
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    close_study(&study);
}

static void test_what_keeps_samples_from_voting_is_said(void)
{
    struct study study;
    open_study(&study, 8);
    measure(&study, serial, 1, 1, 0);
    measure(&study, threads, 0.5, 1, 0);
    measure(&study, processes, 0.5, 1, 0);
    fill(values_of(&study, SAMPLE_FLAGS, threads), 3, SAMPLE_CROWDED);
    CU_ASSERT_PTR_NULL(strstr(judge(&study)->reason, "do not vote"));
    fill(values_of(&study, SAMPLE_FLAGS, threads), 4, SAMPLE_CROWDED | SAMPLE_STOLEN);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(judge(&study)->reason,
               " 25 % of the samples do not vote: other processes computed on these cores; the "
               "hypervisor gave these cores to others."));
    CU_ASSERT_PTR_NULL(strstr(judge(&study)->reason, "What to do"));
    fill(values_of(&study, SAMPLE_FLAGS, threads), 8, SAMPLE_CROWDED);
    fill(values_of(&study, SAMPLE_FLAGS, processes), 8, SAMPLE_CROWDED);
    CU_ASSERT_EQUAL(judge(&study)->choice.ranks, 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(judge(&study)->reason,
               "flags crowded. 100 % of the samples do not vote: other processes computed on these "
               "cores. What to do: end what else runs here, or ask for cores of your own; cual "
               "doctor says"));
    close_study(&study);
}

static void test_impossible_leaves_out_what_has_no_vote(void)
{
    static const unsigned flags[] = {SAMPLE_MISBOUND,  SAMPLE_TOO_SHORT, SAMPLE_SHALLOW,
                                     SAMPLE_CACHE,     SAMPLE_CROWDED,   SAMPLE_STOLEN,
                                     SAMPLE_THROTTLED, SAMPLE_FREQUENCY};
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    char text[400];
    open_service_study(&study);
    study.workload.latency_s = 1e-3;
    measure(&study, serial, 11, 11, 0);
    measure(&study, deep, 0.011, 0.011, 0);
    CU_ASSERT_PTR_NOT_NULL(impossible_find(&study.question, text, sizeof text));
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        fill(values_of(&study, SAMPLE_FLAGS, deep), 8, flags[i]);
        CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    }
    fill(values_of(&study, SAMPLE_FLAGS, deep), 8, 0);
    study.status[cell_of(deep)] = CELL_FAILED;
    CU_ASSERT_PTR_NULL(impossible_find(&study.question, text, sizeof text));
    close_study(&study);
}

static const CU_TestInfo tests[] = {
    {"a known ratio is found", test_known_ratio_is_found},
    {"noise on all cells of a round cancels", test_noise_of_a_round_cancels},
    {"of points that tie the simplest is named", test_ties_name_the_simplest},
    {"an interval that is too wide leaves it undecided", test_wide_intervals_are_undecided},
    {"certain is what reaches the precision asked for", test_precision_asked_for_makes_certain},
    {"too few rounds: medians decide, and it is said", test_too_few_rounds_are_said},
    {"no samples: no choice, and it is said", test_no_samples_no_choice},
    {"flagged samples do not vote", test_flagged_samples_do_not_vote},
    {"what keeps a quarter of the samples from voting is said",
     test_what_keeps_samples_from_voting_is_said},
    {"weak scaling is counted per task", test_weak_scaling_counts_per_task},
    {"without serial the times decide", test_without_serial_times_decide},
    {"the limit is the bound that holds, with its number", test_limit_is_the_bound_that_holds},
    {"a device is the limit where deeper is no faster",
     test_device_is_the_limit_where_deeper_is_no_faster},
    {"points without a vote do not make deeper no faster",
     test_without_votes_deeper_is_not_measured},
    {"the storage is named where it is the limit", test_storage_is_named},
    {"storage in memory is said whatever the limit",
     test_storage_in_memory_is_said_whatever_the_limit},
    {"the worst of the points that were too shallow is named", test_shallow_points_are_named},
    {"where all are too shallow it is said, too", test_all_shallow_is_no_choice_and_named},
    {"points whose page cache was not as asked are counted",
     test_page_cache_not_as_asked_is_counted},
    {"the service rank is the limit when it is busy", test_service_is_the_limit_when_it_is_busy},
    {"without serial only a busy service rank is told", test_service_without_serial_is_no_guess},
    {"waiting that costs CPU time is no work of the cores", test_spinning_is_no_work_of_the_cores},
    {"a workload that failed says why", test_failed_workload_says_why},
    {"a long failure is cut between characters", test_long_failure_is_cut_between_characters},
    {"who loses to switching is named", test_loser_to_switching_is_named},
    {"many points need more rounds, and it is said", test_many_points_need_more_rounds},
    {"with few rounds slower is what is slower in each",
     test_slower_is_what_is_slower_in_every_round},
    {"one round does not get a slow point named", test_slow_points_are_not_named_by_one_round},
    {"with few rounds what is a lot slower in the median is not named",
     test_few_rounds_name_the_best_guess},
    {"speed-ups of the best of many have wider intervals", test_speed_ups_hold_together},
    {"the fastest is named, not the one that gains most over itself",
     test_fastest_is_named_not_the_best_ratio_to_itself},
    {"of eight equal cells the simplest is named in 95 %",
     test_of_equal_cells_the_simplest_is_named},
    {"votes of neighbouring rounds are compared", test_votes_of_neighbouring_rounds_are_compared},
    {"what never met the fastest is not named", test_what_never_met_the_fastest_is_not_named},
    {"certainty is that of all verdicts of a workload", test_certainty_is_that_of_all_verdicts},
    {"bounds stand beside the choice", test_bounds_stand_beside_the_choice},
    {"no choice is above its own bound", test_choice_is_not_above_its_own_bound},
    {"computing beyond the cores is found impossible", test_impossible_computing_fires},
    {"waiting beyond what is in flight is found impossible", test_impossible_waiting_fires},
    {"one list is taken in turns", test_one_list_is_taken_in_turns},
    {"computing and waiting beyond cores, depth or lock is found impossible",
     test_impossible_mixes_fire},
    {"without serial the times are looked at", test_impossible_times_fire_without_serial},
    {"what the cores are worth is taken in favour", test_worth_of_the_cores_is_taken_in_favour},
    {"noise makes nothing impossible", test_noise_makes_nothing_impossible},
    {"storage and requests without latency are never impossible",
     test_impossible_gives_no_false_alarm},
    {"what has no vote is never impossible", test_impossible_leaves_out_what_has_no_vote},
    {"nothing is impossible before there is an interval", test_impossible_needs_an_interval},
    CU_TEST_INFO_NULL,
};

SUITE("verdict", tests);
