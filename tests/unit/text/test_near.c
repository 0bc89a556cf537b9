/* Near matches: the word of a list that somebody meant, or none. */
#include "text/near.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>

static void near_matches_are_those_that_could_be_meant(void)
{
    static const char *const keys[] = {"cores",  "ranks", "threads", "depth",
                                       "budget", "task",  "tasks",   NULL};
    CU_ASSERT_STRING_EQUAL(near_match("budgte", keys), "budget");
    CU_ASSERT_STRING_EQUAL(near_match("thread", keys), "threads");
    CU_ASSERT_STRING_EQUAL(near_match("CORES", keys), "cores");
    CU_ASSERT_STRING_EQUAL(near_match("tsaks", keys), "tasks");
    CU_ASSERT_STRING_EQUAL(near_match("task", keys), "task");
    CU_ASSERT_STRING_EQUAL(near_match("deep", (const char *const[]){"depp", NULL}), "depp");
    CU_ASSERT_PTR_NULL(near_match("deep", keys));
    CU_ASSERT_PTR_NULL(near_match("workloads", keys));
    CU_ASSERT_PTR_NULL(near_match("", keys));
    CU_ASSERT_PTR_NULL(near_match("c", keys));
    CU_ASSERT_PTR_NULL(near_match("coresssssssssssssssssssssssssssssssssssssssssssssssss"
                                  "sssssssssssssssssssssssssssssssssssssssssssssssssssss",
                                  keys));
}

static const CU_TestInfo tests[] = {
    {"near matches are those that could be meant", near_matches_are_those_that_could_be_meant},
    CU_TEST_INFO_NULL,
};

SUITE("near", tests);
