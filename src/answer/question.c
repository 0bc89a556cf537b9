#include "answer/question.h"

#include "answer/stats.h"

#include <math.h>

size_t question_cells_per_cores(const struct question *question)
{
    return question->ranks * question->threads * question->depths;
}

size_t question_first_cell(const struct question *question, size_t workload, size_t cores_index)
{
    return (workload * question->cores + cores_index) * question_cells_per_cores(question);
}

size_t question_cores_index(const struct question *question, int cores)
{
    size_t i = 0;
    while (i + 1 < question->cores && question->cores_axis[i] != cores) {
        i++;
    }
    return i;
}

struct point question_point(const struct question *question, size_t cell)
{
    size_t depth = cell % question->depths;
    cell /= question->depths;
    size_t threads = cell % question->threads;
    cell /= question->threads;
    size_t ranks = cell % question->ranks;
    cell /= question->ranks;
    return (struct point){
        .ranks = question->ranks_axis[ranks],
        .threads = question->threads_axis[threads],
        .depth = question->depth_axis[depth],
        .cores = question->cores_axis[cell % question->cores],
    };
}

size_t question_workload_of(const struct question *question, size_t cell)
{
    return cell / (question_cells_per_cores(question) * question->cores);
}

/* Adds the axis to the cell's number: its index where the value stands, or QUESTION_NO_CELL. */
static size_t along_axis(size_t cell, const int *axis, size_t count, int value)
{
    for (size_t i = 0; cell != QUESTION_NO_CELL && i < count; i++) {
        if (axis[i] == value) {
            return cell * count + i;
        }
    }
    return QUESTION_NO_CELL;
}

size_t question_cell(const struct question *question, size_t workload, struct point point)
{
    size_t cell = workload;
    cell = along_axis(cell, question->cores_axis, question->cores, point.cores);
    cell = along_axis(cell, question->ranks_axis, question->ranks, point.ranks);
    cell = along_axis(cell, question->threads_axis, question->threads, point.threads);
    cell = along_axis(cell, question->depth_axis, question->depths, point.depth);
    return cell != QUESTION_NO_CELL && question->status[cell] == CELL_DONE ? cell
                                                                           : QUESTION_NO_CELL;
}

size_t question_valid(const struct question *question, size_t cell)
{
    size_t valid = 0;
    for (size_t r = 0; r < question->samples->rounds; r++) {
        valid += samples_valid(question->samples, cell, r) != 0;
    }
    return valid;
}

double question_tasks(const struct question_workload *workload, int cores)
{
    return (double)workload->tasks * (workload->weak ? cores : 1);
}

bool question_is_fed(const struct question *question, const struct question_workload *workload,
                     struct point point)
{
    double walked_bytes = workload->memory_bytes * question_tasks(workload, point.cores);
    return level_is_fed(&question->caches, workload->footprint, point, walked_bytes);
}

/* By round: the lesser of two variables, per task. */
static void least_per_task(const struct question *question, size_t cell, enum sample_variable a,
                           enum sample_variable b, double *values)
{
    const struct samples *samples = question->samples;
    double tasks = question_tasks(&question->workload[question_workload_of(question, cell)],
                                  question_point(question, cell).cores);
    size_t first = cell * samples->rounds;
    for (size_t r = 0; r < samples->rounds; r++) {
        double least = fmin(samples->value[a][first + r], samples->value[b][first + r]);
        values[r] = samples_valid(samples, cell, r) ? least / tasks : NAN;
    }
}

void question_task_times(const struct question *question, size_t cell, double *task_times)
{
    least_per_task(question, cell, SAMPLE_TIME, SAMPLE_TIME, task_times);
}

void question_task_cpu(const struct question *question, size_t cell, double *task_cpu)
{
    least_per_task(question, cell, SAMPLE_CPU, SAMPLE_CPU, task_cpu);
}

void question_task_costs(const struct question *question, size_t cell, double *task_costs)
{
    least_per_task(question, cell, SAMPLE_TIME, SAMPLE_CPU, task_costs);
}

double question_median(const struct question *question, size_t cell, enum sample_variable variable,
                       double *scratch)
{
    const struct samples *samples = question->samples;
    const double *value = &samples->value[variable][cell * samples->rounds];
    for (size_t r = 0; r < samples->rounds; r++) {
        scratch[r] = samples_valid(samples, cell, r) ? value[r] : NAN;
    }
    return stats_median(scratch, samples->rounds).median;
}
