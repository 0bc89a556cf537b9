#include "answer/claims.h"

#include "answer/question.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CORES = 2, RANKS = 3, THREADS = 5, DEPTHS = 5, EACH = CORES * RANKS * THREADS * DEPTHS };
enum { WORKLOADS = 6, CELLS = WORKLOADS * EACH, ROUNDS = 14 };
enum { FINDINGS = 64 }; /* room for those of all claims */
static const int cores_axis[CORES] = {1, 2}, ranks_axis[RANKS] = {1, 2, 16};
static const int threads_axis[THREADS] = {1, 2, 16, 100, 1000};
static const int depth_axis[DEPTHS] = {1, 16, 100, 1000, 10000};

static const struct point serial = {1, 1, 1, 1}, async = {1, 1, 16, 1}, two_threads = {1, 2, 1, 2};
static const struct point two_ranks = {2, 1, 1, 2}, crowd = {1, 16, 1, 1};

/* Workloads whose samples a test plants; `spread` is their noise. */
struct study {
    struct question_workload workload[WORKLOADS];
    struct question question;
    struct samples samples;
    unsigned char status[CELLS];
    double spread;
    uint64_t random;
    struct finding findings[FINDINGS];
};

static void open_study(struct study *study, size_t rounds, double spread)
{
    *study = (struct study){.spread = spread, .random = 11};
    CU_ASSERT_EQUAL_FATAL(samples_create(&study->samples, CELLS, rounds, 1), 0);
    study->question = (struct question){
        .workload = study->workload,
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
        .start_s = NAN,
    };
}

static void close_study(struct study *study)
{
    samples_free(&study->samples);
}

/* In (−1, 1): a linear congruential generator (Knuth's MMIX). */
static double noise(struct study *study)
{
    study->random = study->random * 6364136223846793005u + 1442695040888963407u;
    return 2 * ((double)(study->random >> 11) + 0.5) / 9007199254740992.0 - 1;
}

static size_t cell_of(struct study *study, size_t workload, struct point point)
{
    size_t first = workload * EACH;
    for (size_t cell = first; cell < first + EACH; cell++) {
        struct point there = question_point(&study->question, cell);
        if (memcmp(&there, &point, sizeof point) == 0) {
            return cell;
        }
    }
    CU_FAIL_FATAL("the point is not on the axes");
    return 0;
}

static double *values_of(struct study *study, size_t workload, struct point point,
                         enum sample_variable variable)
{
    size_t cell = cell_of(study, workload, point);
    return &study->samples.value[variable][cell * study->samples.rounds];
}

/* A variable of a cell that was measured, in each round times e^(spread × noise). */
static void plant_value(struct study *study, size_t workload, struct point point,
                        enum sample_variable variable, double value)
{
    double *values = values_of(study, workload, point, variable);
    for (size_t r = 0; r < study->samples.rounds; r++) {
        values[r] = value * exp(study->spread * noise(study));
    }
}

static void plant(struct study *study, size_t workload, struct point point, double time_s)
{
    study->status[cell_of(study, workload, point)] = CELL_DONE;
    plant_value(study, workload, point, SAMPLE_TIME, time_s);
    plant_value(study, workload, point, SAMPLE_CPU, time_s);
    plant_value(study, workload, point, SAMPLE_SWITCHES_VOLUNTARY, 5);
    plant_value(study, workload, point, SAMPLE_SWITCHES_INVOLUNTARY, 5);
}

/* What does not apply is NAN; the number of the workload. */
static size_t add(struct study *study, struct question_workload workload)
{
    size_t w = study->question.workloads++;
    workload.name = workload.name ? workload.name : "work";
    workload.kernel = workload.kernel ? workload.kernel : "none";
    workload.engine = workload.engine ? workload.engine : "none";
    workload.tasks = workload.tasks ? workload.tasks : 100;
    workload.computes = strcmp(workload.kernel, "none") != 0;
    workload.has_waits = strcmp(workload.engine, "none") != 0;
    workload.waits = workload.has_waits;
    if (!(workload.wait_fraction > 0)) {
        workload.wait_fraction = NAN;
    }
    study->workload[w] = workload;
    return w;
}

static size_t add_computing(struct study *study)
{
    return add(study, (struct question_workload){.kernel = "primes"});
}

