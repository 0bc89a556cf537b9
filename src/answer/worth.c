#include "answer/worth.h"

#include "answer/stats.h"
#include "answer/unequal.h"

#include <math.h>

/* Workers that take turns at one list share that, and not what the cores need. */
static bool holds_for(const struct question_workload *workload)
{
    enum kernel_guard guard = workload->kernel.guard;
    return workload->kernel.computes && workload->calibrated.worth &&
           (guard == KERNEL_GUARD_ABSENT || guard == KERNEL_GUARD_SHARDED);
}

/* The most that calibration leaves open; without an interval of its own, what it found. */
static double most_of(const struct question_workload *workload, size_t cores_index)
{
    const double *high = workload->calibrated.worth_high;
    return fmax(workload->calibrated.worth[cores_index], high ? high[cores_index] : NAN);
}

struct worth worth_of(const struct question *question, size_t workload, int cores,
                      enum worth_trust trust)
{
    const struct question_workload *asked = &question->workload[workload];
    size_t cores_index = question_cores_index(question, cores);
    struct worth worth = {.trust = trust, .times = cores, .calibrated = NAN};
    if (cores == 1 || !holds_for(asked) || !(asked->calibrated.worth[cores_index] > 0)) {
        return worth;
    }
    worth.calibrated = asked->calibrated.worth[cores_index];
    worth.disturbed = asked->calibrated.disturbed && asked->calibrated.disturbed[cores_index];
    if (trust != WORTH_CONTRADICTED) {
        double found = trust == WORTH_FOUND ? worth.calibrated : most_of(asked, cores_index);
        worth.times = fmin(found, cores);
    }
    return worth;
}

bool worth_is_contradicted(const struct question *question, size_t workload, size_t cores_index,
                           double *scratch)
{
    size_t rounds = question->samples->rounds, found = 0;
    double *serial = scratch, *other = scratch + rounds, *ratios = scratch + 2 * rounds;
    int cores = question->cores_axis[cores_index];
    size_t first = question_first_cell(question, workload, cores_index);
    size_t one = question_cell(question, workload, (struct point){1, 1, 1, 1});
    struct worth most = worth_of(question, workload, cores, WORTH_AT_MOST);
    if (question->workload[workload].engine.has_waits || one == QUESTION_NO_CELL) {
        return false;
    }
    /* With few tasks the faster ones of unequal cores may have more of them. */
    double possible = WORTH_SLACK * most.times * unequal_cores(question, workload, cores).in_all;
    question_task_costs(question, one, serial);
    for (size_t cell = first; cell < first + question_cells_per_cores(question); cell++) {
        if (question->status[cell] == CELL_DONE) {
            question_task_times(question, cell, other);
            found += stats_ratio(serial, other, rounds, ratios).low > possible;
        }
    }
    return found > 0;
}
