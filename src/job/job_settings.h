/* Settings: what --set lays over a job file. */
#ifndef CUAL_JOB_JOB_SETTINGS_H
#define CUAL_JOB_JOB_SETTINGS_H

#include "job/job_node.h"

/* Puts "key=value" or "workload.key=value" in the place of what the file says below its root. 0, or
 * the status of the error that it sets. */
int job_settings_apply(struct job_node *root, const char *file, const char *setting,
                       struct error *error);

#endif
