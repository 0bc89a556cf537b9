/* Plans: which cells can be carried out, why not, and where a cell lies. */
#include "engines/engines.h"
#include "job/plan.h"
#include "kernels/kernels.h"
#include "unit/job/plan_example.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_IN_FLIGHT 32

static uint64_t few_in_flight(const struct task_spec *spec, char *why, size_t why_bytes)
{
    (void)spec;
    snprintf(why, why_bytes, "a desk has no more places");
    return MOST_IN_FLIGHT;
}

static int never_available(char *why, size_t why_bytes)
{
    snprintf(why, why_bytes, "the key is lost");
    return -ENODEV;
}

static const struct engine engine_of_few = {.name = "few", .most_in_flight = few_in_flight};
static const struct engine engine_away = {.name = "away", .available = never_available};

/* The rules of the design, once more. */
static bool can_be(struct point p, uint64_t most_in_flight)
{
    return p.cores <= p.ranks * p.threads && p.cores <= limits.cores && p.ranks <= limits.ranks &&
           (uint64_t)p.threads * (uint64_t)p.depth <= most_in_flight;
}

static void cells_lie_in_cube_order(void)
{
    struct example *example = make_example(3);
    const struct job_axis_values *axes = example->job.axes;
    struct plan plan;
    make_plan(&plan, example);
    size_t cell = 0, wrong = 0;
    for (size_t w = 0; w < 3; w++) {
        for (size_t c = 0; c < axes[JOB_AXIS_CORES].count; c++) {
            for (size_t r = 0; r < axes[JOB_AXIS_RANKS].count; r++) {
                for (size_t t = 0; t < axes[JOB_AXIS_THREADS].count; t++) {
                    for (size_t d = 0; d < axes[JOB_AXIS_DEPTH].count; d++, cell++) {
                        struct cell found = plan_cell(&plan, cell);
                        const struct point point = {
                            axes[JOB_AXIS_RANKS].value[r], axes[JOB_AXIS_THREADS].value[t],
                            axes[JOB_AXIS_DEPTH].value[d], axes[JOB_AXIS_CORES].value[c]};
                        wrong += found.number != cell || found.workload_index != w ||
                                 found.workload != &example->workload[w] ||
                                 memcmp(&found.point, &point, sizeof point) != 0;
                    }
                }
            }
        }
    }
    CU_ASSERT_EQUAL(plan.cells, cell);
    CU_ASSERT_EQUAL(wrong, 0);
    free_both(&plan, example);
}

static void feasible_is_what_the_design_says(void)
{
    struct example *example = make_example(3);
    struct plan plan;
    example->workload[1].engine = &engine_of_few;
    example->workload[2].engine = &engine_away;
    static const uint64_t most[] = {UINT64_MAX, MOST_IN_FLIGHT, 0};
    make_plan(&plan, example);
    size_t wrong = 0, feasible = 0;
    for (size_t cell = 0; cell < plan.cells; cell++) {
        struct cell found = plan_cell(&plan, cell);
        bool can = can_be(found.point, most[found.workload_index]);
        wrong += plan.status[cell] != (can ? CELL_EMPTY : CELL_INFEASIBLE);
        wrong += can && (feasible >= plan.feasible || plan.feasible_cell[feasible].number != cell);
        feasible += can;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(plan.feasible, feasible);
    CU_ASSERT(feasible > 0 && feasible < plan.cells);
    free_both(&plan, example);
}

/* The one cell of a workload at a point. */
static size_t cell_at(const struct plan *plan, size_t workload, struct point point)
{
    for (size_t cell = 0; cell < plan->cells; cell++) {
        struct cell found = plan_cell(plan, cell);
        struct point p = found.point;
        if (found.workload_index == workload && p.cores == point.cores && p.ranks == point.ranks &&
            p.threads == point.threads && p.depth == point.depth) {
            return cell;
        }
    }
    CU_FAIL_FATAL("no such cell");
    return 0;
}

static void check_reason(const struct plan *plan, size_t workload, struct point point,
                         const char *first, const char *second)
{
    char text[256];
    CU_ASSERT_PTR_EQUAL(plan_reason(plan, cell_at(plan, workload, point), text, sizeof text), text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, first));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, second));
    CU_ASSERT_PTR_NULL(strchr(text, '\n'));
}

static void what_cannot_be_says_why_in_numbers(void)
{
    struct example *example = make_example(3);
    struct plan plan;
    example->workload[1].engine = &engine_of_few;
    example->workload[2].engine = &engine_away;
    make_plan(&plan, example);
    check_reason(&plan, 0, (struct point){5, 7, 1, 8}, "8 cores", "4 may be used");
    check_reason(&plan, 0, (struct point){1, 2, 1, 4}, "4 cores", "R·T is 2");
    check_reason(&plan, 0, (struct point){5, 1, 1, 1}, "5 ranks", "3 are launched");
    check_reason(&plan, 1, (struct point){1, 2, 32, 1}, "64 operations in flight",
                 "no more places");
    check_reason(&plan, 1, (struct point){1, 2, 32, 1}, "at most 32", "no more places");
    check_reason(&plan, 2, (struct point){1, 1, 1, 1}, "away", "the key is lost");
    free_both(&plan, example);
}