static size_t add_mixed(struct study *study)
{
    return add(study,
               (struct question_workload){
                   .kernel = "primes", .engine = "timer", .latency_s = 9e-4, .wait_fraction = 0.9});
}

static size_t add_waiting(struct study *study, uint64_t tasks, double latency_s)
{
    return add(study, (struct question_workload){
                          .engine = "timer", .latency_s = latency_s, .tasks = tasks});
}

/* Each plants what one claim is decided by, with an effect of the size that is asked. */
typedef void build(struct study *study, double effect);

static void build_parallelism(struct study *study, double speed_up)
{
    size_t w = add_computing(study);
    plant(study, w, serial, 1);
    plant(study, w, two_threads, 1 / speed_up);
    plant(study, w, two_ranks, 1.02 / speed_up);
}

static void build_one_core(struct study *study, double speed_up)
{
    size_t w = add_computing(study);
    plant(study, w, serial, 1);
    plant(study, w, crowd, 1 / speed_up);
    plant(study, w, async, 1);
    plant(study, w, (struct point){16, 1, 1, 1}, 1.1);
}

static void build_waits(struct study *study, double speed_up)
{
    size_t w = add_mixed(study);
    plant(study, w, serial, 1);
    plant(study, w, async, 1 / speed_up);
    plant(study, w, crowd, 1.1 / speed_up);
}

static void build_both(struct study *study, double rest_over_both)
{
    size_t w = add_mixed(study);
    plant(study, w, serial, 1);
    plant(study, w, (struct point){2, 1, 16, 2}, 0.2);
    plant(study, w, (struct point){1, 16, 1, 2}, 0.2 * rest_over_both);
}

static void build_switch(struct study *study, double cost_us)
{
    size_t w = add_computing(study);
    struct point many = {1, 1000, 1, 1};
    plant(study, w, serial, 0.1);
    plant(study, w, many, 0.1);
    plant_value(study, w, many, SAMPLE_SWITCHES_VOLUNTARY, 10005);
    plant_value(study, w, many, SAMPLE_CPU, 0.1 + 1e-2 * cost_us);
}

static void build_many(struct study *study, double threads_over_async)
{
    size_t threads = add_waiting(study, 1000, 1e-3), other = add_waiting(study, 1000, 1e-3);
    plant(study, threads, (struct point){1, 1000, 1, 1}, 0.01 * threads_over_async);
    plant(study, other, (struct point){1, 1, 1000, 1}, 0.01);
    plant(study, other, (struct point){1, 1, 100, 1}, 0.02);
}

static void build_long_waits(struct study *study, double threads_over_async)
{
    static const double latencies_s[] = {1e-3, 1e-2, 1e-1};
    for (size_t i = 0; i < sizeof latencies_s / sizeof latencies_s[0]; i++) {
        double latency_s = latencies_s[i];
        double time_s = latency_s + 1e-3;
        size_t threads = add_waiting(study, 100, latency_s);
        size_t other = add_waiting(study, 100, latency_s);
        bool longest = latency_s > 0.05;
        plant(study, threads, (struct point){1, 100, 1, 1},
              time_s * (longest ? threads_over_async : 1));
        plant(study, other, (struct point){1, 1, 100, 1}, time_s);
    }
}

static void build_memory(struct study *study, double thread_over_process)
{
    size_t w = add_waiting(study, 100, 1e-3);
    const double base = 1e7, process = 8e6;
    const struct point points[] = {serial, {16, 1, 1, 1}, {1, 100, 1, 1}, {1, 1, 100, 1}};
    const double bytes[] = {base, base + 15 * process, base + 99 * thread_over_process * process,
                            base + 99 * 200.0};
    for (int i = 0; i < 4; i++) {
        plant(study, w, points[i], 1);
        plant_value(study, w, points[i], SAMPLE_MEMORY, bytes[i]);
    }
}

static void build_sharing(struct study *study, double processes_over_threads)
{
    static const enum kernel_guard guards[] = {KERNEL_GUARD_ATOMIC, KERNEL_GUARD_LOCK};
    for (int i = 0; i < 2; i++) {
        size_t w = add(study, (struct question_workload){.kernel = "append", .guard = guards[i]});
        plant(study, w, serial, 0.05);
        plant(study, w, two_threads, 0.1);
        plant(study, w, two_ranks, 0.1 * processes_over_threads);
    }
}

