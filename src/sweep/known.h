/* Known answers: results that are the same on every node, measured on rank 0 before the first
 * round. Waits in flight together take as long as one of them; computing on one core is no faster
 * with several workers. */
#ifndef CUAL_SWEEP_KNOWN_H
#define CUAL_SWEEP_KNOWN_H

#include "machine/topo.h"
#include "model/engine.h"
#include "model/kernel.h"
#include "system/error.h"

#define KNOWN_TEXT_BYTES 32
#define KNOWN_NOTE_BYTES 320

#define KNOWN_LEAST_S 0.08 /* that known_try takes: the waits that it needs */

/* What was found. */
struct known {
    char waiting[KNOWN_TEXT_BYTES];   /* "61.2 of 64": times as fast as serial, and the most */
    char computing[KNOWN_TEXT_BYTES]; /* "1.00 of 1" */
    char note[KNOWN_NOTE_BYTES]; /* what could not be found out on this node now; empty: nothing */
};

/* Measures the known answers with `timer`, an engine whose first option is the time of a wait in s,
 * and `flops`, a kernel without options that computes. `threads` ≥ 1 threads compute together on
 * one core; where `threads` is 1, because the program may have no others, that thread has several
 * tasks in flight instead. Takes 0.2 s, about 1 s on a busy node. Local. 0; STATUS_WRONG with "not
 * credible: …" in `error` for a result that cannot be; STATUS_INTERRUPTED; STATUS_ENVIRONMENT
 * when a measurement failed. */
int known_try(struct known *known, const struct engine *timer, const struct kernel *flops,
              int threads, const struct topo *topo, struct error *error);

#endif
