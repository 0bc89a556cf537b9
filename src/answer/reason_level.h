/* Where the data of a kernel lies, as far as a reason speaks of it: in which cache or in the
 * memory. */
#ifndef CUAL_ANSWER_REASON_LEVEL_H
#define CUAL_ANSWER_REASON_LEVEL_H

#include "answer/reason_facts.h"
#include "text/words.h"

/* Adds what limits the kernel at the choice: "the floating-point units", "the L2 cache", "the
 * latency of the memory". */
void reason_level_add_bound(const struct reason_facts *facts, struct words *sentence);

/* Adds what its cores would have to share: "the floating-point units", "the L3 cache". */
void reason_level_add_shared(const struct reason_facts *facts, struct words *sentence);

/* Adds the latency as the limit at a choice that is on one core and never waits, in the same two
 * ways. */
void reason_level_add_latency(const struct reason_facts *facts, struct words *limit,
                              struct words *sentence);

/* Adds the bandwidth as the limit at the choice, in short and as the end of a sentence. */
void reason_level_add_bandwidth(const struct reason_facts *facts, struct words *limit,
                                struct words *sentence);

/* Adds what a reader must know of the footprints to compare the points, in whole sentences: that a
 * speed-up on one core comes from the caches, and that processes have copies. */
void reason_level_remark(const struct candidates *candidates, const struct reason_facts *facts,
                         const struct verdict *verdict, struct words *sentence);

#endif