static void build_races(struct study *study, double lost_by_async)
{
    const struct point points[] = {two_threads, two_ranks, async};
    const double lost[] = {5, 3, lost_by_async};
    size_t none =
        add(study, (struct question_workload){.kernel = "append", .guard = KERNEL_GUARD_NONE});
    size_t atomic =
        add(study, (struct question_workload){.kernel = "append", .guard = KERNEL_GUARD_ATOMIC});
    for (int i = 0; i < 3; i++) {
        plant(study, none, points[i], 1);
        plant(study, atomic, points[i], 1);
        plant_value(study, none, points[i], SAMPLE_LOST, lost[i]);
        plant_value(study, atomic, points[i], SAMPLE_LOST, 0);
    }
}

static void build_reproducible(struct study *study, double change)
{
    size_t w = add(
        study, (struct question_workload){.engine = "timer", .latency_s = 1e-3, .traced = true});
    const struct point points[] = {async, crowd};
    for (int i = 0; i < 2; i++) {
        plant(study, w, points[i], 1);
        double *digests = values_of(study, w, points[i], SAMPLE_COMPLETION);
        for (size_t r = 0; r < study->samples.rounds; r++) {
            digests[r] = 7 + (i == 0 ? change : 1) * (double)r;
        }
    }
}

static void build_lock(struct study *study, double speed_up_of_threads)
{
    size_t w = add(study, (struct question_workload){.kernel = "primes", .lock = true});
    plant(study, w, serial, 1);
    plant(study, w, two_threads, 1 / speed_up_of_threads);
    plant(study, w, two_ranks, 0.52);
    w = add(study, (struct question_workload){.engine = "timer", .latency_s = 1e-3, .lock = true});
    plant(study, w, serial, 1);
    plant(study, w, crowd, 1 / 12.0);
}

static void build_only_processes(struct study *study, double threads_over_processes)
{
    size_t w = add_computing(study);
    plant(study, w, serial, 1);
    plant(study, w, async, 1);
    plant(study, w, two_ranks, 0.5);
    plant(study, w, two_threads, 0.5 * threads_over_processes);
}

static void build_async_processes(struct study *study, double rest_over_it)
{
    size_t w = add_waiting(study, 100, 1e-3);
    plant(study, w, serial, 1);
    plant(study, w, (struct point){2, 1, 16, 2}, 0.1);
    plant(study, w, (struct point){1, 16, 1, 2}, 0.1 * rest_over_it);
}

static void build_creation(struct study *study, double tasks_for_a_thread)
{
    size_t w = add_computing(study);
    struct point team = {1, 100, 1, 1};
    plant(study, w, serial, 1);
    plant(study, w, team, 1);
    plant_value(study, w, serial, SAMPLE_SETUP, 1e-3);
    plant_value(study, w, team, SAMPLE_SETUP, 1e-3 + 99 * tasks_for_a_thread * 1e-3);
    study->question.start_s = 0.3;
}

/* Effects with which a claim holds, and with which it does not. */
static const struct scenario {
    build *plant;
    double holds, fails;
    bool takes_cores; /* more than one */
    bool of_facts;    /* counted, not measured: noise does not touch them … */
    bool proven_once; /* … and one sample may do */
} scenarios[] = {
    {.plant = build_parallelism, .holds = 1.9, .fails = 1.0, .takes_cores = true},
    {.plant = build_one_core, .holds = 1.0, .fails = 1.5},
    {.plant = build_one_core, .holds = 0.9, .fails = 1.2},
    {.plant = build_waits, .holds = 9, .fails = 2},
    {.plant = build_both, .holds = 1.5, .fails = 0.8, .takes_cores = true},
    {.plant = build_switch, .holds = 2, .fails = 0.01},
    {.plant = build_many, .holds = 3, .fails = 1.0},
    {.plant = build_long_waits, .holds = 2, .fails = 1.01},
    {.plant = build_memory, .holds = 0.01, .fails = 0.9},
    {.plant = build_sharing, .holds = 10, .fails = 1.0, .takes_cores = true},
    {.plant = build_races,
     .holds = 0,
     .fails = 1,
     .takes_cores = true,
     .of_facts = true,
     .proven_once = true},
    {.plant = build_reproducible, .holds = 0, .fails = 1, .of_facts = true},
    {.plant = build_lock, .holds = 1.0, .fails = 1.9, .takes_cores = true},
    {.plant = build_only_processes, .holds = 2, .fails = 1, .takes_cores = true},
    {.plant = build_async_processes, .holds = 3, .fails = 0.5, .takes_cores = true},
    {.plant = build_creation, .holds = 0.03, .fails = 0.001},
};

