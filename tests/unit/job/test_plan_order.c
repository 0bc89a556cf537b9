/* In which order the cells of a plan are visited. */
#include "system/clock.h"
#include "unit/job/plan_example.h"
#include "unit/suite.h"

/* A plan whose `cells` cells are all feasible: workloads × depths on one core. */
static struct example *make_flat(size_t workloads, size_t depths)
{
    struct example *example = make_example(1);
    struct job *job = &example->job;
    int one = 1, depth[JOB_AXIS_MAX];
    for (size_t i = 0; i < depths; i++) {
        depth[i] = (int)i + 1;
    }
    set_axis(&job->axes[JOB_AXIS_CORES], 1, &one);
    set_axis(&job->axes[JOB_AXIS_RANKS], 1, &one);
    set_axis(&job->axes[JOB_AXIS_THREADS], 1, &one);
    set_axis(&job->axes[JOB_AXIS_DEPTH], depths, depth);
    job->workloads = calloc(workloads, sizeof *job->workloads);
    CU_ASSERT_PTR_NOT_NULL_FATAL(job->workloads);
    job->workload_count = workloads;
    for (size_t w = 0; w < workloads; w++) {
        job->workloads[w] = example->workload[0];
        memcpy(job->workloads[w].axes, job->axes, sizeof job->axes);
    }
    return example;
}

static void free_flat(struct plan *plan, struct example *example)
{
    free(example->job.workloads);
    free_both(plan, example);
}

static bool is_permutation(const uint32_t *order, size_t count)
{
    bool good = true;
    unsigned char *seen = calloc(count + 1, 1);
    for (size_t i = 0; i < count; i++) {
        good = good && order[i] < count && !seen[order[i]]++;
    }
    free(seen);
    return good;
}

static void the_order_is_a_permutation_of_seed_and_round(void)
{
    enum { CELLS = 24 * 5 };
    struct example *example = make_flat(24, 5);
    struct plan plan;
    uint32_t order[CELLS], again[CELLS], last[CELLS] = {0};
    make_plan(&plan, example);
    CU_ASSERT_EQUAL_FATAL(plan.feasible, CELLS);
    for (uint64_t round = 0; round < 100; round++) {
        memset(order, 0xff, sizeof order);
        plan_order(&plan, round, order);
        CU_ASSERT_TRUE(is_permutation(order, CELLS));
        CU_ASSERT_NOT_EQUAL(memcmp(order, last, sizeof order), 0); /* another round */
        memcpy(last, order, sizeof order);
        plan_order(&plan, round, again);
        CU_ASSERT_EQUAL(memcmp(order, again, sizeof order), 0);
        example->job.seed++;
        plan_order(&plan, round, again);
        CU_ASSERT_NOT_EQUAL(memcmp(order, again, sizeof order), 0); /* another seed */
        example->job.seed--;
    }
    free_flat(&plan, example);
}

/* Over 2000 rounds each cell takes each of the 20 places 100 times. Beside its own workload's
 * others each cell stands 400 times, half of them before and half behind; standard deviations are
 * below 10 for places and 20 for neighbours, whose orders come in pairs, and five of them leave one
 * case in two million. */
static void orders_are_uniform(void)
{
    enum { EACH = 5, CELLS = 4 * EACH, ROUNDS = 2000 };
    static int place_count[CELLS][CELLS], follow_count[CELLS][CELLS];
    struct example *example = make_flat(4, EACH);
    struct plan plan;
    uint32_t order[CELLS];
    make_plan(&plan, example);
    CU_ASSERT_EQUAL_FATAL(plan.feasible, CELLS);
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        plan_order(&plan, round, order);
        for (int place = 0; place < CELLS; place++) {
            place_count[order[place]][place]++;
            follow_count[order[place]][place ? order[place - 1] : order[place]] += place > 0;
        }
    }
    int uneven = 0;
    for (int cell = 0; cell < CELLS; cell++) {
        for (int other = 0; other < CELLS; other++) {
            bool same = cell != other && cell / EACH == other / EACH;
            uneven += abs(place_count[cell][other] - 100) > 70;
            uneven += same && abs(follow_count[cell][other] - 400) > 100;
        }
    }
    CU_ASSERT_EQUAL(uneven, 0);
    free_flat(&plan, example);
}

/* The cells of a workload follow each other; the second of two rounds has them backwards. */
static void workloads_are_blocks_that_come_back_mirrored(void)
{
    enum { EACH = 5, WORKLOADS = 4, CELLS = WORKLOADS * EACH };
    struct example *example = make_flat(WORKLOADS, EACH);
    struct plan plan;
    uint32_t order[2][CELLS], first[2][WORKLOADS] = {0};
    int moved = 0;
    make_plan(&plan, example);
    for (uint64_t pair = 1; pair <= 20; pair++) {
        for (uint64_t turn = 0; turn < 2; turn++) {
            plan_order(&plan, 2 * pair - 1 + turn, order[turn]);
            for (uint32_t place = 0; place < CELLS; place++) {
                uint32_t start = place - place % EACH;
                CU_ASSERT_EQUAL(order[turn][place] / EACH, order[turn][start] / EACH);
                first[turn][order[turn][start] / EACH] = start;
            }
        }
        for (size_t w = 0; w < WORKLOADS; w++) {
            for (size_t i = 0; i < EACH; i++) {
                CU_ASSERT_EQUAL(order[0][first[0][w] + i], order[1][first[1][w] + EACH - 1 - i]);
            }
            moved += first[0][w] != first[1][w];
        }
    }
    CU_ASSERT(moved > 20);
    free_flat(&plan, example);
}

static void ten_thousand_cells_are_planned_in_2_s(void)
{
    enum { WORKLOADS = 400, DEPTHS = 25, ROUNDS = 50 };
    struct example *example = make_flat(WORKLOADS, DEPTHS);
    struct plan plan;
    int64_t start_ns = clock_now_ns();
    make_plan(&plan, example);
    CU_ASSERT_EQUAL_FATAL(plan.feasible, WORKLOADS * DEPTHS);
    uint32_t *order = malloc(plan.feasible * sizeof *order);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        plan_order(&plan, round, order);
    }
    CU_ASSERT(clock_now_ns() - start_ns < INT64_C(2000000000));
    CU_ASSERT_TRUE(is_permutation(order, plan.feasible));
    free(order);
    free_flat(&plan, example);
}

static const CU_TestInfo tests[] = {
    {"the order is a permutation of seed and round", the_order_is_a_permutation_of_seed_and_round},
    {"orders are uniform over 2000 rounds", orders_are_uniform},
    {"workloads are blocks, and come back mirrored", workloads_are_blocks_that_come_back_mirrored},
    {"10 000 cells and 50 rounds are planned in 2 s", ten_thousand_cells_are_planned_in_2_s},
    CU_TEST_INFO_NULL,
};

SUITE("plan order", tests);
