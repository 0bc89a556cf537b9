/* A plan is the list of cells of a job on these nodes, with the reason for each that is not
 * feasible. */
#ifndef CUAL_JOB_PLAN_H
#define CUAL_JOB_PLAN_H

#include "job/cell.h"
#include "job/job.h"
#include "machine/limits.h"
#include "model/sample.h"

/* What the allocation allows. */
struct plan_limits {
    int cores;                         /* that it may use */
    int ranks;                         /* launched … */
    bool started;                      /* … and there already: what they take is in use */
    int nodes;                         /* nodes with ranks that work; 0: one, with all of these */
    int own;                           /* the node whose other limits this process can see */
    const struct placement_node *node; /* by number; copied */
    const char *const *host;           /* their names; kept by reference, NULL: none */
    const char *root;                  /* below it lie /proc and /sys; NULL: those of this node */
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
    struct limits here;         /* of this node, when the plan was made */
    double scratch_bytes;       /* of scratch files that lie in memory */
    /* This node has no room for what all cells together leave behind: each gives its memory back.
     */
    bool gives_back;
};

/* Creates the plan of `job`, which is kept by reference. Returns 0, STATUS_USAGE for a cube that is
 * too large, or STATUS_ENVIRONMENT when there is no memory. plan_free frees the plan in any case.
 */
int plan_create(struct plan *plan, const struct job *job, const struct plan_limits *limits,
                struct error *error);
void plan_free(struct plan *plan);

/* Returns the cell of the cube that has this number, whether or not it is feasible. The feasible
 * ones stand in `feasible_cell`, too. */
struct cell plan_cell(const struct plan *plan, size_t number);

/* Returns how many of `cores` cores the kernel of a workload can be calibrated on at once in one
 * process of this node, as far as its memory goes; at least 1. */
int plan_calibration_cores(const struct plan *plan, const struct workload *workload, int cores);

/* After calibration: refuses a feasible cell that takes more memory on this node than there is, by
 * the work that its tasks have now. 0 or STATUS_USAGE. */
int plan_check_memory(const struct plan *plan, struct error *error);

/* Gives the part of a feasible cell on each node, in an array that lasts until the next call.
 * Returns how many nodes the cell uses. */
int plan_place(const struct plan *plan, const struct cell *cell,
               const struct placement_part **part);

/* Gives the part of the first `cores` cores on each node in the same way, whatever works on them.
 * Returns 0 when there are not so many cores. */
int plan_place_cores(const struct plan *plan, int cores, const struct placement_part **part);

/* A cell that is infeasible in the plan of another rank is infeasible in this plan, too, and where
 * one gives memory back, all do. `refused` has a bit for each cell and one more, in
 * plan_refused_words words: plan_tell_refused sets the bits of what this plan refuses, and
 * plan_take_refused takes over what all ranks refuse. */
size_t plan_refused_words(const struct plan *plan);
void plan_tell_refused(const struct plan *plan, uint64_t *refused);
void plan_take_refused(struct plan *plan, const uint64_t *refused);

/* Writes why the cell that has this number is infeasible, as the end of a sentence without its full
 * stop. Returns `text`. */
const char *plan_reason(const struct plan *plan, size_t number, char *text, size_t text_bytes);

#define PLAN_WARM_UP 0 /* the number of the round that is measured but not kept */

/* Writes the order of the feasible cells in a round (PLAN_WARM_UP, 1, 2 …) as indices into
 * feasible_cell. It is a permutation that depends on seed and round alone. The cells of a workload
 * follow each other, so that they meet the same noise; their order is random, and every second
 * round has it backwards; the order of the workloads is random. */
void plan_order(const struct plan *plan, uint64_t round, uint32_t *order);

/* Marks the feasible cells of a workload that failed as CELL_FAILED. Returns how many feasible
 * cells have not failed. */
size_t plan_give_up(struct plan *plan, size_t workload_index);

/* Returns the most ranks that any cell of the job could use, and one more when the job needs a
 * service rank. */
int plan_ranks_wanted(const struct job *job);

/* Returns true when an engine of the job needs a service rank, which is the last one launched. */
bool plan_needs_service(const struct job *job);

#endif
