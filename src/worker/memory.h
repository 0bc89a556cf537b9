/* Memory of this process, as far as it is the workload's: what cual takes for itself, such as the
 * store of all samples in rank 0, is not counted. */
#ifndef CUAL_WORKER_MEMORY_H
#define CUAL_WORKER_MEMORY_H

#include <stdbool.h>

/* Zero: everything counts from the start of the process on. NULL is allowed where a struct memory
 * is asked for that is not measured. */
struct memory {
    bool keeps_freed;    /* memory_keep_freed was called */
    bool stopped;        /* nothing counts now */
    double shared_bytes; /* this process's proportional share of files and shared memory */
    double left_bytes;   /* the process's own memory when counting stopped last */
    double tool_bytes;   /* taken while nothing was counted */
};

/* Keeps memory that is freed from now on in the process for its next allocation: to get pages from
 * Linux, and on a virtual machine from the host, takes many times as long as to measure on them. To
 * be called once, before there are other threads, and not where there are several NUMA nodes, for
 * pages stay on the NUMA node where they were touched first. */
void memory_keep_freed(struct memory *memory);

/* Gives back to Linux what was freed and is kept. To be called while nothing counts; takes some
 * microseconds, and a while where there is much. */
void memory_give_back(void);

/* What the process takes or gives back between memory_stop_counting and the next
 * memory_start_counting is not counted. To be called by one thread; a call that changes nothing
 * does nothing. Each takes some microseconds. */
void memory_stop_counting(struct memory *memory);
void memory_start_counting(struct memory *memory);

/* Measures this process's share of the files and the shared memory that the `ranks` processes of
 * this run on this node have mapped. To be called once, after they have started and mapped them. */
void memory_measure_shared(struct memory *memory, int ranks);

/* Returns the bytes that count: what the process has of its own now, without memory that it has
 * freed and keeps, and the share of files and shared memory that was measured at the start. NAN
 * where Linux does not report it. Takes some microseconds, and about 50 more for each GiB that was
 * ever allocated. */
double memory_in_use_bytes(const struct memory *memory);

/* Returns how many bytes of the process are in huge pages; NAN where Linux does not report it.
 * Takes 0.4 ms and more. */
double memory_huge_bytes(void);

#endif
