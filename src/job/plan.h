/* A plan: the cells of a job on these nodes, and for each that cannot be carried out, why. */
#ifndef CUAL_JOB_PLAN_H
#define CUAL_JOB_PLAN_H

#include "job/job.h"
#include "model/point.h"
#include "model/sample.h"

/* What the allocation allows. */
struct plan_limits {
    int cores;                         /* that it may use */
    int ranks;                         /* launched */
    int nodes;                         /* nodes with ranks that work; 0: one, with all of these */
    int own;                           /* the node whose other limits this process can see */
    const struct placement_node *node; /* by number; copied */
    const char *const *host;           /* their names; kept by reference, NULL: none */
};

/* A cell of the cube: one workload at one point. */
struct cell {
    size_t number;                   /* in the order of the cube (model/sample.h) */
    size_t workload_index;           /* in the job */
    const struct workload *workload; /* owned by the job */
    struct point point;
    uint64_t tasks; /* the workload's, times C under weak scaling */
};

struct plan {
    const struct job *job;
    struct plan_limits limits; /* with at least one node */
    struct placement_node *node;
    struct placement_part *part; /* by node, of the point at hand */
    int kept;                    /* 1: the last rank is kept for a service; 0: all ranks work */
    size_t cells;                /* of the cube: workloads × cores × ranks × threads × depth */
    unsigned char *status; /* enum cell_status by cell; CELL_EMPTY: the job does not ask for it */
    size_t feasible;
    struct cell *feasible_cell; /* the cells to run, in the order of the cube */
};

/* Fills in a plan of `job`, which is kept by reference. 0, STATUS_USAGE for a cube that is too
 * large, or STATUS_ENVIRONMENT when there is no memory. plan_free frees it in any case. */
int plan_create(struct plan *plan, const struct job *job, const struct plan_limits *limits,
                struct error *error);
void plan_free(struct plan *plan);

/* The cell of the cube that has this number, whether or not it is feasible. Those that are stand in
 * `feasible_cell` already. */
struct cell plan_cell(const struct plan *plan, size_t number);

/* What of a feasible cell is on each node; the array lasts until the next call. Returns how many
 * nodes the cell uses. */
int plan_place(const struct plan *plan, const struct cell *cell,
               const struct placement_part **part);

/* The same of so many cores, whoever works on them. Returns 0 when there are not so many. */
int plan_place_cores(const struct plan *plan, int cores, const struct placement_part **part);

/* A cell that is infeasible in the plan of another rank is infeasible in this plan, too. `refused`
 * has a bit for each cell, in plan_refused_words words: plan_tell_refused sets the bits of what
 * this plan refuses, and plan_take_refused takes over what all ranks refuse. */
size_t plan_refused_words(const struct plan *plan);
void plan_tell_refused(const struct plan *plan, uint64_t *refused);
void plan_take_refused(struct plan *plan, const uint64_t *refused);

/* Why the cell that has this number is infeasible, in words that end a sentence. Returns text. */
const char *plan_reason(const struct plan *plan, size_t number, char *text, size_t text_bytes);

#define PLAN_WARM_UP 0 /* the number of the round that is measured but not kept */

/* The order of the feasible cells in a round (PLAN_WARM_UP, 1, 2 …), as indices into feasible_cell:
 * a permutation that depends on seed and round alone. */
void plan_order(const struct plan *plan, uint64_t round, uint32_t *order);

/* Marks the feasible cells of a workload that failed as CELL_FAILED. Returns how many of the others
 * are left. */
size_t plan_give_up(struct plan *plan, size_t workload_index);

/* The most ranks that any cell of the job could use, and one more when a service needs it. */
int plan_ranks_wanted(const struct job *job);

/* True when an engine of the job is served by a rank of its own, the last one launched. */
bool plan_needs_service(const struct job *job);

#endif
