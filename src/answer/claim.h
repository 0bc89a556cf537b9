/* A claim is what people say of threads, processes or async, with the rule by which it is tried on
 * the samples of a job. It is one row of the table of its group: the file claims_GROUP.c has the
 * rows and the functions that they name. */
#ifndef CUAL_ANSWER_CLAIM_H
#define CUAL_ANSWER_CLAIM_H

#include "answer/stats.h"

#include <stddef.h>

#define CLAIM_REASON_BYTES 1024
#define CLAIM_PARTS 4

struct trial;

/* All of a row must be there: the compiler refuses a part that is missing, and a function that no
 * row names. */
struct claim {
    int number;       /* all claims together are numbered from 1 without a gap */
    const char *text; /* "on one core nothing helps compute" */
    const char *rule; /* when it holds and when it does not, in words */
    /* Of a claim of several parts, the cells that each of them needs: "that compute under a lock in
     * threads"; NULL after the last one, and for a claim that is whole. */
    const char *parts[CLAIM_PARTS];
    void (*decide)(struct trial *trial); /* the same in code: adds comparisons, then concludes */
};

struct claim_group {
    const struct claim *claim;
    size_t count;
};

enum claim_outcome {
    CLAIM_NOT_TRIED, /* the job lacks cells that it needs */
    CLAIM_HOLDS,
    CLAIM_FAILS,
    CLAIM_UNDECIDED, /* it was tried, and what was measured does not decide */
    CLAIM_OUTCOMES
};

/* What became of a claim. */
struct finding {
    int number; /* of the claim */
    enum claim_outcome outcome;
    /* The number that came closest to deciding otherwise, and what it was held against; NAN where
     * the claim does not come down to one. */
    struct interval effect;
    double threshold;
    char reason[CLAIM_REASON_BYTES]; /* the numbers in a sentence or two; why one cannot tell, or
                                        why it was not tried */
};

#endif
