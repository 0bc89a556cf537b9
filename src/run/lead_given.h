/* What rank 0 is given to lead a run. */
#ifndef CUAL_RUN_LEAD_GIVEN_H
#define CUAL_RUN_LEAD_GIVEN_H

#include "run/nodes.h"
#include "run/study.h"
#include "sweep/sweep.h"
#include "system/guard.h"
#include "system/lock.h"

/* What is still to be done when the guard ends the process. It changes only while the guard holds
 * (guard_hold), but for `started`. */
struct way_out {
    char path[TASK_PATH_BYTES];
    const char *output;
    char *how_to_resume;     /* how to resume, printed when the output exists; NULL: nothing */
    const struct lock *lock; /* on the output; NULL: none */
    _Atomic bool started;    /* MPI has; before that, mpirun has more to say than a rank */
};

/* All of it is kept by reference. */
struct lead_given {
    struct study *study;
    struct sweep *sweep;
    struct comm *comm;
    struct guard *guard;
    struct way_out *out;
    char **argv; /* the command line as typed */
    const struct nodes *nodes;
    const struct topo_mask *allowed; /* the CPUs that the ranks of this node may use */
};

#endif
