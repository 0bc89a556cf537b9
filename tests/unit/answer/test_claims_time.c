/* The claims of claims_time.c. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static double parallel_time(struct point point, double speed_up)
{
    return point.cores > 1 ? 1.02 / speed_up : 1;
}

static void build_parallelism(struct study *study, double speed_up)
{
    study_plant_grid(study, study_add_computing(study), parallel_time, speed_up);
    study_plant_grid(study, study_add_computing(study), parallel_time, speed_up);
}

/* Threads are what helps, or what does not. */
static double one_core_time(struct point point, double speed_up)
{
    return (point.threads > 1 ? 1 / speed_up : 1) * (point.ranks > 1 ? 1.02 : 1) / point.cores;
}

static void build_one_core(struct study *study, double speed_up)
{
    study_plant_grid(study, study_add_computing(study), one_core_time, speed_up);
    study_plant_grid(study, study_add_computing(study), one_core_time, speed_up);
}

/* 100 tasks that wait for 0.9 of their time: a point gains this share of what is possible. */
static double waiting_time(struct point point, double share)
{
    double waves = ceil(ceil(100.0 / (double)point_workers(point)) / point.depth);
    return 1 / (1 + share * (fmin(100 / waves, 10) - 1));
}

static void build_waits(struct study *study, double share)
{
    study_plant_grid(study, study_add_mixed(study, 0.9), waiting_time, share);
    study_plant_grid(study, study_add_mixed(study, 0.9), waiting_time, share);
}

static double both_time(struct point point, double rest_over_both)
{
    bool both = point.cores > 1 && point_concurrency(point) > 2;
    return both ? 0.2 : point_concurrency(point) == 1 ? 1 : 0.2 * rest_over_both;
}

static void build_both(struct study *study, double rest_over_both)
{
    study_plant_grid(study, study_add_mixed(study, 0.9), both_time, rest_over_both);
    study_plant_grid(study, study_add_mixed(study, 0.5), both_time, rest_over_both);
}

/* Threads on two cores are so many times as fast, processes twice. */
static double two_cores_time(struct point point, double speed_up_of_threads)
{
    return point.cores == 1 ? 1 : point.ranks == 1 ? 1 / speed_up_of_threads : 0.52;
}

static void build_lock(struct study *study, double speed_up_of_threads)
{
    for (int i = 0; i < 2; i++) {
        size_t w =
            study_add(study, (struct question_workload){.kernel.name = "primes", .lock = true});
        study_plant_grid(study, w, two_cores_time, speed_up_of_threads);
        w = study_add(study, (struct question_workload){
                                 .engine.name = "timer", .latency_s = 1e-3, .lock = true});
        study_plant(study, w, serial, 1);
        study_plant(study, w, (struct point){1, 2, 1, 1}, 0.52);
        study_plant(study, w, crowd, 1 / 12.0);
    }
}

static void build_only_processes(struct study *study, double speed_up_of_threads)
{
    study_plant_grid(study, study_add_computing(study), two_cores_time, speed_up_of_threads);
    study_plant_grid(study, study_add_computing(study), two_cores_time, speed_up_of_threads);
}

static double async_processes_time(struct point point, double rest_over_it)
{
    bool async_in_processes = point.ranks > 1 && point.threads == 1 && point.depth > 1;
    return point_concurrency(point) == 1 ? 1 : async_in_processes ? 0.1 : 0.1 * rest_over_it;
}

static void build_async_processes(struct study *study, double rest_over_it)
{
    study_plant_grid(study, study_add_waiting(study, 100, 1e-3), async_processes_time,
                     rest_over_it);
    study_plant_grid(study, study_add_mixed(study, 0.9), async_processes_time, rest_over_it);
}

const struct scenario scenarios_time[] = {
    {.number = 1,
     .plant = build_parallelism,
     .holds = 1.9,
     .fails = 1.0,
     .odd = ODD_FASTER,
     .takes_cores = true},
    {.number = 2, .plant = build_one_core, .holds = 1.0, .fails = 1.5},
    {.number = 3, .plant = build_one_core, .holds = 0.9, .fails = 1.2},
    {.number = 4, .plant = build_waits, .holds = 0.9, .fails = 0.2, .odd = ODD_EITHER},
    {.number = 5,
     .plant = build_both,
     .holds = 1.5,
     .fails = 0.8,
     .odd = ODD_FASTER,
     .takes_cores = true},
    {.number = 13,
     .plant = build_lock,
     .holds = 1.0,
     .fails = 1.9,
     .odd = ODD_EITHER,
     .takes_cores = true},
    {.number = 14,
     .plant = build_only_processes,
     .holds = 1.0,
     .fails = 1.9,
     .odd = ODD_EITHER,
     .takes_cores = true},
    {.number = 15,
     .plant = build_async_processes,
     .holds = 3,
     .fails = 0.5,
     .odd = ODD_FASTER,
     .takes_cores = true},
    {.number = 0},
};

