/* How rules find their cells: by what workloads and points are, never by name. */
#include "answer/claims_internal.h"

#include <math.h>
#include <string.h>

void trial_values(const struct trial *trial, size_t cell, enum sample_variable variable,
                  double *values)
{
    const struct samples *samples = trial->question->samples;
    const double *all = &samples->value[variable][cell * samples->rounds];
    for (size_t r = 0; r < samples->rounds; r++) {
        values[r] = samples_votes(samples, cell, r) ? all[r] : NAN;
    }
}

double trial_median(const struct trial *trial, size_t cell, enum sample_variable variable)
{
    return question_median(trial->question, cell, variable, trial->scratch);
}

const struct question_workload *trial_workload(const struct trial *trial, size_t workload)
{
    return &trial->question->workload[workload];
}

const struct question_workload *trial_workload_of(const struct trial *trial, size_t cell)
{
    return trial_workload(trial, question_workload_of(trial->question, cell));
}

void trial_beyond(const struct trial *trial, size_t cell, size_t other,
                  enum sample_variable variable, double *values)
{
    trial_values(trial, cell, variable, values);
    trial_values(trial, other, variable, trial->scratch);
    for (size_t r = 0; r < trial->rounds; r++) {
        values[r] -= trial->scratch[r];
    }
}

bool work_is_waiting(const struct question_workload *workload)
{
    return workload->has_waits && workload->waits > 0 && workload->wait_fraction != 0 &&
           workload->guard == KERNEL_GUARD_ABSENT;
}

bool work_is_computing(const struct question_workload *workload)
{
    return workload->computes && workload->guard == KERNEL_GUARD_ABSENT;
}

bool work_only_computes(const struct question_workload *workload)
{
    return work_is_computing(workload) && !work_is_waiting(workload);
}

bool work_only_waits(const struct question_workload *workload)
{
    return work_is_waiting(workload) && !workload->computes;
}

/* Equal, or neither is a number. */
static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

bool work_is_same(const struct question_workload *a, const struct question_workload *b)
{
    return strcmp(a->kernel, b->kernel) == 0 && strcmp(a->engine, b->engine) == 0 &&
           a->guard == b->guard && a->tasks == b->tasks && a->weak == b->weak &&
           a->lock == b->lock && a->waits == b->waits && a->traced == b->traced &&
           is_same(a->latency_s, b->latency_s) && is_same(a->flops, b->flops) &&
           is_same(a->memory_bytes, b->memory_bytes) && is_same(a->wait_bytes, b->wait_bytes) &&
           is_same(a->wait_fraction, b->wait_fraction);
}

size_t trial_cell(const struct trial *trial, size_t workload, int ranks, int threads, int depth,
                  int cores)
{
    struct point point = {ranks, threads, depth, cores};
    return question_cell(trial->question, workload, point);
}

size_t trial_serial(const struct trial *trial, size_t workload)
{
    return trial_cell(trial, workload, 1, 1, 1, 1);
}

size_t trial_next_cell(const struct trial *trial, size_t workload, size_t cell)
{
    const struct question *question = trial->question;
    size_t each = question_cells_per_cores(question) * question->cores;
    cell = cell == QUESTION_NO_CELL ? workload * each : cell + 1;
    while (cell < (workload + 1) * each && question->status[cell] != CELL_DONE) {
        cell++;
    }
    return cell < (workload + 1) * each ? cell : QUESTION_NO_CELL;
}

int trial_most_cores(const struct trial *trial, size_t workload)
{
    int most = 0;
    for (size_t cell = trial_next_cell(trial, workload, QUESTION_NO_CELL); cell != QUESTION_NO_CELL;
         cell = trial_next_cell(trial, workload, cell)) {
        int cores = question_point(trial->question, cell).cores;
        most = cores > most ? cores : most;
    }
    return most;
}

static bool has_one_core(const struct trial *trial)
{
    const struct question *question = trial->question;
    return question->cores == 1 && question->cores_axis[0] == 1;
}

int trial_several_cores(struct trial *trial, size_t workload)
{
    int cores = trial_most_cores(trial, workload);
    trial->lacks_cores |= cores == 1 && has_one_core(trial);
    return cores > 1 ? cores : 0;
}

bool point_is_threads(struct point point)
{
    return point.threads > 1 && point.ranks == 1 && point.depth == 1;
}

bool point_is_processes(struct point point)
{
    return point.ranks > 1 && point.threads == 1 && point.depth == 1;
}

bool point_is_async(struct point point)
{
    return point.depth > 1 && point_workers(point) == 1;
}

size_t trial_fastest(const struct trial *trial, size_t workload, int cores, point_test *admits)
{
    size_t fastest = QUESTION_NO_CELL;
    double least_s = INFINITY;
    for (size_t cell = trial_next_cell(trial, workload, QUESTION_NO_CELL); cell != QUESTION_NO_CELL;
         cell = trial_next_cell(trial, workload, cell)) {
        struct point point = question_point(trial->question, cell);
        if (point.cores != cores || !admits(point)) {
            continue;
        }
        double time_s = trial_median(trial, cell, SAMPLE_TIME);
        if (fastest == QUESTION_NO_CELL || time_s < least_s) {
            fastest = cell;
            least_s = isnan(time_s) ? INFINITY : time_s;
        }
    }
    return fastest;
}

bool work_waits_by_timer(const struct question_workload *workload)
{
    return work_only_waits(workload) && workload->latency_s > 0 && !workload->lock;
}

size_t trial_largest(const struct trial *trial, size_t workload, point_test *admits)
{
    size_t found = QUESTION_NO_CELL;
    long most = 1;
    for (size_t cell = trial_next_cell(trial, workload, QUESTION_NO_CELL); cell != QUESTION_NO_CELL;
         cell = trial_next_cell(trial, workload, cell)) {
        struct point point = question_point(trial->question, cell);
        if (point.cores == 1 && admits(point) && point_concurrency(point) > most) {
            most = point_concurrency(point);
            found = cell;
        }
    }
    return found;
}

size_t trial_deepest(const struct trial *trial, int below, double latency_s)
{
    size_t deepest = QUESTION_NO_CELL;
    int most = 1;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (!work_waits_by_timer(workload) || (latency_s > 0 && workload->latency_s != latency_s)) {
            continue;
        }
        for (size_t cell = trial_next_cell(trial, w, QUESTION_NO_CELL); cell != QUESTION_NO_CELL;
             cell = trial_next_cell(trial, w, cell)) {
            struct point point = question_point(trial->question, cell);
            if (point_is_async(point) && point.depth > most && point.depth < below &&
                point.depth <= question_tasks(workload, 1)) {
                most = point.depth;
                deepest = cell;
            }
        }
    }
    return deepest;
}
