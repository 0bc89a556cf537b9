/* The part of a sweep that every rank has, and the commands of rank 0. What only some ranks have
 * stands in headers of its own: sweep_node.h for the first rank of a node, sweep_lead.h and
 * sweep_work.h for rank 0. */
#ifndef CUAL_SWEEP_SWEEP_STATE_H
#define CUAL_SWEEP_SWEEP_STATE_H

#include "job/plan.h"
#include "machine/topo.h"
#include "ranks/comm.h"
#include "sweep/trace.h"
#include "system/error.h"
#include "system/watchdog.h"
#include "worker/memory.h"
#include "worker/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The commands: which ranks execute each, and which number it carries. */
enum sweep_command {
    SWEEP_COMMAND_MEET,   /* all */
    SWEEP_COMMAND_OUTPUT, /* all */
    SWEEP_COMMAND_FILES,  /* the first ranks of nodes */
    SWEEP_COMMAND_SPECS,  /* all */
    SWEEP_COMMAND_CLOCKS, /* the first ranks of nodes */
    SWEEP_COMMAND_CELL,   /* the ranks of a cell: those of sweep_visit_tell */
    SWEEP_COMMAND_STOP    /* all: status */
};

/* The ranks that execute a cell, and the part of the cell on this node. */
struct sweep_place {
    const struct comm_group *group;
    struct worker_here here;
};

struct sweep {
    struct job *job;
    struct plan *plan;
    struct topo *topo;
    struct comm *comm;
    struct memory *memory;
    struct watchdog *watchdog;
    int64_t created_ns;
    double start_s;            /* from the launch of this rank until it was ready */
    void **shared;             /* by workload: what its engine keeps in this rank */
    bool *feels_all;           /* by workload: what happens on any core of a node slows it down */
    struct sweep_place *place; /* by index among the feasible cells */
    struct trace trace;        /* of the visit at hand */
    struct sweep_node *node;   /* on the first rank of each node; NULL elsewhere */
    struct sweep_lead *lead;   /* on rank 0; NULL elsewhere */
    struct sweep_work *work;   /* on rank 0; NULL elsewhere */
};

/* Rank 0: a command with one number to all ranks. */
void sweep_tell_all(struct sweep *sweep, enum sweep_command command, int64_t number);

/* Rank 0: a command to the first ranks of all nodes. */
void sweep_tell_leaders(struct sweep *sweep, enum sweep_command command);

/* The status of the run for the errno of a failure. */
enum status sweep_status_of(int error);

#endif
