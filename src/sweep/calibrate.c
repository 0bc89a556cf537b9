#include "sweep/calibrate.h"

#include "answer/stats.h"
#include "sweep/calibrator.h"
#include "system/clock.h"
#include "system/pages.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { REPEATS = 9, REPEATS_LEAST = 3, TASKS = 4 };
#define LONGEST_S 2.0 /* of waiting for others to end */
#define AGAIN_S 0.5   /* of waiting for others to end, where it will be tried once more */

/* A calibration under way. */
struct calibrating {
    struct calibrator with;
    int64_t patient_ns;   /* until when others are waited for */
    int64_t hurried_ns;   /* from when on few repetitions have to do */
    struct timings alone; /* TASKS tasks on one core, also while worths are measured: a machine is
                             faster for a moment, and when it has nothing else to do */
};

static struct calibrating begin(const struct workload *workload,
                                const struct calibration_place *place, double longest_s)
{
    int64_t now_ns = clock_now_ns();
    double most_s = fmin(place->most_s, 1e9);
    struct calibrating calibrating = {
        .with = {.workload = workload,
                 .topo = place->topo,
                 .surroundings = place->surroundings,
                 .memory = place->memory},
        .patient_ns = now_ns + (int64_t)(fmin(longest_s, most_s) * 1e9),
        .hurried_ns = now_ns + (int64_t)(most_s * 1e9),
    };
    calibrator_find_work(&calibrating.with);
    return calibrating;
}

/* Until enough repetitions were undisturbed, or the time for that is over. */
static bool goes_on(const struct calibrating *calibrating, size_t repetitions, size_t undisturbed)
{
    int64_t now_ns = clock_now_ns();
    size_t least = now_ns < calibrating->hurried_ns ? REPEATS : REPEATS_LEAST;
    return !calibrating->with.error && repetitions < CALIBRATOR_MOST &&
           (repetitions < least || (undisturbed < REPEATS && now_ns < calibrating->patient_ns));
}

/* The median of what nothing disturbed, where that is enough; else the least of all has to do:
 * whatever else runs on the machine only ever adds to a time. Of a core that others never leave
 * alone, the CPU time says what the work takes. */
static double best_s(const struct timings *timings, int cores)
{
    double times_s[CALIBRATOR_MOST], least_s = INFINITY;
    size_t undisturbed = calibrator_undisturbed(timings, times_s);
    for (size_t i = 0; i < timings->count; i++) {
        least_s = fmin(least_s, fmin(timings->time_s[i], timings->cpu_s[i] / cores));
    }
    return undisturbed >= REPEATS ? stats_median(times_s, timings->count).median : least_s;
}

/* Enough repetitions on one core; true when others disturbed too many of them. */
static bool time_alone(struct calibrating *calibrating)
{
    double times_s[CALIBRATOR_MOST];
    size_t undisturbed = 0;
    for (size_t i = 0; goes_on(calibrating, i, undisturbed); i++) {
        calibrator_time(&calibrating->with, TASKS, 0, 1, &calibrating->alone);
        undisturbed = calibrator_undisturbed(&calibrating->alone, times_s);
    }
    return undisturbed < REPEATS;
}

/* Pairs of which both were left alone; NAN in both times where one was not. */
static size_t undisturbed_pairs(const struct timings *alone, const struct timings *together,
                                double *alone_s, double *together_s)
{
    size_t pairs = 0;
    calibrator_undisturbed(alone, alone_s);
    calibrator_undisturbed(together, together_s);
    for (size_t i = 0; i < together->count; i++) {
        bool is_pair = !isnan(alone_s[i]) && !isnan(together_s[i]);
        if (!is_pair) {
            alone_s[i] = together_s[i] = NAN;
        }
        pairs += is_pair;
    }
    return pairs;
}

static void add_alone(struct calibrating *calibrating, const struct timings *alone)
{
    struct timings *all = &calibrating->alone;
    for (size_t i = 0; i < alone->count && all->count < CALIBRATOR_MOST; i++, all->count++) {
        all->time_s[all->count] = alone->time_s[i];
        all->cpu_s[all->count] = alone->cpu_s[i];
        all->disturbed[all->count] = alone->disturbed[i];
    }
}

/* What `cores` cores together do, one core being 1; alternating, so that both see the same. */
static void find_worth(struct calibrating *calibrating, int cores, size_t c,
                       struct calibration_worths *worths)
{
    struct timings alone = {.count = 0}, together = {.count = 0};
    double alone_s[CALIBRATOR_MOST] = {0}, together_s[CALIBRATOR_MOST] = {0};
    double ratios[CALIBRATOR_MOST];
    size_t undisturbed = 0;
    while (goes_on(calibrating, together.count, undisturbed)) {
        calibrator_time(&calibrating->with, TASKS, 0, 1, &alone);
        calibrator_time(&calibrating->with, TASKS * (uint64_t)cores, 0, cores, &together);
        undisturbed = undisturbed_pairs(&alone, &together, alone_s, together_s);
    }
    add_alone(calibrating, &alone);
    struct interval ratio = stats_ratio(alone_s, together_s, together.count, ratios);
    worths->disturbed[c] = undisturbed < REPEATS;
    worths->median[c] =
        cores * (undisturbed > 0 ? ratio.median : best_s(&alone, 1) / best_s(&together, cores));
    worths->low[c] = cores * ratio.low;
    worths->high[c] = cores * ratio.high;
}

