/* What rank 0 has of a sweep to lead its rounds. */
#ifndef CUAL_SWEEP_SWEEP_LEAD_H
#define CUAL_SWEEP_SWEEP_LEAD_H

#include "machine/surroundings.h"
#include "sweep/sweep_visit.h"

struct sweep_lead {
    double *starts_s; /* by rank: start_s of each */
    double earlier_s; /* that earlier parts of the run took */
    double prepare_s, warm_up_s, samples_s;
    /* The round at hand: */
    uint32_t *order;     /* indices of the feasible cells, as the plan shuffles them */
    struct visit *visit; /* what the round visits, one after the other */
    double *visits_s;    /* by workload: what its cells took in its last round */
    uint64_t turn;       /* of the last visit */
    /* The visit at hand: */
    struct worker_result *results;       /* of the ranks of the cell */
    double *ranks_s;                     /* and their times, while a sample is kept */
    struct surroundings_change *changes; /* by node */
    struct error *errors;                /* by node: what its first rank could not do */
    int64_t clocks_ns;                   /* when those of other nodes were last looked at */
    /* What earlier visits leave behind: */
    bool *too_short;      /* by index, as the warm-up was: by its own time a sample must not be
                             refused, or only the slow ones of a short cell would vote */
    double *frequency_hz; /* by index, at the end of the last visit; NAN: none, or not known */
    int *team;            /* by rank: threads that it keeps from its last cell */
    char (*failed)[ERROR_TEXT_BYTES]; /* by workload, why; empty while it has not */
    struct error failure;             /* the first of a workload that the run went on without */
};

/* NULL when there is no memory. */
struct sweep_lead *sweep_lead_create(const struct plan *plan, const struct comm *comm);
void sweep_lead_free(struct sweep_lead *lead);

/* Seconds from the beginning of the run to `now_ns`, pauses between its parts left out. */
double sweep_elapsed_s(const struct sweep *sweep, int64_t now_ns);

#endif
