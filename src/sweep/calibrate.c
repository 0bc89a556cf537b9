#include "sweep/calibrate.h"

#include "answer/stats.h"
#include "engines/engines.h"
#include "sweep/disturbed.h"
#include "system/clock.h"
#include "worker/worker.h"

#include <math.h>
#include <string.h>

enum { REPEATS = 9, TASKS = 4, ALONE_MOST = 16 * REPEATS };
#define ENOUGH_S 5e-3 /* a task long enough for the clock and for a thread to start */
#define LONGEST_S 2.0 /* of waiting for others to end */

struct calibrator {
    const struct workload *workload;
    const struct topo *topo;
    struct surroundings *surroundings;
    int64_t end_ns; /* of more repetitions than there must be */
    uint64_t work;  /* units in a task */
    int error;      /* the first errno */
    /* Undisturbed times of TASKS tasks on one core, among others while worths are measured: a
     * machine is faster for a moment, and when it has nothing else to do. */
    double alone_s[ALONE_MOST];
    size_t alone;
};

/* The least of several times: whatever else runs on the machine only ever adds to one. */
struct least {
    double time_s;
    bool disturbed; /* the last one */
};

/* Carries out `tasks` tasks on C cores by C threads. */
static void run_on(struct calibrator *calibrator, uint64_t tasks, int cores,
                   struct worker_result *result)
{
    struct task_spec spec = calibrator->workload->spec;
    spec.work = calibrator->work;
    spec.waits = 0;
    spec.lock = false;
    struct worker_cell cell = {
        .kernel = calibrator->workload->kernel,
        .engine = engines_find("none"),
        .spec = &spec,
        .tasks = tasks,
        .point = {.ranks = 1, .threads = cores, .depth = 1, .cores = cores},
        .topo = calibrator->topo,
    };
    worker_run(&cell, result);
    calibrator->error = calibrator->error ? calibrator->error : result->error;
}

static double time_s_of(const struct worker_result *result)
{
    return (double)(result->end_ns - result->start_ns) * 1e-9;
}

/* Measures it once more, and whether others disturbed it. Returns this time. */
static double time_on(struct calibrator *calibrator, uint64_t tasks, int cores, struct least *least)
{
    struct worker_result result;
    struct surroundings_reading before, after;
    /* All cores are watched: nobody knows yet what they share. */
    struct surroundings_scope scope = {.cores = topo_cores(calibrator->topo), .ranks = 1};
    if (calibrator->surroundings) {
        surroundings_read(calibrator->surroundings, &scope, &before);
    }
    run_on(calibrator, tasks, cores, &result);
    least->time_s = fmin(least->time_s, time_s_of(&result));
    least->disturbed = false;
    if (calibrator->surroundings) {
        surroundings_read(calibrator->surroundings, &scope, &after);
        struct surroundings_change change =
            surroundings_between(calibrator->surroundings, &scope, &before, &after);
        struct disturbed_sample sample = {
            .time_s = time_s_of(&result), .watched_cores = cores, .usual_hz = NAN};
        least->disturbed = disturbed_flags(&change, &sample) != 0;
    }
    return time_s_of(&result);
}

/* Makes the work of a task take at least ENOUGH_S on one core. */
static void find_work(struct calibrator *calibrator)
{
    calibrator->work = 1;
    for (;;) {
        struct least least = {.time_s = INFINITY};
        time_on(calibrator, 1, 1, &least);
        if (calibrator->error || least.time_s >= ENOUGH_S || calibrator->work > UINT64_C(1) << 40) {
            return;
        }
        double factor = 1.2 * ENOUGH_S / fmax(least.time_s, 1e-9);
        calibrator->work = (uint64_t)ceil((double)calibrator->work * fmax(2, fmin(factor, 100)));
    }
}

/* Until enough repetitions were undisturbed, or the time for that is over. */
static bool goes_on(const struct calibrator *calibrator, int repetitions, int undisturbed)
{
    return !calibrator->error && (repetitions < REPEATS ||
                                  (undisturbed < REPEATS && clock_now_ns() < calibrator->end_ns));
}

/* TASKS tasks on one core once more; kept when nobody disturbed them. */
static void time_alone(struct calibrator *calibrator, struct least *least)
{
    double time_s = time_on(calibrator, TASKS, 1, least);
    if (!least->disturbed && calibrator->alone < ALONE_MOST) {
        calibrator->alone_s[calibrator->alone++] = time_s;
    }
}

/* The least of all repetitions on one core, enough of them undisturbed or *disturbed is true. */
static double time_alone_enough(struct calibrator *calibrator, bool *disturbed)
{
    struct least alone = {.time_s = INFINITY};
    for (int i = 0; goes_on(calibrator, i, (int)calibrator->alone); i++) {
        time_alone(calibrator, &alone);
    }
    *disturbed |= calibrator->alone < REPEATS;
    return alone.time_s;
}

/* What `cores` cores together do, one core being 1; alternating, so that both see the same. */
static double worth_of(struct calibrator *calibrator, int cores, bool *disturbed)
{
    struct least alone = {.time_s = INFINITY}, together = alone;
    int undisturbed = 0;
    for (int i = 0; goes_on(calibrator, i, undisturbed); i++) {
        time_alone(calibrator, &alone);
        time_on(calibrator, TASKS * (uint64_t)cores, cores, &together);
        undisturbed += !alone.disturbed && !together.disturbed;
    }
    *disturbed |= undisturbed < REPEATS;
    return cores * alone.time_s / together.time_s;
}

int calibrate_kernel(struct calibration *calibration, const struct workload *workload,
                     const struct job_axis_values *cores, const struct topo *topo,
                     struct surroundings *surroundings)
{
    struct calibrator calibrator = {
        .workload = workload,
        .topo = topo,
        .surroundings = surroundings,
        .end_ns = clock_now_ns() + (int64_t)(LONGEST_S * 1e9),
    };
    calibration->kernel = workload->kernel;
    memcpy(calibration->option, workload->spec.kernel_option, sizeof calibration->option);
    calibration->disturbed = false;
    find_work(&calibrator);
    double tasks_s = time_alone_enough(&calibrator, &calibration->disturbed);
    for (size_t c = 0; c < cores->count && !calibrator.error; c++) {
        int count = cores->value[c];
        calibration->worth[c] = count == 1 ? 1 : NAN;
        if (count > 1 && count <= topo_cores(topo)) {
            calibration->worth[c] = worth_of(&calibrator, count, &calibration->disturbed);
        }
    }
    if (calibrator.alone >= REPEATS) { /* else the least of all has to do */
        tasks_s = stats_median(calibrator.alone_s, calibrator.alone).median;
    }
    calibration->unit_s = tasks_s / (TASKS * (double)calibrator.work);
    return calibrator.error;
}

/* Where another process took a core away meanwhile, what the CPUs worked; by the clock otherwise,
 * because what a host takes away counts, and the end of the last of the threads. */
static double worked_s(struct calibrator *calibrator, int cores)
{
    const double least_busy = 0.9;
    struct worker_result result;
    run_on(calibrator, TASKS * (uint64_t)cores, cores, &result);
    double time_s = time_s_of(&result), worked_s = result.used.cpu_s / cores;
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
    find_work(&calibrator);
    while (!calibrator.error && turns < TURNS_MOST &&
           (turns < TURNS_LEAST || clock_now_ns() < end_ns)) {
        double alone_s = worked_s(&calibrator, 1);
        worth[turns++] = cores * alone_s / worked_s(&calibrator, cores);
    }
    *error = calibrator.error;
    return calibrator.error ? NAN : stats_median(worth, turns).median;
}
