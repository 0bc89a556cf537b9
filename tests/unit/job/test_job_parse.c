/* How a text becomes a job: what stands at the top of a job, and what is refused there. */
#include "job/job_parse.h"
#include "unit/job/jobs.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void top_of_a_job_is_read(void)
{
    struct job job;
    jobs_parse_good(&job, jobs_quick, NULL);
    CU_ASSERT_EQUAL(job.budget_s, 60);
    CU_ASSERT_EQUAL(job.precision, 0.02);
    CU_ASSERT_EQUAL(job.seed, 1);
    CU_ASSERT_EQUAL(job.rounds, 100);
    CU_ASSERT_STRING_EQUAL(job.file, "job.yaml");
    CU_ASSERT_STRING_EQUAL(job.text, jobs_quick);
    jobs_expect_axis(&job.axes[JOB_AXIS_CORES], 2, (int[]){1, JOBS_CORES});
    jobs_expect_axis(&job.axes[JOB_AXIS_RANKS], 2, (int[]){1, JOBS_CORES});
    jobs_expect_axis(&job.axes[JOB_AXIS_THREADS], 3, (int[]){1, JOBS_CORES, 16});
    jobs_expect_axis(&job.axes[JOB_AXIS_DEPTH], 3, (int[]){1, 16, 256});
    CU_ASSERT_EQUAL(job.workload_count, 8);
    job_free(&job);
}

static void what_is_not_said_has_its_default(void)
{
    struct job job;
    setenv("TMPDIR", "/some/where", 1);
    jobs_parse_good(&job, "workloads: {a: {wait: none, tasks: 1}}", NULL);
    CU_ASSERT(isinf(job.budget_s));
    CU_ASSERT_EQUAL(job.precision, 0);
    CU_ASSERT_STRING_EQUAL(job.scratch, "/some/where");
    for (enum job_axis axis = 0; axis < JOB_AXES; axis++) {
        jobs_expect_axis(&job.axes[axis], 1, (int[]){1});
        jobs_expect_axis(&job.workloads[0].axes[axis], 1, (int[]){1});
    }
    CU_ASSERT_FALSE(job.workloads[0].spec.lock);
    CU_ASSERT_FALSE(job.workloads[0].weak);
    CU_ASSERT_EQUAL(job.workloads[0].spec.path[0], '\0');
    job_free(&job);
    unsetenv("TMPDIR");
    jobs_parse_good(&job, "workloads: {a: {wait: none, tasks: 1}}", NULL);
    CU_ASSERT_STRING_EQUAL(job.scratch, "/tmp");
    job_free(&job);
}

static void scaling_of_the_job_holds_unless_a_workload_says_otherwise(void)
{
    struct job job;
    jobs_parse_good(
        &job,
        "workloads: {a: {wait: none, tasks: 1}, b: {wait: none, tasks: 1, scaling: strong}}\n"
        "scaling: weak\n",
        NULL);
    CU_ASSERT_TRUE(jobs_find(&job, "a")->weak);
    CU_ASSERT_FALSE(jobs_find(&job, "b")->weak);
    job_free(&job);
}

