/* Workloads: what a mapping of a job means, and what is refused in one. */
#include "engines/engines.h"
#include "job/job_options.h"
#include "kernels/kernels.h"
#include "unit/job/jobs.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void workloads_are_read(void)
{
    struct job job;
    jobs_parse_good(&job, jobs_quick, "seed=7");
    const struct workload *flops = jobs_find(&job, "flops");
    CU_ASSERT_EQUAL(flops->kernel, kernels_find("flops"));
    CU_ASSERT_EQUAL(flops->engine, engines_find("none"));
    CU_ASSERT_EQUAL(flops->task_s, 200e-6);
    CU_ASSERT_EQUAL(flops->compute_s, 200e-6);
    CU_ASSERT_EQUAL(flops->spec.tasks, 256);
    CU_ASSERT_EQUAL(flops->spec.work, 0);
    CU_ASSERT_EQUAL(flops->spec.waits, 0);
    CU_ASSERT_EQUAL(flops->spec.seed, 7);
    CU_ASSERT(isnan(flops->wait_fraction));
    const struct workload *wait = jobs_find(&job, "wait");
    CU_ASSERT_EQUAL(wait->kernel, kernels_find("none"));
    CU_ASSERT_EQUAL(wait->spec.waits, 1);
    CU_ASSERT(isnan(wait->task_s));
    CU_ASSERT_EQUAL(job_workload_value(wait, "latency"), 1e-3);
    const struct workload *file = jobs_find(&job, "read");
    CU_ASSERT_EQUAL(job_workload_value(file, "block"), 4096);
    CU_ASSERT_EQUAL(job_workload_value(file, "file"), 268435456);
    CU_ASSERT_EQUAL(job_workload_value(file, "op"), 0);
    CU_ASSERT_EQUAL(job_workload_value(file, "tasks"), 4096);
    CU_ASSERT(isnan(job_workload_value(file, "latency")));
    job_free(&job);
}

static void lists_spread_into_families(void)
{
    struct job job;
    jobs_parse_good(&job,
                    "workloads:\n"
                    "  a: {wait: none, tasks: 1}\n"
                    "  m: {compute: primes, tasks: 1, task: [1 ms, 2 ms], wait: timer,\n"
                    "      wait_fraction: [0.9, 50 %], lock: true}\n"
                    "  z: {wait: file, op: [read], scaling: [weak, strong], tasks: 1}\n",
                    NULL);
    static const char *const names[] = {"a",
                                        "m[task=1 ms,wait_fraction=0.9]",
                                        "m[task=1 ms,wait_fraction=0.5]",
                                        "m[task=2 ms,wait_fraction=0.9]",
                                        "m[task=2 ms,wait_fraction=0.5]",
                                        "z[op=read,scaling=weak]",
                                        "z[op=read,scaling=strong]"};
    CU_ASSERT_EQUAL_FATAL(job.workload_count, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < job.workload_count; i++) {
        CU_ASSERT_STRING_EQUAL(job.workloads[i].name, names[i]);
    }
    const struct workload *member = &job.workloads[3];
    CU_ASSERT_EQUAL(job.workloads[0].family_count, 0);
    CU_ASSERT_EQUAL_FATAL(member->family_count, 2);
    CU_ASSERT_STRING_EQUAL(member->family[0].option->name, "task");
    CU_ASSERT_EQUAL(member->family[0].value, 2e-3);
    CU_ASSERT_STRING_EQUAL(member->family[1].option->name, "wait_fraction");
    CU_ASSERT_EQUAL(member->family[1].value, 0.9);
    CU_ASSERT_EQUAL(member->task_s, 2e-3);
    CU_ASSERT_TRUE(member->spec.lock);
    CU_ASSERT_TRUE(job.workloads[5].weak);
    CU_ASSERT_FALSE(job.workloads[6].weak);
    job_free(&job);
}

