/* On which cores of which nodes the workers of a point lie, and which tasks each has. This is
 * arithmetic only. */
#ifndef CUAL_MODEL_PLACEMENT_H
#define CUAL_MODEL_PLACEMENT_H

#include "model/point.h"

#include <stdint.h>

/* pack fills one node after the other. spread deals the cores out evenly over the nodes; cores that
 * a smaller node does not have are taken from the others. */
enum placement { PLACEMENT_PACK, PLACEMENT_SPREAD };
extern const char *const placement_names[]; /* by the enum; NULL ends them */

/* What a node has. */
struct placement_node {
    int cores; /* that may be used */
    int ranks; /* launched there that work */
};

/* The part of a cell on one node. The cell's cores and ranks are numbered node by node. */
struct placement_part {
    int cores, first_core; /* how many; the first by its number in the cell */
    int ranks, first_rank;
};

enum placement_problem {
    PLACEMENT_FITS,
    PLACEMENT_FEW_CORES, /* the nodes have fewer cores than the point */
    PLACEMENT_STRADDLES, /* the threads of a rank would lie on two nodes */
    PLACEMENT_FEW_RANKS  /* a node has fewer ranks than its cores need */
};

struct placement_found {
    enum placement_problem problem;
    int nodes; /* how many are used, from the first on; 0 with a problem */
    int node;  /* where the problem is */
};

/* Finds the part of the point on each of `nodes` nodes. part[] has room for all nodes; the parts of
 * nodes that are not used are 0. Workers lie on the cell's cores in contiguous, equal shares
 * (placement_core), and all threads of a rank are on one node. */
struct placement_found placement_find(enum placement placement, const struct placement_node *node,
                                      int nodes, struct point point, struct placement_part *part);

/* Returns the core of a worker as its number in the cell. */
int placement_core(struct point point, int rank, int thread);

/* Returns the number of the first worker that is on a core or on one after it. */
long placement_first_worker(struct point point, int core);

/* Returns the first task of share number `share` of `shares` equal, contiguous shares of the tasks.
 * The first task of the next share is the end of this one. */
uint64_t placement_share_begin(uint64_t tasks, uint64_t share, uint64_t shares);

/* Returns how many of the tasks the workers of a core have together. */
uint64_t placement_tasks_of_core(struct point point, int core, uint64_t tasks);

#endif
