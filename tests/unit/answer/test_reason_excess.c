/* What CPU time beyond that of the work goes to: only what was counted, or what is known. */
#include "answer/reason_excess.h"
#include "unit/answer/study.h"
#include "unit/suite.h"

/* A workload whose serial takes 0.1 s of CPU time, a point with its CPU time in s and its switches,
 * and what the excess goes to. */
struct excess_case {
    enum kernel_guard guard;
    enum kernel_through through;
    bool lock, spins;
    struct point point;
    double cpu_s, voluntary, involuntary;
    enum reason_cause cause;
};

#define ABSENT KERNEL_GUARD_ABSENT, KERNEL_THROUGH_ABSENT

/* clang-format off */
static const struct excess_case excess_cases[] = {
    /* 0.1 s in excess; 20 µs for a switch explain half of it from 2500 switches on */
    {ABSENT, false, false, {1, 4, 1, 1}, 0.2, 0, 2500, REASON_CAUSE_SWITCHING},
    {ABSENT, false, false, {1, 4, 1, 1}, 0.2, 0, 2400, REASON_CAUSE_NOT_MEASURED},
    {ABSENT, false, false, {1, 4, 1, 1}, 0.2, 2400, 100, REASON_CAUSE_SWITCHING},
    {ABSENT, false, false, {1, 4, 1, 1}, 0.2, 2500, 10, REASON_CAUSE_NOT_MEASURED},
    {ABSENT, false, false, {1, 4, 1, 1}, 0.2, NAN, NAN, REASON_CAUSE_NOT_MEASURED},
    {ABSENT, false, false, {1, 2, 1, 2}, 0.2, 0, 2500, REASON_CAUSE_NONE},  /* all have a core */
    {ABSENT, false, false, {1, 4, 1, 1}, 0.11, 0, 2500, REASON_CAUSE_NONE}, /* is too little */
    {ABSENT, false, false, {1, 4, 1, 1}, NAN, 0, 2500, REASON_CAUSE_NONE},
    /* 18 switches are no 91 % of the CPU time of a list that is reached by calls of MPI */
    {KERNEL_GUARD_ATOMIC, KERNEL_THROUGH_RMA, false, false, {2, 1, 1, 1}, 1.1, 0, 18, REASON_CAUSE_RMA},
    {KERNEL_GUARD_LOCK, KERNEL_THROUGH_RMA, false, false, {2, 2, 1, 2}, 1.1, 0, 18, REASON_CAUSE_RMA},
    {KERNEL_GUARD_NONE, KERNEL_THROUGH_RMA, false, false, {2, 1, 1, 2}, 1.1, 0, 0, REASON_CAUSE_RMA},
    {KERNEL_GUARD_LOCK, KERNEL_THROUGH_RMA, false, false, {1, 2, 1, 2}, 1.1, 0, 0, REASON_CAUSE_LIST_LOCK},
    {KERNEL_GUARD_LOCK, KERNEL_THROUGH_MEMORY, false, false, {2, 1, 1, 2}, 1.1, 0, 0, REASON_CAUSE_LIST_LOCK},
    {KERNEL_GUARD_ATOMIC, KERNEL_THROUGH_MEMORY, false, false, {2, 1, 1, 2}, 1.1, 0, 0, REASON_CAUSE_LIST},
    {KERNEL_GUARD_NONE, KERNEL_THROUGH_MEMORY, false, false, {1, 2, 1, 2}, 1.1, 0, 0, REASON_CAUSE_LIST},
    {KERNEL_GUARD_LOCK, KERNEL_THROUGH_MEMORY, false, false, {1, 4, 1, 1}, 0.2, 2500, 2500, REASON_CAUSE_SWITCHING},
    /* alone, and with lists of their own, workers do not meet */
    {KERNEL_GUARD_ATOMIC, KERNEL_THROUGH_RMA, false, false, {1, 1, 16, 1}, 1.1, 0, 0, REASON_CAUSE_NONE},
    {KERNEL_GUARD_SHARDED, KERNEL_THROUGH_RMA, false, false, {2, 1, 1, 1}, 1.1, 0, 0, REASON_CAUSE_NOT_MEASURED},
    {ABSENT, true, false, {1, 2, 1, 2}, 0.2, 0, 0, REASON_CAUSE_LOCK},
    {ABSENT, true, false, {2, 1, 1, 2}, 0.2, 0, 0, REASON_CAUSE_NONE}, /* a lock in each process */
    {ABSENT, false, true, {1, 4, 1, 1}, 0.2, 0, 18, REASON_CAUSE_NONE}, /* it spins by design */
};
/* clang-format on */

