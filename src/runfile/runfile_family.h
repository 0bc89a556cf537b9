/* The values that tell the members of a family of workloads apart. They are variables along the
 * axis of workloads, named by the keys of the job; so the table of variables has no rows for them.
 */
#ifndef CUAL_RUNFILE_RUNFILE_FAMILY_H
#define CUAL_RUNFILE_RUNFILE_FAMILY_H

#include "job/job.h"
#include "runfile/runfile_variables.h"

#include <stdio.h>

/* Writes the variables of all families and adds their names, each after a space, to `coordinates`.
 * `row` has room for 8 bytes per workload. The group "/" must have its axis of workloads and what
 * the table says of a task. */
void runfile_write_families(struct store *store, const struct job *job, void *row,
                            FILE *coordinates);

#endif
