#include "job/job.h"

#include <stdlib.h>

const char *const job_axis_names[JOB_AXES] = {"cores", "ranks", "threads", "depth"};

void job_free(struct job *job)
{
    free(job->text);
    free(job->workloads);
    *job = (struct job){0};
}
