/* Placement: how the cores of a cell are dealt out to nodes, and its ranks with them. */
#include "model/placement.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>

enum { NODES = 4 };

static struct point point(int ranks, int threads, int cores)
{
    return (struct point){.ranks = ranks, .threads = threads, .depth = 1, .cores = cores};
}

static const struct placement_node equal[] = {{4, 4}, {4, 4}, {4, 4}, {4, 4}};
static const struct placement_node unequal[] = {{2, 8}, {8, 8}, {1, 8}, {4, 8}};

static void expect_cores(enum placement placement, const struct placement_node *node, int cores,
                         const int wanted[NODES])
{
    struct placement_part part[NODES];
    struct placement_found found =
        placement_find(placement, node, NODES, point(cores, 1, cores), part);
    CU_ASSERT_EQUAL(found.problem, PLACEMENT_FITS);
    for (int m = 0; m < NODES; m++) {
        CU_ASSERT_EQUAL(part[m].cores, wanted[m]);
        CU_ASSERT_EQUAL(part[m].ranks, wanted[m]); /* a rank for each core */
    }
}

static void pack_fills_node_after_node(void)
{
    expect_cores(PLACEMENT_PACK, equal, 1, (int[NODES]){1, 0, 0, 0});
    expect_cores(PLACEMENT_PACK, equal, 4, (int[NODES]){4, 0, 0, 0});
    expect_cores(PLACEMENT_PACK, equal, 5, (int[NODES]){4, 1, 0, 0});
    expect_cores(PLACEMENT_PACK, equal, 16, (int[NODES]){4, 4, 4, 4});
    expect_cores(PLACEMENT_PACK, unequal, 3, (int[NODES]){2, 1, 0, 0});
    expect_cores(PLACEMENT_PACK, unequal, 11, (int[NODES]){2, 8, 1, 0});
}

static void spread_deals_out_evenly_as_far_as_there_are_cores(void)
{
    expect_cores(PLACEMENT_SPREAD, equal, 1, (int[NODES]){1, 0, 0, 0});
    expect_cores(PLACEMENT_SPREAD, equal, 3, (int[NODES]){1, 1, 1, 0});
    expect_cores(PLACEMENT_SPREAD, equal, 4, (int[NODES]){1, 1, 1, 1});
    expect_cores(PLACEMENT_SPREAD, equal, 6, (int[NODES]){2, 2, 1, 1});
    expect_cores(PLACEMENT_SPREAD, equal, 16, (int[NODES]){4, 4, 4, 4});
    expect_cores(PLACEMENT_SPREAD, unequal, 6, (int[NODES]){2, 2, 1, 1});
    expect_cores(PLACEMENT_SPREAD, unequal, 8, (int[NODES]){2, 3, 1, 2});
    expect_cores(PLACEMENT_SPREAD, unequal, 13, (int[NODES]){2, 6, 1, 4});
    expect_cores(PLACEMENT_SPREAD, unequal, 15, (int[NODES]){2, 8, 1, 4});
}

static void more_cores_than_there_are_do_not_fit(void)
{
    struct placement_part part[NODES];
    for (enum placement p = PLACEMENT_PACK; p <= PLACEMENT_SPREAD; p++) {
        CU_ASSERT_EQUAL(placement_find(p, equal, NODES, point(17, 1, 17), part).problem,
                        PLACEMENT_FEW_CORES);
        CU_ASSERT_EQUAL(placement_find(p, unequal, NODES, point(16, 1, 16), part).problem,
                        PLACEMENT_FEW_CORES);
    }
}

static void threads_of_a_rank_are_on_one_node(void)
{
    struct placement_part part[NODES];
    struct placement_found found =
        placement_find(PLACEMENT_PACK, equal, NODES, point(2, 3, 6), part);
    CU_ASSERT_EQUAL(found.problem, PLACEMENT_STRADDLES);
    CU_ASSERT_EQUAL(found.node, 1);
    found = placement_find(PLACEMENT_SPREAD, equal, NODES, point(2, 4, 8), part);
    CU_ASSERT_EQUAL(found.problem, PLACEMENT_STRADDLES);
    found = placement_find(PLACEMENT_PACK, equal, NODES, point(2, 4, 8), part);
    CU_ASSERT_EQUAL(found.problem, PLACEMENT_FITS);
    CU_ASSERT_EQUAL(found.nodes, 2);
}

static void a_node_needs_its_ranks(void)
{
    const struct placement_node node[] = {{4, 4}, {4, 1}};
    struct placement_part part[2];
    struct placement_found found = placement_find(PLACEMENT_PACK, node, 2, point(6, 1, 6), part);
    CU_ASSERT_EQUAL(found.problem, PLACEMENT_FEW_RANKS);
    CU_ASSERT_EQUAL(found.node, 1);
    CU_ASSERT_EQUAL(part[1].ranks, 2); /* so many it would need */
    CU_ASSERT_EQUAL(placement_find(PLACEMENT_PACK, node, 2, point(5, 1, 5), part).nodes, 2);
    CU_ASSERT_EQUAL(placement_find(PLACEMENT_PACK, node, 2, point(5, 1, 4), part).problem,
                    PLACEMENT_FEW_RANKS);
}

