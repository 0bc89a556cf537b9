/* What a run file is made from. */
#ifndef CUAL_RUNFILE_RUNFILE_CONTENT_H
#define CUAL_RUNFILE_RUNFILE_CONTENT_H

#include "job/plan.h"
#include "model/sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An attribute of /provenance or /machine: its name and its text, in the order of the file. */
struct runfile_fact {
    const char *name;
    const char *text;
};

/* The fact of /machine that says in one line which machine it is. */
#define RUNFILE_MACHINE_LINE "summary"

/* The facts of /machine that must be the same for a run to be resumed: cores, processor and memory;
 * and the topology. */
#define RUNFILE_MACHINE_HARDWARE "hardware"
#define RUNFILE_MACHINE_SHAPE "shape"

/* The fact of /provenance that says how many ranks each host has. */
#define RUNFILE_RANKS_BY_HOST "ranks_by_host"

/* What calibration finds out about a workload before the file is made. */
struct runfile_workload {
    double compute_s;    /* CPU time of one task on one core */
    double wait_s;       /* waiting asked for in one task; NAN when the device decides */
    double bytes;        /* memory traffic and I/O of one task */
    double flops;        /* of one task */
    double huge_pages;   /* part of a footprint in huge pages; NAN: none to speak of, or unknown */
    uint64_t checksum;   /* expected, of the workload at C = 1 */
    const char *storage; /* what its scratch file is on; NULL or empty without one */
    /* By index on the cores axis: a median and its interval; 1 where others computed meanwhile. */
    const double *cores_worth, *cores_worth_low, *cores_worth_high;
    const uint8_t *calibration_disturbed;
    /* By core: times the speed of core 0, and its interval; NULL where it was not measured. */
    const double *core_speed, *core_speed_low, *core_speed_high;
};

/* All of a run file except its answer; the struct owns nothing. */
struct runfile_content {
    const struct plan *plan;
    const struct runfile_workload *workload; /* job->workload_count of them */
    const struct samples *samples;
    size_t fact_count, machine_fact_count;
    const struct runfile_fact *facts;         /* /provenance */
    const struct runfile_fact *machine_facts; /* /machine */
    size_t cores;       /* of the node of rank 0, which are measured one by one … */
    const int64_t *cpu; /* … and the numbers of their CPUs */
};

#endif
