#include "job/job.h"

#include <stdlib.h>

const char *const axis_names[AXES] = {"cores", "ranks", "threads", "depth"};

void job_free(struct job *job)
{
    free(job->text);
    free(job->workloads);
    *job = (struct job){0};
}
