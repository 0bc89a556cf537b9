/* How many threads the machine lets this job have, and what stands in the way of more. */
#ifndef CUAL_MACHINE_LIMITS_H
#define CUAL_MACHINE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

enum limit {
    /* of one process */
    LIMIT_MAPPINGS,  /* vm.max_map_count */
    LIMIT_ADDRESSES, /* RLIMIT_AS */
    /* of all processes on this machine together */
    LIMIT_USER,         /* RLIMIT_NPROC, which does not hold for root */
    LIMIT_THREADS,      /* kernel.threads-max */
    LIMIT_NUMBERS,      /* kernel.pid_max */
    LIMIT_GROUP,        /* pids.max of the cgroup or of one above it */
    LIMIT_GROUP_MEMORY, /* memory.max of the cgroup or of one above it */
    LIMIT_COMMITMENTS,  /* what the kernel promises in all, where vm.overcommit_memory is 2 */
    LIMIT_MEMORY,       /* what is free */
    LIMITS
};

/* In threads, mappings or bytes. */
struct limit_found {
    double allowed; /* INFINITY: no such limit, or it cannot be read */
    double used;    /* of it, now */
};

struct limits {
    double stack_bytes; /* address space that each thread takes */
    struct limit_found found[LIMITS];
};

/* Reads all of them, in less than a millisecond on a machine with few processes. The files are
 * those below `root`: "" is the machine itself. Not to be called while there are teams of threads:
 * they would count as somebody else's. */
void limits_read(struct limits *limits, const char *root);

/* True, with the tightest limit and what to do in `why`, when `ranks` processes on this machine
 * cannot have `threads` threads each, with some room left for what else runs. */
bool limits_refuse(const struct limits *limits, int ranks, int threads, char *why,
                   size_t why_bytes);

#endif
