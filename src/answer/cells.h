/* Where things stand in a question: cells, their points and their samples. */
#ifndef CUAL_ANSWER_CELLS_H
#define CUAL_ANSWER_CELLS_H

#include "answer/verdict.h"

#include <stddef.h>

#define CELLS_NONE ((size_t)-1)

/* Cells of one workload at one C stand side by side: so many, from the first. */
size_t cells_per_cores(const struct question *question);
size_t cells_first(const struct question *question, size_t workload, size_t cores_index);

/* The place of a value that stands on the cores axis. */
size_t cells_cores_index(const struct question *question, int cores);

struct point cells_point(const struct question *question, size_t cell);
size_t cells_workload(const struct question *question, size_t cell);

/* The cell of a point; CELLS_NONE when it is not in the cube or has not been measured. */
size_t cells_find(const struct question *question, size_t workload, struct point point);

/* Rounds in which the cell has a sample that votes. */
size_t cells_votes(const struct question *question, size_t cell);

/* Tasks of a workload's cells at so many cores: times C under weak scaling. */
double cells_tasks(const struct question_workload *workload, int cores);

/* Times per task in s by round; NAN where there is no sample that votes. */
void cells_task_times(const struct question *question, size_t cell, double *task_times);

/* CPU times per task. */
void cells_task_cpu(const struct question *question, size_t cell, double *task_cpu);

/* Times, but no more than the CPU time: what the work takes when nothing else is in its way. */
void cells_task_costs(const struct question *question, size_t cell, double *task_costs);

/* Median of a variable over the rounds that vote; `scratch` holds one double per round. */
double cells_median(const struct question *question, size_t cell, enum sample_variable variable,
                    double *scratch);

#endif
