/* How the value of an option and the values of an axis are read. */
#ifndef CUAL_JOB_JOB_VALUE_H
#define CUAL_JOB_JOB_VALUE_H

#include "job/job.h"
#include "job/job_node.h"

/* What the top of a job sets for its workloads. */
struct job_context {
    struct job *job;
    struct job_extent extent;
    bool weak;
    struct job_axis_values axes[JOB_AXES];
    struct error *error;
};

/* Reads the value of an option; `scope` is the name of the workload that the key belongs to, or
 * NULL. Returns 0, or the status of the error that it sets. */
int job_value_read(const struct job_context *context, const char *scope, const char *key,
                   const struct option *option, const struct job_node *node, double *value);

/* Reads the values of an axis in the same way. */
int job_axis_read(const struct job_context *context, const char *scope, enum job_axis axis,
                  const struct job_node *node, struct job_axis_values *values);

/* Inserts a value in ascending order unless it is there already. Returns 0 or -ENOSPC. */
int job_axis_add(struct job_axis_values *values, int value);

#endif
