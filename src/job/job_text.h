/* A job as text. */
#ifndef CUAL_JOB_JOB_TEXT_H
#define CUAL_JOB_JOB_TEXT_H

#include "job/job.h"

/* Writes the effective job, after settings, defaults and calibration, as YAML that job_parse reads
 * back to the same job. Returns memory that the caller frees, or NULL when there is none. */
char *job_effective_text(const struct job *job);

#endif
