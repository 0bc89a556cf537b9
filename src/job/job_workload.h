/* A workload of a job file. */
#ifndef CUAL_JOB_JOB_WORKLOAD_H
#define CUAL_JOB_JOB_WORKLOAD_H

#include "job/job_value.h"

/* Reads the workload of an entry and appends it, or all members of its family, to the job. Returns
 * 0, or the status of the error that it sets. */
int job_workload_read(struct job_context *context, const struct job_entry *entry);

#endif
