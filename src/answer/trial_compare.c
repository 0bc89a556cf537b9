#include "answer/trial_compare.h"

#include <math.h>

void trial_compare_fastest(struct trial *trial, const struct trial_rule *rule, size_t workload,
                           struct trial_points points, struct trial_points others)
{
    char where[POINT_TEXT_BYTES], other[POINT_TEXT_BYTES];
    struct trial_fastest fast = trial_fastest(trial, workload, points);
    struct trial_fastest base = trial_fastest(trial, workload, others);
    if (!fast.cell || !base.cell) {
        return;
    }
    struct trial_comparison *comparison =
        trial_add(trial, rule, "%s %s over %s", trial_workload(trial, workload)->name,
                  point_text(fast.cell->point, where), point_text(base.cell->point, other));
    trial_times(trial, comparison, base.cell, fast.cell);
    if (fast.next) {
        trial_times(trial, comparison, base.cell, fast.next);
    }
    if (base.next) {
        trial_times(trial, comparison, base.next, fast.cell);
    }
}

/* The same point with 1 on an axis. */
static struct point with_one(struct point point, enum trial_axis axis)
{
    int *const number = axis == TRIAL_RANKS     ? &point.ranks
                        : axis == TRIAL_THREADS ? &point.threads
                                                : &point.depth;
    *number = 1;
    return point;
}

/* By round: the lesser of the time and the CPU time. Overwrites the trial's scratch. */
static void fill_costs(const struct trial *trial, const struct candidate *cell, double *costs)
{
    trial_values(trial, cell, SAMPLE_TIME, costs);
    trial_values(trial, cell, SAMPLE_CPU, trial->scratch);
    for (size_t r = 0; r < trial->rounds; r++) {
        costs[r] = fmin(costs[r], trial->scratch[r]);
    }
}

static void compare_with_one(struct trial *trial, struct trial_comparison *comparison,
                             const struct candidate *cell, const struct candidate *with_one)
{
    struct trial_member *member = trial_member(trial, comparison, cell, with_one);
    if (member) {
        fill_costs(trial, with_one, member->above);
        fill_costs(trial, cell, member->below);
    }
}

void trial_compare_axis(struct trial *trial, struct trial_comparison *comparison, size_t workload,
                        enum trial_axis axis)
{
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        const struct candidate *base =
            cell->point.cores == 1 ? trial_find(trial, workload, with_one(cell->point, axis))
                                   : NULL;
        if (base && base != cell) {
            compare_with_one(trial, comparison, cell, base);
        }
    }
}
