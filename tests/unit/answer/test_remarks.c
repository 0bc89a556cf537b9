/* What did not happen as asked. */
#include "unit/answer/study.h"
#include "unit/suite.h"

static void test_storage_in_memory_is_said_whatever_the_limit(void)
{
    static const char sentence[] =
        ". The scratch file is on tmpfs, which is memory: no device was waited for.";
    struct study study;
    study_open_storage(&study);
    study.workload.storage = "tmpfs, which is memory";
    study.workload.storage_is_memory = true;
    study_measure(&study, serial, 1e-2, 1e-3, 0);
    CU_ASSERT_STRING_EQUAL(study_judge(&study)->limit, "the depth: 1 of 100");
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason, sentence));
    study_measure(&study, (struct point){1, 1, 16, 1}, 1e-2, 1e-3, 0);
    CU_ASSERT_STRING_EQUAL(study_judge(&study)->limit, "the storage: 41.0 MB/s");
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason, "the storage: 41.0 MB/s"));
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason, sentence));
    study.workload.storage = NULL;
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason, "The scratch file is on memory: "));
    study_close(&study);
}

static void test_shallow_points_are_named(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1}, deeper = {1, 1, 256, 1}, elsewhere = {1, 2, 16, 2};
    study_open_storage(&study);
    study_measure(&study, serial, 1e-2, 1e-3, 0);
    study_measure(&study, deep, 1e-2, 1e-3, 0);
    study_measure(&study, elsewhere, 1e-2, 1e-3, 0);
    study_fill(study_values_of(&study, SAMPLE_DEPTH_ACHIEVED, deep), 8, 1.04);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, deep), 4, SAMPLE_SHALLOW);
    study_judge(&study); /* half of them are good: they are valid */
    CU_ASSERT_PTR_NULL(strstr(study.verdicts[0].reason, "async."));
    study_fill(study_values_of(&study, SAMPLE_FLAGS, deep), 8, SAMPLE_SHALLOW);
    study_judge(&study);
    CU_ASSERT_PTR_NULL(strstr(study.verdicts[0].reason, "page cache"));
    CU_ASSERT_PTR_NOT_NULL(strstr(study.verdicts[0].reason,
                                  ". 1×1×16@1 kept 1.0 of 16 in flight: it was not really async."));
    CU_ASSERT_PTR_NULL(strstr(study.verdicts[1].reason, "not really async"));

    study_measure(&study, deeper, 1e-2, 1e-3, 0); /* its share of what was asked is larger */
    study_fill(study_values_of(&study, SAMPLE_DEPTH_ACHIEVED, deeper), 8, 20.4);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, deeper), 8, SAMPLE_SHALLOW);
    study_judge(&study);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study.verdicts[0].reason,
               " 1×1×16@1 kept 1.0 of 16 in flight: it and 1 more were not really async."));
    study_fill(study_values_of(&study, SAMPLE_DEPTH_ACHIEVED, deeper), 8, 10.4);
    study_judge(&study);
    CU_ASSERT_PTR_NOT_NULL(strstr(study.verdicts[0].reason,
                                  " 1×1×256@1 kept 10 of 256 in flight: it and 1 more were"));
    study_close(&study);
}

static void test_all_shallow_is_no_choice_and_named(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1};
    study_open_storage(&study);
    study_measure(&study, deep, 1e-2, 1e-3, 0);
    study_fill(study_values_of(&study, SAMPLE_DEPTH_ACHIEVED, deep), 8, 1.0);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, deep), 8, SAMPLE_SHALLOW);
    CU_ASSERT_EQUAL(study_judge(&study)->choice.ranks, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason,
                                  "flags shallow. 1×1×16@1 kept 1.0 of 16 in flight: it was"));
    study_close(&study);
}

static void test_page_cache_not_as_asked_is_counted(void)
{
    struct study study;
    const struct point deep = {1, 1, 16, 1}, deeper = {1, 1, 256, 1};
    study_open_storage(&study);
    study_measure(&study, serial, 1e-2, 1e-3, 0);
    study_measure(&study, deep, 1e-3, 1e-3, 0);
    study_measure(&study, deeper, 1e-3, 1e-3, 0);
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "page cache"));
    study_fill(study_values_of(&study, SAMPLE_FLAGS, deep), 8, SAMPLE_CACHE);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_judge(&study)->reason, ". At 1 point the page cache was not "));
    study_fill(study_values_of(&study, SAMPLE_FLAGS, deeper), 8, SAMPLE_CACHE);
    CU_ASSERT(study_is_point(study_judge(&study)->choice, serial));
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason,
                                  ". At 2 points the page cache was not cold or warm as asked."));
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "async."));
    study_close(&study);
}

static void test_what_keeps_samples_from_voting_is_said(void)
{
    struct study study;
    study_open(&study, 8);
    study_measure(&study, serial, 1, 1, 0);
    study_measure(&study, threads, 0.5, 1, 0);
    study_measure(&study, processes, 0.5, 1, 0);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, threads), 3, SAMPLE_CROWDED);
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "are excluded"));
    study_fill(study_values_of(&study, SAMPLE_FLAGS, threads), 4, SAMPLE_CROWDED | SAMPLE_STOLEN);
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason,
                                  " 25 % of the samples are excluded: other processes computed on "
                                  "these cores. Beside that, the "
                                  "hypervisor gave these cores to others."));
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "What to do"));
    study_fill(study_values_of(&study, SAMPLE_FLAGS, threads), 8, SAMPLE_CROWDED);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, processes), 8, SAMPLE_CROWDED);
    CU_ASSERT_EQUAL(study_judge(&study)->choice.ranks, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        study_judge(&study)->reason,
        "flags crowded. 100 % of the samples are excluded: other processes computed on these "
        "cores. What to do: end the other processes, or ask for cores of your own; `cual "
        "doctor` says"));
    study_close(&study);
}

static void test_two_states_are_told_as_two(void)
{
    struct study study;
    study_open(&study, 16);
    study_measure(&study, serial, 0.2, 0.2, 0.02);
    study_measure(&study, threads, 0.1, 0.2, 0.04);
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "two groups"));
    for (size_t r = 0; r < 16; r += 3) {
        study_values_of(&study, SAMPLE_TIME, threads)[r] *= 1.6;
    }
    const char *reason = study_judge(&study)->reason;
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, " The times of 1×2×1@2 fall into two groups: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, " in 10 rounds, "));
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, " in 6; their median is neither."));
    CU_ASSERT_PTR_NULL(strstr(reason, "The times of 1×1×1@1"));
    for (size_t r = 0; r < 16; r += 3) { /* what is excluded is no state */
        study_values_of(&study, SAMPLE_FLAGS, threads)[r] = SAMPLE_SLOWED;
    }
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "two groups"));
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"what excludes a quarter of the samples is said", test_what_keeps_samples_from_voting_is_said},
    {"storage in memory is said whatever the limit",
     test_storage_in_memory_is_said_whatever_the_limit},
    {"the worst of the points that were too shallow is named", test_shallow_points_are_named},
    {"where all are too shallow it is said, too", test_all_shallow_is_no_choice_and_named},
    {"points whose page cache was not as asked are counted",
     test_page_cache_not_as_asked_is_counted},
    {"two states of a machine are told as two", test_two_states_are_told_as_two},
    CU_TEST_INFO_NULL,
};

SUITE("remarks", tests);
