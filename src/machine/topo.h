/* Topology and binding, through hwloc. Everything here is local to the calling process. */
#ifndef CUAL_MACHINE_TOPO_H
#define CUAL_MACHINE_TOPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topo;

/* A core is one hwloc core, represented by the first of its hardware threads that may be used. */

/* Hardware threads by operating system number, one bit each. */
#define TOPO_MASK_WORDS 64
struct topo_mask {
    uint64_t word[TOPO_MASK_WORDS];
};

/* Loads the topology of this machine; all cores count. NULL when hwloc cannot. */
struct topo *topo_create(void);
void topo_free(struct topo *topo);

/* The hardware threads that the calling thread may run on now (cpuset and affinity).
 * 0 or -errno. */
int topo_allowed(const struct topo *topo, struct topo_mask *mask);

/* Restricts the cores that topo_bind counts over to those of the mask: the allocation, which is the
 * union over the ranks of a machine. Returns how many cores that are. */
int topo_use(struct topo *topo, const struct topo_mask *mask);
int topo_cores(const struct topo *topo);

/* Memory (NUMA) nodes of this machine, at least 1. */
int topo_memory_nodes(const struct topo *topo);

/* Binds the calling thread to core number `core` (0 ≤ core < topo_cores) and reads the mask back.
 * 0, 1 when the mask read back differs, or -errno. Safe from several threads. */
int topo_bind(const struct topo *topo, int core);
bool topo_is_bound(const struct topo *topo, int core);

/* The hardware threads of core number `core`, all of them, by operating system number: what
 * computes on any of them takes from that core. */
void topo_core_threads(const struct topo *topo, int core, struct topo_mask *mask);

/* Binds every thread of this process, helper threads of libraries too, to the first `cores` cores.
 * 0 or -errno. */
int topo_bind_process(const struct topo *topo, int cores);

/* "2 cores of AMD EPYC, 23.4 GiB": what the machine is, in one line without its name. */
const char *topo_summary(const struct topo *topo, char *text, size_t text_bytes);

/* "1 Machine, 1 L3 of 32768 KiB, 2 Core, 2 PU, 1 NUMANode": its levels, and how many of each may be
 * used. Machines of one shape may be told apart by their names alone. */
const char *topo_shape(const struct topo *topo, char *text, size_t text_bytes);

/* Version of the library; a static string. */
const char *topo_library(void);

/* The topology as hwloc XML; memory of the caller (free), NULL when there is none. */
char *topo_xml(const struct topo *topo);

#endif
