/* What the files of the room `sweep` share: sweep.c is the rounds, sweep_prepare.c what comes
 * before them, sweep_cell.c one cell, sweep_nodes.c what several nodes need. */
#ifndef CUAL_SWEEP_SWEEP_INTERNAL_H
#define CUAL_SWEEP_SWEEP_INTERNAL_H

#include "machine/storage.h"
#include "machine/surroundings.h"
#include "sweep/calibrate.h"
#include "sweep/sweep.h"
#include "sweep/trace.h"
#include "system/clock.h"
#include "system/scratch.h"
#include "worker/worker.h"

#include <sys/types.h>

/* What rank 0 tells the others, and the numbers of the command. */
enum command_kind {
    COMMAND_MEET,   /* all */
    COMMAND_OUTPUT, /* all */
    COMMAND_FILES,  /* the first ranks of nodes */
    COMMAND_SPECS,  /* all */
    COMMAND_CLOCKS, /* the first ranks of nodes */
    COMMAND_CELL,   /* the ranks of a cell: cell, visit, turn, limit in ms */
    COMMAND_STOP    /* all: status */
};

struct storage {
    char text[STORAGE_TEXT_BYTES]; /* empty without a scratch file */
    bool memory;
};

/* Who carries a cell out, and what of it is on this node. */
struct placed {
    const struct comm_group *group;
    struct worker_here here;
};

struct sweep {
    struct job *job;
    struct plan *plan;
    struct topo *topo;
    struct comm *comm;
    const struct memory *memory;
    struct watchdog *watchdog;
    void **shared;      /* by workload: what its engine keeps in this rank */
    struct trace trace; /* of the cell at hand */
    int64_t created_ns;
    double start_s;        /* since this rank was launched, when it was ready */
    struct placed *placed; /* by place among the feasible cells */
    bool *feels_all;       /* by workload: what happens on any core of a node slows it down */
    /* On the first rank of each node: */
    struct scratch *scratch;
    struct surroundings *surroundings;
    pid_t *process; /* of the node's ranks */
    /* On rank 0 only: */
    int64_t clocks_ns;                   /* when those of other nodes were last looked at */
    struct surroundings_change *changes; /* by node, of the cell at hand */
    struct error *errors;                /* by node */
    struct calibration *calibration;
    size_t calibrations;
    struct runfile_workload *found;      /* by workload */
    struct question_workload *questions; /* by workload */
    char (*failed)[ERROR_TEXT_BYTES];    /* by workload, why; empty while it has not */
    struct storage *storage;             /* by workload: what its scratch file is on */
    struct sweep_earlier earlier;        /* all 0 in a run that begins */
    uint64_t *expected;                  /* sum, by workload and index on the cores axis */
    struct worker_result *results;       /* of the ranks of a cell */
    double *ranks_s;                     /* and their times, while a sample is kept */
    unsigned char *too_short; /* by cell, as its warm-up was: by its own time a sample must not be
                                 refused, or only the slow ones of a short cell would vote */
    double *frequency_hz;     /* by cell, at the end of its last visit; NAN: none, or not known */
    int *team;                /* by rank: threads that it keeps from its last cell */
    long threads_ended;       /* with the cell at hand */
    uint32_t *order;
    double *visits_s;     /* by workload: what its cells took in its last round */
    struct error failure; /* the first of a workload that the run went on without */
    double *starts_s;     /* start_s of all ranks … */
    double launch_s;      /* … and their median; NAN when not known */
    uint64_t turn;        /* of the cell at hand among those of this process, from 1 … */
    int64_t begun_ns;     /* … and when it was commanded */
    struct known known;
    double clock_cost_s;
    struct sweep_times times;
};

/* -- sweep.c -- */

/* Since the run began, pauses between its parts left out. */
double sweep_elapsed_s(const struct sweep *sweep, int64_t now_ns);

/* A command to all ranks. */
void sweep_tell_all(struct sweep *sweep, enum command_kind kind, int64_t number);

static inline double since_s(int64_t start_ns)
{
    return (double)(clock_now_ns() - start_ns) * 1e-9;
}

/* -- sweep_prepare.c -- */

/* The status of the run for the errno of a failure. */
enum status sweep_status_of(int error);

/* Makes the scratch files that cells of this node read and write, on it. Local. 0 or status. */
int sweep_make_files(struct sweep *sweep, struct error *error);

/* Specs are completed on rank 0; every rank takes them over, but for the files of its node.
 * Collective over all ranks. */
void sweep_share_specs(struct sweep *sweep);

/* The checksum of a workload on so many cores. */
uint64_t sweep_expected(const struct sweep *sweep, size_t w, int cores);

/* -- sweep_cell.c -- */

/* Rank 0: carries out a cell and keeps its sample. 0, or the status that ends the round. */
int sweep_measure_cell(struct sweep *sweep, size_t cell, size_t place, uint64_t round,
                       struct samples *samples, struct error *error);

/* The others: their part of what COMMAND_CELL says. */
void sweep_follow_cell(struct sweep *sweep, const struct comm_command *command);

/* -- sweep_nodes.c -- */

/* Finds where each feasible cell is carried out. The same on all ranks. 0 or -ENOMEM. */
int sweep_place_cells(struct sweep *sweep);
const struct placed *sweep_placed(const struct sweep *sweep, size_t cell);

/* True when cells of the workload have ranks on this node. */
bool sweep_is_used_here(const struct sweep *sweep, size_t w);

/* Rank 0 learns how long each rank took to start, and the first rank of each node opens the
 * surroundings there. Collective over all ranks; 0 or -ENOMEM. */
int sweep_meet(struct sweep *sweep);

/* Rank 0: scratch files on all nodes. 0 or status. */
int sweep_make_all_files(struct sweep *sweep, struct error *error);

/* The first rank of another node: the answers to COMMAND_FILES and, all ranks, COMMAND_OUTPUT.
 */
void sweep_follow_files(struct sweep *sweep);
void sweep_follow_output(struct sweep *sweep);

/* Rank 0: looks at the clocks of other nodes again where that is due: `anew`, or a while ago. */
void sweep_compare_clocks(struct sweep *sweep, bool anew);

/* Rank 0: puts times that the ranks of a group gave by their nodes' clocks on its own. */
void sweep_set_clocks(struct sweep *sweep, const struct comm_group *group, uint64_t traced_tasks);

/* What happened on all nodes of a cell together. */
struct surroundings_change sweep_merge_changes(const struct surroundings_change *changes,
                                               int nodes);

#endif
