/* Memory of this process. */
#ifndef CUAL_WORKER_MEMORY_H
#define CUAL_WORKER_MEMORY_H

#include <stdbool.h>

/* What is measured once, so that measuring memory is cheap later. */
struct memory {
    bool keeps_freed;    /* memory_keep_freed was called */
    double shared_bytes; /* this process's proportional share of files and shared memory */
};

/* Keeps memory that is freed from now on in the process for its next allocation: to get pages from
 * Linux, and on a virtual machine from the host, takes many times as long as to measure on them. To
 * be called once, before there are other threads, and not where there are several NUMA nodes, for
 * pages stay on the NUMA node where they were touched first. */
void memory_keep_freed(struct memory *memory);

/* Measures the share of files and shared memory. To be called once, after the other ranks have
 * started and mapped what they share. */
void memory_measure_shared(struct memory *memory);

/* Returns the proportional set size of the process in bytes, without memory that it has freed and
 * keeps. The size consists of the process's own pages now and of the share of files and shared
 * memory that was measured at the start. It may be off by the gaps between large allocations, 2 MiB
 * each. NAN where Linux does not report it. Takes some microseconds. */
double memory_in_use_bytes(const struct memory *memory);

/* Returns how many bytes of the process are in huge pages; NAN where Linux does not report it.
 * Takes 0.4 ms and more. */
double memory_huge_bytes(void);

#endif
