/* The claims of the question: what people say of threads, processes and async, each tried on the
 * samples of a job. The outcome follows from a rule on intervals that is stated with it. */
#ifndef CUAL_ANSWER_CLAIMS_H
#define CUAL_ANSWER_CLAIMS_H

#include "answer/verdict.h"

#define CLAIMS 16
#define CLAIM_REASON_BYTES 1024

struct claim {
    const char *text; /* "on one core nothing helps compute" */
    const char *rule; /* when it holds and when it does not, in words */
};

/* In the order of their numbers, which start from 1. */
extern const struct claim claims[CLAIMS];

enum claim_outcome {
    CLAIM_NOT_TRIED, /* the job has none of the cells that it takes */
    CLAIM_HOLDS,
    CLAIM_FAILS,
    CLAIM_UNDECIDED,
    CLAIM_OUTCOMES
};

/* "holds here", "does not hold here", "cannot tell", "not tried"; a constant string. */
const char *claim_outcome_text(enum claim_outcome outcome);

/* What became of a claim. */
struct finding {
    int number; /* 1 … CLAIMS */
    enum claim_outcome outcome;
    /* The number that came closest to deciding otherwise, and what it was held against; NAN where
     * the claim does not come down to one. */
    struct interval effect;
    double threshold;
    char reason[CLAIM_REASON_BYTES]; /* the numbers in a sentence or two; why one cannot tell */
};

/* Tries all claims. 0 or -ENOMEM. */
int claims_find(const struct question *question, struct finding findings[CLAIMS]);

#endif