static const struct finding *find(struct study *study, int number)
{
    CU_ASSERT_EQUAL_FATAL(claims_try(&study->question, study->findings), 0);
    return &study->findings[number - 1];
}

/* Which claim it was is part of what is reported. */
static void expect(const struct finding *finding, enum claim_outcome outcome)
{
    CU_ASSERT_EQUAL(finding->outcome, outcome);
    CU_ASSERT(finding->reason[0] != '\0');
    if (finding->outcome != outcome) {
        printf("     claim %d, expected: %s; %s: %s\n", finding->number,
               claims_outcome_text(outcome), claims_outcome_text(finding->outcome),
               finding->reason);
    }
}

static void try_scenario(int number, double effect, size_t rounds, double spread,
                         enum claim_outcome outcome)
{
    struct study study;
    open_study(&study, rounds, spread);
    scenarios[number - 1].plant(&study, effect);
    expect(find(&study, number), outcome);
    close_study(&study);
}

static void test_samples_decide(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct scenario *scenario = &scenarios[number - 1];
        try_scenario(number, scenario->holds, ROUNDS, 0.002, CLAIM_HOLDS);
        try_scenario(number, scenario->fails, ROUNDS, 0.002, CLAIM_FAILS);
    }
}

static void test_few_rounds_do_not(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct scenario *scenario = &scenarios[number - 1];
        if (!scenario->proven_once) {
            try_scenario(number, scenario->holds, 3, 0, CLAIM_UNDECIDED);
        }
        if (!scenario->of_facts) {
            try_scenario(number, scenario->fails, 3, 0, CLAIM_UNDECIDED);
        }
    }
}

static void test_noise_does_not(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct scenario *scenario = &scenarios[number - 1];
        if (!scenario->of_facts) {
            try_scenario(number, scenario->holds, ROUNDS, 12, CLAIM_UNDECIDED);
            try_scenario(number, scenario->fails, ROUNDS, 12, CLAIM_UNDECIDED);
        }
    }
}

static void test_flagged_samples_do_not_vote(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        struct study study;
        open_study(&study, ROUNDS, 0);
        scenarios[number - 1].plant(&study, scenarios[number - 1].holds);
        for (size_t i = 0; i < CELLS * ROUNDS; i++) {
            study.samples.value[SAMPLE_FLAGS][i] = SAMPLE_CROWDED;
        }
        enum claim_outcome outcome = find(&study, number)->outcome;
        CU_ASSERT_EQUAL(outcome, CLAIM_UNDECIDED);
        close_study(&study);
    }
}

/* Every text of a workload becomes another; what had the same kernel or engine has it still. */
static void reword(struct question_workload *workload)
{
    workload->name = "holds";
    workload->kernel = !workload->computes                      ? "timer"
                       : workload->guard == KERNEL_GUARD_ABSENT ? "the memory latency"
                                                                : "none";
    workload->engine = workload->has_waits ? "none" : "message";
    workload->bound_words = "the memory latency";
    workload->storage = "tmpfs, which is memory";
}

static bool is_same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void test_texts_do_not_matter(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        struct study study;
        struct finding before[FINDINGS];
        open_study(&study, ROUNDS, 0.002);
        scenarios[number - 1].plant(&study, scenarios[number - 1].fails);
        expect(find(&study, number), CLAIM_FAILS);
        memcpy(before, study.findings, sizeof before);
        for (size_t w = 0; w < study.question.workloads; w++) {
            reword(&study.workload[w]);
        }
        expect(find(&study, number), CLAIM_FAILS);
        for (size_t i = 0; i < claims_count(); i++) {
            const struct finding *a = &before[i], *b = &study.findings[i];
            CU_ASSERT_EQUAL(a->outcome, b->outcome);
            CU_ASSERT(is_same_number(a->effect.median, b->effect.median));
            CU_ASSERT(is_same_number(a->effect.low, b->effect.low));
            CU_ASSERT(is_same_number(a->effect.high, b->effect.high));
            CU_ASSERT_EQUAL(a->effect.n, b->effect.n);
            CU_ASSERT(is_same_number(a->threshold, b->threshold));
        }
        close_study(&study);
    }
}

