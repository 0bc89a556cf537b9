/* Where the workers of a point lie when the cores are those of several nodes. Arithmetic
 * only. */
#ifndef CUAL_MODEL_PLACEMENT_H
#define CUAL_MODEL_PLACEMENT_H

#include "model/point.h"

/* pack fills node after node; spread deals the cores out evenly, and what the smaller
 * nodes do not have falls to the others. */
enum placement { PLACEMENT_PACK, PLACEMENT_SPREAD };
extern const char *const placement_names[]; /* by the enum; NULL ends them */

/* What a node has. */
struct placement_node {
    int cores; /* that may be used */
    int ranks; /* launched there that work */
};

/* What of a cell is on a node. The cell's cores and ranks are numbered node by node. */
struct placement_part {
    int cores, first_core; /* how many; the first by its number in the cell */
    int ranks, first_rank;
};

enum placement_problem {
    PLACEMENT_FITS,
    PLACEMENT_FEW_CORES, /* there are not so many */
    PLACEMENT_STRADDLES, /* the threads of a rank would lie on two nodes */
    PLACEMENT_FEW_RANKS  /* a node has not as many as it would need */
};

struct placement_found {
    enum placement_problem problem;
    int nodes; /* used: the first so many; 0 with a problem */
    int node;  /* where the problem is */
};

/* Finds what of the point is on each of `nodes` nodes; part[] has room for all of them, and
 * those that are not used have nothing. Workers lie over the cell's cores in contiguous, equal
 * shares (placement_core), and every rank is a whole on one node. */
struct placement_found placement_find(enum placement placement, const struct placement_node *node,
                                      int nodes, struct point point, struct placement_part *part);

/* The core of a worker, by its number in the cell. */
int placement_core(struct point point, int rank, int thread);

#endif
