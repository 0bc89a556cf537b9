/* What else there is to say of a verdict: what did not happen as asked, a sentence each. */
#ifndef CUAL_ANSWER_REMARKS_H
#define CUAL_ANSWER_REMARKS_H

#include "answer/verdict.h"
#include "text/words.h"

/* Appends nothing when all went as asked. `scratch` holds one double per round. */
void remarks_add(const struct question *question, const struct verdict *verdict, double *scratch,
                 struct words *sentence);

#endif