static void test_excess_goes_to_what_was_counted_or_is_known(void)
{
    for (size_t i = 0; i < sizeof excess_cases / sizeof excess_cases[0]; i++) {
        const struct excess_case *wanted = &excess_cases[i];
        const struct question_workload workload = {
            .kernel.guard = wanted->guard,
            .kernel.through = wanted->through,
            .engine.spins = wanted->spins,
            .lock = wanted->lock,
        };
        const struct reason_facts facts = {
            .workload = &workload,
            .point = wanted->point,
            .tasks = 100,
            .worth.times = wanted->point.cores,
            .serial = {.time_s = 1e-3, .cpu_s = 1e-3},
        };
        const struct reason_cell cell = {
            .cpu_s = wanted->cpu_s / facts.tasks,
            .switches_voluntary = wanted->voluntary,
            .switches_involuntary = wanted->involuntary,
        };
        struct reason_excess excess = reason_excess(&facts, wanted->point, &cell);
        CU_ASSERT_EQUAL(excess.cause, wanted->cause);
        double share = wanted->cause == REASON_CAUSE_NONE ? 0 : 1 - 0.1 / wanted->cpu_s;
        CU_ASSERT_DOUBLE_EQUAL(excess.share, share, 1e-9);
    }
}

static void test_switches_of_serial_do_not_count(void)
{
    const struct question_workload workload = {.tasks = 1};
    struct reason_facts facts = {
        .workload = &workload,
        .point = {1, 4, 1, 1},
        .tasks = 1,
        .worth.times = 1,
        .serial = {.cpu_s = 0.1, .switches_voluntary = 0, .switches_involuntary = 0},
    };
    const struct reason_cell cell = {
        .cpu_s = 0.2, .switches_voluntary = 0, .switches_involuntary = 2600};
    CU_ASSERT_EQUAL(reason_excess(&facts, facts.point, &cell).cause, REASON_CAUSE_SWITCHING);
    facts.serial.switches_involuntary = 200;
    CU_ASSERT_EQUAL(reason_excess(&facts, facts.point, &cell).cause, REASON_CAUSE_NOT_MEASURED);
    facts.serial.switches_involuntary = 0;
    facts.serial.switches_voluntary = 200;
    CU_ASSERT_EQUAL(reason_excess(&facts, facts.point, &cell).cause, REASON_CAUSE_NOT_MEASURED);
}

/* Cores that share their units take more CPU time for the same work. */
static void test_cores_that_share_are_no_excess(void)
{
    const struct question_workload workload = {.tasks = 1};
    struct reason_facts facts = {
        .workload = &workload,
        .point = {1, 4, 1, 2},
        .tasks = 1,
        .worth.times = 1,
        .serial = {.cpu_s = 0.1},
    };
    const struct reason_cell cell = {.cpu_s = 0.2, .switches_involuntary = 5000};
    CU_ASSERT_EQUAL(reason_excess(&facts, facts.point, &cell).cause, REASON_CAUSE_NONE);
    facts.worth.times = 2;
    CU_ASSERT_EQUAL(reason_excess(&facts, facts.point, &cell).cause, REASON_CAUSE_SWITCHING);
}

static void test_every_cause_has_words(void)
{
    CU_ASSERT_PTR_NULL(reason_cause_words(REASON_CAUSE_NONE));
    for (int cause = REASON_CAUSE_NONE + 1; cause < REASON_CAUSE_COUNT; cause++) {
        CU_ASSERT_PTR_NOT_NULL(reason_cause_words((enum reason_cause)cause));
    }
}

static const CU_TestInfo tests[] = {
    {"it goes to what was counted, or to what is known",
     test_excess_goes_to_what_was_counted_or_is_known},
    {"switches that serial has, too, do not count", test_switches_of_serial_do_not_count},
    {"CPU time of cores that share their units is no excess", test_cores_that_share_are_no_excess},
    {"every cause has words", test_every_cause_has_words},
    CU_TEST_INFO_NULL,
};

SUITE("reason_excess", tests);
