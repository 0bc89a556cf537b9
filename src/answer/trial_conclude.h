/* How a trial begins and how it ends: with an outcome and a reason. */
#ifndef CUAL_ANSWER_TRIAL_CONCLUDE_H
#define CUAL_ANSWER_TRIAL_CONCLUDE_H

#include "answer/trial.h"

#include <stdbool.h>

/* Judges the comparisons and says them in the reason, after a subject such as "Times as fast as
 * serial"; those that decide come first. A comparison without members is none. The claim holds or
 * fails only if it does so whichever cell is left out: no outcome rests on one cell. Returns
 * whether there were comparisons, so that the rule may append to the reason. */
bool trial_conclude(struct trial *trial, const char *subject);

#endif
