#include "sweep/sweep_node.h"

#include <errno.h>
#include <stdlib.h>

struct sweep_node *sweep_node_create(int ranks, size_t workloads)
{
    struct sweep_node *node = calloc(1, sizeof *node);
    if (!node) {
        return NULL;
    }
    node->process = calloc((size_t)ranks, sizeof *node->process);
    node->storage = calloc(workloads, sizeof *node->storage);
    if (!node->process || !node->storage) {
        sweep_node_free(node);
        return NULL;
    }
    return node;
}

void sweep_node_free(struct sweep_node *node)
{
    if (node) {
        scratch_remove(node->scratch);
        surroundings_close(node->surroundings);
        free(node->process);
        free(node->storage);
        free(node);
    }
}

int sweep_node_watch(struct sweep_node *node, const struct topo *topo, int ranks)
{
    int cores = topo_cores(topo);
    struct topo_mask *core = calloc((size_t)cores, sizeof *core);
    for (int c = 0; core && c < cores; c++) {
        topo_core_threads(topo, c, &core[c]);
    }
    node->surroundings = core ? surroundings_open("", core, cores) : NULL;
    free(core);
    return node->surroundings ? surroundings_ours(node->surroundings, node->process, ranks)
                              : -ENOMEM;
}
