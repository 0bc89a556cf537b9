/* Rounds of samples written to a run file, in place. */
#ifndef CUAL_RUNFILE_RUNFILE_WRITE_H
#define CUAL_RUNFILE_RUNFILE_WRITE_H

#include "runfile/runfile_content.h"
#include "system/error.h"

#include <stddef.h>

struct runfile;

/* Writes all samples that a round (from 0) has so far, the times of their ranks, their hashes and
 * the status of all cells, then syncs: they are acknowledged when it returns 0. It may be called
 * again for the same round. Else STATUS_STORAGE; what was acknowledged before is intact. */
int runfile_write_round(struct runfile *file, const struct runfile_content *content, size_t round,
                        struct error *error);

#endif
