/* What others do meanwhile to the cores that are measured on: read before and after, outside the
 * timed section. Nothing of it can fail: what the machine does not tell is NAN. */
#ifndef CUAL_MACHINE_SURROUNDINGS_H
#define CUAL_MACHINE_SURROUNDINGS_H

#include "machine/topo.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct surroundings;

/* Opens what there is, below `root` ("" is the machine itself), for these cores, whose hardware
 * threads `core` lists. Keeps descriptors open. NULL without memory. */
struct surroundings *surroundings_open(const char *root, const struct topo_mask *core, int cores);
void surroundings_close(struct surroundings *surroundings);

/* The processes on this machine that belong to the measurement, by rank. 0 or -ENOMEM. */
int surroundings_ours(struct surroundings *surroundings, const pid_t *process, int count);

/* Where the CPU time of all processes comes from: its file, or "" where nothing tells. */
const char *surroundings_source(const struct surroundings *surroundings);

/* Share of the time of all cores that the hypervisor has given to others since the machine was
 * started; NAN unknown. */
double surroundings_steal_share(struct surroundings *surroundings);

/* Which cores are looked at, and which of the processes are ours on them. */
struct surroundings_scope {
    int cores;    /* the first so many */
    int ranks;    /* the first so many */
    int also_the; /* one more rank by number; 0: none */
};

struct surroundings_reading {
    int64_t at_ns;
    double ours_ns;      /* CPU time of our processes */
    double all_ns;       /* CPU time of all on these cores, from a start of its own */
    double steal_ns;     /* of these cores */
    double throttled_ns; /* of our cgroup and those above it, over all their cores */
    double overheated;   /* times that heat slowed one of the cores down */
    double frequency_hz; /* mean of the cores, as it was just now */
};

/* Less than 100 µs on a machine of a few cores. */
void surroundings_read(struct surroundings *surroundings, const struct surroundings_scope *scope,
                       struct surroundings_reading *reading);

/* What happened between two readings of one scope; NAN where it is not known. */
struct surroundings_change {
    double window_s;      /* between them */
    double ours_s;        /* CPU time of ours */
    double others_s;      /* CPU time of all but ours */
    double others_step_s; /* how finely that is known */
    double steal_s;       /* time that the hypervisor gave to others */
    double steal_step_s;  /* how finely that is known */
    double throttled_s;   /* time for which a quota stopped us, summed over cores */
    double overheated;    /* times that heat slowed one of the cores down */
    double frequency_hz;  /* at the end */
};
struct surroundings_change surroundings_between(const struct surroundings *surroundings,
                                                const struct surroundings_scope *scope,
                                                const struct surroundings_reading *before,
                                                const struct surroundings_reading *after);

#endif
