/* How comparisons become an outcome and words. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static double two_cores_time(struct point point, double speed_up)
{
    return point.cores > 1 ? 1 / speed_up : 1;
}

/* A workload for claim 1 by this name, so many times as fast on two cores. */
static size_t build_kernel(struct study *study, const char *name, double speed_up)
{
    size_t w = study_add_computing(study);
    study->workload[w].name = name;
    study_plant_grid(study, w, two_cores_time, speed_up);
    return w;
}

static void test_one_kernel_refutes(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_kernel(&study, "primes", 1.9);
    build_kernel(&study, "flops", 1.0);
    const struct finding *finding = study_find(&study, 1);
    study_expect(finding, CLAIM_FAILS);
    CU_ASSERT_DOUBLE_EQUAL(finding->effect.median, 1, 0.01);
    CU_ASSERT_EQUAL(finding->threshold, 1.2);
    const char *flops = strstr(finding->reason, "flops ");
    const char *primes = strstr(finding->reason, " 1.90 (");
    CU_ASSERT(flops && primes && flops < primes);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "The rule asks for at least 1.2."));
    study_close(&study);
}

static void test_one_refutes_where_another_is_open(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_kernel(&study, "primes", 1.0);
    size_t open = build_kernel(&study, "flops", 1.9);
    for (int i = 0; i < GRID; i++) {
        study_plant_value(&study, open, grid[i], SAMPLE_FLAGS, SAMPLE_CROWDED);
    }
    const struct finding *finding = study_find(&study, 1);
    study_expect(finding, CLAIM_FAILS);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "?. No sample is valid"));
    study_close(&study);
}

static void test_narrowest_escape_is_the_effect(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    build_kernel(&study, "primes", 1.9);
    build_kernel(&study, "flops", 1.3);
    const struct finding *finding = study_find(&study, 1);
    study_expect(finding, CLAIM_HOLDS);
    CU_ASSERT_DOUBLE_EQUAL(finding->effect.median, 1.3, 1e-9);
    study_close(&study);
}

static void test_many_points_are_counted(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    study_build(&study, 3, 1);
    study_build(&study, 3, 1);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_find(&study, 3)->reason, ". And 8 more. The rule asks for at most 1.05."));
    study_close(&study);
}

static void test_what_rests_on_one_cell_is_open(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    build_kernel(&study, "primes", 1.9);
    size_t w = build_kernel(&study, "flops", 1.0);
    study_plant(&study, w, two_threads, 0.5);
    const struct finding *finding = study_find(&study, 1);
    study_expect(finding, CLAIM_UNDECIDED);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "This rests on flops 1×2×1@2: without that cell "
                                                   "the claim would not hold."));
    study_plant(&study, w, two_ranks, 0.5); /* a second one */
    study_expect(study_find(&study, 1), CLAIM_HOLDS);
    study_close(&study);
}

/* Without either of the two cells there is nothing left to try. */
static void test_two_cells_decide_where_there_are_no_others(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    size_t w = study_add_computing(&study);
    study_plant(&study, w, serial, 1);
    study_plant(&study, w, two_threads, 0.5);
    study_expect(study_find(&study, 1), CLAIM_HOLDS);
    study_plant(&study, w, two_threads, 1);
    study_expect(study_find(&study, 1), CLAIM_FAILS);
    study_close(&study);
}

static void test_few_rounds_are_told_once(void)
{
    struct study study;
    study_open(&study, 3, 0);
    study_build(&study, 1, 1.9);
    study_build(&study, 1, 1.9);
    const char *told =
        strstr(study_find(&study, 1)->reason, "Only 3 rounds, at least 6 are needed");
    CU_ASSERT_PTR_NOT_NULL_FATAL(told);
    CU_ASSERT_PTR_NULL(strstr(told + strlen("Only 3 rounds"), "rounds"));
    study_close(&study);
}

/* Twelve comparisons that each refute alone need nine rounds to refute jointly. */
static void test_missing_rounds_are_counted(void)
{
    for (size_t rounds = 6; rounds < 10; rounds++) {
        struct study study;
        char more[64];
        study_open(&study, rounds, 0);
        for (int i = 0; i < 12; i++) {
            build_kernel(&study, "flops", 1);
        }
        snprintf(more, sizeof more, ". %zu more rounds would decide", 9 - rounds);
        const struct finding *finding = study_find(&study, 1);
        study_expect(finding, rounds < 9 ? CLAIM_UNDECIDED : CLAIM_FAILS);
        CU_ASSERT_EQUAL(strstr(finding->reason, more) != NULL, rounds < 8);
        CU_ASSERT_EQUAL(strstr(finding->reason, ". One more round would decide") != NULL,
                        rounds == 8);
        study_close(&study);
    }
}

/* Rounds that were asked for and not measured cost nothing and change nothing. */
static void test_rounds_to_come_do_not_matter(void)
{
    struct study study;
    study_open(&study, 4 * ROUNDS, 0.002);
    study_build(&study, 1, 1.9);
    for (size_t at = 0; at < CELLS * 4 * ROUNDS; at++) {
        if (at % (4 * ROUNDS) >= ROUNDS) {
            study.samples.value[SAMPLE_TIME][at] = NAN;
        }
    }
    const struct finding *finding = study_find(&study, 1);
    study_expect(finding, CLAIM_HOLDS);
    CU_ASSERT_EQUAL(finding->effect.n, ROUNDS);
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"one kernel refutes", test_one_kernel_refutes},
    {"one refutes where another is open", test_one_refutes_where_another_is_open},
    {"the narrowest escape is the effect", test_narrowest_escape_is_the_effect},
    {"many points are counted", test_many_points_are_counted},
    {"what rests on one cell is open", test_what_rests_on_one_cell_is_open},
    {"two cells decide where there are no others", test_two_cells_decide_where_there_are_no_others},
    {"the rounds that are missing are counted", test_missing_rounds_are_counted},
    {"too few rounds are told once", test_few_rounds_are_told_once},
    {"rounds to come do not matter", test_rounds_to_come_do_not_matter},
    CU_TEST_INFO_NULL,
};

SUITE("trial", tests);
