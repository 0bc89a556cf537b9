/* What the files of the room `claims` share: a trial, in which a rule gathers comparisons, and how
 * these are turned into an outcome and words. */
#ifndef CUAL_ANSWER_CLAIMS_INTERNAL_H
#define CUAL_ANSWER_CLAIMS_INTERNAL_H

#include "answer/claims.h"
#include "answer/question.h"
#include "text/words.h"

#define COMPARISON_LABEL_BYTES 320 /* a workload's name, two points and some words */

/* On which side of its threshold the effect must lie for the claim to hold. */
enum side { AT_MOST, AT_LEAST };

/* An effect, above / below by round, held against a threshold. It supports a claim when its 95 %
 * interval lies on the asked side; it contradicts it when the interval at 5 % over all comparisons
 * together lies on the other. (A claim holds only if every comparison supports it, which needs no
 * allowance for their number: Berger, Technometrics 24, 1982; but one is enough to refute it.) */
struct comparison {
    char label[COMPARISON_LABEL_BYTES];
    double *above, *below; /* by round, NAN where there is no sample that votes; NULL: a fact */
    enum claim_outcome outcome; /* of a fact: as the rule judged */
    enum side side;
    double threshold;
    struct interval effect;
};

/* One claim being tried. Everything in it belongs to claims.c. */
struct trial {
    const struct question *question;
    size_t rounds, count, room;
    struct comparison *comparisons;
    double *scratch;  /* a double per round */
    bool no_memory;   /* a comparison is missing: there is no outcome */
    bool lacks_cores; /* it takes two cores, and only one was measured */
    struct finding *finding;
    struct words reason; /* the finding's */
};

/* A rule adds comparisons to the trial and then concludes; what it has to add is appended to the
 * reason. */
typedef void claim_rule(struct trial *trial);
claim_rule claim_parallelism, claim_concurrency, claim_one_core, claim_waits, claim_both,
    claim_switch, claim_many, claim_long_waits, claim_memory, claim_sharing, claim_races,
    claim_reproducible, claim_lock, claim_only_processes, claim_async_processes, claim_creation;

/* A comparison to be filled in, all NAN; NULL without memory. */
struct comparison *trial_add(struct trial *trial, enum side side, double threshold,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What the rule has found itself, not from intervals. */
void trial_fact(struct trial *trial, enum claim_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The time per task in the one cell over that in the other. */
void trial_times(struct trial *trial, size_t above, size_t below, enum side side, double threshold,
                 const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Judges the comparisons and says them in the reason, after a subject such as "Times as fast as
 * serial"; those that decide come first. True when there is an outcome on which more can be said:
 * not without comparisons. */
bool trial_conclude(struct trial *trial, const char *subject);

/* A variable by round, NAN where there is no sample that votes, and its median. */
void trial_values(const struct trial *trial, size_t cell, enum sample_variable variable,
                  double *values);
double trial_median(const struct trial *trial, size_t cell, enum sample_variable variable);

/* By round: what a cell has of a variable beyond another cell. Uses the trial's scratch. */
void trial_beyond(const struct trial *trial, size_t cell, size_t other,
                  enum sample_variable variable, double *values);

/* What a workload is; one with a guarded list is none of these, and the lock is not asked for. */
bool work_is_computing(const struct question_workload *workload);
bool work_is_waiting(
    const struct question_workload *workload); /* for something, if only at times */
bool work_only_computes(const struct question_workload *workload);
bool work_only_waits(const struct question_workload *workload);
bool work_waits_by_timer(
    const struct question_workload *workload); /* that only, for a known time */

const struct question_workload *trial_workload(const struct trial *trial, size_t workload);
const struct question_workload *trial_workload_of(const struct trial *trial, size_t cell);

/* True when two are the same work, but for their names. */
bool work_is_same(const struct question_workload *a, const struct question_workload *b);

/* The cell of a point, and that of 1×1×1@1; QUESTION_NO_CELL when it was not measured. */
size_t trial_serial(const struct trial *trial, size_t workload);
size_t trial_cell(const struct trial *trial, size_t workload, int ranks, int threads, int depth,
                  int cores);

/* The next cell of the workload that was measured, after `cell`, from QUESTION_NO_CELL;
 * QUESTION_NO_CELL at the end. */
size_t trial_next_cell(const struct trial *trial, size_t workload, size_t cell);

/* The most cores the workload was measured on; 0: it was not. */
int trial_most_cores(const struct trial *trial, size_t workload);

/* The same if they are several, else 0; that there is only one is noted in the trial. */
int trial_several_cores(struct trial *trial, size_t workload);

/* The plain models, at any C: 1×T×1, R×1×1, 1×1×D. */
typedef bool point_test(struct point point);
point_test point_is_threads, point_is_processes, point_is_async;

/* Of the cells of a workload at so many cores that a test admits, the one with the least time;
 * QUESTION_NO_CELL when there is none. */
size_t trial_fastest(const struct trial *trial, size_t workload, int cores, point_test *admits);

/* The admitted cell of a workload on one core with the most workers and operations in flight. */
size_t trial_largest(const struct trial *trial, size_t workload, point_test *admits);

/* Of all that waits by a timer, the cell of async on one core with the most in flight but fewer
 * than `below`; of this latency only, unless it is 0. */
size_t trial_deepest(const struct trial *trial, int below, double latency_s);

#endif
