/* Settings: the values of --set, which replace those of a job file. */
#ifndef CUAL_JOB_JOB_SETTINGS_H
#define CUAL_JOB_JOB_SETTINGS_H

#include "job/job_node.h"

/* Replaces a value in the tree of a job file by that of a setting, "key=value" or
 * "workload.key=value". Returns 0, or the status of the error that it sets. */
int job_settings_apply(struct job_node *root, const char *file, const char *setting,
                       struct error *error);

#endif