static const struct jobs_mistake workload_mistakes[] = {
    {"workloads:\n  a: 5\n", NULL, "job.yaml:2:6: a: ", "is not a mapping"},
    {"workloads:\n  a b: {wait: none}\n", NULL, "job.yaml:2:3: a b: ", "cannot name a workload"},
    {"workloads:\n  ? 0123456789012345678901234567890123456789012345678901234567890\n"
     "  : {wait: none}\n",
     NULL, "job.yaml:2:5: 0123", "1 to 60 letters"},
    {"workloads:\n  a: {tasks: 1}\n", NULL, "job.yaml:2:3: a: ", "neither computes nor waits"},
    {"workloads:\n  a: {compute: flop, tasks: 1}\n", NULL,
     "job.yaml:2:16: a.compute: ", "did you mean `flops`"},
    {"workloads:\n  a: {wait: tmer, tasks: 1}\n", NULL,
     "job.yaml:2:13: a.wait: ", "did you mean `timer`"},
    {"workloads:\n  a: {compute: [flops, triad], tasks: 1}\n", NULL,
     "job.yaml:2:16: a.compute: ", "cannot hold a list; allowed: one of none, flops"},
    {"workloads:\n  a: {wait: [none], tasks: 1}\n", NULL,
     "job.yaml:2:13: a.wait: ", "cannot hold a list; allowed: one of none, timer"},
    {"workloads:\n  a: {wait: none}\n", NULL,
     "job.yaml:2:3: a.tasks: ", "is missing; allowed: a whole number from 1 to 1000000000"},
    {"workloads:\n  a: {wait: none, taks: 1}\n", NULL,
     "job.yaml:2:19: a.taks: ", "did you mean `tasks`"},
    {"workloads:\n  a: {wait: none, tasks: 1, latency: 1 ms}\n", NULL,
     "job.yaml:2:29: a.latency: ", "belongs to wait: timer"},
    {"workloads:\n  a: {wait: none, tasks: 1, memory: 1 MiB}\n", NULL,
     "job.yaml:2:29: a.memory: ", "belongs to compute: triad or compute: chase"},
    {"workloads:\n  a: {compute: triad, memory: 4 L4, tasks: 1}\n", NULL,
     "job.yaml:2:31: a.memory: ", "`4 L4` has an unknown unit; allowed: a size from 16 KiB"},
    {"workloads:\n  a: {compute: triad, memory: 0.1 L1, tasks: 1}\n", NULL,
     "job.yaml:2:31: a.memory: ", "`0.1 L1` is too small"},
    {"workloads:\n  a: {wait: none, tasks: 1, budget: 1 s}\n", NULL,
     "job.yaml:2:29: a.budget: ", "belongs to the top of the job"},
    {"workloads:\n  a: {wait: none, tasks: 1, cores: []}\n", NULL,
     "job.yaml:2:36: a.cores: ", "the list is empty"},
    {"workloads:\n  a: {wait: none, tasks: []}\n", NULL,
     "job.yaml:2:26: a.tasks: ", "the list is empty"},
    {"workloads:\n  a: {wait: none, tasks: [1, 2, x]}\n", NULL,
     "job.yaml:2:33: a.tasks: ", "`x` is not a number"},
    {"workloads:\n  a: {wait: none, tasks: [1, 1.0]}\n", NULL,
     "job.yaml:2:30: a.tasks: ", "has 1 twice"},
    {"workloads:\n  a: {wait: timer, tasks: 1}\n", NULL,
     "job.yaml:2:3: a.latency: ", "is missing; allowed: a time"},
    {"workloads:\n  a: {wait: timer, tasks: 1, latency: 1}\n", NULL,
     "job.yaml:2:39: a.latency: ", "`1` has no unit"},
    {"workloads:\n  a: {compute: flops, tasks: 1}\n", NULL, "job.yaml:2:3: a.task: ",
     "is missing; allowed: a time from 1 ns to 1 h, in ns, us, ms, s, min or h; or `work`"},
    {"workloads:\n  a: {compute: flops, tasks: 1, task: 1 s, work: 1}\n", NULL,
     "job.yaml:2:50: a.work: ", "is given beside `task`"},
    {"workloads:\n  a: {compute: flops, tasks: 1, task: 1 s, calibrated: 1 s}\n", NULL,
     "job.yaml:2:56: a.calibrated: ", "is given beside `task`"},
    {"workloads:\n  a: {compute: triad, memory: 64 MiB, tasks: 1, calibrated: 1 s}\n", NULL,
     "job.yaml:2:61: a.calibrated: ", "is given without `work`"},
    {"workloads:\n  a: {compute: none, tasks: 1, task: 1 s}\n", NULL,
     "job.yaml:2:38: a.task: ", "compute: none does not"},
    {"workloads:\n  a: {wait: none, tasks: 1, work: 3}\n", NULL,
     "job.yaml:2:35: a.work: ", "compute: none does not"},
    {"workloads:\n  a: {compute: flops, work: 1, tasks: 1, waits: 2}\n", NULL,
     "job.yaml:2:49: a.waits: ", "wait: none, which does not wait"},
    {"workloads:\n  a: {compute: flops, task: 1 s, tasks: 1, wait_fraction: 0.5}\n", NULL,
     "job.yaml:2:59: a.wait_fraction: ", "wait: none has none; allowed: wait: timer"},
    {"workloads:\n  a: {compute: flops, work: 1, tasks: 1, wait: timer, wait_fraction: 0.5}\n",
     NULL, "job.yaml:2:70: a.wait_fraction: ", "is a part of `task`"},
    {"workloads:\n  a: {compute: flops, task: 1 s, tasks: 1, wait: timer, latency: 1 s,\n"
     "    wait_fraction: 0.5}\n",
     NULL, "job.yaml:2:66: a.latency: ", "is given beside `wait_fraction`"},
    {"workloads:\n  a: {compute: flops, task: 1 s, tasks: 1, wait: timer, waits: 0,\n"
     "    wait_fraction: 0.5}\n",
     NULL, "job.yaml:3:20: a.wait_fraction: ", "`waits` is 0"},
    {"workloads:\n  a: {wait: file, tasks: [1, 2], waits: [1, 2], op: [read],\n"
     "    lock: [true], order: [random]}\n",
     NULL, "job.yaml:3:26: a.order: ", "one list too many; allowed: 4 lists"},
    {"workloads:\n  a: {wait: none, tasks: 65537, trace: true}\n", NULL,
     "job.yaml:2:40: a.trace: ", "at most 65536 tasks, and there are 65537"},
    {"cores: [1, 4]\nworkloads:\n  a: {wait: none, tasks: 16385, trace: true, scaling: weak}\n",
     NULL, "job.yaml:3:40: a.trace: ", "and there are 65540"},
    {"workloads:\n  a: {wait: none, tasks: 1, trace: 2}\n", NULL,
     "job.yaml:2:36: a.trace: ", "true or false"},
    {"workloads:\n  'a[tasks=2]': {wait: none, tasks: 1}\n", NULL,
     "job.yaml:2:3: a[tasks=2]: ", "contradicts its keys; allowed: a[tasks=1]"},
    {"workloads:\n  'a[task=?]': {wait: none, tasks: 1}\n", NULL,
     "job.yaml:2:3: a[task=?]: ", "contradicts its keys"},
    {"workloads:\n  'a[tsks=1]': {wait: none, tasks: 1}\n", NULL,
     "job.yaml:2:3: a[tsks=1]: ", "names a key twice, or one that"},
    {"workloads:\n  'a[tasks=1,tasks=1]': {wait: none, tasks: 1}\n", NULL,
     "job.yaml:2:3: a[tasks=1,tasks=1]: ", "names a key twice"},
    {"workloads:\n  'a[tasks=1]': {wait: none, tasks: [1, 2]}\n", NULL,
     "job.yaml:2:37: a[tasks=1].tasks: ", "cannot hold a list in a member of a family"},
    {"workloads:\n  a: {wait: none, tasks: [1]}\n  'a[tasks=1]': {wait: none, tasks: 1}\n", NULL,
     "job.yaml:3:3: a[tasks=1]: ", "is the name of two workloads"},
};

