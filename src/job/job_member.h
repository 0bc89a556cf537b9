/* The members of a family; each of them is a workload. */
#ifndef CUAL_JOB_JOB_MEMBER_H
#define CUAL_JOB_JOB_MEMBER_H

#include "job/job_draft.h"

/* Makes the member that has the values chosen in the slots of a draft. Returns 0, or the status of
 * the error that it sets. */
int job_member_resolve(const struct job_draft *draft, struct workload *workload);

#endif