static void a_cell_that_no_one_asked_for_is_empty(void)
{
    static const int other_value[JOB_AXES] = {2, 3, 7, 16};
    struct example *example = make_example(JOB_AXES);
    struct plan plan;
    for (int axis = 0; axis < JOB_AXES; axis++) { /* each workload lacks something else */
        int one = 1;
        set_axis(&example->workload[axis].axes[axis], 1, &one);
    }
    make_plan(&plan, example);
    size_t wrong = 0, empty = 0, feasible = 0;
    for (size_t cell = 0; cell < plan.cells; cell++) {
        struct point p = plan_cell(&plan, cell).point;
        int value[JOB_AXES] = {p.cores, p.ranks, p.threads, p.depth};
        size_t w = plan_cell(&plan, cell).workload_index;
        bool asked = value[w] == 1, can = asked && can_be(p, UINT64_MAX);
        empty += value[w] == other_value[w] && plan.status[cell] == CELL_EMPTY;
        wrong += plan.status[cell] != (asked && !can ? CELL_INFEASIBLE : CELL_EMPTY);
        feasible += can;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(empty > 0);
    CU_ASSERT_EQUAL(plan.feasible, feasible);
    free_both(&plan, example);
}

static void without_oversubscription_no_core_has_two_workers(void)
{
    struct example *example = make_example(1);
    struct plan plan;
    example->job.oversubscribe = false;
    make_plan(&plan, example);
    size_t wrong = 0, feasible = 0;
    for (size_t cell = 0; cell < plan.cells; cell++) {
        struct point p = plan_cell(&plan, cell).point;
        bool asked = point_workers(p) <= p.cores, can = asked && can_be(p, UINT64_MAX);
        wrong += plan.status[cell] != (asked && !can ? CELL_INFEASIBLE : CELL_EMPTY);
        feasible += can;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(feasible > 0);
    CU_ASSERT_EQUAL(plan.feasible, feasible);
    free_both(&plan, example);
}

static void weak_scaling_is_tasks_times_cores(void)
{
    struct example *example = make_example(2);
    struct plan plan;
    example->workload[1].weak = true;
    make_plan(&plan, example);
    size_t wrong = 0;
    for (size_t cell = 0; cell < plan.cells; cell++) {
        struct cell found = plan_cell(&plan, cell);
        uint64_t wanted = found.workload_index == 0 ? 100 : 101 * (uint64_t)found.point.cores;
        wrong += found.tasks != wanted;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free_both(&plan, example);
}

static void the_most_ranks_of_a_job_are_wanted(void)
{
    struct example *example = make_example(1);
    CU_ASSERT_EQUAL(plan_ranks_wanted(&example->job), 5);
    example->job.axes[JOB_AXIS_RANKS].count = 1;
    CU_ASSERT_EQUAL(plan_ranks_wanted(&example->job), 1);
    free(example);
}

/* Two nodes of two cores, three ranks on the first and one on the second. */
static const struct placement_node two_nodes[] = {{2, 3}, {2, 1}};
static const char *const two_hosts[] = {"north", "south"};

static void expect_reason_on_two(enum placement placement, const struct kernel *kernel,
                                 struct point p, const char *reason)
{
    struct example *example = make_example(1);
    const int value[JOB_AXES] = {p.cores, p.ranks, p.threads, p.depth};
    const struct plan_limits on_two = {
        .cores = 4, .ranks = 4, .nodes = 2, .node = two_nodes, .host = two_hosts};
    struct plan plan;
    struct error error = {0};
    char why[512];
    for (int axis = 0; axis < JOB_AXES; axis++) {
        set_axis(&example->job.axes[axis], 1, &value[axis]);
        set_axis(&example->workload[0].axes[axis], 1, &value[axis]);
    }
    example->job.placement = placement;
    example->workload[0].kernel = kernel;
    CU_ASSERT_EQUAL_FATAL(plan_create(&plan, &example->job, &on_two, &error), 0);
    CU_ASSERT_EQUAL(plan.feasible, reason ? 0 : 1);
    CU_ASSERT_STRING_EQUAL(plan_reason(&plan, 0, why, sizeof why),
                           reason ? reason : "nothing prevents it");
    free_both(&plan, example);
}

static void what_several_nodes_do_not_allow_is_said(void)
{
    const struct kernel *none = kernels_find("none"), *append = kernels_find("append");
    const enum placement pack = PLACEMENT_PACK, spread = PLACEMENT_SPREAD;
    expect_reason_on_two(pack, none, (struct point){1, 2, 1, 2}, NULL);
    expect_reason_on_two(pack, none, (struct point){3, 1, 1, 3}, NULL);
    expect_reason_on_two(pack, none, (struct point){2, 2, 1, 4}, NULL);
    expect_reason_on_two(pack, none, (struct point){1, 4, 1, 4},
                         "the 4 threads of a rank would lie on two nodes, up to south");
    expect_reason_on_two(pack, none, (struct point){4, 1, 1, 4},
                         "needs 2 ranks on south, 1 is launched there");
    expect_reason_on_two(pack, none, (struct point){4, 1, 1, 2},
                         "needs 4 ranks on north, 3 are launched there");
    expect_reason_on_two(spread, none, (struct point){1, 2, 1, 2},
                         "the 2 threads of a rank would lie on two nodes, up to south");
    expect_reason_on_two(spread, none, (struct point){2, 1, 1, 2}, NULL);
    expect_reason_on_two(pack, append, (struct point){2, 1, 1, 2}, NULL);
    expect_reason_on_two(spread, append, (struct point){2, 1, 1, 2},
                         "processes share memory in append, which needs one node, and they would "
                         "lie on 2");
}

static void what_another_rank_refuses_is_refused(void)
{
    struct example *example = make_example(1);
    struct plan plan, other;
    char why[512];
    make_plan(&plan, example);
    make_plan(&other, example);
    uint64_t *refused = calloc(plan_refused_words(&plan), sizeof *refused);
    size_t gone = other.feasible_cell[other.feasible / 2].number;
    other.status[gone] = CELL_INFEASIBLE;
    size_t feasible = plan.feasible;
    plan_tell_refused(&plan, refused);
    plan_take_refused(&plan, refused);
    CU_ASSERT_EQUAL(plan.feasible, feasible);
    plan_tell_refused(&other, refused);
    plan_take_refused(&plan, refused);
    CU_ASSERT_EQUAL(plan.feasible, feasible - 1);
    CU_ASSERT_EQUAL(plan.status[gone], CELL_INFEASIBLE);
    for (size_t i = 0; i < plan.feasible; i++) {
        CU_ASSERT(plan.feasible_cell[i].number != gone);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(plan_reason(&plan, gone, why, sizeof why), "another node"));
    free(refused);
    plan_free(&other);
    free_both(&plan, example);
}

static void a_workload_that_failed_is_given_up(void)
{
    struct example *example = make_example(2);
    struct plan plan;
    make_plan(&plan, example);
    size_t of_first = 0, wrong = 0;
    for (size_t i = 0; i < plan.feasible; i++) {
        of_first += plan.feasible_cell[i].workload_index == 0;
    }
    CU_ASSERT_EQUAL(plan_give_up(&plan, 1), of_first);
    for (size_t i = 0; i < plan.feasible; i++) {
        const struct cell *cell = &plan.feasible_cell[i];
        wrong += (plan.status[cell->number] == CELL_FAILED) != (cell->workload_index == 1);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(plan_give_up(&plan, 0), 0);
    free_both(&plan, example);
}

static void a_cube_that_is_too_large_is_refused(void)
{
    struct example *example = make_example(4);
    struct plan plan;
    struct error error = {0};
    for (int axis = 0; axis < JOB_AXES; axis++) {
        example->job.axes[axis].count = JOB_AXIS_MAX; /* 4 × 64⁴ cells */
        for (int i = 0; i < JOB_AXIS_MAX; i++) {
            example->job.axes[axis].value[i] = i + 1;
        }
    }
    CU_ASSERT_EQUAL(plan_create(&plan, &example->job, &limits, &error), STATUS_USAGE);
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "job.yaml"));
    free_both(&plan, example);
}

static const CU_TestInfo tests[] = {
    {"what several nodes do not allow is said", what_several_nodes_do_not_allow_is_said},
    {"what another rank refuses is refused", what_another_rank_refuses_is_refused},
    {"a workload that failed is given up", a_workload_that_failed_is_given_up},
    {"cells lie in cube order", cells_lie_in_cube_order},
    {"feasible is what the design says", feasible_is_what_the_design_says},
    {"what cannot be says why, in numbers", what_cannot_be_says_why_in_numbers},
    {"a cell that no one asked for is empty", a_cell_that_no_one_asked_for_is_empty},
    {"without oversubscription no core has two workers",
     without_oversubscription_no_core_has_two_workers},
    {"weak scaling is tasks × C", weak_scaling_is_tasks_times_cores},
    {"the most ranks of a job are wanted", the_most_ranks_of_a_job_are_wanted},
    {"a cube that is too large is refused", a_cube_that_is_too_large_is_refused},
    CU_TEST_INFO_NULL,
};

SUITE("plan", tests);
