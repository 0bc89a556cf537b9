/* How many threads and how much memory this node lets a run have, and what stands in the way of
 * more. There is no limit on resident memory (ulimit -m) here: Linux does not keep it. */
#ifndef CUAL_MACHINE_LIMITS_H
#define CUAL_MACHINE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

enum limit {
    /* of one process */
    LIMIT_MAPPINGS,  /* vm.max_map_count */
    LIMIT_ADDRESSES, /* RLIMIT_AS */
    LIMIT_DATA,      /* RLIMIT_DATA */
    /* of all processes on this node together */
    LIMIT_USER,         /* RLIMIT_NPROC, which does not hold for root */
    LIMIT_THREADS,      /* kernel.threads-max */
    LIMIT_NUMBERS,      /* kernel.pid_max */
    LIMIT_GROUP,        /* pids.max of the cgroup or of one above it */
    LIMIT_GROUP_MEMORY, /* memory.max or memory.high of the cgroup or of one above it; what Linux
                           would give back, such as the page cache, is not in use */
    LIMIT_COMMITMENTS,  /* memory that Linux promises in all, where vm.overcommit_memory is 2 */
    LIMIT_MEMORY,       /* memory that is free */
    LIMITS
};

/* A limit, counted in what it limits: threads, mappings or bytes. */
struct limit_found {
    double allowed; /* INFINITY: no such limit, or it cannot be read */
    double used;    /* how much of it is in use now */
};

/* Memory of a thread that was started and has ended one task: its stack and state, page tables, and
 * what the kernel keeps for it; measured, 40 KiB, rounded up. */
#define LIMITS_THREAD_BYTES 65536.0

struct limits {
    double stack_bytes; /* address space that each thread takes */
    struct limit_found found[LIMITS];
};

/* Reads all limits, in less than a millisecond on a node with few processes. Their files lie below
 * `root`, "" for this node itself. Must not be called while this process has a team of threads,
 * which would count as somebody else's. */
void limits_read(struct limits *limits, const char *root);

/* What processes on this node are to have. */
struct limits_wanted {
    int ranks, threads;   /* so many processes, with so many threads each */
    double process_bytes; /* memory of the one that takes most … */
    double node_bytes;    /* … and of all of them, beside what their threads take by themselves */
};

/* Returns the limit that is the tightest of those that do not allow it, with some left for whatever
 * else runs; LIMITS: all of them do. */
enum limit limits_tightest(const struct limits *limits, const struct limits_wanted *wanted);

/* True for the limits on memory and addresses. */
bool limits_is_of_memory(enum limit limit);

/* Writes what the limit allows, and how to raise it so that it allows what is wanted, as the end of
 * a sentence: "the cgroup allows 512 MiB of memory, 20 are in use; raise it: …". Returns `text`. */
const char *limits_text(const struct limits *limits, const struct limits_wanted *wanted,
                        enum limit limit, char *text, size_t text_bytes);

#endif
