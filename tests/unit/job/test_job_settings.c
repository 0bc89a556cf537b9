/* Settings: --set replaces what the file says, and mistakes in it are located. */
#include "job/job_options.h"
#include "unit/job/jobs.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>

static const struct jobs_mistake setting_mistakes[] = {
    {JOBS_WORK, "budget", "--set budget: ", "has no key; allowed: key=value"},
    {JOBS_WORK, "=5", "--set =5: ", "has no key"},
    {JOBS_WORK, "budget=", "--set budget=: ", "has no value"},
    {JOBS_WORK, "budget=5", "--set budget=5: budget: ", "`5` has no unit"},
    {JOBS_WORK, "budgte=5 s", "--set budgte=5 s: budgte: ", "did you mean `budget`"},
    {JOBS_WORK, "cores=[1", "--set cores=[1: not YAML: ", "did not find"},
    {JOBS_WORK, "cores=&x 1", "--set cores=&x 1: x: ", "aliases"},
    {JOBS_WORK, "cores=[]", "--set cores=[]: cores: ", "the list is empty"},
    {JOBS_WORK, "b.tasks=5", "--set b.tasks=5: b: ", "is no workload of this job; allowed: a"},
    {"workloads: {mixed: {wait: none, tasks: 1}}", "mixd.tasks=5",
     "--set mixd.tasks=5: mixd: ", "did you mean `mixed`"},
    {"seed: 1\n", "a.tasks=5", "--set a.tasks=5: a: ", "is no workload"},
    {"workloads: {a: 5}\n", "a.tasks=5", "job.yaml:1:16: a: ", "is not a mapping"},
    {JOBS_WORK, "a.taks=5", "--set a.taks=5: a.taks: ", "did you mean `tasks`"},
    {JOBS_WORK, "a.task=1 s", "job.yaml:2:39: a.work: ", "is given beside `task`"},
    {JOBS_WORK, "a.tasks=0", "--set a.tasks=0: a.tasks: ", "`0` is too small"},
};

static void mistakes_in_settings_are_located(void)
{
    jobs_expect_mistakes(setting_mistakes, sizeof setting_mistakes / sizeof setting_mistakes[0]);
}

static void settings_replace_what_the_file_says(void)
{
    static const char *const settings[] = {
        "limit=5 min",       "budget=5 s",
        "cores=[1, 2]",      "wait.latency=[2 ms, 3 ms]",
        "flops.tasks=7",     "scratch=/fast/disk",
        "flops.depth=[1,3]", "flops.tasks=8",
        "triad.lock=true",   "mixed.wait_fraction=0.25",
    };
    struct job job;
    struct error error =
        jobs_parse(&job, jobs_quick, settings, sizeof settings / sizeof settings[0]);
    CU_ASSERT_EQUAL_FATAL(error.status, 0);
    CU_ASSERT_EQUAL(job.setting_count, sizeof settings / sizeof settings[0]);
    CU_ASSERT_EQUAL(job.budget_s, 5);
    CU_ASSERT_EQUAL(job.limit_s, 300);
    CU_ASSERT_STRING_EQUAL(job.scratch, "/fast/disk");
    jobs_expect_axis(&job.axes[JOB_AXIS_CORES], 2, (int[]){1, 2});
    jobs_expect_axis(&jobs_find(&job, "flops")->axes[JOB_AXIS_DEPTH], 2, (int[]){1, 3});
    jobs_expect_axis(&job.axes[JOB_AXIS_DEPTH], 4, (int[]){1, 3, 16, 256});
    CU_ASSERT_EQUAL(jobs_find(&job, "flops")->spec.tasks, 8);
    CU_ASSERT_TRUE(jobs_find(&job, "triad")->spec.lock);
    CU_ASSERT_EQUAL(job_workload_value(jobs_find(&job, "wait[latency=3 ms]"), "latency"), 3e-3);
    CU_ASSERT_EQUAL(jobs_find(&job, "mixed")->wait_fraction, 0.25);
    CU_ASSERT_EQUAL(job.workload_count, 6);
    job_free(&job);
}

static void settings_reach_workloads_with_dots_and_members(void)
{
    static const char *const settings[] = {"v1.5.tasks=4", "b[tasks=2].lock=true",
                                           "workloads.c={}"};
    struct job job;
    struct error error = jobs_parse(&job,
                                    "workloads:\n  v1.5: {wait: none, tasks: 1}\n"
                                    "  'b[tasks=2]': {wait: none, tasks: 2}\n",
                                    settings, 2);
    CU_ASSERT_EQUAL_FATAL(error.status, 0);
    CU_ASSERT_EQUAL(jobs_find(&job, "v1.5")->spec.tasks, 4);
    CU_ASSERT_TRUE(jobs_find(&job, "b[tasks=2]")->spec.lock);
    CU_ASSERT_EQUAL(jobs_find(&job, "b[tasks=2]")->family[0].value, 2);
    job_free(&job);
    error = jobs_parse(&job, JOBS_ONE, &settings[2], 1);
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    job_free(&job);
}

static const CU_TestInfo tests[] = {
    {"mistakes in settings are located", mistakes_in_settings_are_located},
    {"settings replace what the file says", settings_replace_what_the_file_says},
    {"settings reach workloads with dots and members",
     settings_reach_workloads_with_dots_and_members},
    CU_TEST_INFO_NULL,
};

SUITE("job settings", tests);
