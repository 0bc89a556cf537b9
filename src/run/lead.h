/* What rank 0 does in a run: from the output that is locked to the answer. */
#ifndef CUAL_RUN_LEAD_H
#define CUAL_RUN_LEAD_H

#include "run/nodes.h"
#include "run/study.h"
#include "sweep/sweep.h"
#include "system/guard.h"
#include "system/lock.h"

#include <stdbool.h>

/* What is still to do when the guard ends a process. Changed only while the guard holds. */
struct way_out {
    char path[TASK_PATH_BYTES];
    const char *output;
    char *go_on;             /* what there is to say when there is an output; NULL: nothing */
    const struct lock *lock; /* on the output; NULL: none */
};

/* All kept by reference. */
struct lead_given {
    struct study *study;
    struct sweep *sweep;
    struct comm *comm;
    struct guard *guard;
    struct way_out *out;
    char **argv;
    const struct nodes *nodes;
    const struct topo_mask *allowed; /* on this machine */
};

/* True when there is something at the path that the user wants to go on with. */
bool lead_goes_on(const struct study *study, const char *output);

/* Measures, writes and says what came out. 0 or status. */
int lead_run(const struct lead_given *given, struct error *error);

#endif
