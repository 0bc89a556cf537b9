/* Memory of this process. */
#ifndef CUAL_SYSTEM_MEMORY_H
#define CUAL_SYSTEM_MEMORY_H

/* From now on what is freed stays with the process for its next allocation: to get pages from the
 * kernel, and on a virtual machine from the host, takes many times as long as to measure on them.
 * To be called before other threads start, and not where memory has more than one node: pages stay
 * where they were first touched. */
void memory_keep_freed(void);

/* Proportional set size of the process, without what memory_keep_freed keeps, in bytes; exact to
 * the gaps between allocations (2 MiB each at most). NAN where the kernel does not tell. Takes
 * about 0.4 ms, more with memory in small pages: not for timed sections. */
double memory_in_use_bytes(void);

#endif
