/* The verdict: per workload and C, which point to use, by how much, how sure, and why. */
#ifndef CUAL_ANSWER_VERDICT_H
#define CUAL_ANSWER_VERDICT_H

#include "answer/bounds.h"
#include "answer/candidate.h"
#include "answer/contest.h"
#include "answer/stats.h"

#include <stdbool.h>

/* Points that take up to this many times as long as the fastest are as good as it: docs/method.md.
 */
#define VERDICT_TIE_RATIO 1.02

/* The loss that is certain enough where a job asks for no precision. */
#define VERDICT_LOSS 0.05

/* The half-width of a speed-up, relative, that is always narrow enough. */
#define VERDICT_WIDTH 0.05

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
    struct point point; /* ranks = 0: no such point was measured at this C */
    struct interval
        speed_up; /* over serial; per task under weak scaling; NAN where it is not known */
};

struct verdict {
    size_t workload; /* index */
    int cores;
    double serial_s;      /* time of 1×1×1@1 in all; NAN when not measured */
    double serial_task_s; /* the same per task */
    struct verdict_best best[GROUP_COUNT];
    /* The simplest point that is no more than 2 % slower than the fastest, as far as its standard
     * deviation can tell. ranks = 0: there is no choice, and the reason says why. */
    struct point choice;
    struct interval choice_speed_up;
    double choice_s; /* its time in all */
    /* At most so much of the time of the best of all points is lost with the choice: 0.03 is 3 %
     * slower. It holds with 95 %, against all points together and at whatever round the run is
     * looked at. INFINITY: not known. */
    double loss;
    size_t points;     /* with valid samples */
    size_t ties;       /* other points that were shown to lie within 2 % of the fastest */
    size_t undecided;  /* other points that were neither shown to tie nor to be slower */
    size_t rounds;     /* the fewest that a comparison with the fastest rests on */
    double half_width; /* of the choice's speed-up, relative; INFINITY: not known */
    bool certain;      /* verdict_is_certain */
    /* Of the choice, in tasks/s: what it reached, and what no point of its concurrency can pass by
     * the cores, the depth, the memory and the lock; INFINITY where that is no bound. */
    double tasks_per_s;
    double bound_tasks_per_s[BOUND_COUNT];
    char bound[VERDICT_BOUND_BYTES];   /* which of them explains it: "cores"; empty: none */
    char limit[VERDICT_LIMIT_BYTES];   /* what limits it, short: "the cores: 1.98 of 2" */
    char reason[VERDICT_REASON_BYTES]; /* the same in a sentence or two, with the numbers */
};

/* The verdicts of a workload: one for each value of the cores axis that it was measured at, in that
 * order. `verdicts` holds as many as the cores axis. Returns how many there are, or -ENOMEM.
 * Bounds, limit and reason are left empty: reason_give fills them in. */
long verdict_judge(const struct candidates *candidates, struct verdict *verdicts);

/* The choice in a contest: the burden of proof lies with the complicated. NULL when no candidate at
 * its C has a valid sample. `fastest` is the fastest of those that were not seldom left alone. */
const struct contest_entry *verdict_fastest(const struct contest *contest);
const struct contest_entry *verdict_choice(const struct contest *contest,
                                           const struct contest_entry *fastest);

/* What the choice may lose against the best of all points, which is verdict.loss, and against one
 * of them, as long as it is compared with all of them. */
double verdict_loss(const struct contest *contest, const struct contest_entry *choice);
double verdict_loss_to(const struct contest *contest, const struct contest_entry *choice,
                       const struct contest_entry *other);

/* Whether that is certain enough for a job that asks for `precision`: the loss is no larger, and
 * the speed-up is known to VERDICT_WIDTH or to the precision. */
bool verdict_is_certain(const struct contest *contest, const struct contest_entry *choice,
                        double precision);

#endif