static void test_no_cells_no_claim(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0);
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct finding *finding = find(&study, number);
        CU_ASSERT_EQUAL(finding->number, number);
        expect(finding, CLAIM_NOT_TRIED);
        CU_ASSERT(isnan(finding->effect.median) && isnan(finding->threshold));
    }
    close_study(&study);
}

/* The axis has one value, so that the cells of the first are all there are. */
static void test_one_core_cannot_tell(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        struct study study;
        open_study(&study, ROUNDS, 0.002);
        study.question.cores = 1;
        add_computing(&study);
        add_mixed(&study);
        add(&study, (struct question_workload){.kernel = "primes", .lock = true});
        add(&study, (struct question_workload){.kernel = "append", .guard = KERNEL_GUARD_ATOMIC});
        size_t last =
            add(&study, (struct question_workload){.kernel = "append", .guard = KERNEL_GUARD_NONE});
        for (size_t w = 0; w <= last; w++) {
            study.status[w * EACH / CORES] = CELL_DONE; /* serial */
        }
        const struct finding *finding = find(&study, number);
        if (scenarios[number - 1].takes_cores) {
            expect(finding, CLAIM_UNDECIDED);
            CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "nly one core"));
        }
        close_study(&study);
    }
}

static void test_one_kernel_refutes(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0.002);
    build_parallelism(&study, 1.9);
    build_parallelism(&study, 1.0);
    study.workload[0].name = "primes";
    study.workload[1].name = "flops";
    const struct finding *finding = find(&study, 1);
    expect(finding, CLAIM_FAILS);
    CU_ASSERT_DOUBLE_EQUAL(finding->effect.median, 1, 0.01);
    CU_ASSERT_EQUAL(finding->threshold, 1.2);
    const char *flops = strstr(finding->reason, "flops 1×2×1@2 1.00 (");
    const char *primes = strstr(finding->reason, "primes 1×2×1@2 1.90 (");
    CU_ASSERT(flops && primes && flops < primes);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "asked at least 1.2."));
    close_study(&study);
}

static void test_one_refutes_where_another_is_open(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0.002);
    build_parallelism(&study, 1.0);
    build_parallelism(&study, 1.9);
    plant_value(&study, 1, two_threads, SAMPLE_FLAGS, SAMPLE_CROWDED);
    plant_value(&study, 1, two_ranks, SAMPLE_FLAGS, SAMPLE_CROWDED);
    const struct finding *finding = find(&study, 1);
    expect(finding, CLAIM_FAILS);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "?, no samples that vote"));
    close_study(&study);
}

static void test_no_part_of_waiting_is_no_wait(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0.002);
    build_both(&study, 1.5);
    study.workload[0].wait_fraction = 0;
    study.workload[0].latency_s = 0;
    expect(find(&study, 4), CLAIM_NOT_TRIED);
    expect(find(&study, 5), CLAIM_NOT_TRIED);
    expect(find(&study, 15), CLAIM_NOT_TRIED);
    plant(&study, 0, crowd, 0.5);
    expect(find(&study, 3), CLAIM_FAILS);
    close_study(&study);
}

static void test_a_larger_part_of_a_busy_core_is_no_gain(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0.002);
    build_one_core(&study, 1);
    plant_value(&study, 0, serial, SAMPLE_TIME, 2); /* of which it computes for 1 */
    expect(find(&study, 2), CLAIM_HOLDS);
    expect(find(&study, 3), CLAIM_HOLDS);
    close_study(&study);
}

static void test_narrowest_escape_is_the_effect(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0);
    build_parallelism(&study, 1.9);
    build_parallelism(&study, 1.3);
    const struct finding *finding = find(&study, 1);
    expect(finding, CLAIM_HOLDS);
    CU_ASSERT_DOUBLE_EQUAL(finding->effect.median, 1.3, 1e-9);
    close_study(&study);
}

static void test_many_points_are_counted(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0);
    for (int i = 0; i < 4; i++) {
        build_one_core(&study, 1);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(find(&study, 3)->reason, "; 8 more; asked at most 1.05."));
    close_study(&study);
}

