#include "answer/bounds.h"

#include <math.h>
#include <stdbool.h>

const char *const bound_names[BOUND_COUNT] = {
    [BOUND_CORES] = "cores",
    [BOUND_DEPTH] = "depth",
    [BOUND_MEMORY] = "memory",
    [BOUND_LOCK] = "lock",
};

/* NAN and ∞ (nothing known, nothing needed) do not bound. */
static double at_most(double tasks_per_s)
{
    return tasks_per_s >= 0 ? tasks_per_s : INFINITY;
}

struct bounds bounds_at(const struct bound_inputs *inputs, struct point point)
{
    double in_flight = fmin((double)point_concurrency(point), (double)inputs->tasks);
    double task_s = inputs->compute_s + inputs->wait_s;
    bool every_core_has_work = inputs->wait_s == 0 && in_flight >= point.cores;

    struct bounds bounds = {
        .tasks_per_s =
            {
                [BOUND_CORES] = at_most(inputs->cores_worth / inputs->compute_s),
                [BOUND_DEPTH] = every_core_has_work ? INFINITY : at_most(in_flight / task_s),
                [BOUND_MEMORY] =
                    inputs->bytes > 0 ? at_most(inputs->bandwidth / inputs->bytes) : INFINITY,
                [BOUND_LOCK] = inputs->lock ? at_most(point.ranks / inputs->compute_s) : INFINITY,
            },
        .lowest = BOUND_CORES,
    };
    for (int b = 0; b < BOUND_COUNT; b++) {
        /* A bandwidth taken from the same cores is the same bound: then it is the memory's. */
        double margin = b == BOUND_MEMORY ? 1 + 1e-9 : 1;
        if (bounds.tasks_per_s[b] < margin * bounds.tasks_per_s[bounds.lowest]) {
            bounds.lowest = (enum bound)b;
        }
    }
    return bounds;
}
