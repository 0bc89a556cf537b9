#include "answer/bounds.h"

#include "model/placement.h"

#include <math.h>
#include <stdbool.h>

/* Sums in another order may differ by so much. */
#define SAME 1e-9

const char *const bound_names[BOUND_COUNT] = {
    [BOUND_CORES] = "cores", [BOUND_DEPTH] = "depth", [BOUND_MEMORY] = "memory",
    [BOUND_LOCK] = "lock",   [BOUND_WAVES] = "waves",
};

/* NAN and ∞ (nothing known, nothing needed) do not bound. */
static double at_most(double tasks_per_s)
{
    return tasks_per_s >= 0 ? tasks_per_s : INFINITY;
}

static double speed_of(const struct bound_inputs *inputs, int core)
{
    return inputs->speed ? inputs->speed[core] : 1;
}

/* What the cores are worth when none of them has to wait for a slower one. */
static double worth_in_all(const struct bound_inputs *inputs, struct point point)
{
    double slowest = INFINITY, sum = 0;
    for (int core = 0; core < point.cores; core++) {
        slowest = fmin(slowest, speed_of(inputs, core));
        sum += speed_of(inputs, core);
    }
    return inputs->cores_worth * sum / (slowest * point.cores);
}

/* CPU time of a core's tasks when it has its speed of a core alone. */
static double computing_s(const struct bound_inputs *inputs, struct point point, int core)
{
    return (double)placement_tasks_of_core(point, core, inputs->tasks) * inputs->compute_s /
           speed_of(inputs, core);
}

/* The least time in which the cores compute their tasks. Those that are still busy when others are
 * done have their speeds of a core alone, unless all cores together are worth less than that. */
static double least_computing_s(const struct bound_inputs *inputs, struct point point)
{
    double worth = worth_in_all(inputs, point), done_s = 0, time_s = 0;
    for (;;) { /* until the next of the cores is done */
        double next_s = INFINITY, last_s = 0, busy = 0;
        for (int core = 0; core < point.cores; core++) {
            double core_s = computing_s(inputs, point, core);
            last_s = fmax(last_s, core_s);
            if (core_s > done_s) {
                next_s = fmin(next_s, core_s);
                busy += speed_of(inputs, core);
            }
        }
        if (!(busy > worth)) {
            return time_s + last_s - done_s;
        }
        time_s += (next_s - done_s) * busy / worth;
        done_s = next_s;
    }
}

/* What the tasks of a core take at least, in two ways, each by the CPU time in it and by how often
 * the wait of a task is in it. */
struct least_core {
    double once_s;         /* and one wait */
    double waves_s, waves; /* and so many waits */
};

/* Either all tasks but those that are in flight last have been computed when the last of them
 * begins to wait, and so have the beginnings of these. Or the worker with the most tasks has the
 * last of them begin when as many waves have passed as its depth needs for those before. */
static struct least_core least_core(const struct bound_inputs *inputs, struct point point, int core)
{
    double compute_s = inputs->compute_s / speed_of(inputs, core);
    double beginning_s = inputs->beginning_s / speed_of(inputs, core);
    double tasks = (double)placement_tasks_of_core(point, core, inputs->tasks);
    double workers =
        (double)(placement_first_worker(point, core + 1) - placement_first_worker(point, core));
    double in_flight = fmin(tasks, workers * point.depth);
    double most = ceil(tasks / workers), waves = ceil(most / point.depth);
    double last_wave = most - (waves - 1) * point.depth;
    return (struct least_core){
        .once_s = (tasks - in_flight + 1) * compute_s + (in_flight - 1) * beginning_s,
        .waves_s = waves * compute_s + (last_wave - 1) * beginning_s,
        .waves = waves,
    };
}

static double least_core_s(const struct bound_inputs *inputs, struct point point, int core)
{
    struct least_core least = least_core(inputs, point, core);
    double wait_s = inputs->least_wait_s;
    bool has_tasks = least.waves > 0;
    return has_tasks ? fmax(least.once_s + wait_s, least.waves_s + least.waves * wait_s) : 0;
}

double bounds_most_wait_s(const struct bound_inputs *inputs, struct point point, double time_s)
{
    double most_s = INFINITY;
    for (int core = 0; core < point.cores; core++) {
        struct least_core least = least_core(inputs, point, core);
        if (least.waves > 0) {
            most_s =
                fmin(most_s, fmin(time_s - least.once_s, (time_s - least.waves_s) / least.waves));
        }
    }
    return most_s;
}

/* N over the time of the core that is done last. */
static double waves_per_s(const struct bound_inputs *inputs, struct point point)
{
    double time_s = least_computing_s(inputs, point);
    for (int core = 0; core < point.cores; core++) {
        time_s = fmax(time_s, least_core_s(inputs, point, core));
    }
    return (double)inputs->tasks / time_s;
}

/* The lowest of the first `count` bounds. */
static enum bound lowest_of(const double *tasks_per_s, int count)
{
    enum bound lowest = BOUND_CORES;
    for (int b = 0; b < count; b++) {
        /* A bandwidth taken from the same cores is the same bound: then it is the memory's. */
        double margin = b == BOUND_MEMORY ? 1 + SAME : 1 - SAME;
        lowest = tasks_per_s[b] < margin * tasks_per_s[lowest] ? (enum bound)b : lowest;
    }
    return lowest;
}

struct bounds bounds_at(const struct bound_inputs *inputs, struct point point)
{
    double in_flight = fmin((double)point_concurrency(point), (double)inputs->tasks);
    double task_s = inputs->compute_s + inputs->wait_s;

    struct bounds bounds = {
        .tasks_per_s =
            {
                [BOUND_CORES] = at_most(worth_in_all(inputs, point) / inputs->compute_s),
                [BOUND_DEPTH] = inputs->wait_s == 0 ? INFINITY : at_most(in_flight / task_s),
                [BOUND_MEMORY] =
                    inputs->bytes > 0 ? at_most(inputs->bandwidth / inputs->bytes) : INFINITY,
                [BOUND_LOCK] = inputs->lock ? at_most(point.ranks / inputs->compute_s) : INFINITY,
                [BOUND_WAVES] = at_most(waves_per_s(inputs, point)),
            },
    };
    bounds.lowest = lowest_of(bounds.tasks_per_s, BOUND_COUNT);
    bounds.lowest_of_many = lowest_of(bounds.tasks_per_s, BOUND_WAVES);
    return bounds;
}
