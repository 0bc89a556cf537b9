/* The candidates of a workload: the points that were measured, with their times and valid samples.
 * They are loaded once, and then the verdict, its reason and the claims read them. */
#ifndef CUAL_ANSWER_CANDIDATE_H
#define CUAL_ANSWER_CANDIDATE_H

#include "answer/question.h"

struct candidate {
    size_t cell;
    struct point point;
    size_t valid;         /* rounds in which it has a valid sample */
    const double *task_s; /* by round: the time per task; NAN where there is no valid sample */
};

struct candidates {
    const struct question *question;
    size_t workload; /* the index of the workload that they belong to */
    size_t count;
    struct candidate *candidate; /* in the order of their cells */
    double *task_s;              /* of all candidates */
    double *scratch;             /* a double per round, for the functions that get the candidates */
};

/* Loads the candidates of a workload; the question is kept by reference. 0 or -ENOMEM, after which
 * there is nothing to free. */
int candidates_create(struct candidates *candidates, const struct question *question,
                      size_t workload);
/* Frees what candidates_create has made. */
void candidates_free(struct candidates *candidates);

/* The candidate at a point; NULL when the point was not measured. */
const struct candidate *candidates_find(const struct candidates *candidates, struct point point);

/* The one after `candidate`, or the first after NULL; NULL at the end. */
const struct candidate *candidates_next(const struct candidates *candidates,
                                        const struct candidate *candidate);

/* The median of a variable over the rounds with a valid sample; NAN when there is none. */
double candidates_median(const struct candidates *candidates, const struct candidate *candidate,
                         enum sample_variable variable);

#endif
