/* How a text becomes a job. */
#ifndef CUAL_JOB_JOB_PARSE_H
#define CUAL_JOB_JOB_PARSE_H

#include "job/job.h"

/* What a job is made of. */
struct job_source {
    const char *file;            /* its name, as given; copied */
    char *text;                  /* its bytes, NUL-terminated; taken over by the job */
    size_t setting_count;        /* settings, "key=value" or "workload.key=value", which win; */
    const char *const *settings; /* not owned, they must outlive the job */
    struct job_extent extent;
};

/* Parses the text and then the settings. Returns 0, or STATUS_USAGE with "file:line:column: key:
 * what is wrong; what is allowed; did you mean …" (for a setting "--set key=value" stands in place
 * of file:line:column). Touches no file. job_free frees the job and the text, also after an error.
 */
int job_parse(struct job *job, const struct job_source *source, struct error *error);

#endif
