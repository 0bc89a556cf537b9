#include "sweep/core_speeds.h"

#include "answer/stats.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define DIFFERENT 0.03 /* on sight: calls for a closer look */

/* Cores count as unequal from here on. */
#define UNEQUAL 1.05

/* How long looking takes, and how long a measurement is: more is no more exact, less is more the
 * start of a thread than its work. */
#define SIGHT_S 0.2
#define CLOSE_S 1.0
#define LEAST_S 5e-4

enum { SIGHTS = 3, TURNS = 9 };

int core_speeds_create(struct core_speeds *speeds, size_t count)
{
    double *room = calloc(4 * count + 1, sizeof *room);
    if (!room) {
        *speeds = (struct core_speeds){0};
        return -ENOMEM;
    }
    *speeds = (struct core_speeds){
        .count = count,
        .median = room,
        .low = room + count,
        .high = room + 2 * count,
        .counted = room + 3 * count,
    };
    for (size_t core = 0; core < count; core++) {
        speeds->median[core] = speeds->counted[core] = 1;
        speeds->low[core] = speeds->high[core] = NAN;
    }
    return 0;
}

void core_speeds_free(struct core_speeds *speeds)
{
    free(speeds->median);
    *speeds = (struct core_speeds){0};
}

/* Units for a task of which so many take `budget_s`. */
static uint64_t work_within(const struct calibrator *calibrator, double budget_s, size_t count)
{
    double task_s = fmin(CALIBRATOR_ENOUGH_S, fmax(LEAST_S, budget_s / (double)count));
    return (uint64_t)fmax(1, (double)calibrator->work * task_s / CALIBRATOR_ENOUGH_S);
}

/* Over all cores several times, so that what slows one of them down for a moment is over by then.
 */
static void look(struct core_speeds *speeds, struct calibrator *calibrator)
{
    double *least_s = speeds->median;
    uint64_t work = calibrator->work;
    calibrator->work = work_within(calibrator, SIGHT_S, SIGHTS * speeds->count);
    for (int sight = 0; sight < SIGHTS; sight++) {
        for (size_t core = 0; core < speeds->count; core++) {
            struct worker_result result;
            calibrator_run(calibrator, 1, (int)core, 1, &result);
            double time_s = (double)(result.end_ns - result.start_ns) * 1e-9;
            least_s[core] = sight == 0 ? time_s : fmin(least_s[core], time_s);
        }
    }
    double first_s = least_s[0];
    for (size_t core = 0; core < speeds->count; core++) {
        speeds->median[core] = first_s / least_s[core];
    }
    calibrator->work = work;
}

static bool seems_different(double speed)
{
    return fabs(log(speed)) > DIFFERENT;
}

/* A core that slept is not at its frequency at once: one task goes before the one that counts. */
static void time_awake(struct calibrator *calibrator, size_t core, struct timings *timings)
{
    struct worker_result result;
    calibrator_run(calibrator, 1, (int)core, 1, &result);
    calibrator_time(calibrator, 1, (int)core, 1, timings);
}

static void take_ratio(struct core_speeds *speeds, size_t core, const struct timings *first,
                       const struct timings *other)
{
    double first_s[CALIBRATOR_MOST], other_s[CALIBRATOR_MOST], ratios[CALIBRATOR_MOST];
    calibrator_undisturbed(first, first_s);
    calibrator_undisturbed(other, other_s);
    struct interval ratio = stats_ratio(first_s, other_s, TURNS, ratios);
    if (ratio.n > 0) {
        speeds->median[core] = ratio.median;
        speeds->low[core] = ratio.low;
        speeds->high[core] = ratio.high;
    }
}

/* Those that seem different, beside core 0. `timings` has room for all cores. */
static void look_closely(struct core_speeds *speeds, struct calibrator *calibrator,
                         size_t different, struct timings *timings)
{
    uint64_t work = calibrator->work;
    calibrator->work = work_within(calibrator, CLOSE_S, 2 * TURNS * (different + 1));
    for (int turn = 0; turn < TURNS && !calibrator->error; turn++) {
        for (size_t core = 0; core < speeds->count; core++) {
            if (core == 0 || seems_different(speeds->median[core])) {
                time_awake(calibrator, core, &timings[core]);
            }
        }
    }
    for (size_t core = 1; core < speeds->count && !calibrator->error; core++) {
        if (timings[core].count > 0) {
            take_ratio(speeds, core, &timings[0], &timings[core]);
        }
    }
    calibrator->work = work;
}

int core_speeds_measure(struct core_speeds *speeds, struct calibrator *calibrator)
{
    size_t different = 0;
    if (speeds->count < 2) {
        return 0;
    }
    look(speeds, calibrator);
    for (size_t core = 1; core < speeds->count; core++) {
        different += seems_different(speeds->median[core]);
    }
    struct timings *timings = different > 0 ? calloc(speeds->count, sizeof *timings) : NULL;
    if (different > 0 && !timings) {
        return ENOMEM;
    }
    if (timings) {
        look_closely(speeds, calibrator, different, timings);
    }
    free(timings);
    core_speeds_count(speeds);
    return calibrator->error;
}

void core_speeds_count(struct core_speeds *speeds)
{
    for (size_t core = 0; core < speeds->count; core++) {
        bool differs = speeds->low[core] > UNEQUAL || speeds->high[core] < 1 / UNEQUAL;
        speeds->counted[core] = differs ? speeds->median[core] : 1;
    }
}

const double *core_speeds_unequal(const struct core_speeds *speeds)
{
    for (size_t core = 0; core < speeds->count; core++) {
        if (speeds->counted[core] != 1) {
            return speeds->counted;
        }
    }
    return NULL;
}
