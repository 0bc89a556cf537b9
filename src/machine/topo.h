/* Topology and binding, through hwloc. All of it is local to the calling process. */
#ifndef CUAL_MACHINE_TOPO_H
#define CUAL_MACHINE_TOPO_H

#include "model/caches.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topo;

/* A core is one core of hwloc. The first of its hardware threads that may be used stands for it. */

/* Hardware threads: one bit for each, by the number that Linux gives it. */
#define TOPO_MASK_WORDS 64
struct topo_mask {
    uint64_t word[TOPO_MASK_WORDS];
};

/* The variables of the environment by which hwloc describes another machine than this one; NULL
 * ends them. */
extern const char *const topo_replacing[];

/* Loads the topology of this node, with all of its cores. NULL when hwloc cannot; topo_free frees
 * it.
 */
struct topo *topo_create(void);
void topo_free(struct topo *topo);

/* Writes the hardware threads that the calling thread may run on now (cpuset and affinity). 0 or
 * -errno. */
int topo_allowed(const struct topo *topo, struct topo_mask *mask);

/* Restricts the cores that topo_bind counts over to those of the mask, which is the allocation: the
 * union over the ranks of a node. Returns how many cores these are. */
int topo_use(struct topo *topo, const struct topo_mask *mask);
int topo_cores(const struct topo *topo);

/* How many hardware threads the largest core of this node has, those that may not be used, too; at
 * least 1. */
int topo_smt(const struct topo *topo);

/* Returns the number by which Linux knows core number `core`: that of the hardware thread that
 * stands for it. */
int topo_core_cpu(const struct topo *topo, int core);

/* Writes which kind of core it is where the processor has several and names them, such as
 * "IntelAtom"; else nothing. Returns `kind`. */
#define TOPO_KIND_BYTES 32
const char *topo_core_kind(const struct topo *topo, int core, char kind[TOPO_KIND_BYTES]);

/* How many NUMA nodes this node has, at least 1. */
int topo_memory_nodes(const struct topo *topo);

/* Writes the caches for data that core number 0 uses, and how many of the cores that may be used
 * share each. */
void topo_caches(const struct topo *topo, struct caches *caches);

/* Binds the calling thread to core number `core` (0 ≤ core < topo_cores) and reads its mask back.
 * Returns 0, 1 when the mask that was read differs, or -errno. Safe from several threads. */
int topo_bind(const struct topo *topo, int core);
bool topo_is_bound(const struct topo *topo, int core);

/* Writes all hardware threads of core number `core`, also those that may not be used: whoever
 * computes on one of them takes time from that core. */
void topo_core_threads(const struct topo *topo, int core, struct topo_mask *mask);

/* Binds every thread of this process, those of libraries included, to the first `cores` cores. 0 or
 * -errno. */
int topo_bind_process(const struct topo *topo, int cores);

/* Writes what this node is in one line, without its name: "2 cores of AMD EPYC, 23.4 GiB". Returns
 * `text`. */
const char *topo_summary(const struct topo *topo, char *text, size_t text_bytes);

/* Writes the levels of this node, and how many of each may be used: "1 Machine, 1 L3 of 32768 KiB,
 * 2 Core, 2 PU, 1 NUMANode". Nodes of one shape may differ in nothing but their names. Returns
 * `text`. */
const char *topo_shape(const struct topo *topo, char *text, size_t text_bytes);

/* The version of hwloc; a static string. */
const char *topo_library(void);

/* The topology as XML of hwloc, in memory that the caller frees. NULL when there is none. */
char *topo_xml(const struct topo *topo);

#endif
