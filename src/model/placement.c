#include "model/placement.h"

#include <stddef.h>

const char *const placement_names[] = {
    [PLACEMENT_PACK] = "pack", [PLACEMENT_SPREAD] = "spread", NULL};

int placement_core(struct point point, int rank, int thread)
{
    long worker = (long)rank * point.threads + thread;
    return (int)(worker * point.cores / point_workers(point));
}

long placement_first_worker(struct point point, int core)
{
    return ((long)core * point_workers(point) + point.cores - 1) / point.cores;
}

uint64_t placement_share_begin(uint64_t tasks, uint64_t share, uint64_t shares)
{
    return (uint64_t)((unsigned __int128)tasks * share / shares);
}

uint64_t placement_tasks_of_core(struct point point, int core, uint64_t tasks)
{
    uint64_t workers = (uint64_t)point_workers(point);
    uint64_t first = (uint64_t)placement_first_worker(point, core);
    uint64_t end = (uint64_t)placement_first_worker(point, core + 1);
    return placement_share_begin(tasks, end, workers) -
           placement_share_begin(tasks, first, workers);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Cores that the nodes have together, each at most `level` of its own. */
static long up_to(const struct placement_node *node, int nodes, int level)
{
    long sum = 0;
    for (int m = 0; m < nodes; m++) {
        sum += least(node[m].cores, level);
    }
    return sum;
}

/* The highest level at which all nodes together have no more than `cores`. */
static int level_of(const struct placement_node *node, int nodes, int cores)
{
    int low = 0, high = cores + 1; /* at `high` they have more, or the level does not matter */
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        *(up_to(node, nodes, middle) <= cores ? &low : &high) = middle;
    }
    return low;
}

/* Deals the cores out; returns how many are left when the nodes have no more. */
static int deal_cores(enum placement placement, const struct placement_node *node, int nodes,
                      int cores, struct placement_part *part)
{
    int level = placement == PLACEMENT_SPREAD ? level_of(node, nodes, cores) : cores, left = cores;
    for (int m = 0; m < nodes; m++) {
        part[m] = (struct placement_part){.cores = least(least(node[m].cores, level), left)};
        left -= part[m].cores;
    }
    for (int m = 0; m < nodes && left > 0; m++) { /* less than one for each that has more */
        int one = node[m].cores > part[m].cores;
        part[m].cores += one;
        left -= one;
    }
    return left;
}

struct placement_found placement_find(enum placement placement, const struct placement_node *node,
                                      int nodes, struct point point, struct placement_part *part)
{
    struct placement_found found = {PLACEMENT_FITS, 0, 0};
    if (deal_cores(placement, node, nodes, point.cores, part) > 0) {
        return (struct placement_found){PLACEMENT_FEW_CORES, 0, 0};
    }
    int core = 0;
    for (int m = 0; m < nodes && core < point.cores; m++) {
        long first = placement_first_worker(point, core),
             end = placement_first_worker(point, core + part[m].cores);
        if (first % point.threads != 0) {
            return (struct placement_found){PLACEMENT_STRADDLES, 0, m};
        }
        part[m].first_core = core;
        part[m].first_rank = (int)(first / point.threads);
        part[m].ranks = (int)((end + point.threads - 1) / point.threads) - part[m].first_rank;
        if (part[m].ranks > node[m].ranks) {
            found = (struct placement_found){PLACEMENT_FEW_RANKS, 0, m};
        }
        core += part[m].cores;
        found.nodes = m + 1;
    }
    return found.problem ? (struct placement_found){found.problem, 0, found.node} : found;
}
