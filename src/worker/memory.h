/* Memory of this process. */
#ifndef CUAL_WORKER_MEMORY_H
#define CUAL_WORKER_MEMORY_H

#include <stdbool.h>

/* What is found out once, so that memory can be told cheaply later. */
struct memory {
    bool keeps_freed;
    double shared_bytes; /* this process's proportional share of files and shared memory */
};

/* To be called once, before there are other threads. What is freed from now on stays with the
 * process for its next allocation: to get pages from the kernel, and on a virtual machine from the
 * host, takes many times as long as to measure on them. Not for where memory has more than one
 * node: pages stay where they were first touched. */
void memory_keep_freed(struct memory *memory);

/* To be called once, after the other ranks have started and mapped what they share. */
void memory_measure_shared(struct memory *memory);

/* Proportional set size of the process in bytes, without what it has freed and keeps: its own pages
 * now, and the share of files and shared memory found at the start. Exact to the gaps between large
 * allocations (2 MiB each). NAN where the kernel does not tell. Takes some microseconds. */
double memory_in_use_bytes(const struct memory *memory);

#endif