/* Whether Linux has huge pages for the kernel: what part of a footprint they hold. */
static double huge_pages(struct calibrating *calibrating)
{
    const struct workload *workload = calibrating->with.workload;
    double bytes = kernel_footprint(workload->kernel, &workload->spec).bytes;
    struct worker_result result = {.huge_bytes = NAN};
    if (bytes >= 2.0 * PAGES_HUGE_BYTES) { /* then it fills one for sure */
        calibrating->with.looks_at_pages = true;
        calibrator_run(&calibrating->with, TASKS, 0, 1, &result);
        calibrating->with.looks_at_pages = false;
    }
    return isnan(result.huge_bytes) ? NAN : fmin(1, result.huge_bytes / bytes);
}

double calibrate_least_s(const struct job_axis_values *cores, int most)
{
    double tasks = REPEATS_LEAST * TASKS;
    for (size_t c = 0; c < cores->count; c++) {
        bool tries = cores->value[c] > 1 && cores->value[c] <= most;
        tasks += tries ? 2 * REPEATS_LEAST * TASKS : 0; /* alone and together */
    }
    return tasks * CALIBRATOR_ENOUGH_S;
}

int calibrate_kernel(struct calibration *calibration, const struct workload *workload,
                     const struct job_axis_values *cores, const struct calibration_place *place)
{
    struct calibration_worths *worths = &calibration->worth;
    struct calibrating calibrating = begin(workload, place, LONGEST_S);
    int failed = core_speeds_create(&calibration->speed, (size_t)topo_cores(place->topo));
    if (failed) {
        return -failed;
    }
    calibration->kernel = workload->kernel;
    memcpy(calibration->option, workload->spec.kernel_option, sizeof calibration->option);
    calibration->huge_pages = huge_pages(&calibrating);
    bool disturbed = time_alone(&calibrating);
    if (clock_now_ns() < calibrating.hurried_ns) {
        failed = core_speeds_measure(&calibration->speed, &calibrating.with);
    }
    for (size_t c = 0; c < cores->count; c++) {
        int count = cores->value[c];
        worths->median[c] = worths->low[c] = worths->high[c] = count == 1 ? 1 : NAN;
        worths->disturbed[c] = disturbed;
        if (count > 1 && count <= place->cores_most) {
            find_worth(&calibrating, count, c, worths);
        }
    }
    calibration->unit_s = best_s(&calibrating.alone, 1) / (TASKS * (double)calibrating.with.work);
    return calibrating.with.error ? calibrating.with.error : failed;
}

void calibration_free(struct calibration *calibration)
{
    core_speeds_free(&calibration->speed);
}

int calibrate_again(struct calibration *calibration, size_t c, int cores,
                    const struct workload *workload, const struct calibration_place *place)
{
    struct calibration_worths found, *known = &calibration->worth;
    struct calibrating calibrating = begin(workload, place, AGAIN_S);
    find_worth(&calibrating, cores, c, &found);
    bool more = found.median[c] > known->median[c];
    bool better = found.disturbed[c] == known->disturbed[c] ? more : !found.disturbed[c];
    if (!calibrating.with.error && better) {
        known->median[c] = found.median[c];
        known->low[c] = found.low[c];
        known->high[c] = found.high[c];
        known->disturbed[c] = found.disturbed[c];
    }
    return calibrating.with.error;
}

/* Where another process took a core away meanwhile, what the CPUs worked; by the clock otherwise,
 * because what a host takes away counts, and the end of the last of the threads. */
static double worked_s(struct calibrator *calibrator, int cores)
{
    const double least_busy = 0.9;
    struct worker_result result;
    calibrator_run(calibrator, TASKS * (uint64_t)cores, 0, cores, &result);
    double time_s = (double)(result.end_ns - result.start_ns) * 1e-9;
    double worked_s = result.used.cpu_s / cores;
    bool taken_away = result.used.switches_involuntary > 0 && worked_s < least_busy * time_s;
    return taken_away ? worked_s : time_s;
}

double calibrate_worth(const struct workload *workload, int cores, double budget_s,
                       const struct topo *topo, int *error)
{
    enum { TURNS_LEAST = 5, TURNS_MOST = 64 };
    double worth[TURNS_MOST];
    size_t turns = 0;
    int64_t end_ns = clock_now_ns() + (int64_t)(budget_s * 1e9);
    struct calibrator calibrator = {.workload = workload, .topo = topo};
    calibrator_find_work(&calibrator);
    while (!calibrator.error && turns < TURNS_MOST &&
           (turns < TURNS_LEAST || clock_now_ns() < end_ns)) {
        double alone_s = worked_s(&calibrator, 1);
        worth[turns++] = cores * alone_s / worked_s(&calibrator, cores);
    }
    *error = calibrator.error;
    return calibrator.error ? NAN : stats_median(worth, turns).median;
}
