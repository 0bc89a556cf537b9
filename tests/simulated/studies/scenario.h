/* The studies that a method is judged by: a job, its truth, its noise, and what must be reached. */
#ifndef CUAL_SIMULATED_SCENARIO_H
#define CUAL_SIMULATED_SCENARIO_H

#include "simulated/studies/batch.h"

/* What must be reached, as shares; 1 or 0 where nothing is asked. */
struct scenario_limits {
    double wrong_studies_most; /* that ever call something what it is not */
    double wrong_rows_most;
    double lost_most;     /* choices more than 5 % slower than the best */
    double covered_least; /* intervals of the named speed-up that hold the true one */
    double bounded_least; /* loss bounds that hold, once verdicts have them */
};

struct scenario {
    const char *name;
    const char *help; /* what is simulated, in a line */
    const char *job;  /* the text of a job file */
    struct truth truth;
    struct noise noise;
    struct scenario_limits limits;
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

#define SCENARIO_TEXT_BYTES 256

/* Which figures miss what must be reached, "what 1.5 % (0.5 %), …"; empty: none. Returns `text`. */
const char *scenario_missed(const struct scenario *scenario, const struct figures *figures,
                            char text[SCENARIO_TEXT_BYTES]);

/* NULL: there is none of that name. */
const struct scenario *scenario_find(const char *name);

#endif
