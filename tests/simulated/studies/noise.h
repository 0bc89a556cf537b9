/* What disturbs simulated samples. Every number is a parameter, 0 leaves its part out, and the same
 * seed gives the same noise. Sizes are standard deviations or means of the log of a time. */
#ifndef CUAL_SIMULATED_NOISE_H
#define CUAL_SIMULATED_NOISE_H

#include "simulated/studies/residuals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the residual of a visit comes from, which is all its own. */
enum noise_residuals {
    NOISE_MADE,    /* normal, with a tail towards slow */
    NOISE_DRAWN,   /* one of the real ones, of the same workload and cores where there are any */
    NOISE_IN_ORDER /* the next of the real ones in the order of time, from some moment on */
};

/* An effect of each cell, drawn anew after so many rounds; 0: once for the whole run. */
struct noise_kept {
    double sd, rounds;
};

struct noise {
    enum noise_residuals residuals;
    double sd, tail_share, tail_mean; /* of what is made: the tail adds to a share of the visits */
    /* Bursts: calm and disturbed times follow each other, whatever is visited; a disturbed time
     * slows all that is under way by one factor of its own. */
    double calm_s, burst_s;   /* mean lengths */
    double burst_mean;        /* of the log of the factor */
    double drift_sd, drift_s; /* waves of this period and shorter ones */
    struct noise_kept layout; /* of the memory of a cell */
    struct noise_kept launch; /* of the processes that carry a cell out */
    double doubled;           /* share of the visits on all cores that take twice the time and the
                                 CPU time */
};

/* Sets a parameter by "name=value", as in the list that noise_help gives; residuals are made, drawn
 * or in_order. False when there is none of that name, or the value is none. */
bool noise_set(struct noise *noise, const char *setting);
const char *noise_help(void);

/* The noise of one study. */
struct noise_state {
    const struct noise *noise;
    const struct residuals *residuals;
    uint64_t seed;
    size_t next;        /* residual in order */
    double beginning_s; /* of the study among the residuals */
    bool disturbed;
    uint64_t stretch; /* how many calm and disturbed times have been drawn … */
    double end_s;     /* … and where the last of them ends */
    double slowness;  /* its factor */
};

struct noise_visit {
    size_t cell, round; /* round: from 1; 0 is the warm-up */
    const char *workload;
    int cores;
    bool all_cores;
    double start_s; /* not before the end of the visit before */
    double true_s;  /* that it would take without noise */
};

/* How many times as much as the truth. */
struct noise_found {
    double time, cpu;
};

/* Both are kept by reference; `residuals` may be NULL where all noise is made. */
void noise_begin(struct noise_state *state, const struct noise *noise,
                 const struct residuals *residuals, uint64_t seed);

/* Visits are asked for in the order of their time. */
struct noise_found noise_of(struct noise_state *state, const struct noise_visit *visit);

#endif
