/* The race: which cells the next round visits. Rounds go to the rows, a workload at one C each,
 * whose verdict is not certain yet, and in them to the choice and to the points against which it
 * may lose more than is asked. The others are visited rarely. It is decided by the samples alone,
 * so that a run that is resumed decides alike. Where a job asks for no precision, every round
 * visits every cell. */
#ifndef CUAL_ANSWER_RACE_H
#define CUAL_ANSWER_RACE_H

#include "answer/question.h"

#include <stdbool.h>

struct race {
    bool *visit; /* by cell of the cube: the next round visits it */
    size_t rows; /* that were looked at, without those of workloads that failed; 0: no look yet */
    size_t open; /* of these, not certain yet; the others are settled. Before a look: all there may
                    be */
    double loss; /* the largest among the rows that are not certain; INFINITY: not known */
};

/* Every cell is visited: what a run begins with. 0 or -ENOMEM. */
int race_create(struct race *race, const struct question *question);
void race_free(struct race *race);

/* Whether the race looks at the samples after so many rounds: after each of the first ones, later
 * more rarely, as new rounds say less. */
bool race_looks(size_t rounds);

/* Decides what the next round visits, by the samples of the `rounds` so far. 0 or -ENOMEM, and all
 * is as it was. */
int race_look(struct race *race, const struct question *question, size_t rounds);

#endif
