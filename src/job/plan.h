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

struct plan {
    const struct job *job;
    struct plan_limits limits; /* with at least one node */
    struct placement_node *node;
    struct placement_part *part; /* by node, of the point at hand */
    int kept;                    /* 1: the last rank is kept for a service; 0: all ranks work */
    size_t cells;                /* of the cube: workloads × cores × ranks × threads × depth */
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

/* What of a cell is on each node; the array lasts until the next call. Returns how many nodes
 * it uses. For a cell that is feasible. */
int plan_place(const struct plan *plan, size_t cell, const struct placement_part **part);

/* The same of so many cores: what of them is on each node, whoever works on them; 0 when there
 * are not so many. */
int plan_place_cores(const struct plan *plan, int cores, const struct placement_part **part);

/* Cells that another rank's plan cannot carry out are infeasible here, too. `refused` has a bit for
 * each cell (plan_refused_words in all): plan_tell_refused sets those of this plan, and
 * plan_take_refused takes over what all ranks said. */
size_t plan_refused_words(const struct plan *plan);
void plan_tell_refused(const struct plan *plan, uint64_t *refused);
void plan_take_refused(struct plan *plan, const uint64_t *refused);

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
