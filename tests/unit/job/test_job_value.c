/* Values of axes: numbers, and words for what the allocation has. */
#include "job/job_parse.h"
#include "unit/job/jobs.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static void axes_are_sorted_and_joined(void)
{
    struct job job;
    jobs_parse_good(&job,
                    "cores: [4, 1, all, 4]\nthreads: 2\ndepth: [9, 9]\nranks: [5]\n"
                    "workloads:\n"
                    "  a: {wait: none, tasks: 1}\n"
                    "  b: {wait: none, tasks: 1, cores: [3, 1], depth: all, ranks: 2}\n",
                    NULL);
    jobs_expect_axis(&job.workloads[0].axes[JOB_AXIS_CORES], 3, (int[]){1, 4, JOBS_CORES});
    jobs_expect_axis(&job.workloads[1].axes[JOB_AXIS_CORES], 2, (int[]){1, 3});
    jobs_expect_axis(&job.workloads[1].axes[JOB_AXIS_DEPTH], 1, (int[]){JOBS_CORES});
    jobs_expect_axis(&job.axes[JOB_AXIS_CORES], 4, (int[]){1, 3, 4, JOBS_CORES});
    jobs_expect_axis(&job.axes[JOB_AXIS_RANKS], 2, (int[]){2, 5});
    jobs_expect_axis(&job.axes[JOB_AXIS_THREADS], 1, (int[]){2});
    jobs_expect_axis(&job.axes[JOB_AXIS_DEPTH], 2, (int[]){JOBS_CORES, 9});
    job_free(&job);
}

static void words_of_an_axis_are_what_the_allocation_has(void)
{
    struct job job;
    jobs_parse_good(
        &job,
        "cores: [node, all]\nranks: [nodes, node]\nthreads: doubling\nplacement: spread\n"
        "workloads:\n  a: {compute: none, tasks: 1}\n",
        NULL);
    const struct job_axis_values *axes = job.axes;
    CU_ASSERT_EQUAL(axes[JOB_AXIS_CORES].count, 2);
    CU_ASSERT_EQUAL(axes[JOB_AXIS_CORES].value[0], 3);
    CU_ASSERT_EQUAL(axes[JOB_AXIS_CORES].value[1], JOBS_CORES);
    CU_ASSERT_EQUAL(axes[JOB_AXIS_RANKS].count, 2);
    CU_ASSERT_EQUAL(axes[JOB_AXIS_RANKS].value[0], 2);
    CU_ASSERT_EQUAL(axes[JOB_AXIS_RANKS].value[1], 3);
    CU_ASSERT_EQUAL(axes[JOB_AXIS_THREADS].count, 4);
    CU_ASSERT_EQUAL(job.placement, PLACEMENT_SPREAD);
    job_free(&job);
    struct error error = {0};
    char *text =
        strdup("ranks: [1, node, nodes, all]\nworkloads:\n  a: {compute: none, tasks: 1}\n");
    const struct job_source source = {.file = "job.yaml", .text = text, .extent = {.cores = 6}};
    CU_ASSERT_EQUAL(job_parse(&job, &source, &error), 0);
    CU_ASSERT_EQUAL(job.axes[JOB_AXIS_RANKS].count, 2); /* one node: 1 and all */
    CU_ASSERT_EQUAL(job.placement, PLACEMENT_PACK);
    job_free(&job);
}

static const CU_TestInfo tests[] = {
    {"words of an axis are what the allocation has", words_of_an_axis_are_what_the_allocation_has},
    {"axes are sorted and joined", axes_are_sorted_and_joined},
    CU_TEST_INFO_NULL,
};

SUITE("job value", tests);
