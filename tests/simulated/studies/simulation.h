/* A whole study without a machine: the program's own code plans it, orders its rounds, decides what
 * is visited next and judges; only the samples are simulated. */
#ifndef CUAL_SIMULATED_SIMULATION_H
#define CUAL_SIMULATED_SIMULATION_H

#include "answer/question.h"
#include "answer/race.h"
#include "job/plan.h"
#include "simulated/studies/noise.h"
#include "simulated/studies/truth.h"
#include "sweep/disturbed.h"

/* What a study is made of; kept by reference. */
struct simulation_given {
    const char *job; /* the text of a job file; its budget is one of samples: simulated time begins
                        with the first round */
    size_t setting_count;
    const char *const *settings; /* of the job, "key=value" */
    struct plan_limits limits;   /* of the machine that there is not: cores and ranks */
    struct truth truth;
    struct noise noise;
    const struct residuals *residuals; /* NULL: the noise needs none */
};

struct simulation {
    const struct simulation_given *given;
    struct job job;
    struct plan plan;
    struct question_workload *workload; /* by workload */
    double *worth;                      /* of the cores, by workload and index on their axis */
    struct samples samples;
    struct question question;
    struct noise_state noise;
    double *true_s;              /* by cell: what it takes in truth */
    double *visit_s;             /* by cell: what its last visit took */
    struct disturbed_past *past; /* by cell */
    uint32_t *order;             /* of a round */
    struct race race;            /* what the next round visits */
    bool is_cut;                 /* the budget has cut the last round */
    size_t rounds;               /* measured so far … */
    double now_s;                /* … and how long they took */
};

/* Plans a study with a seed of its own. Returns 0 or the status of `error`; simulation_free frees
 * the study in any case. */
int simulation_create(struct simulation *study, const struct simulation_given *given, uint64_t seed,
                      struct error *error);
void simulation_free(struct simulation *study);

/* Whether there is another round. */
bool simulation_continues(const struct simulation *study);

/* Measures the next round, and decides what the one after it visits. */
void simulation_round(struct simulation *study);

/* What a point takes in truth, in s; NAN where it is none of the plan. */
double simulation_true_s(const struct simulation *study, size_t workload, struct point point);

#endif
