/* What became of a simulated study: its verdicts held against the truth. A row is one workload on C
 * cores, and has one verdict.
 *
 * Truth is what the cells take without noise. What a layout or a launch adds to a cell for a while
 * is noise: an answer is for all runs, not for the one at hand.
 *
 * A verdict calls something that is not
 *   slower, when it counts more points as slower (measured, neither tied nor undecided, and not the
 *           fastest) than there are that take more than VERDICT_TIE_RATIO times as long as the best
 *           of the row in truth. Of equal cells that is each point that is called slower.
 *   faster, when the interval of the choice's speed-up lies above 1 and the choice is not faster
 *           than serial in truth, or below 1 and it is not slower.
 * It counts from the first look on, and a study looks after every round. The loss that a verdict
 * says and the interval of what it names are held against the truth at every look, too. */
#ifndef CUAL_SIMULATED_OUTCOME_H
#define CUAL_SIMULATED_OUTCOME_H

#include "answer/verdict.h"
#include "simulated/studies/simulation.h"

/* What is slower by 5 % is not slower by more. */
#define OUTCOME_ROUNDING 1e-9

struct outcome_row {
    bool judged;      /* it has had a verdict */
    bool ever_slower; /* at some look something was called slower that is not, … */
    bool ever_faster; /* … or faster, … */
    bool ever_lost;   /* … the choice lost more than the verdict said, … */
    bool ever_missed; /* … or the speed-up of what was named was not in its interval */

    /* At the end; NAN before it. */
    bool certain;
    double certain_s;      /* when it was certain first, in s … */
    double certain_rounds; /* … and after how many rounds; INFINITY: it never was */
    double loss;      /* by which the choice is slower than the best of the row, in truth: 0.05;
                         INFINITY: there is no choice */
    bool complicated; /* a simpler point is as good as the best in truth, within the tie ratio */
    bool named;       /* the choice is not serial, and its speed-up has an interval … */
    bool covered;     /* … which holds the true one */
    size_t shown, shown_covered; /* such intervals of all kinds that stand in the table */
    double half_width;           /* of the named speed-up; NAN: none was named */
    double said_loss; /* what the choice loses at most, as the verdict says; INFINITY: not known */
};

/* Before the first look. */
#define OUTCOME_NONE                                                                               \
    (struct outcome_row)                                                                           \
    {                                                                                              \
        .certain_s = NAN, .certain_rounds = NAN, .loss = NAN, .half_width = NAN, .said_loss = NAN  \
    }

/* Holds one verdict of a study against the truth and adds what it finds to the row; `ends` fills in
 * what is found at the end. */
void outcome_judge(struct outcome_row *row, const struct simulation *study,
                   const struct verdict *verdict, bool ends);

/* Judges all rows as they are after a round: `row` holds workloads × cores, OUTCOME_NONE before
 * the first look. 0 or -ENOMEM. */
int outcome_look(struct outcome_row *row, const struct simulation *study, bool ends);

#endif
