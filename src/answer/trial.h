/* The trial of a claim: its rule gathers comparisons, which become an outcome and a reason. */
#ifndef CUAL_ANSWER_TRIAL_H
#define CUAL_ANSWER_TRIAL_H

#include "answer/candidate.h"
#include "answer/claim.h"
#include "text/words.h"

#define TRIAL_LABEL_BYTES 320 /* a workload's name, two points and some words */

/* On which side of its threshold the effect must lie for the claim to hold. */
enum trial_side { TRIAL_AT_MOST, TRIAL_AT_LEAST };

/* An effect, above / below by round, held against a threshold. It supports a claim when its 95 %
 * interval lies on the asked side; it contradicts it when the interval at 5 % over all comparisons
 * together lies on the other. (A claim holds only if every comparison supports it, which needs no
 * allowance for their number: Berger, Technometrics 24, 1982; but one is enough to refute it.) */
struct trial_comparison {
    char label[TRIAL_LABEL_BYTES];
    double *above, *below;      /* by round, NAN where there is no valid sample; NULL: a fact */
    enum claim_outcome outcome; /* of a fact: what the rule found */
    enum trial_side side;
    double threshold;
    struct interval effect;
};

struct trial {
    const struct question *question;
    const struct candidates *candidates; /* by workload */
    size_t rounds, count, room;
    struct trial_comparison *comparisons;
    double *scratch;  /* a double per round */
    bool no_memory;   /* a comparison is missing: there is no outcome */
    bool lacks_cores; /* the claim needs two cores, and only one was measured */
    struct finding *finding;
    struct words reason; /* the finding's; a rule may append to it after it has concluded */
};

/* Begins the trial of a claim. The question, its candidates by workload, `scratch` (a double per
 * round) and the finding, which is filled in, are kept by reference. */
void trial_init(struct trial *trial, const struct question *question,
                const struct candidates *candidates, double *scratch, struct finding *finding);

/* Frees what the trial gathered. 0; -ENOMEM leaves the finding without an outcome. */
int trial_finish(struct trial *trial);

/* Adds a comparison whose values are all NAN, for the caller to fill in. NULL when there is no
 * memory. */
struct trial_comparison *trial_add(struct trial *trial, enum trial_side side, double threshold,
                                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds a fact, which is what the rule has found without an interval, with its outcome. */
void trial_fact(struct trial *trial, enum claim_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a comparison of the time per task in the cell `above` with that in the cell `below`. */
void trial_times(struct trial *trial, const struct candidate *above, const struct candidate *below,
                 enum trial_side side, double threshold, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Judges the comparisons and says them in the reason, after a subject such as "Times as fast as
 * serial"; those that decide come first. Returns whether there were comparisons, so that the rule
 * may append to the reason. */
bool trial_conclude(struct trial *trial, const char *subject);

/* A variable of a cell by round, NAN where there is no valid sample, and its median. */
void trial_values(const struct trial *trial, const struct candidate *cell,
                  enum sample_variable variable, double *values);
double trial_median(const struct trial *trial, const struct candidate *cell,
                    enum sample_variable variable);

/* By round: a variable of `cell` minus the same of `other`. Overwrites the trial's scratch. */
void trial_beyond(const struct trial *trial, const struct candidate *cell,
                  const struct candidate *other, enum sample_variable variable, double *values);

#endif
