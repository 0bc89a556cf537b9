/* The verdict: per workload and C, which point to use, by how much, how sure, and why. */
#ifndef CUAL_ANSWER_VERDICT_H
#define CUAL_ANSWER_VERDICT_H

#include "answer/bounds.h"
#include "answer/candidate.h"
#include "answer/stats.h"

#include <stdbool.h>

/* Points that take up to this many times as long as the fastest are as good as it: docs/method.md.
 */
#define VERDICT_TIE_RATIO 1.02

#define VERDICT_BOUND_BYTES 8
#define VERDICT_LIMIT_BYTES 48
#define VERDICT_REASON_BYTES 1024

/* The columns of the table: the best point of each group; of the choice's group, the choice. */
enum verdict_group {
    GROUP_SERIAL,    /* the baseline, 1×1×1@1 */
    GROUP_THREADS,   /* 1×T×1 */
    GROUP_PROCESSES, /* R×1×1 */
    GROUP_ASYNC,     /* 1×1×D */
    GROUP_MIX,       /* everything else */
    GROUP_COUNT
};

struct verdict_best {
    struct point point;       /* ranks = 0: no such point was measured at this C */
    struct interval speed_up; /* over serial, paired by round; per task under weak scaling; one of
                                 the intervals that hold jointly, or from the least to the greatest
                                 of 6 and more rounds that are too few for that */
};

struct verdict {
    size_t workload; /* index */
    int cores;
    double serial_s;      /* median time of 1×1×1@1 in all; NAN when not measured */
    double serial_task_s; /* the same per task */
    struct verdict_best best[GROUP_COUNT];
    /* The simplest of all that were not shown to be more than 2 % slower than the fastest: those
     * that tie with it, and the undecided ones that are not a lot slower in the median. ranks = 0:
     * there is no choice, and the reason says why. Which points tie, are slower or undecided is
     * found by intervals that hold jointly at 95 %, however many points there are. */
    struct point choice;
    struct interval choice_speed_up;
    double choice_s;   /* its median time in all */
    size_t points;     /* with valid samples */
    size_t ties;       /* other points that lie within 2 % of the fastest */
    size_t undecided;  /* other points whose interval reaches into those 2 % but is too wide */
    size_t rounds;     /* the fewest that a comparison with the fastest rests on */
    double half_width; /* of the widest interval that the choice rests on, relative; INFINITY: there
                          are too few rounds for one */
    bool certain;      /* half_width is within the precision, nothing is undecided, and there are
                          verdict_rounds_needed */
    /* Of the choice, in tasks/s: what it reached, and what no point of its concurrency can pass by
     * the cores, the depth, the memory and the lock; INFINITY where that is no bound. */
    double tasks_per_s;
    double bound_tasks_per_s[BOUND_COUNT];
    char bound[VERDICT_BOUND_BYTES];   /* which of them explains it: "cores"; empty: none */
    char limit[VERDICT_LIMIT_BYTES];   /* what limits it, short: "the cores: 1.98 of 2" */
    char reason[VERDICT_REASON_BYTES]; /* the same in a sentence or two, with the numbers */
};

/* The verdicts of a workload: one for each value of the cores axis that it was measured at, in that
 * order. `verdicts` holds as many as the cores axis. Returns how many there are. Bounds,
 * limit and reason are left empty: reason_give fills them in. */
size_t verdict_judge(const struct candidates *candidates, struct verdict *verdicts);

/* The fewest rounds in which so many points as the verdict has can be compared jointly at 95 %. */
size_t verdict_rounds_needed(const struct verdict *verdict);

/* How sure the verdicts of one workload are together. */
struct certainty {
    bool certain; /* all are, or there are none, or the workload failed: more rounds are no help */
    double half_width; /* the largest */
};

/* How certain the verdicts of a workload are, from which a run decides whether to continue. Nothing
 * is certain when there is no memory. */
struct certainty verdict_certainty(const struct question *question, size_t workload);

#endif