static void test_refused_threads_support(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0.002);
    build_many(&study, 3);
    size_t w = add_waiting(&study, 10000, 1e-3);
    study.status[cell_of(&study, w, (struct point){1, 1000, 1, 1})] = CELL_INFEASIBLE;
    CU_ASSERT_PTR_NULL(strstr(find(&study, 7)->reason, "cannot be started"));
    study.status[cell_of(&study, 0, (struct point){1, 1000, 1, 1})] = CELL_INFEASIBLE;
    plant(&study, 0, (struct point){1, 100, 1, 1}, 0.02); /* as long as async */
    const struct finding *finding = find(&study, 7);
    expect(finding, CLAIM_HOLDS);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "1 000 threads cannot be started here"));
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "100 threads take 1 times as long as async."));
    close_study(&study);
}

static void test_async_that_slows_down_refutes(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0.002);
    build_many(&study, 3);
    plant(&study, 1, (struct point){1, 1, 100, 1}, 0.002);
    expect(find(&study, 7), CLAIM_FAILS);
    close_study(&study);
}

static void test_few_switches_tell_nothing(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0);
    build_one_core(&study, 1);
    const struct finding *finding = find(&study, 6);
    expect(finding, CLAIM_UNDECIDED);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "no point switches at least 100 times more"));
    close_study(&study);
}

static void test_unseen_races(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0);
    build_races(&study, 0);
    plant_value(&study, 0, two_threads, SAMPLE_LOST, 0);
    expect(find(&study, 11), CLAIM_UNDECIDED);
    close_study(&study);
    open_study(&study, 40, 0);
    build_races(&study, 0);
    plant_value(&study, 0, two_threads, SAMPLE_LOST, 0);
    expect(find(&study, 11), CLAIM_FAILS);
    close_study(&study);
}

static void test_races_of_one_model_are_half_of_it(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0);
    build_races(&study, 0);
    study.status[cell_of(&study, 0, two_ranks)] = CELL_EMPTY;
    const struct finding *finding = find(&study, 11);
    expect(finding, CLAIM_UNDECIDED);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "processes: not tried"));
    study.status[cell_of(&study, 0, two_threads)] = CELL_EMPTY;
    expect(find(&study, 11), CLAIM_NOT_TRIED);
    close_study(&study);
}

static void test_guard_that_loses_refutes(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0);
    build_races(&study, 0);
    values_of(&study, 1, two_ranks, SAMPLE_LOST)[3] = 1;
    const struct finding *finding = find(&study, 11);
    expect(finding, CLAIM_FAILS);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "lost items in 1 of 42 samples"));
    close_study(&study);
}

static void test_entropy_is_told(void)
{
    struct study study;
    open_study(&study, 8, 0);
    build_reproducible(&study, 0);
    values_of(&study, 0, async, SAMPLE_COMPLETION)[2] = 8;
    const struct finding *finding = find(&study, 12);
    expect(finding, CLAIM_FAILS);
    /* −(7/8 log2 7/8 + 1/8 log2 1/8) / log2 8 = 0.181 */
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "2 orders in 8 rounds, entropy 0.18"));
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "work has entropy 1.00 with threads."));
    close_study(&study);
}

static void test_costs_are_told(void)
{
    struct study study;
    open_study(&study, ROUNDS, 0);
    build_creation(&study, 0.03);
    size_t nothing = add(&study, (struct question_workload){.tasks = 1000});
    plant(&study, nothing, serial, 1e-5);
    plant(&study, nothing, async, 3e-5);
    const char *reason = find(&study, 16)->reason;
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "A thread costs 30.0 µs, paid back by 1 task of 1 ms."));
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "A process costs 300 ms, paid back by 300 tasks of 1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "A task in flight costs 20.0 ns more"));
    build_switch(&study, 2);
    build_memory(&study, 0.01);
    CU_ASSERT_PTR_NOT_NULL(strstr(find(&study, 6)->reason, "switches 10 000 times instead of 10"));
    CU_ASSERT_PTR_NOT_NULL(strstr(find(&study, 9)->reason, "A further thread takes 78.1 KiB."));
    close_study(&study);
}

