/* The answer to a question: question → verdicts → their reasons, then claims, then the advice that
 * follows from both, then what is impossible. */
#ifndef CUAL_ANSWER_ANSWER_H
#define CUAL_ANSWER_ANSWER_H

#include "answer/advice.h"
#include "answer/claims.h"
#include "answer/verdict.h"

#define ANSWER_TEXT_BYTES 512

struct answer {
    struct verdict *verdicts; /* one per workload and value of the cores axis that was measured */
    size_t count;
    struct finding *findings;           /* of all claims, by number */
    struct advice advice;
    char impossible[ANSWER_TEXT_BYTES]; /* why the answer is not credible; empty: it is */
};

/* Finds the answer. 0, or -ENOMEM, after which there is nothing to free. */
int answer_create(struct answer *answer, const struct question *question);
void answer_free(struct answer *answer);

/* The verdicts alone, with their reasons; `verdicts` holds workloads × cores. Returns how many
 * there are, or -ENOMEM. */
long answer_verdicts(const struct question *question, struct verdict *verdicts);

#endif
