/* The part of a sweep that only the first rank of a node has: it watches the surroundings of the
 * node's ranks, and owns the scratch files there. */
#ifndef CUAL_SWEEP_SWEEP_NODE_H
#define CUAL_SWEEP_SWEEP_NODE_H

#include "machine/storage.h"
#include "machine/surroundings.h"
#include "machine/topo.h"
#include "system/scratch.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What the scratch file of a workload is on. */
struct sweep_storage {
    char text[STORAGE_TEXT_BYTES]; /* empty without a scratch file */
    bool memory;
};

struct sweep_node {
    struct surroundings *surroundings; /* NULL before sweep_node_watch */
    pid_t *process;                    /* by number: the node's ranks */
    struct scratch *scratch;           /* NULL without a scratch file */
    struct sweep_storage *storage;     /* by workload */
};

/* Makes the part for a node of so many ranks. NULL when there is no memory. */
struct sweep_node *sweep_node_create(int ranks, size_t workloads);

/* Frees everything and removes the scratch files. */
void sweep_node_free(struct sweep_node *node);

/* Opens the surroundings of the `ranks` ranks in node->process. 0 or -ENOMEM. */
int sweep_node_watch(struct sweep_node *node, const struct topo *topo, int ranks);

#endif
