/* The files of a sweep: scratch files on every node, and whether all nodes see the output. */
#ifndef CUAL_SWEEP_SWEEP_FILES_H
#define CUAL_SWEEP_SWEEP_FILES_H

#include "job/job.h"
#include "system/error.h"
#include "system/scratch.h"

struct sweep;

/* Makes the scratch file that the engine of the workload needs, and fills it in; its path is then
 * that of workload->spec. 0 or status. Local. */
int sweep_make_file(struct scratch *scratch, struct workload *workload, struct error *error);

/* Rank 0: makes the scratch files on all nodes. 0 or status. */
int sweep_make_files(struct sweep *sweep, struct error *error);

/* The first rank of another node: makes the scratch files of its node, as rank 0 has commanded. */
void sweep_follow_files(struct sweep *sweep);

/* Rank 0, before sweep_prepare: checks that all nodes see the lock that it has written beside the
 * output at `path`. 0, or STATUS_STORAGE with the folder and the node that does not see the lock.
 */
int sweep_check_output(struct sweep *sweep, const char *path, struct error *error);

/* The other ranks: checks the same on the node of this rank, and tells rank 0. */
void sweep_follow_output(struct sweep *sweep);

#endif
