/* Why a verdict is as it is: the limit that holds at the choice, in words. */
#ifndef CUAL_ANSWER_REASON_H
#define CUAL_ANSWER_REASON_H

#include "answer/verdict.h"

/* Fills in limit, reason and bounds of a verdict that is otherwise complete. `scratch` holds one
 * double per round. */
void reason_give(const struct question *question, struct verdict *verdict, double *scratch);

#endif
