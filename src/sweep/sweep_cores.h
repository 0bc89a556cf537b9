/* The cores of rank 0's node by the names that the answer and the run file call them. */
#ifndef CUAL_SWEEP_SWEEP_CORES_H
#define CUAL_SWEEP_SWEEP_CORES_H

#include "answer/question.h"
#include "machine/topo.h"

#include <stddef.h>
#include <stdint.h>

struct sweep_cores {
    size_t count;
    int64_t *cpu;               /* by core: its number, as Linux gives it */
    struct question_core *core; /* the same with its kind */
    char (*kind)[TOPO_KIND_BYTES];
};

/* 0 or -ENOMEM; sweep_cores_free in any case. */
int sweep_cores_create(struct sweep_cores *cores, const struct topo *topo);
void sweep_cores_free(struct sweep_cores *cores);

#endif
