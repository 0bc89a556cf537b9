/* The digest of the order in which tasks ended. */
#include "sweep/trace.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS = 23 };

static void the_same_order_gives_the_same_digest_whatever_the_times(void)
{
    int64_t slow[TASKS], fast[TASKS];
    for (int i = 0; i < TASKS; i++) {
        int place = i * 7 % TASKS;
        slow[i] = INT64_C(1000000) * place;
        fast[i] = 40 + place;
    }
    double digest = trace_digest_of(slow, TASKS);
    CU_ASSERT_EQUAL(trace_digest_of(fast, TASKS), digest);
    CU_ASSERT(digest >= 0 && digest < 0x1p52 && digest == floor(digest));
}

static void tasks_that_end_at_once_go_by_their_numbers(void)
{
    int64_t at_once[TASKS] = {0}, one_by_one[TASKS];
    for (int i = 0; i < TASKS; i++) {
        one_by_one[i] = i;
    }
    CU_ASSERT_EQUAL(trace_digest_of(at_once, TASKS), trace_digest_of(one_by_one, TASKS));
}

/* Every pair swapped, in turn, and a task less. */
static void another_order_gives_another_digest(void)
{
    int64_t ended_ns[TASKS];
    double seen[TASKS * TASKS] = {0};
    size_t count = 0, again = 0;
    for (int i = 0; i < TASKS; i++) {
        ended_ns[i] = 10 * i;
    }
    seen[count++] = trace_digest_of(ended_ns, TASKS);
    seen[count++] = trace_digest_of(ended_ns, TASKS - 1);
    for (int a = 0; a < TASKS; a++) {
        for (int b = a + 1; b < TASKS; b++) {
            ended_ns[a] = 10 * b;
            ended_ns[b] = 10 * a;
            seen[count] = trace_digest_of(ended_ns, TASKS);
            for (size_t i = 0; i < count; i++) {
                again += seen[i] == seen[count];
            }
            count++;
            ended_ns[a] = 10 * a;
            ended_ns[b] = 10 * b;
        }
    }
    CU_ASSERT_EQUAL(again, 0);
    CU_ASSERT_EQUAL(count, 2 + TASKS * (TASKS - 1) / 2);
}

/* Ranks send equal numbers of times; where a share is smaller, the last of them means nothing. */
static void shares_of_ranks_are_put_together(void)
{
    int wrong = 0;
    int64_t ended_ns[TASKS];
    for (int i = 0; i < TASKS; i++) {
        ended_ns[i] = i * 5 % TASKS;
    }
    for (int ranks = 1; ranks <= TASKS + 2; ranks++) {
        struct trace trace;
        CU_ASSERT_EQUAL_FATAL(trace_create(&trace, TASKS, ranks, true), 0);
        int each = (TASKS + ranks - 1) / ranks;
        for (int r = 0; r < ranks; r++) {
            int begin = TASKS * r / ranks, share = TASKS * (r + 1) / ranks - begin;
            for (int i = 0; i < each; i++) {
                trace.all[r * each + i] = i < share ? ended_ns[begin + i] : -1;
            }
        }
        wrong += trace_digest(&trace, ranks, TASKS) != trace_digest_of(ended_ns, TASKS);
        trace_free(&trace);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Three ranks with shares of 7, 8 and 8 tasks, the clock of the last one ahead. */
static void a_clock_that_is_ahead_changes_no_order(void)
{
    enum { RANKS = 3, EACH = 8 };
    int64_t all[TASKS + RANKS], in_order[TASKS], task = 0;
    struct trace trace = {NULL, all};
    for (int r = 0; r < RANKS; r++) {
        for (int i = 0; i < (r == 0 ? EACH - 1 : EACH); i++, task++) {
            in_order[task] = all[r * EACH + i] = task * 11 % TASKS;
            all[r * EACH + i] += r == RANKS - 1 ? 1000000 : 0;
        }
    }
    trace_set_back(&trace, RANKS, TASKS, RANKS - 1, 1000000);
    CU_ASSERT_EQUAL(trace_digest(&trace, RANKS, TASKS), trace_digest_of(in_order, TASKS));
}

static const CU_TestInfo tests[] = {
    {"a clock that is ahead changes no order", a_clock_that_is_ahead_changes_no_order},
    {"the same order gives the same digest",
     the_same_order_gives_the_same_digest_whatever_the_times},
    {"tasks that end at once go by their numbers", tasks_that_end_at_once_go_by_their_numbers},
    {"another order gives another digest", another_order_gives_another_digest},
    {"shares of ranks are put together", shares_of_ranks_are_put_together},
    CU_TEST_INFO_NULL,
};

SUITE("trace", tests);
