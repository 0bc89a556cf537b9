#include "answer/trial_cells.h"

#include "answer/work.h"

#include <math.h>

const struct question_workload *trial_workload(const struct trial *trial, size_t workload)
{
    return &trial->question->workload[workload];
}

const struct question_workload *trial_workload_of(const struct trial *trial,
                                                  const struct candidate *cell)
{
    return trial_workload(trial, question_workload_of(trial->question, cell->cell));
}

static bool lies_as_serial(const struct trial *trial, size_t workload, struct point point)
{
    const struct caches *caches = &trial->question->caches;
    struct footprint footprint = trial_workload(trial, workload)->footprint;
    struct level_range serial = level_find(caches, footprint, (struct point){1, 1, 1, 1});
    struct level_range there = level_find(caches, footprint, point);
    return there.near == serial.near && there.far == serial.near &&
           !question_is_fed(trial->question, trial_workload(trial, workload), point);
}

const struct candidate *trial_find(const struct trial *trial, size_t workload, struct point point)
{
    return lies_as_serial(trial, workload, point)
               ? candidates_find(&trial->candidates[workload], point)
               : NULL;
}

const struct candidate *trial_serial(const struct trial *trial, size_t workload)
{
    return trial_find(trial, workload, (struct point){1, 1, 1, 1});
}

const struct candidate *trial_next(const struct trial *trial, size_t workload,
                                   const struct candidate *cell)
{
    do {
        cell = candidates_next(&trial->candidates[workload], cell);
    } while (cell && !lies_as_serial(trial, workload, cell->point));
    return cell;
}

int trial_most_cores(const struct trial *trial, size_t workload)
{
    int most = 0;
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        int cores = cell->point.cores;
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

bool trial_has_point(struct trial_points points, struct point point)
{
    return (points.cores == 0 || points.cores == point.cores) && points.admits(point);
}

struct trial_fastest trial_fastest(const struct trial *trial, size_t workload,
                                   struct trial_points points)
{
    struct trial_fastest fastest = {NULL, NULL};
    double least_s = INFINITY, next_s = INFINITY;
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        if (!trial_has_point(points, cell->point)) {
            continue;
        }
        double tasks = question_tasks(trial_workload(trial, workload), cell->point.cores);
        double time_s = trial_median(trial, cell, SAMPLE_TIME) / tasks;
        time_s = isnan(time_s) ? INFINITY : time_s;
        if (!fastest.cell || time_s < least_s) {
            fastest = (struct trial_fastest){cell, fastest.cell};
            next_s = least_s;
            least_s = time_s;
        } else if (!fastest.next || time_s < next_s) {
            fastest.next = cell;
            next_s = time_s;
        }
    }
    return fastest;
}

const struct candidate *trial_deepest(const struct trial *trial, int below, double latency_s)
{
    const struct candidate *deepest = NULL;
    int most = 1;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (!work_waits_by_timer(workload) || (latency_s > 0 && workload->latency_s != latency_s)) {
            continue;
        }
        for (const struct candidate *cell = trial_next(trial, w, NULL); cell;
             cell = trial_next(trial, w, cell)) {
            struct point point = cell->point;
            if (point_is_async(point) && point.depth > most && point.depth < below &&
                point.depth <= question_tasks(workload, 1)) {
                most = point.depth;
                deepest = cell;
            }
        }
    }
    return deepest;
}
