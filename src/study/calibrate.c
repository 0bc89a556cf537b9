#include "study/calibrate.h"

#include "run/registry.h"
#include "run/worker.h"
#include "system/clock.h"

#include <math.h>
#include <string.h>

enum { REPEATS = 7 };
#define ENOUGH_S 5e-3 /* a task long enough for the clock and for a thread to start */

/* Carries out `tasks` tasks of `work` units on C cores by C threads; 0, or an errno. */
static int run_on(const struct workload *workload, uint64_t work, uint64_t tasks, int cores,
                  const struct topo *topo, struct worker_result *result)
{
    struct task_spec spec = workload->spec;
    spec.work = work;
    spec.waits = 0;
    spec.lock = false;
    struct worker_cell cell = {
        .kernel = workload->kernel,
        .engine = registry_engine("none"),
        .spec = &spec,
        .tasks = tasks,
        .point = {.ranks = 1, .threads = cores, .depth = 1, .cores = cores},
        .topo = topo,
    };
    worker_run(&cell, result);
    return result->error;
}

/* Time of it in s; NAN with *error set. */
static double time_on(const struct workload *workload, uint64_t work, uint64_t tasks, int cores,
                      const struct topo *topo, int *error)
{
    struct worker_result result;
    int failed = run_on(workload, work, tasks, cores, topo, &result);
    if (failed) {
        *error = failed;
        return NAN;
    }
    return (double)(result.end_ns - result.start_ns) * 1e-9;
}

/* Units of work that take at least ENOUGH_S on one core; 0 with *error set. */
static uint64_t enough_work(const struct workload *workload, const struct topo *topo, int *error)
{
    uint64_t work = 1;
    for (;;) {
        double time_s = time_on(workload, work, 1, 1, topo, error);
        if (*error) {
            return 0;
        }
        if (time_s >= ENOUGH_S || work > UINT64_C(1) << 40) {
            return work;
        }
        double factor = 1.2 * ENOUGH_S / fmax(time_s, 1e-9);
        work = (uint64_t)ceil((double)work * fmax(2, fmin(factor, 100)));
    }
}

/* Whatever else runs on the machine only ever adds to a time. */
static double least(const double *time_s, size_t count)
{
    double found = time_s[0];
    for (size_t i = 1; i < count; i++) {
        found = fmin(found, time_s[i]);
    }
    return found;
}

int calibrate_kernel(struct calibration *calibration, const struct workload *workload,
                     const struct axis_values *cores, const struct topo *topo)
{
    enum { TASKS = 4 };
    int error = 0;
    calibration->kernel = workload->kernel;
    memcpy(calibration->option, workload->spec.kernel_option, sizeof calibration->option);
    uint64_t work = enough_work(workload, topo, &error);
    double time_s[REPEATS];
    for (int i = 0; i < REPEATS && !error; i++) {
        time_s[i] = time_on(workload, work, TASKS, 1, topo, &error);
    }
    if (error) {
        return error;
    }
    calibration->unit_s = least(time_s, REPEATS) / (double)work / TASKS;
    for (size_t c = 0; c < cores->count; c++) {
        int count = cores->value[c];
        double alone_s[REPEATS], together_s[REPEATS];
        calibration->worth[c] = count == 1 ? 1 : NAN;
        if (count == 1 || count > topo_cores(topo)) {
            continue;
        }
        for (int i = 0; i < REPEATS && !error; i++) {
            uint64_t all = TASKS * (uint64_t)count;
            alone_s[i] = time_on(workload, work, TASKS, 1, topo, &error);
            together_s[i] = time_on(workload, work, all, count, topo, &error);
        }
        if (error) {
            return error;
        }
        calibration->worth[c] = count * least(alone_s, REPEATS) / least(together_s, REPEATS);
    }
    return 0;
}

/* Time in s of one task on each of the cores. Where another process took a core away meanwhile, it
 * is what the CPUs worked; by the clock otherwise, because what a host takes away counts. */
static double undisturbed_time_on(const struct workload *workload, uint64_t work, int cores,
                                  const struct topo *topo, int *error)
{
    struct worker_result result;
    int failed = run_on(workload, work, (uint64_t)cores, cores, topo, &result);
    if (failed) {
        *error = failed;
        return NAN;
    }
    return result.used.switches_involuntary > 0 ? result.used.cpu_s / cores
                                                : (double)(result.end_ns - result.start_ns) * 1e-9;
}

double calibrate_worth(const struct workload *workload, int cores, double budget_s,
                       const struct topo *topo, int *error)
{
    enum { TURNS_LEAST = 3 };
    double alone_s = INFINITY, together_s = INFINITY;
    int64_t end_ns = clock_now_ns() + (int64_t)(budget_s * 1e9);
    uint64_t work = enough_work(workload, topo, error);
    for (int turn = 0; !*error && (turn < TURNS_LEAST || clock_now_ns() < end_ns); turn++) {
        alone_s = fmin(alone_s, undisturbed_time_on(workload, work, 1, topo, error));
        together_s = fmin(together_s, undisturbed_time_on(workload, work, cores, topo, error));
    }
    return *error ? NAN : cores * alone_s / together_s;
}
