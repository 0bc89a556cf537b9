/* What progress says of a run: what is settled, and how much time is left. */
#include "terminal/progress.h"
#include "unit/suite.h"

#include <math.h>
#include <string.h>

#define SHOWN_BYTES 512

/* What is shown at a moment, since the last time. */
static const char *shown(struct progress *progress, uint64_t round, double done, double spent_s)
{
    static char text[SHOWN_BYTES];
    memset(text, 0, sizeof text);
    progress->out = fmemopen(text, sizeof text, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(progress->out);
    progress_show(progress, round, done, spent_s);
    fclose(progress->out);
    return text;
}

static void test_rows_that_are_settled(void)
{
    struct progress progress = {.budget_s = 60, .rounds = 1000, .asked = 0.03};
    CU_ASSERT_STRING_EQUAL(shown(&progress, 0, 0.1, 9), "");
    CU_ASSERT_STRING_EQUAL(shown(&progress, 0, 0.5, 10), "warm-up, at most 50 s left\n");
    CU_ASSERT_STRING_EQUAL(shown(&progress, 3, 0.5, 19), "");
    CU_ASSERT_STRING_EQUAL(shown(&progress, 3, 0.5, 20.2),
                           "no row settled yet, at most 40 s left\n");
    progress.rows = 16;
    progress.settled = 11;
    CU_ASSERT_STRING_EQUAL(shown(&progress, 8, 0.5, 40),
                           "11 of 16 rows settled, at most 20 s left\n");
    progress.rows = 1;
    progress.settled = 0;
    CU_ASSERT_STRING_EQUAL(shown(&progress, 9, 0.5, 61), "0 of 1 row settled, at most 1 s left\n");
}

/* Nothing is settled where nothing is asked for: then it says which round it is. */
static void test_rounds_without_a_precision(void)
{
    struct progress progress = {.budget_s = INFINITY, .rounds = 9};
    CU_ASSERT_STRING_EQUAL(shown(&progress, 0, 0.5, 20), "warm-up\n");
    CU_ASSERT_STRING_EQUAL(shown(&progress, 0, 1, 30), "warm-up, about 3 min left\n");
    for (uint64_t round = 1; round < 5; round++) {
        shown(&progress, round, 1, 30 + 20 * (double)round);
    }
    CU_ASSERT_STRING_EQUAL(shown(&progress, 5, 1, 130), "round 5 of 9, about 80 s left\n");
    struct progress bounded = {.budget_s = 7200, .rounds = 1000000};
    CU_ASSERT_STRING_EQUAL(shown(&bounded, 1, 0, 10),
                           "round 1 of at most 1000000, about 2 h left\n");
    CU_ASSERT_STRING_EQUAL(shown(&bounded, 2, 0, 4000),
                           "round 2 of at most 1000000, about 54 min left\n");
}

/* Rounds may end a run sooner than its budget does. */
static void test_what_ends_first(void)
{
    struct progress progress = {.budget_s = 1000, .rounds = 3, .asked = 0.03, .rows = 2};
    shown(&progress, 1, 0, 0);
    CU_ASSERT_STRING_EQUAL(shown(&progress, 2, 0, 10), "0 of 2 rows settled, at most 20 s left\n");
    CU_ASSERT_STRING_EQUAL(shown(&progress, 3, 0.5, 990),
                           "0 of 2 rows settled, at most 10 s left\n");
}

/* The rounds before an interruption took no time of this part. */
static void test_a_run_that_is_resumed(void)
{
    struct progress progress = {.budget_s = INFINITY, .rounds = 99};
    CU_ASSERT_STRING_EQUAL(shown(&progress, 0, 0.5, 100), "warm-up\n");
    CU_ASSERT_STRING_EQUAL(shown(&progress, 50, 0, 110), "round 50 of 99\n");
    CU_ASSERT_STRING_EQUAL(shown(&progress, 51, 0, 120), "round 51 of 99, about 9 min left\n");
}

static void test_a_bar_on_a_terminal(void)
{
    struct progress progress = {
        .terminal = true, .budget_s = 48, .rounds = 1000, .asked = 0.03, .rows = 16, .settled = 5};
    CU_ASSERT_STRING_EQUAL(
        shown(&progress, 2, 0, 12),
        "\r[######..................] 5 of 16 rows settled, at most 36 s left\033[K");
    CU_ASSERT_STRING_EQUAL(shown(&progress, 2, 0.1, 12.05), "");
    CU_ASSERT_STRING_EQUAL(
        shown(&progress, 9, 0, 50),
        "\r[########################] 5 of 16 rows settled, at most 1 s left\033[K");
}

static const CU_TestInfo tests[] = {
    {"a line tells how many rows are settled and how much time is left",
     test_rows_that_are_settled},
    {"without a precision a line tells the round", test_rounds_without_a_precision},
    {"the time that is left ends with the budget or the rounds", test_what_ends_first},
    {"the time of a run that is resumed is that of its new rounds", test_a_run_that_is_resumed},
    {"a terminal has a bar", test_a_bar_on_a_terminal},
    CU_TEST_INFO_NULL,
};

SUITE("progress", tests);
