/* How many threads this node lets a run have, and what stands in the way of more. */
#ifndef CUAL_MACHINE_LIMITS_H
#define CUAL_MACHINE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

enum limit {
    /* of one process */
    LIMIT_MAPPINGS,  /* vm.max_map_count */
    LIMIT_ADDRESSES, /* RLIMIT_AS */
    /* of all processes on this node together */
    LIMIT_USER,         /* RLIMIT_NPROC, which does not hold for root */
    LIMIT_THREADS,      /* kernel.threads-max */
    LIMIT_NUMBERS,      /* kernel.pid_max */
    LIMIT_GROUP,        /* pids.max of the cgroup or of one above it */
    LIMIT_GROUP_MEMORY, /* memory.max of the cgroup or of one above it */
    LIMIT_COMMITMENTS,  /* memory that Linux promises in all, where vm.overcommit_memory is 2 */
    LIMIT_MEMORY,       /* memory that is free */
    LIMITS
};

/* A limit, counted in what it limits: threads, mappings or bytes. */
struct limit_found {
    double allowed; /* INFINITY: no such limit, or it cannot be read */
    double used;    /* how much of it is in use now */
};

struct limits {
    double stack_bytes; /* address space that each thread takes */
    struct limit_found found[LIMITS];
};

/* Reads all limits, in less than a millisecond on a node with few processes. Their files lie below
 * `root`, "" for this node itself. Must not be called while this process has a team of threads,
 * which would count as somebody else's. */
void limits_read(struct limits *limits, const char *root);

/* Whether `ranks` processes on this node cannot have `threads` threads each, with some left for
 * whatever else runs. If so, `why` says which limit is the tightest and how to raise it. */
bool limits_refuse(const struct limits *limits, int ranks, int threads, char *why,
                   size_t why_bytes);

/* The bytes of memory that `ranks` processes on this node may take beside those that are in use,
 * with some left for whatever else runs; INFINITY where nothing limits them. */
double limits_free_bytes(const struct limits *limits, int ranks);

#endif