static void mistakes_in_workloads_are_located(void)
{
    jobs_expect_mistakes(workload_mistakes, sizeof workload_mistakes / sizeof workload_mistakes[0]);
}

/* `count` distinct values "1, 2, …". */
static void write_numbers(char *text, size_t bytes, int count)
{
    size_t used = strlen(text);
    for (int i = 1; i <= count && used < bytes; i++) {
        used += (size_t)snprintf(text + used, bytes - used, "%s%d", i > 1 ? ", " : "", i);
    }
}

static void limits_of_size_are_kept(void)
{
    static char text[1 << 16];
    struct job job;
    snprintf(text, sizeof text, JOBS_ONE "cores: [");
    write_numbers(text, sizeof text, JOB_AXIS_MAX);
    strcat(text, "]\n");
    jobs_parse_good(&job, text, NULL);
    CU_ASSERT_EQUAL(job.axes[JOB_AXIS_CORES].count, JOB_AXIS_MAX);
    job_free(&job);
    snprintf(text, sizeof text, JOBS_ONE "cores: [");
    write_numbers(text, sizeof text, JOB_AXIS_MAX + 1);
    strcat(text, "]\n");
    jobs_expect_error(text, NULL, "job.yaml:2:", "cores: has too many values; allowed: 64");
    snprintf(text, sizeof text,
             "workloads:\n  b: {wait: none, tasks: 1, cores: 100}\n"
             "  a: {wait: none, tasks: 1, cores: [");
    write_numbers(text, sizeof text, JOB_AXIS_MAX);
    strcat(text, "]}\n");
    jobs_expect_error(text, NULL, "job.yaml:3:3: a.cores: ", "one value too many");
    snprintf(text, sizeof text, "workloads:\n  a: {wait: none, lock: [true, false], tasks: [");
    write_numbers(text, sizeof text, JOB_WORKLOADS_MAX / 2);
    strcat(text, "]}\n");
    jobs_parse_good(&job, text, NULL);
    CU_ASSERT_EQUAL(job.workload_count, JOB_WORKLOADS_MAX);
    job_free(&job);
    strcat(text, "  b: {wait: none, tasks: 1}\n");
    jobs_expect_error(text, NULL, "job.yaml:3:3: b: ", "too many workloads; allowed: 4096");
}

static const CU_TestInfo tests[] = {
    {"workloads are read", workloads_are_read},
    {"lists spread into families", lists_spread_into_families},
    {"mistakes in workloads are located", mistakes_in_workloads_are_located},
    {"limits of size are kept", limits_of_size_are_kept},
    CU_TEST_INFO_NULL,
};

SUITE("job workload", tests);
