/* What the limit at a choice is found from: facts about the choice, beside serial. */
#ifndef CUAL_ANSWER_REASON_FACTS_H
#define CUAL_ANSWER_REASON_FACTS_H

#include "answer/bounds.h"
#include "answer/unequal.h"
#include "answer/verdict.h"
#include "answer/worth.h"

/* One cell, per task where not said otherwise. */
struct reason_cell {
    double time_s, cpu_s;
    double switches_voluntary, switches_involuntary; /* of the whole cell */
    double service_busy_s;                           /* the same; NAN without a service rank */
};

/* What the limit at the choice is found from. */
struct reason_facts {
    const struct question *question;
    const struct question_workload *workload;
    struct point point;
    bool computes, waits, device; /* device: how long a wait takes depends on the device alone */
    bool served;                  /* a service rank ends the waits */
    bool deeper_is_no_faster;     /* points with more in flight were measured at the same C */
    double tasks;                 /* at the choice */
    struct level_range level;     /* where a worker's footprint lies there */
    struct unequal cores;         /* of the choice: how fast they are */
    struct worth worth;           /* of the cores together */
    struct reason_cell serial, choice;
    struct bound_inputs inputs;
    struct bounds bounds;
    double share; /* of what the lowest bound allows, and what of it is beyond the noise of the
                     samples; the latter NAN with too few rounds to tell */
    double share_at_least;
    /* CPU time of a task at the choice, without that of waiting where the two can be told
     * apart: beside a service rank that is not busy, all CPU time is that of asking. */
    double work_s;
    double busy; /* share of the time that the cores work */
};

/* The facts of a verdict that has a choice. They keep references to the question. */
struct reason_facts reason_facts(const struct candidates *candidates,
                                 const struct verdict *verdict);

struct reason_cell reason_cell(const struct candidates *candidates,
                               const struct candidate *candidate);

/* CPU time of all tasks on the cores, as if nothing waited, in s. */
double reason_computing_s(const struct reason_facts *facts);

/* Share of the time that the service rank was answering; NAN without one. */
double reason_service_share(const struct reason_facts *facts);

#endif
