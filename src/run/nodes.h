/* The nodes of an allocation, as all ranks agree on them at the start of a run. */
#ifndef CUAL_RUN_NODES_H
#define CUAL_RUN_NODES_H

#include "model/placement.h"
#include "ranks/comm.h"
#include "run/study.h"
#include "system/scratch.h"

#define NODES_TEXT_BYTES 4096

/* How a node describes itself. */
struct node {
    char hardware[200];                  /* topo_summary */
    char shape[512];                     /* topo_shape */
    char cleared[SCRATCH_CLEARED_BYTES]; /* what dead runs had left there, and is removed; or empty
                                          */
};

struct nodes {
    int count;
    struct placement_node *capacity; /* by number; ranks: those launched */
    const char **host;               /* by number */
    struct node *node;               /* rank 0, by number */
};

/* Gives all ranks the job of rank 0 and the same view of the allocation. The cores of a node are
 * those of all its ranks together, because a launcher that binds gives each rank only some of them.
 * `own` becomes the hardware threads that the ranks of this node may use together. The job of the
 * study is parsed for the allocation, and the limits of the study are set. Collective over all
 * ranks. 0 or status; nodes_free in any case. */
int nodes_agree(struct nodes *nodes, struct study *study, struct comm *comm, struct topo_mask *own,
                struct error *error);

/* Plans as study_plan does. A cell that is not feasible on one node is feasible in no rank's plan.
 * Collective over all ranks. 0 or status. */
int nodes_plan(struct study *study, struct comm *comm, struct error *error);
void nodes_free(struct nodes *nodes);

/* On rank 0: writes the hardware of the nodes, or their shapes: of one node as it describes itself,
 * of several "2 × 2 cores of AMD EPYC, 15.6 GiB", each different one once. Return `text`. */
const char *nodes_hardware(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);
const char *nodes_shape(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);

/* On rank 0: true when all nodes have the same processor. */
bool nodes_are_alike(const struct nodes *nodes);

/* Write the names of the nodes ("node1 node2"), their ranks ("2 2") and their cores ("8 8"), in the
 * same order. Return `text`. */
const char *nodes_hosts(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);
const char *nodes_ranks(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);
const char *nodes_cores(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);

#endif
