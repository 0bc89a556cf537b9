/* What other processes do to the cores that are measured on, read before and after the timed
 * section. Reading cannot fail: what Linux does not report is NAN. */
#ifndef CUAL_MACHINE_SURROUNDINGS_H
#define CUAL_MACHINE_SURROUNDINGS_H

#include "machine/topo.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct surroundings;

/* Opens the files that there are, below `root` ("" for this node itself), for `cores` cores whose
 * hardware threads `core` lists. Keeps them open until surroundings_close. NULL without memory. */
struct surroundings *surroundings_open(const char *root, const struct topo_mask *core, int cores);
void surroundings_close(struct surroundings *surroundings);

/* Says which processes of this node belong to the run, by rank. 0 or -ENOMEM. */
int surroundings_ours(struct surroundings *surroundings, const pid_t *process, int count);

/* The file that tells the CPU time of all processes; "" where none does. */
const char *surroundings_source(const struct surroundings *surroundings);

/* The share of the time of all cores that the hypervisor has given to others since this node was
 * started; NAN when it is not known. */
double surroundings_steal_share(struct surroundings *surroundings);

/* Which cores are looked at, and which processes on them belong to the run. */
struct surroundings_scope {
    int cores;    /* the first so many cores */
    int ranks;    /* the first so many ranks */
    int also_the; /* the number of one more rank; 0: none */
};

struct surroundings_reading {
    int64_t at_ns;
    double ours_ns;      /* CPU time of our processes */
    double all_ns;       /* CPU time of all processes on these cores; its zero means nothing */
    double steal_ns;     /* time of these cores that the hypervisor gave to others */
    double throttled_ns; /* by quotas of our cgroup and those above it, summed over cores */
    double overheated;   /* how many times heat slowed one of the cores down */
    double frequency_hz; /* the mean of the cores at this moment */
};

/* Reads all of it, in less than 100 µs on a node of a few cores. */
void surroundings_read(struct surroundings *surroundings, const struct surroundings_scope *scope,
                       struct surroundings_reading *reading);

/* What happened between two readings of one scope; NAN where that is not known. */
struct surroundings_change {
    double window_s;      /* between the readings */
    double ours_s;        /* CPU time of our processes */
    double others_s;      /* CPU time of all other processes */
    double others_step_s; /* how finely this is known */
    double steal_s;       /* time that the hypervisor gave to others */
    double steal_step_s;  /* how finely this is known */
    double throttled_s;   /* time for which a quota stopped us, summed over cores */
    double overheated;    /* how many times heat slowed one of the cores down */
    double frequency_hz;  /* at the second reading */
};
struct surroundings_change surroundings_between(const struct surroundings *surroundings,
                                                const struct surroundings_scope *scope,
                                                const struct surroundings_reading *before,
                                                const struct surroundings_reading *after);

#endif
