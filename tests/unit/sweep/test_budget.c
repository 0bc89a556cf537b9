/* Budgets: the least time of a cell is a bound, and a budget without room for one round is refused.
 */
#include "sweep/budget.h"

#include "unit/job/planned.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct plan_limits limits = {.cores = 4, .ranks = 4};

static void open_plan(struct planned *planned, const char *text)
{
    planned_open(planned, text, (struct job_extent){.cores = 4}, limits);
}

/* A point, what is known of a task, and how long ten of them take at least. */
static const struct {
    struct point point;
    bool lock;
    struct budget_task task;
    double cell_s;
} cells[] = {
    {{1, 1, 1, 1}, false, {3, 0, NAN}, 30},
    {{1, 2, 1, 2}, false, {3, 0, NAN}, 15},
    {{1, 2, 1, 2}, false, {3, 0, 1.25}, 24}, /* two hardware threads of one core */
    {{1, 2, 1, 1}, false, {3, 0, NAN}, 30},
    {{1, 4, 1, 4}, false, {3, 0, NAN}, 9}, /* three for one of them */
    {{1, 4, 1, 4}, true, {3, 0, NAN}, 30},
    {{2, 2, 1, 4}, true, {3, 0, NAN}, 15},
    {{1, 1, 1, 1}, false, {0, 5, NAN}, 50},
    {{1, 1, 4, 1}, false, {0, 5, NAN}, 15}, /* three waves */
    {{2, 1, 10, 1}, false, {0, 5, NAN}, 5},
    {{1, 1, 10, 1}, false, {1, 5, NAN}, 10},
    {{1, 1, 1, 1}, false, {NAN, NAN, NAN}, 0},
};

static void the_least_time_of_a_cell_is_a_bound(void)
{
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct workload workload = {.spec.lock = cells[i].lock};
        const struct cell cell = {.workload = &workload, .point = cells[i].point, .tasks = 10};
        CU_ASSERT_DOUBLE_EQUAL(budget_cell_s(&cell, &cells[i].task), cells[i].cell_s, 1e-9);
    }
}

static const struct {
    const char *job;
    int status;
    const char *says[3];
} jobs[] = {
    {"budget: 1 s\nworkloads: {w: {wait: timer, latency: 1 h, tasks: 1000000000}}\n",
     STATUS_USAGE,
     {"job.yaml: budget: 1.00 s is too short", "years each", "no budget is that long"}},
    {"budget: 1 min\nthreads: [1, 2]\ncores: [1, 2]\n"
     "workloads: {w: {compute: flops, task: 1 h, tasks: 1}}\n",
     STATUS_USAGE,
     {"budget: 1.00 min is too short",
      "a round at least 3.00 h each (1.00 h of it for w at 1×1×1@1)",
      "choose --budget 6.1h or longer"}},
    {"budget: 5 s\nworkloads: {w: {wait: timer, latency: 1 s, tasks: 2}, v: {wait: timer, latency: "
     "1 "
     "s, tasks: 1}}\n",
     STATUS_USAGE,
     {"budget: 5.00 s is too short", "at least 3.00 s each (2.00 s of it for w at 1×1×1@1)",
      "choose --budget 6.1s or longer"}},
    {"budget: 10 s\nworkloads: {w: {wait: timer, latency: 1 s, tasks: 3}}\n", 0, {NULL}},
    {"budget: 1 s\nworkloads: {w: {wait: message, tasks: 3}}\n", 0, {NULL}},
    {"workloads: {w: {wait: timer, latency: 1 h, tasks: 1000000000}}\n", 0, {NULL}},
};

static void a_budget_without_room_for_a_round_is_refused(void)
{
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        struct planned planned;
        struct error error = {0};
        open_plan(&planned, jobs[i].job);
        struct budget_need need = budget_need(&planned.plan);
        CU_ASSERT_EQUAL(budget_check(&planned.job, &need, &error), jobs[i].status);
        for (size_t s = 0; s < 3 && jobs[i].says[s]; s++) {
            if (!strstr(error.text, jobs[i].says[s])) {
                CU_FAIL("what it says");
                printf("     \"%s\" lacks \"%s\"\n", error.text, jobs[i].says[s]);
            }
        }
        planned_close(&planned);
    }
}

/* What is advised is enough. */
static void the_budget_that_is_named_would_do(void)
{
    struct planned planned;
    struct error error = {0};
    open_plan(&planned, "budget: 1 s\nworkloads: {w: {compute: primes, task: 17 ms, tasks: 999},\n"
                        "  v: {compute: flops, task: 1 ms, tasks: 64}}\n");
    struct budget_need need = budget_need(&planned.plan);
    CU_ASSERT_EQUAL(budget_check(&planned.job, &need, &error), STATUS_USAGE);
    const char *named = strstr(error.text, "--budget ");
    CU_ASSERT_PTR_NOT_NULL_FATAL(named);
    planned.job.budget_s = atof(named + strlen("--budget "));
    CU_ASSERT(planned.job.budget_s >= budget_least_s(&need));
    CU_ASSERT(planned.job.budget_s < 1.1 * budget_least_s(&need) + 0.1);
    error = (struct error){0};
    CU_ASSERT_EQUAL(budget_check(&planned.job, &need, &error), 0);
    planned_close(&planned);
}

static void calibrations_are_counted_once(void)
{
    struct planned one, two, both;
    planned_open(&one, "workloads: {w: {compute: primes, task: 1 ms, tasks: 1}}\n",
                 (struct job_extent){.cores = 4}, limits);
    planned_open(&two, "workloads: {w: {compute: primes, task: [1 ms, 2 ms], tasks: 1}}\n",
                 (struct job_extent){.cores = 4}, limits);
    open_plan(&both, "cores: [1, 2]\nthreads: [1, 2]\n"
                     "workloads: {w: {compute: primes, task: 1 ms, tasks: 1}}\n");
    double alone_s = budget_need(&one.plan).before_s;
    CU_ASSERT(alone_s > 0.06);
    CU_ASSERT_EQUAL(budget_need(&two.plan).before_s, alone_s);
    CU_ASSERT(budget_need(&both.plan).before_s > alone_s + 0.1);
    planned_close(&one);
    planned_close(&two);
    planned_close(&both);
}

static void times_are_rounded_up(void)
{
    static const struct {
        double s;
        const char *text;
    } times[] = {{0.01, "0.1s"}, {1, "1.0s"},     {9.41, "9.5s"},   {12, "12s"},   {12.1, "13s"},
                 {119, "120s"},  {121, "2.1min"}, {7000, "120min"}, {7201, "2.1h"}};
    char text[BUDGET_TEXT_BYTES];
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        CU_ASSERT_STRING_EQUAL(budget_text(times[i].s, text), times[i].text);
    }
}

static const CU_TestInfo tests[] = {
    {"the least time of a cell is a bound", the_least_time_of_a_cell_is_a_bound},
    {"a budget without room for a round is refused", a_budget_without_room_for_a_round_is_refused},
    {"the budget that is named would do", the_budget_that_is_named_would_do},
    {"calibrations are counted once", calibrations_are_counted_once},
    {"times are rounded up", times_are_rounded_up},
    CU_TEST_INFO_NULL,
};

SUITE("budget", tests);
