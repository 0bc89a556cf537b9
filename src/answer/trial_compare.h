/* Comparisons that several claims make. */
#ifndef CUAL_ANSWER_TRIAL_COMPARE_H
#define CUAL_ANSWER_TRIAL_COMPARE_H

#include "answer/trial.h"
#include "answer/trial_cells.h"

/* Practical sizes that several claims ask for.
 * None: two cells of equal work differ by 2.8 % (standard deviation) through the layout of their
 * code and data alone (docs/method.md), so that less than 5 % is no property of a model.
 * Worth having: four times as much as that, and less than the 1.3 times that two cores bring even
 * where one of them nearly fills the memory bus. */
#define TRIAL_NONE 1.05
#define TRIAL_WORTH 1.2

/* Adds a comparison of how many times as fast the fastest of `points` is as the fastest of
 * `others`; none where there is no such cell. */
void trial_compare_fastest(struct trial *trial, const struct trial_rule *rule, size_t workload,
                           struct trial_points points, struct trial_points others);

enum trial_axis { TRIAL_RANKS, TRIAL_THREADS, TRIAL_DEPTH };

/* Adds members for the cells of a workload on one core: how many times as fast a cell is as the one
 * that has 1 on an axis where it has more and is like it in all else. Fast is by what the work
 * takes when nothing else is in its way: on a busy machine many workers get more of a core than one
 * does, which is no gain. */
void trial_compare_axis(struct trial *trial, struct trial_comparison *comparison, size_t workload,
                        enum trial_axis axis);

#endif
