/* The members of a family: what each of them has is worked out from its keys. */
#include "job/job_options.h"
#include "kernels/kernels.h"
#include "unit/job/jobs.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void waits_default_by_engine_and_kernel(void)
{
    struct job job;
    jobs_parse_good(
        &job,
        "workloads:\n"
        "  cost: {compute: none, wait: none, tasks: 1}\n"
        "  work: {compute: flops, work: 1, tasks: 1}\n"
        "  asked: {compute: flops, work: 1, waits: 1, tasks: 1}\n"
        "  timer: {compute: flops, work: 1, wait: timer, latency: 1 us, tasks: 1}\n"
        "  never: {compute: flops, work: 1, wait: timer, latency: 1 us, waits: 0, tasks: 1}\n",
        NULL);
    CU_ASSERT_EQUAL(jobs_find(&job, "cost")->spec.waits, 1);
    CU_ASSERT_EQUAL(jobs_find(&job, "work")->spec.waits, 0);
    CU_ASSERT_EQUAL(jobs_find(&job, "asked")->spec.waits, 1);
    CU_ASSERT_EQUAL(jobs_find(&job, "timer")->spec.waits, 1);
    CU_ASSERT_EQUAL(jobs_find(&job, "never")->spec.waits, 0);
    job_free(&job);
}

static void memory_gives_the_work_of_one_pass(void)
{
    static const char *const names[] = {"triad", "chase", NULL};
    for (size_t i = 0; names[i]; i++) {
        char text[256];
        struct job job;
        snprintf(text, sizeof text,
                 "workloads:\n  a: {compute: %s, memory: 64 MiB, tasks: 4}\n"
                 "  few: {compute: %s, memory: 64 MiB, tasks: 1e9}\n"
                 "  told: {compute: %s, memory: 64 MiB, tasks: 4, work: 3}\n",
                 names[i], names[i], names[i]);
        jobs_parse_good(&job, text, NULL);
        double bytes = kernels_find(names[i])->bytes_per_unit;
        CU_ASSERT_EQUAL(jobs_find(&job, "a")->spec.work, (uint64_t)floor(0x1p26 / 4 / bytes));
        CU_ASSERT_EQUAL(jobs_find(&job, "few")->spec.work, 1);
        CU_ASSERT_EQUAL(jobs_find(&job, "told")->spec.work, 3);
        CU_ASSERT(isnan(jobs_find(&job, "a")->task_s));
        job_free(&job);
    }
}

static void wait_fraction_divides_the_task(void)
{
    struct job job;
    jobs_parse_good(
        &job,
        "workloads:\n"
        "  m: {compute: primes, task: 1 ms, wait: timer, waits: 4, wait_fraction: 90 %,\n"
        "      tasks: 1}\n"
        "  zero: {compute: primes, task: 1 ms, wait: timer, wait_fraction: 0, tasks: 1}\n",
        NULL);
    CU_ASSERT_DOUBLE_EQUAL(job_workload_value(&job.workloads[0], "latency"), 0.9e-3 / 4, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(job.workloads[0].compute_s, 0.1e-3, 1e-15);
    CU_ASSERT_EQUAL(job.workloads[0].task_s, 1e-3);
    CU_ASSERT_EQUAL(job.workloads[0].wait_fraction, 0.9);
    CU_ASSERT_EQUAL(job_workload_value(&job.workloads[1], "latency"), 0);
    CU_ASSERT_EQUAL(job.workloads[1].compute_s, 1e-3);
    job_free(&job);
}

static void the_order_of_ending_is_kept_where_it_is_asked_for(void)
{
    struct job job;
    jobs_parse_good(&job,
                    "cores: [1, 4]\nworkloads:\n"
                    "  a: {wait: none, tasks: 1 M}\n"
                    "  b: {wait: none, tasks: 65536, trace: true}\n"
                    "  c: {wait: none, tasks: 16384, trace: [true, false], scaling: weak}\n"
                    "  d: {wait: none, tasks: 1 M, trace: false}\n",
                    NULL);
    static const bool traced[] = {false, true, true, false, false};
    CU_ASSERT_EQUAL_FATAL(job.workload_count, 5);
    for (size_t w = 0; w < job.workload_count; w++) {
        CU_ASSERT_EQUAL(job.workloads[w].spec.trace, traced[w]);
        CU_ASSERT_EQUAL(job_workload_value(&job.workloads[w], "trace"), traced[w]);
    }
    job_free(&job);
}

static void long_names_of_families_are_refused(void)
{
    static const char format[] =
        "workloads:\n  a23456789012345678901234567890123456789012345678901234567890:\n"
        "    {wait: timer, tasks: [1000000000], waits: [%d], lock: [true],\n"
        "     latency: [1.2345678901234 ms]}\n";
    struct job job;
    char text[512];
    snprintf(text, sizeof text, format, 10000);
    jobs_parse_good(&job, text, NULL);
    CU_ASSERT_EQUAL(strlen(job.workloads[0].name), JOB_NAME_BYTES - 1);
    jobs_expect_read_back(&job);
    job_free(&job);
    snprintf(text, sizeof text, format, 100000);
    jobs_expect_error(text, NULL, "job.yaml:2:3: a2345", "names of its family are too long");
}

static const CU_TestInfo tests[] = {
    {"waits default by engine and kernel", waits_default_by_engine_and_kernel},
    {"memory gives the work of one pass", memory_gives_the_work_of_one_pass},
    {"wait_fraction divides the task", wait_fraction_divides_the_task},
    {"the order of ending is kept where it is asked for",
     the_order_of_ending_is_kept_where_it_is_asked_for},
    {"long names of families are refused", long_names_of_families_are_refused},
    CU_TEST_INFO_NULL,
};

SUITE("job member", tests);
