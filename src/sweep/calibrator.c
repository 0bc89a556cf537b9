#include "sweep/calibrator.h"

#include "engines/engines.h"
#include "sweep/disturbed.h"
#include "worker/worker.h"

#include <math.h>

/* The same tasks take this much more CPU time at most while nothing slows their cores down. A host
 * that executes two virtual cores on one makes it twice as much. */
#define SLOWED 1.25

void calibrator_run(struct calibrator *calibrator, uint64_t tasks, int first, int cores,
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
        .on_core = first,
        .topo = calibrator->topo,
        .looks_at_pages = calibrator->looks_at_pages,
        .memory = calibrator->memory,
    };
    worker_run(&cell, result);
    calibrator->error = calibrator->error ? calibrator->error : result->error;
}

static double time_s_of(const struct worker_result *result)
{
    return (double)(result->end_ns - result->start_ns) * 1e-9;
}

void calibrator_time(struct calibrator *calibrator, uint64_t tasks, int first, int cores,
                     struct timings *timings)
{
    struct worker_result result;
    struct surroundings_reading before, after;
    /* All cores are watched: nobody knows yet what they share. */
    struct surroundings_scope scope = {.cores = topo_cores(calibrator->topo), .ranks = 1};
    bool is_disturbed = false;
    if (calibrator->surroundings) {
        surroundings_read(calibrator->surroundings, &scope, &before);
    }
    calibrator_run(calibrator, tasks, first, cores, &result);
    if (calibrator->surroundings) {
        surroundings_read(calibrator->surroundings, &scope, &after);
        struct surroundings_change change =
            surroundings_between(calibrator->surroundings, &scope, &before, &after);
        struct disturbed_sample sample = {
            .time_s = time_s_of(&result), .watched_cores = cores, .usual_hz = NAN};
        is_disturbed = disturbed_flags(&change, &sample) != 0;
    }
    if (timings->count < CALIBRATOR_MOST) {
        timings->time_s[timings->count] = time_s_of(&result);
        timings->cpu_s[timings->count] = result.used.cpu_s;
        timings->disturbed[timings->count++] = is_disturbed;
    }
}

/* The lesser of two: one alone may be long because another process had the core meanwhile. */
static double task_s(struct calibrator *calibrator)
{
    struct worker_result first, second;
    calibrator_run(calibrator, 1, 0, 1, &first);
    if (time_s_of(&first) < CALIBRATOR_ENOUGH_S) {
        return time_s_of(&first);
    }
    calibrator_run(calibrator, 1, 0, 1, &second);
    return fmin(time_s_of(&first), time_s_of(&second));
}

void calibrator_find_work(struct calibrator *calibrator)
{
    calibrator->work = 1;
    for (;;) {
        double time_s = task_s(calibrator);
        if (calibrator->error || time_s >= CALIBRATOR_ENOUGH_S ||
            calibrator->work > UINT64_C(1) << 40) {
            return;
        }
        double factor = 1.2 * CALIBRATOR_ENOUGH_S / fmax(time_s, 1e-9);
        calibrator->work = (uint64_t)ceil((double)calibrator->work * fmax(2, fmin(factor, 100)));
    }
}

size_t calibrator_undisturbed(const struct timings *timings, double times_s[CALIBRATOR_MOST])
{
    double least_cpu_s = INFINITY;
    size_t undisturbed = 0;
    for (size_t i = 0; i < timings->count; i++) {
        least_cpu_s = fmin(least_cpu_s, timings->cpu_s[i]);
    }
    for (size_t i = 0; i < timings->count; i++) {
        bool slowed = timings->cpu_s[i] > SLOWED * least_cpu_s;
        times_s[i] = timings->disturbed[i] || slowed ? NAN : timings->time_s[i];
        undisturbed += isnan(times_s[i]) ? 0u : 1u;
    }
    return undisturbed;
}
