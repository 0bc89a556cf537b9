/* What `run` and `plan` share: reading a job file and making the plan of the job. */
#ifndef CUAL_RUN_STUDY_H
#define CUAL_RUN_STUDY_H

#include "job/plan.h"
#include "machine/topo.h"
#include "system/beside.h"
#include "terminal/command.h"

/* The options of every command that reads a job; ends without the table's end mark. */
#define STUDY_OPTIONS                                                                              \
    {"--budget", 0, "TIME", "stop after this time, such as 60s or 10min"},                         \
        {"--rounds", 0, "N", "stop after so many rounds"},                                         \
    {                                                                                              \
        "--set", 0, "KEY=VALUE", "set a key of the job, or WORKLOAD.KEY; may be repeated"          \
    }

struct study {
    struct arguments arguments; /* its operand is the job file, found by its name */
    char file[BESIDE_PATH_BYTES];
    const char *settings[ARGUMENTS_MAX];
    char setting_storage[ARGUMENTS_MAX][128];
    size_t setting_count;
    struct topo *topo; /* restricted to what this process may use */
    bool stands_in;    /* the job is not the user's: see study_stand_in */
    struct job job;
    struct plan_limits limits;   /* nodes 0: as this process sees it */
    struct placement_node *node; /* those of the limits; owned */
    struct plan plan;
};

/* The topology, restricted to what this process may use. 0 or status; topo_free in any case. */
int study_topology(struct topo **topo, struct topo_mask *allowed, struct error *error);

/* How many cores a run uses: those of the topology, no more than the quota of the cgroup grants,
 * and at least 1. */
int study_cores(const struct topo *topo);

/* What this process may use by itself. */
struct job_extent study_extent(const struct topo *topo);

/* Parses the command line, finds the cores that this process may use, and reads and parses the job.
 * 0 or status; study_free in any case. */
int study_open(struct study *study, const struct command *command, int argc, char **argv,
               struct error *error);

/* For a rank that may be on another node than rank 0, after study_open has failed there: puts a
 * placeholder where the job of the user will be when rank 0 has sent it. 0 or status. */
int study_stand_in(struct study *study, struct error *error);

/* Parses the job again, for the extent that the ranks have agreed on. 0 or status. */
int study_reopen(struct study *study, struct job_extent extent, struct error *error);

/* Plans for `ranks` launched ranks, and refuses a workload without a feasible cell. The other two
 * are its steps, for the limits that the study has: between them, other ranks may report cells that
 * are not feasible on their nodes. 0 or status. */
int study_plan(struct study *study, int ranks, struct error *error);
int study_make_plan(struct study *study, struct error *error);
int study_check_plan(const struct study *study, struct error *error);

void study_free(struct study *study);

#endif
