/* Why a verdict is as it is: the limit that holds at the choice, in words. */
#ifndef CUAL_ANSWER_REASON_H
#define CUAL_ANSWER_REASON_H

#include "answer/verdict.h"

/* Fills in limit, reason and bounds of a verdict that was judged from these candidates. */
void reason_give(const struct candidates *candidates, struct verdict *verdict);

#endif
