/* Candidates: what was measured, with its times and valid samples. */
#include "unit/answer/study.h"
#include "unit/suite.h"

static void test_only_what_was_measured_is_one(void)
{
    struct study study;
    struct candidates candidates;
    study_open(&study, 6);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.5, 1.0, 0);
    study_measure(&study, both, 0.5, 1.0, 0);
    study.status[study_cell_of(both)] = CELL_INFEASIBLE;
    CU_ASSERT_EQUAL_FATAL(candidates_create(&candidates, &study.question, 0), 0);
    CU_ASSERT_EQUAL(candidates.count, 2);
    const struct candidate *first = candidates_next(&candidates, NULL);
    const struct candidate *second = candidates_next(&candidates, first);
    CU_ASSERT_FATAL(first && second && !candidates_next(&candidates, second));
    CU_ASSERT(study_is_point(first->point, serial) && study_is_point(second->point, threads));
    CU_ASSERT_PTR_EQUAL(candidates_find(&candidates, threads), second);
    CU_ASSERT_PTR_NULL(candidates_find(&candidates, both));
    CU_ASSERT_PTR_NULL(candidates_find(&candidates, (struct point){3, 1, 1, 1}));
    candidates_free(&candidates);
    study_close(&study);
}

static void test_times_are_those_of_valid_samples(void)
{
    struct study study;
    struct candidates candidates;
    study_open(&study, 6);
    study_measure(&study, threads, 0.5, 1.0, 0);
    study_values_of(&study, SAMPLE_FLAGS, threads)[2] = SAMPLE_CROWDED;
    study_values_of(&study, SAMPLE_TIME, threads)[4] = NAN;
    CU_ASSERT_EQUAL_FATAL(candidates_create(&candidates, &study.question, 0), 0);
    const struct candidate *candidate = candidates_find(&candidates, threads);
    CU_ASSERT_PTR_NOT_NULL_FATAL(candidate);
    CU_ASSERT_EQUAL(candidate->valid, 4);
    for (size_t r = 0; r < 6; r++) {
        double expected = r == 2 || r == 4 ? NAN : 0.5 / 100;
        CU_ASSERT(study_is_same_number(candidate->task_s[r], expected));
    }
    CU_ASSERT_EQUAL(candidates_median(&candidates, candidate, SAMPLE_CPU), 1.0);
    candidates_free(&candidates);
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"only what was measured is a candidate", test_only_what_was_measured_is_one},
    {"its times are those of valid samples", test_times_are_those_of_valid_samples},
    CU_TEST_INFO_NULL,
};

SUITE("candidate", tests);