static void test_no_part_of_waiting_is_no_wait(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_both(&study, 1.5);
    study.question.workloads = 1;
    study.workload[0].wait_fraction = 0;
    study.workload[0].latency_s = 0;
    study_expect(study_find(&study, 4), CLAIM_NOT_TRIED);
    study_expect(study_find(&study, 5), CLAIM_NOT_TRIED);
    study_expect(study_find(&study, 15), CLAIM_NOT_TRIED);
    study_plant_grid(&study, 0, one_core_time, 1.5);
    study_expect(study_find(&study, 3), CLAIM_FAILS);
    study_close(&study);
}

static void test_a_larger_part_of_a_busy_core_is_no_gain(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_one_core(&study, 1);
    for (int i = 0; i < GRID; i++) {
        if (point_workers(grid[i]) == 1) { /* of which it computes for 1 */
            study_plant_value(&study, 0, grid[i], SAMPLE_TIME, 2);
        }
    }
    study_expect(study_find(&study, 2), CLAIM_HOLDS);
    study_expect(study_find(&study, 3), CLAIM_HOLDS);
    study_close(&study);
}

/* Nothing can make a single task faster, on however many cores and with whatever in flight. */
static double undivided_time(struct point point, double time_s)
{
    (void)point;
    return time_s;
}

static void test_one_task_cannot_be_divided(void)
{
    static const int of_computing[] = {1, 2, 3, 14}, of_waiting[] = {4, 5, 15};
    for (int i = 0; i < 4; i++) {
        struct study study;
        const struct scenario *scenario = scenario_of(of_computing[i]);
        study_open(&study, ROUNDS, 0.002);
        scenario->plant(&study, scenario->holds);
        size_t one =
            study_add(&study, (struct question_workload){.kernel.name = "primes", .tasks = 1});
        study_plant_grid(&study, one, undivided_time, 1);
        study_expect(study_find(&study, scenario->number), CLAIM_HOLDS);
        study_close(&study);
    }
    for (int i = 0; i < 3; i++) {
        struct study study;
        study_open(&study, ROUNDS, 0.002);
        study.workload[study_add_mixed(&study, 0.9)].tasks = 1;
        study_plant_grid(&study, 0, undivided_time, 1);
        study_expect(study_find(&study, of_waiting[i]), CLAIM_NOT_TRIED);
        study_close(&study);
    }
}

/* 17 waits with 16 in flight take two waves: 8.5 times as fast is all that is possible. */
static void test_waves_are_whole(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    size_t w = study_add_waiting(&study, 17, 1e-3);
    study_plant(&study, w, serial, 17);
    study_plant(&study, w, async, 2);
    const struct finding *finding = study_find(&study, 4);
    study_expect(finding, CLAIM_HOLDS);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "1×1×16@1, possible 8.5, 8.50"));
    CU_ASSERT_DOUBLE_EQUAL(finding->threshold, 4.75, 1e-9);
    study_close(&study);
}

/* Where so little waits that half of the gain is less than two equal cells differ by. */
static void test_gain_too_small_to_be_told(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    study_plant_grid(&study, study_add_mixed(&study, 0.05), undivided_time, 1);
    study_expect(study_find(&study, 4), CLAIM_NOT_TRIED);
    study_close(&study);
}

/* Threads that gain less than processes gain nevertheless. */
static void test_threads_that_gain_help(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_only_processes(&study, 1.6);
    study_expect(study_find(&study, 14), CLAIM_FAILS);
    study_close(&study);
}

/* Two workers take turns with twice as much as the L3 cache holds for one of them. */
static void test_other_levels_of_memory_do_not_count(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_one_core(&study, 1);
    size_t w = study_add(&study, (struct question_workload){.kernel.name = "triad"});
    study.question.caches =
        (struct caches){.bytes = {[LEVEL_L3] = 32e6}, .cores = {[LEVEL_L3] = 2}};
    study.workload[w].footprint = (struct footprint){.bytes = 20e6};
    study_plant_grid(&study, w, one_core_time, 0.2); /* threads take five times as long */
    study_expect(study_find(&study, 1), CLAIM_HOLDS);
    study_plant_grid(&study, w, one_core_time, 3);
    study_expect(study_find(&study, 3), CLAIM_HOLDS);
    study.workload[w].footprint.bytes = 10e6; /* there is room for both */
    study_expect(study_find(&study, 3), CLAIM_FAILS);
    study.workload[w].footprint.bytes = 30e6; /* serial is at the edge */
    study_expect(study_find(&study, 3), CLAIM_HOLDS);
    study.workload[w].footprint = (struct footprint){.bytes = 10e6, .is_common = true};
    study_expect(study_find(&study, 3), CLAIM_FAILS);
    study.workload[w].memory_bytes = 1e9; /* threads find what others of them have brought */
    study_expect(study_find(&study, 3), CLAIM_HOLDS);
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"no part of waiting is no wait", test_no_part_of_waiting_is_no_wait},
    {"a larger part of a busy core is no gain", test_a_larger_part_of_a_busy_core_is_no_gain},
    {"one task cannot be divided", test_one_task_cannot_be_divided},
    {"waves are whole", test_waves_are_whole},
    {"a gain that is too small to be told is not asked for", test_gain_too_small_to_be_told},
    {"threads that gain less than processes help", test_threads_that_gain_help},
    {"other levels of memory do not count", test_other_levels_of_memory_do_not_count},
    CU_TEST_INFO_NULL,
};

SUITE("claims_time", tests);
