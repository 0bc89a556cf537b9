/* The answer at a glance: verdicts and claims as one decision tree of few lines, which a person can
 * remember. Does the work wait? Is much data shared? What then, and by how much? */
#ifndef CUAL_ANSWER_ADVICE_H
#define CUAL_ANSWER_ADVICE_H

#include "answer/claim.h"
#include "answer/question.h"
#include "answer/verdict.h"
#include "text/words.h"

#define ADVICE_LINES 9 /* at most */
#define ADVICE_WHAT_BYTES 96
#define ADVICE_USE_BYTES 64
#define ADVICE_MODEL_BYTES 32
#define ADVICE_NOTE_BYTES 128
#define ADVICE_GAIN_BYTES (2 * WORDS_BYTES + 8)

enum advice_branch {
    ADVICE_COMPUTES, /* work that does not wait */
    ADVICE_WAITS,
    ADVICE_SHARES, /* one list of all workers */
    ADVICE_BRANCHES
};

/* A line of the tree: kinds of work for which the same is best. */
struct advice_line {
    int branch;                     /* enum advice_branch */
    char what[ADVICE_WHAT_BYTES];   /* "computing: flops, primes" */
    char use[ADVICE_USE_BYTES];     /* "a thread per core"; empty: the job did not measure it */
    char model[ADVICE_MODEL_BYTES]; /* the same as the name of a model; empty likewise */
    int cores;                      /* on which that is best; 0: not measured */
    size_t workloads;               /* that the line speaks of */
    /* The speed-ups over serial of those workloads, least and greatest by their medians; each with
     * its interval. NAN: not known. */
    struct interval least, most;
    char note[ADVICE_NOTE_BYTES]; /* what limits it, or what else there is to know */
};

struct advice {
    struct advice_line line[ADVICE_LINES];
    size_t count;
    double loss; /* the most that is lost by following any row whose loss is known; NAN: none is */
    size_t rows; /* of the verdict, with a choice … */
    size_t unsure; /* … and those of them that may lose more than VERDICT_LOSS */
};

/* Finds the advice; 0 or -ENOMEM. The rule, by kind of work (what binds the kernel, what the engine
 * waits for): of each workload with at least two points counts the row of its verdict on the most
 * cores, or the one on one core where more are no more than 2 % faster; workloads with the same use
 * share a line. Where these are more than ADVICE_LINES, the smallest joins the greatest of its
 * kind, and the note says so. A branch without a workload says which job has one. `findings` is by
 * number (claims_try). */
int advice_find(const struct question *question, const struct verdict *verdicts, size_t count,
                const struct finding *findings, struct advice *advice);

/* Sums up how sure the rows of a verdict are: loss, rows and unsure. advice_find has done so. */
void advice_sum_up(const struct verdict *verdicts, size_t count, struct advice *advice);

/* By how much the line's workloads are faster than serial, "2.00×" or "1.98–126×", with as many
 * digits as the table has; empty where it is not known. Returns `text`. */
const char *advice_gain(const struct advice_line *line, char text[ADVICE_GAIN_BYTES]);

#endif
