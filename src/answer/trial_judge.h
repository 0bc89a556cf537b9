/* How the comparisons of a trial become its outcome. */
#ifndef CUAL_ANSWER_TRIAL_JUDGE_H
#define CUAL_ANSWER_TRIAL_JUDGE_H

#include "answer/trial.h"

/* How far the near end of an interval lies on the asked side of a threshold; negative on the other
 * side, NAN without an interval. */
double trial_judge_margin(enum trial_side side, double threshold, struct interval effect);

/* The level of an interval that contradicts a claim: 5 % over all comparisons together. */
double trial_judge_joint_level(const struct trial *trial);

/* Gives each comparison its effect and its outcome, and returns that of the trial. It fails when
 * one comparison contradicts it; else it was not tried when a part of the claim has no comparison,
 * and it is undecided when one comparison is. */
enum claim_outcome trial_judge(struct trial *trial);

/* The cell that an outcome rests on, and the outcome without it. */
struct trial_rest {
    const struct candidate *cell; /* NULL: it rests on no single cell */
    enum claim_outcome without;
};

/* Finds a cell without which the outcome would be another one, after trial_judge has found it;
 * first of all one that turns it into its opposite. A cell without which a part of the claim would
 * not be tried is not looked at: then there is nothing else to go by. */
struct trial_rest trial_judge_rest(struct trial *trial, enum claim_outcome outcome);

#endif