/* Every point that fits: each worker's core is one of its rank's node, each rank is on one
 * node, and nothing is left out. */
static void check_all(enum placement placement, const struct placement_node *node)
{
    int wrong = 0, fits = 0;
    for (int ranks = 1; ranks <= 16; ranks++) {
        for (int threads = 1; threads <= 8; threads++) {
            for (int cores = 1; cores <= ranks * threads && cores <= 16; cores++) {
                struct point p = point(ranks, threads, cores);
                struct placement_part part[NODES];
                struct placement_found found = placement_find(placement, node, NODES, p, part);
                int rank = 0, core = 0;
                fits += found.problem == PLACEMENT_FITS;
                for (int m = 0; m < found.nodes; m++) {
                    wrong += part[m].first_rank != rank || part[m].first_core != core ||
                             part[m].ranks < 1 || part[m].cores < 1 ||
                             part[m].cores > node[m].cores || part[m].ranks > node[m].ranks;
                    for (int w = 0; w < part[m].ranks * threads; w++) {
                        int here = placement_core(p, rank + w / threads, w % threads) - core;
                        wrong += here < 0 || here >= part[m].cores;
                    }
                    rank += part[m].ranks;
                    core += part[m].cores;
                }
                wrong += found.nodes > 0 && (rank != ranks || core != cores);
                wrong += (found.nodes == 0) != (found.problem != PLACEMENT_FITS);
            }
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(fits > 50);
}

static void every_worker_is_on_a_core_of_its_ranks_node(void)
{
    for (enum placement p = PLACEMENT_PACK; p <= PLACEMENT_SPREAD; p++) {
        check_all(p, equal);
        check_all(p, unequal);
    }
}

static void one_node_takes_whatever_it_has(void)
{
    const struct placement_node node = {8, 64};
    struct placement_part part;
    int wrong = 0;
    for (int workers = 1; workers <= 64; workers++) {
        for (int cores = 1; cores <= workers && cores <= 8; cores++) {
            for (enum placement p = PLACEMENT_PACK; p <= PLACEMENT_SPREAD; p++) {
                struct placement_found found =
                    placement_find(p, &node, 1, point(workers, 1, cores), &part);
                wrong += found.nodes != 1 || part.cores != cores || part.ranks != workers ||
                         part.first_core != 0 || part.first_rank != 0;
            }
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void workers_lie_evenly_over_the_cores(void)
{
    int uneven = 0, out_of_order = 0;
    for (int ranks = 1; ranks <= 9; ranks++) {
        for (int threads = 1; threads <= 9; threads++) {
            for (int cores = 1; cores <= ranks * threads; cores++) {
                struct point p = {ranks, threads, 1, cores};
                int count[81] = {0}, last = 0;
                for (int worker = 0; worker < ranks * threads; worker++) {
                    int core = placement_core(p, worker / threads, worker % threads);
                    out_of_order += core < last || core > last + 1 || core >= cores;
                    last = core;
                    count[core]++;
                }
                int fair = ranks * threads / cores;
                for (int core = 0; core < cores; core++) {
                    uneven += count[core] != fair && count[core] != fair + 1;
                }
            }
        }
    }
    CU_ASSERT_EQUAL(uneven, 0);
    CU_ASSERT_EQUAL(out_of_order, 0);
    struct point three = {1, 3, 1, 2}; /* two workers on the first core, one on the second */
    CU_ASSERT_EQUAL(placement_tasks_of_core(three, 0, 7), 4);
    CU_ASSERT_EQUAL(placement_tasks_of_core(three, 1, 7), 3);
    struct point large = {.ranks = 1 << 15, .threads = 1 << 15, .depth = 1, .cores = 1 << 10};
    CU_ASSERT_EQUAL(placement_core(large, (1 << 15) - 1, (1 << 15) - 1), (1 << 10) - 1);
}

static const CU_TestInfo tests[] = {
    {"pack fills node after node", pack_fills_node_after_node},
    {"spread deals out evenly, as far as there are cores",
     spread_deals_out_evenly_as_far_as_there_are_cores},
    {"more cores than there are do not fit", more_cores_than_there_are_do_not_fit},
    {"the threads of a rank are on one node", threads_of_a_rank_are_on_one_node},
    {"a node needs its ranks", a_node_needs_its_ranks},
    {"every worker is on a core of its rank's node", every_worker_is_on_a_core_of_its_ranks_node},
    {"one node takes whatever it has", one_node_takes_whatever_it_has},
    {"workers lie evenly over the cores", workers_lie_evenly_over_the_cores},
    CU_TEST_INFO_NULL,
};

SUITE("placement", tests);
