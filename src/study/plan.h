/* A plan: the cells of a job on this machine, and for each that cannot be carried out, why. */
#ifndef CUAL_STUDY_PLAN_H
#define CUAL_STUDY_PLAN_H

#include "model/point.h"
#include "model/sample.h"
#include "study/job.h"

/* What the machine allows. */
struct plan_limits {
    int cores; /* that this allocation may use */
    int ranks; /* launched */
};

struct plan {
    const struct job *job;
    struct plan_limits limits;
    int kept;              /* 1: the last rank is kept for a service; 0: all ranks work */
    size_t cells;          /* of the cube: workloads × cores × ranks × threads × depth */
    unsigned char *status; /* enum cell_status by cell; CELL_EMPTY: the job does not ask for it */
    size_t feasible;
    uint32_t *feasible_cell; /* the cells to run, in cube order */
};

/* Cells whose sizes overflow or exceed the allowance are refused with STATUS_USAGE. 0 or status. */
int plan_create(struct plan *plan, const struct job *job, const struct plan_limits *limits,
                struct error *error);
void plan_free(struct plan *plan);

/* The workload and point of a cell of the cube. */
const struct workload *plan_workload(const struct plan *plan, size_t cell);
size_t plan_workload_index(const struct plan *plan, size_t cell);
struct point plan_point(const struct plan *plan, size_t cell);

/* Tasks of a cell: the workload's, times C under weak scaling. */
uint64_t plan_tasks(const struct plan *plan, size_t cell);

/* Why a cell is infeasible, in words that end a sentence. Returns text. */
const char *plan_reason(const struct plan *plan, size_t cell, char *text, size_t text_bytes);

/* The order of the feasible cells in a round (round 0 is the warm-up), as indices into
 * feasible_cell: a permutation that depends on seed and round alone. */
void plan_order(const struct plan *plan, uint64_t round, uint32_t *order);

/* The most ranks that any cell of the job could use, and one more when a service needs it. */
int plan_ranks_wanted(const struct job *job);

/* True when an engine of the job is served by a rank of its own, the last one launched. */
bool plan_needs_service(const struct job *job);

#endif
