/* How comparisons become an outcome and words. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static void test_one_kernel_refutes(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    study_build(&study, 1, 1.9);
    study_build(&study, 1, 1.0);
    study.workload[0].name = "primes";
    study.workload[1].name = "flops";
    const struct finding *finding = study_find(&study, 1);
    study_expect(finding, CLAIM_FAILS);
    CU_ASSERT_DOUBLE_EQUAL(finding->effect.median, 1, 0.01);
    CU_ASSERT_EQUAL(finding->threshold, 1.2);
    const char *flops = strstr(finding->reason, "flops 1×2×1@2 1.00 (");
    const char *primes = strstr(finding->reason, "primes 1×2×1@2 1.90 (");
    CU_ASSERT(flops && primes && flops < primes);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "the rule asks for at least 1.2."));
    study_close(&study);
}

static void test_one_refutes_where_another_is_open(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    study_build(&study, 1, 1.0);
    study_build(&study, 1, 1.9);
    study_plant_value(&study, 1, two_threads, SAMPLE_FLAGS, SAMPLE_CROWDED);
    study_plant_value(&study, 1, two_ranks, SAMPLE_FLAGS, SAMPLE_CROWDED);
    const struct finding *finding = study_find(&study, 1);
    study_expect(finding, CLAIM_FAILS);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "?, no valid samples"));
    study_close(&study);
}

static void test_narrowest_escape_is_the_effect(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    study_build(&study, 1, 1.9);
    study_build(&study, 1, 1.3);
    const struct finding *finding = study_find(&study, 1);
    study_expect(finding, CLAIM_HOLDS);
    CU_ASSERT_DOUBLE_EQUAL(finding->effect.median, 1.3, 1e-9);
    study_close(&study);
}

static void test_many_points_are_counted(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    for (int i = 0; i < 4; i++) {
        study_build(&study, 3, 1);
    }
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_find(&study, 3)->reason, "; 8 more; the rule asks for at most 1.05."));
    study_close(&study);
}

static void test_few_rounds_are_told_once(void)
{
    struct study study;
    study_open(&study, 3, 0);
    study_build(&study, 1, 1.9);
    study_build(&study, 1, 1.9);
    const char *told =
        strstr(study_find(&study, 1)->reason, "only 3 rounds, at least 6 are needed");
    CU_ASSERT_PTR_NOT_NULL_FATAL(told);
    CU_ASSERT_PTR_NULL(strstr(told + strlen("only 3 rounds"), "rounds"));
    study_close(&study);
}

/* Twelve comparisons that each refute alone need nine rounds to refute jointly. */
static void test_missing_rounds_are_counted(void)
{
    for (size_t rounds = 6; rounds < 10; rounds++) {
        struct study study;
        char more[64];
        study_open(&study, rounds, 0);
        for (int i = 0; i < 4; i++) {
            study_build(&study, 3, 2);
        }
        snprintf(more, sizeof more, ", %zu more rounds would decide", 9 - rounds);
        const struct finding *finding = study_find(&study, 3);
        study_expect(finding, rounds < 9 ? CLAIM_UNDECIDED : CLAIM_FAILS);
        CU_ASSERT_EQUAL(strstr(finding->reason, more) != NULL, rounds < 8);
        CU_ASSERT_EQUAL(strstr(finding->reason, ", one more round would decide") != NULL,
                        rounds == 8);
        study_close(&study);
    }
}

static const CU_TestInfo tests[] = {
    {"one kernel refutes", test_one_kernel_refutes},
    {"one refutes where another is open", test_one_refutes_where_another_is_open},
    {"the narrowest escape is the effect", test_narrowest_escape_is_the_effect},
    {"many points are counted", test_many_points_are_counted},
    {"the rounds that are missing are counted", test_missing_rounds_are_counted},
    {"too few rounds are told once", test_few_rounds_are_told_once},
    CU_TEST_INFO_NULL,
};

SUITE("trial", tests);
