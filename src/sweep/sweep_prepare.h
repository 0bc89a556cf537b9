/* The preparation of a sweep before its first round. All functions are for rank 0. */
#ifndef CUAL_SWEEP_SWEEP_PREPARE_H
#define CUAL_SWEEP_SWEEP_PREPARE_H

#include "runfile/runfile.h"
#include "sweep/budget.h"
#include "sweep/known.h"
#include "sweep/sweep_cores.h"
#include "system/error.h"

struct sweep;

/* What an earlier part of the run has fixed, and how long it took. */
struct sweep_earlier {
    const struct runfile_work *work; /* kept by reference */
    double elapsed_s;
};

/* To be called before sweep_prepare when an earlier part of the run has fixed the work of every
 * task: nothing is calibrated then, and times count from where that part ended. */
void sweep_resume(struct sweep *sweep, const struct sweep_earlier *earlier);

/* Measures the known answers, makes scratch files, measures what a unit of each kernel costs on one
 * core and what each number of cores is worth, fixes the work of every task, and
 * tells all ranks. A run that begins is refused as soon as it is known that its budget has no room
 * for one round. 0 or status. */
int sweep_prepare(struct sweep *sweep, struct error *error);

/* The known answers, as sweep_prepare found them; owned by the sweep. */
const struct known *sweep_known(const struct sweep *sweep);

/* What sweep_prepare found out, by workload; owned by the sweep. */
const struct runfile_workload *sweep_workloads(const struct sweep *sweep);

/* The cores of rank 0's node; known from sweep_create on, owned by the sweep. */
const struct sweep_cores *sweep_node_cores(const struct sweep *sweep);

/* The same workloads as a question describes them; owned by the sweep. */
const struct question_workload *sweep_question_workloads(const struct sweep *sweep);

/* After sweep_prepare: seconds from the launch of a rank until it was ready for its first task, the
 * median over the ranks; NAN when not known. */
double sweep_start_s(const struct sweep *sweep);

#endif
