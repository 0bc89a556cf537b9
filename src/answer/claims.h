/* All claims, tried on the samples of a job. */
#ifndef CUAL_ANSWER_CLAIMS_H
#define CUAL_ANSWER_CLAIMS_H

#include "answer/claim.h"
#include "answer/question.h"

/* How many there are. */
size_t claims_count(void);

/* By number, from 1; NULL when there is none. */
const struct claim *claims_find(int number);

/* "holds here", "does not hold here", "cannot tell", "not tried"; a constant string. */
const char *claims_outcome_text(enum claim_outcome outcome);

/* The outcome with this text; CLAIM_OUTCOMES when there is none. */
enum claim_outcome claims_outcome_of(const char *text);

/* Tries all claims; `findings` holds claims_count, and is filled in by number. 0 or -ENOMEM. */
int claims_try(const struct question *question, struct finding *findings);

#endif