static const struct jobs_mistake top_mistakes[] = {
    {"budgte: 5 s\n" JOBS_ONE, NULL, "job.yaml:1:1: budgte: ", "did you mean `budget`"},
    {JOBS_ONE "tasks: 5\n", NULL,
     "job.yaml:2:1: tasks: ", "belongs in a workload; allowed: budget, "},
    {"b\\e: 1\n" JOBS_ONE, NULL, "job.yaml:1:1: b\\e: ", "is not a key of a job"},
    {"\"\\e[31m\": 1\n" JOBS_ONE, NULL, "job.yaml:1:1: \\x1b[31m: ", "is not a key of a job"},
    {"budget: 60\n" JOBS_ONE, NULL,
     "job.yaml:1:9: budget: ", "`60` has no unit; allowed: a time from"},
    {"budget: 60 KiB\n" JOBS_ONE, NULL, "job.yaml:1:9: budget: ", "`60 KiB` has an unknown unit"},
    {"budget:\n" JOBS_ONE, NULL, "job.yaml:1:8: budget: ", "has no value; allowed: a time"},
    {"budget: [1 s]\n" JOBS_ONE, NULL, "job.yaml:1:9: budget: ", "list or mapping, not one value"},
    {"precision: 2\n" JOBS_ONE, NULL, "job.yaml:1:12: precision: ", "`2` is too large"},
    {"rounds: 0\n" JOBS_ONE, NULL, "job.yaml:1:9: rounds: ", "`0` is too small"},
    {"seed: -1\n" JOBS_ONE, NULL, "job.yaml:1:7: seed: ", "`-1` is negative"},
    {"scaling: stong\n" JOBS_ONE, NULL, "job.yaml:1:10: scaling: ", "did you mean `strong`"},
    {"scratch: []\n" JOBS_ONE, NULL, "job.yaml:1:10: scratch: ", "is not a path"},
    {"scratch: ''\n" JOBS_ONE, NULL, "job.yaml:1:10: scratch: ", "is empty"},
    {"scratch: \"a\\tb\"\n" JOBS_ONE, NULL, "job.yaml:1:10: scratch: ", "bytes that are not text"},
    {"cores: []\n" JOBS_ONE, NULL, "job.yaml:1:8: cores: ", "the list is empty"},
    {"cores: [1, 0]\n" JOBS_ONE, NULL, "job.yaml:1:12: cores: ", "`0` is too small"},
    {"cores: [1, 65537]\n" JOBS_ONE, NULL, "job.yaml:1:12: cores: ", "`65537` is too large"},
    {"ranks: 65537\n" JOBS_ONE, NULL, "job.yaml:1:8: ranks: ", "from 1 to 65536"},
    {"threads: 100001\n" JOBS_ONE, NULL, "job.yaml:1:10: threads: ", "from 1 to 100000"},
    {"depth: 1048577\n" JOBS_ONE, NULL, "job.yaml:1:8: depth: ", "from 1 to 1048576"},
    {"cores: 1.5\n" JOBS_ONE, NULL, "job.yaml:1:8: cores: ", "not a whole number"},
    {"cores: [al]\n" JOBS_ONE, NULL, "job.yaml:1:9: cores: ", "did you mean `all`"},
    {"cores: [[1]]\n" JOBS_ONE, NULL,
     "job.yaml:1:9: cores: ", "is a list or mapping, not one value"},
    {"seed: 1\n", NULL, "job.yaml:1:1: workloads: ", "there is no workload"},
    {"seed: 1\nworkloads:\n", NULL, "job.yaml:2:1: workloads: ", "there is no workload"},
    {"workloads: {}\n", NULL, "job.yaml:1:1: workloads: ", "there is no workload"},
    {"workloads: 5\n", NULL, "job.yaml:1:12: workloads: ", "is not a mapping"},
    {"workloads: [a]\n", NULL, "job.yaml:1:12: workloads: ", "is not a mapping"},
};

static void mistakes_at_the_top_are_located(void)
{
    jobs_expect_mistakes(top_mistakes, sizeof top_mistakes / sizeof top_mistakes[0]);
}

static void a_bad_folder_in_the_environment_is_refused(void)
{
    setenv("TMPDIR", "/tmp/\xff", 1);
    jobs_expect_error(JOBS_ONE, NULL,
                      "job.yaml:1:1: scratch: ", "the folder of $TMPDIR holds bytes");
    char folder[1000];
    memset(folder, 'a', sizeof folder - 1);
    folder[sizeof folder - 1] = '\0';
    setenv("TMPDIR", folder, 1);
    jobs_expect_error(JOBS_ONE, NULL, "job.yaml:1:1: scratch: ", "is too long");
    unsetenv("TMPDIR");
}

static void an_error_leaves_nothing_to_free_twice(void)
{
    struct job job;
    struct error error =
        jobs_parse(&job, "workloads: {a: {wait: none, tasks: [1, 2], latency: 3}}", NULL, 0);
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    job_free(&job);
    CU_ASSERT_PTR_NULL(job.text);
    CU_ASSERT_PTR_NULL(job.workloads);
    job_free(&job);
}

static const CU_TestInfo tests[] = {
    {"the top of a job is read", top_of_a_job_is_read},
    {"what is not said has its default", what_is_not_said_has_its_default},
    {"the job's scaling holds unless a workload says otherwise",
     scaling_of_the_job_holds_unless_a_workload_says_otherwise},
    {"mistakes at the top are located", mistakes_at_the_top_are_located},
    {"a bad folder in the environment is refused", a_bad_folder_in_the_environment_is_refused},
    {"an error leaves nothing to free twice", an_error_leaves_nothing_to_free_twice},
    CU_TEST_INFO_NULL,
};

SUITE("job parse", tests);
