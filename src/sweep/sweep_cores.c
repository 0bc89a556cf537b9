#include "sweep/sweep_cores.h"

#include <errno.h>
#include <stdlib.h>

int sweep_cores_create(struct sweep_cores *cores, const struct topo *topo)
{
    size_t count = (size_t)topo_cores(topo);
    *cores = (struct sweep_cores){
        .count = count,
        .cpu = calloc(count, sizeof *cores->cpu),
        .core = calloc(count, sizeof *cores->core),
        .kind = calloc(count, sizeof *cores->kind),
    };
    if (!cores->cpu || !cores->core || !cores->kind) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        int cpu = topo_core_cpu(topo, (int)i);
        cores->cpu[i] = cpu;
        cores->core[i] = (struct question_core){cpu, topo_core_kind(topo, (int)i, cores->kind[i])};
    }
    return 0;
}

void sweep_cores_free(struct sweep_cores *cores)
{
    free(cores->cpu);
    free(cores->core);
    free(cores->kind);
    *cores = (struct sweep_cores){0};
}
