/* The nodes of an allocation, as all ranks agree on them at the start of a run. */
#ifndef CUAL_RUN_NODES_H
#define CUAL_RUN_NODES_H

#include "model/placement.h"
#include "ranks/comm.h"
#include "run/study.h"

#define NODES_TEXT_BYTES 4096

/* What a node says of itself. */
struct node {
    char hardware[200]; /* topo_summary */
    char shape[512];    /* topo_shape */
};

struct nodes {
    int count;
    struct placement_node *capacity; /* by number; ranks: those launched */
    const char **host;               /* by number */
    struct node *node;               /* rank 0, by number */
};

/* All ranks take over rank 0's job, and what the allocation is: the cores of a node are those of
 * all its ranks together, because a launcher that binds gives each rank only some of them. `own`
 * is what this rank may use of its node, then what all there may. Leaves the study's job parsed
 * for the allocation, and its limits. Collective over all ranks. 0 or status; nodes_free in any
 * case. */
int nodes_agree(struct nodes *nodes, struct study *study, struct comm *comm, struct topo_mask *own,
                struct error *error);

/* Plans (study_plan), so that what one node cannot carry out no rank plans. Collective. */
int nodes_plan(struct study *study, struct comm *comm, struct error *error);
void nodes_free(struct nodes *nodes);

/* Rank 0. "2 × 2 cores of AMD EPYC, 15.6 GiB", or all of them one after the other where they are
 * not alike; of one node what it says. The same of their shapes. Return text. */
const char *nodes_hardware(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);
const char *nodes_shape(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);

/* True when all have the same processor. */
bool nodes_are_alike(const struct nodes *nodes);

/* "node1 node2"; "2 2" ranks and "8 8" cores, in the same order. Return text. */
const char *nodes_hosts(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);
const char *nodes_ranks(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);
const char *nodes_cores(const struct nodes *nodes, char text[NODES_TEXT_BYTES]);

#endif
