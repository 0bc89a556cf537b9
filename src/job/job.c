#include "job/job.h"

#include <stdlib.h>

const char *const job_axis_names[JOB_AXES] = {"cores", "ranks", "threads", "depth"};

double job_scratch_bytes(const struct job *job)
{
    double bytes = 0;
    for (size_t w = 0; w < job->workload_count; w++) {
        const struct workload *workload = &job->workloads[w];
        if (workload->engine->file_bytes) {
            bytes += (double)workload->engine->file_bytes(&workload->spec);
        }
    }
    return bytes;
}

void job_free(struct job *job)
{
    free(job->text);
    free(job->workloads);
    *job = (struct job){0};
}
