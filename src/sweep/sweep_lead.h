/* The part of a sweep that only rank 0 has: what it needs to lead the rounds. */
#ifndef CUAL_SWEEP_SWEEP_LEAD_H
#define CUAL_SWEEP_SWEEP_LEAD_H

#include "machine/surroundings.h"
#include "sweep/disturbed.h"
#include "sweep/sweep_visit.h"

struct sweep_lead {
    double *starts_s; /* by rank: start_s of each */
    double earlier_s; /* how long earlier parts of the run took */
    double prepare_s, warm_up_s, samples_s;
    /* The round at hand: */
    uint32_t *order;     /* indices of the feasible cells, as the plan shuffles them */
    struct visit *visit; /* the visits of the round, in their order */
    double *visits_s;    /* by index: how long the last visit of the cell took, or at least will */
    uint64_t turn;       /* of the last visit */
    /* The visit at hand: */
    struct worker_result *results;       /* of the ranks of the cell */
    double *ranks_s;                     /* the times of those ranks, while a sample is kept */
    struct surroundings_change *changes; /* by node */
    struct error *errors;                /* by node: the error of its first rank */
    int64_t clocks_ns;                   /* when the clocks of other nodes were last compared */
    /* What earlier visits leave behind: */
    bool *too_short;      /* by index, as the warm-up was: by its own time a sample must not be
                             refused, or only the slow ones of a short cell would be valid */
    double *frequency_hz; /* by index, at the end of the last visit; NAN: none, or not known */
    struct disturbed_past *past;      /* by index */
    int *team;                        /* by rank: threads that it keeps from its last cell */
    char (*failed)[ERROR_TEXT_BYTES]; /* by workload, why it failed; empty while it has not */
    struct error failure;             /* the first of a workload; the run continued without it */
};

/* Makes the lead of a sweep. NULL when there is no memory. */
struct sweep_lead *sweep_lead_create(const struct plan *plan, const struct comm *comm);
void sweep_lead_free(struct sweep_lead *lead);

/* Seconds from the beginning of the run to `now_ns`, pauses between its parts left out. */
double sweep_elapsed_s(const struct sweep *sweep, int64_t now_ns);

/* Seconds of the budget that are spent now: those, and the launch of the ranks. */
double sweep_spent_s(const struct sweep *sweep);

#endif
