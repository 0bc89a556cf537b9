/* The effective job is read back as the same job. */
#include "job/job_text.h"
#include "unit/job/jobs.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void effective_job_is_the_same_job(void)
{
    static const char more[] =
        "scratch: \"/a \\\"b\\\\ \\u00e9\"\nscaling: weak\nlimit: 90 s\nseed: 9e15\nrounds: 1 M\n"
        "workloads:\n"
        "  f: {compute: flops, task: [333.3 us, 1.7 ms], wait: timer, waits: 3, tasks: 5,\n"
        "      wait_fraction: [0.1, 33.3 %], lock: [true, false], scaling: [weak, strong]}\n"
        "  c: {compute: chase, memory: [64 KiB, 3 MiB], tasks: 7, cores: all, depth: 77}\n"
        "  n: {wait: none, tasks: 1 k, trace: true}\n";
    const char *const texts[] = {jobs_quick, more, JOBS_ONE};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct job job;
        jobs_parse_good(&job, texts[i], NULL);
        jobs_expect_read_back(&job);
        for (size_t w = 0; w < job.workload_count; w++) {
            struct workload *workload = &job.workloads[w];
            workload->spec.work = isnan(workload->task_s) ? workload->spec.work : 12345 + w;
        }
        jobs_expect_read_back(&job);
        job_free(&job);
    }
}

static void effective_job_says_the_work_once_it_is_known(void)
{
    struct job job;
    jobs_parse_good(&job, JOBS_WORK "  t: {compute: flops, task: 2 ms, tasks: 1}\n", NULL);
    char *text = job_effective_text(&job);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "    task: 2 ms\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "    work: 1\n"));
    free(text);
    job.workloads[1].spec.work = 4711;
    text = job_effective_text(&job);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_PTR_NULL(strstr(text, "    task: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "    work: 4711\n    calibrated: 2 ms\n"));
    free(text);
    job_free(&job);
}

/* The machine of these jobs has an L1 cache of 32 KiB, an L2 of 1 MiB and an L3 of 32 MiB. */
static void effective_job_has_bytes_for_caches(void)
{
    struct job job;
    jobs_parse_good(&job,
                    "workloads:\n"
                    "  t: {compute: triad, memory: [1 L1, 0.5 L2, 4 L3], tasks: 1}\n"
                    "  c: {compute: chase, memory: 2 LLC, tasks: 1}\n",
                    NULL);
    CU_ASSERT_EQUAL(jobs_find(&job, "t[memory=32 KiB]")->spec.kernel_option[0], 32 << 10);
    CU_ASSERT_EQUAL(jobs_find(&job, "t[memory=512 KiB]")->spec.kernel_option[0], 512 << 10);
    CU_ASSERT_EQUAL(jobs_find(&job, "t[memory=128 MiB]")->spec.kernel_option[0], 128 << 20);
    CU_ASSERT_EQUAL(jobs_find(&job, "c")->spec.kernel_option[0], 64 << 20);
    CU_ASSERT_EQUAL(jobs_find(&job, "c")->spec.caches.bytes[LEVEL_L3], 32 << 20);
    char *text = job_effective_text(&job);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "    memory: 128 MiB\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "L3"));
    CU_ASSERT_PTR_NULL(strstr(text, "LLC"));
    free(text);
    jobs_expect_read_back(&job);
    job_free(&job);
}

static const CU_TestInfo tests[] = {
    {"the effective job is the same job", effective_job_is_the_same_job},
    {"the effective job says the work once it is known",
     effective_job_says_the_work_once_it_is_known},
    {"the effective job has bytes where the file has caches", effective_job_has_bytes_for_caches},
    CU_TEST_INFO_NULL,
};

SUITE("job text", tests);
