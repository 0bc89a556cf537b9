/* The answer as a whole: verdicts with their reasons, claims, and what is impossible. */
#include "unit/answer/study.h"
#include "unit/suite.h"

static void test_all_parts_are_there(void)
{
    struct study study;
    struct answer answer;
    study_open(&study, 8);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.51, 1.0, 0);
    study_measure(&study, processes, 0.52, 1.0, 0);
    CU_ASSERT_EQUAL_FATAL(answer_create(&answer, &study.question), 0);
    const struct verdict *alone = study_judge(&study);
    CU_ASSERT_EQUAL_FATAL(answer.count, 2);
    CU_ASSERT(study_is_point(answer.verdicts[1].choice, threads));
    CU_ASSERT_STRING_EQUAL(answer.verdicts[1].reason, alone->reason);
    CU_ASSERT_EQUAL(answer.findings[0].outcome, CLAIM_HOLDS);
    for (size_t i = 0; i < claims_count(); i++) {
        CU_ASSERT_EQUAL(answer.findings[i].number, (int)i + 1);
    }
    CU_ASSERT_STRING_EQUAL(answer.impossible, "");
    answer_free(&answer);
    study_measure(&study, threads, 0.1, 0.2, 0);
    CU_ASSERT_EQUAL_FATAL(answer_create(&answer, &study.question), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(answer.impossible, "is impossible: the cores."));
    answer_free(&answer);
    CU_ASSERT_PTR_NULL(answer.verdicts);
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"verdicts, claims and what is impossible are all there", test_all_parts_are_there},
    CU_TEST_INFO_NULL,
};

SUITE("answer", tests);
