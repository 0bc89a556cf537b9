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
 * It counts from the first look on, and a study looks after every round. A figure of its own
 * leaves out verdicts that say themselves that there are too few rounds for a loss. */
#ifndef CUAL_SIMULATED_OUTCOME_H
#define CUAL_SIMULATED_OUTCOME_H

#include "answer/verdict.h"
#include "simulated/studies/simulation.h"

struct outcome_row {
    bool judged;       /* it has had a verdict */
    bool ever_wrong;   /* at some look something was called what it is not … */
    bool enough_wrong; /* … by a verdict that knows its loss */

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
    double rests_on;             /* the widest that the choice rests on; INFINITY: none is known */
    double
        loss_bound; /* by which the verdict says the choice is slower at most; NAN: it says none */
};

/* Before the first look. */
#define OUTCOME_NONE                                                                               \
    (struct outcome_row)                                                                           \
    {                                                                                              \
        .certain_s = NAN, .certain_rounds = NAN, .loss = NAN, .half_width = NAN, .rests_on = NAN,  \
        .loss_bound = NAN                                                                          \
    }

/* What an answer says of the loss of its choice; NAN while verdicts say nothing of it. */
double outcome_loss_bound(const struct verdict *verdict);

/* Holds one verdict of a study against the truth and adds what it finds to the row; `ends` fills in
 * what is found at the end. */
void outcome_judge(struct outcome_row *row, const struct simulation *study,
                   const struct verdict *verdict, bool ends);

/* Judges all rows as they are after a round: `row` holds workloads × cores, OUTCOME_NONE before
 * the first look. 0 or -ENOMEM. */
int outcome_look(struct outcome_row *row, const struct simulation *study, bool ends);

#endif