static void test_few_rounds_are_told_once(void)
{
    struct study study;
    open_study(&study, 3, 0);
    build_parallelism(&study, 1.9);
    build_parallelism(&study, 1.9);
    const char *told = strstr(find(&study, 1)->reason, "only 3 rounds, at least 6 are needed");
    CU_ASSERT_PTR_NOT_NULL_FATAL(told);
    CU_ASSERT_PTR_NULL(strstr(told + strlen("only 3 rounds"), "rounds"));
    close_study(&study);
}

static void test_memory_of_an_operation_shows_in_very_many(void)
{
    struct study study;
    const struct point fewer = {1, 1, 1000, 1}, more = {1, 1, 10000, 1};
    open_study(&study, ROUNDS, 0);
    build_memory(&study, 0.01);
    size_t w = add_waiting(&study, 10000, 1e-3);
    plant(&study, w, fewer, 1);
    plant(&study, w, more, 1);
    plant_value(&study, w, fewer, SAMPLE_MEMORY, 1e7);
    plant_value(&study, w, more, SAMPLE_MEMORY, 1e7 + 9000 * 48);
    const char *reason = find(&study, 9)->reason;
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "A further operation in flight takes 48 B."));
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "over a process 0.0000060 (0.0000060–0.0000060)"));
    close_study(&study);
}

static void test_all_are_stated(void)
{
    CU_ASSERT(claims_count() > 0 && claims_count() <= FINDINGS);
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct claim *claim = claims_find(number);
        CU_ASSERT_PTR_NOT_NULL_FATAL(claim);
        CU_ASSERT(claim->text[0] != '\0');
        CU_ASSERT(strlen(claim->rule) > 40);
        CU_ASSERT_PTR_NOT_NULL(claim->decide);
        for (int other = 1; other < number; other++) {
            CU_ASSERT_STRING_NOT_EQUAL(claim->text, claims_find(other)->text);
        }
    }
    CU_ASSERT_PTR_NULL(claims_find(0));
    CU_ASSERT_PTR_NULL(claims_find((int)claims_count() + 1));
    CU_ASSERT_STRING_EQUAL(claims_outcome_text(CLAIM_NOT_TRIED), "not tried");
    CU_ASSERT_STRING_EQUAL(claims_outcome_text(CLAIM_HOLDS), "holds here");
    CU_ASSERT_STRING_EQUAL(claims_outcome_text(CLAIM_FAILS), "does not hold here");
    CU_ASSERT_STRING_EQUAL(claims_outcome_text(CLAIM_UNDECIDED), "cannot tell");
}

static const CU_TestInfo tests[] = {
    {"all claims are stated", test_all_are_stated},
    {"samples make a claim hold or fail", test_samples_decide},
    {"few rounds decide nothing", test_few_rounds_do_not},
    {"noise decides nothing", test_noise_does_not},
    {"flagged samples do not vote", test_flagged_samples_do_not_vote},
    {"texts do not matter, of workloads, kernels and engines", test_texts_do_not_matter},
    {"without its cells a claim is not tried", test_no_cells_no_claim},
    {"one core cannot tell what takes two", test_one_core_cannot_tell},
    {"one kernel refutes", test_one_kernel_refutes},
    {"one refutes where another is open", test_one_refutes_where_another_is_open},
    {"no part of waiting is no wait", test_no_part_of_waiting_is_no_wait},
    {"a larger part of a busy core is no gain", test_a_larger_part_of_a_busy_core_is_no_gain},
    {"the narrowest escape is the effect", test_narrowest_escape_is_the_effect},
    {"many points are counted", test_many_points_are_counted},
    {"threads that are refused support", test_refused_threads_support},
    {"async that slows down refutes", test_async_that_slows_down_refutes},
    {"few switches tell nothing", test_few_switches_tell_nothing},
    {"races that were not seen", test_unseen_races},
    {"races of one model are half of it", test_races_of_one_model_are_half_of_it},
    {"a guard that loses items refutes", test_guard_that_loses_refutes},
    {"the entropy of orders is told", test_entropy_is_told},
    {"costs are told", test_costs_are_told},
    {"too few rounds are told once", test_few_rounds_are_told_once},
    {"memory of an operation shows in very many", test_memory_of_an_operation_shows_in_very_many},
    CU_TEST_INFO_NULL,
};

SUITE("claims", tests);
