/* Jobs: what a file means, what is refused and where, settings, families, and that the effective
 * job is read back as the same job. */
#include "engines/engines.h"
#include "job/job.h"
#include "job/quantity.h"
#include "kernels/kernels.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CORES 8 /* what `all` is here */

static const struct job_extent extent = {.cores = CORES, .node = 3, .nodes = 2};

static struct error parse(struct job *job, const char *text, const char *const *settings,
                          size_t count)
{
    struct error error = {0};
    int status = job_parse(job, "job.yaml", strdup(text), settings, count, extent, &error);
    CU_ASSERT_EQUAL(status, error.status);
    return error;
}

static void parse_good(struct job *job, const char *text, const char *setting)
{
    struct error error = parse(job, text, &setting, setting ? 1 : 0);
    if (error.status) {
        printf("\n%s\n%s\n", text, error.text);
    }
    CU_ASSERT_EQUAL_FATAL(error.status, 0);
}

/* Parsing fails with a message that begins and goes on as told. */
static void expect_error(const char *text, const char *setting, const char *begins,
                         const char *holds)
{
    struct job job;
    struct error error = parse(&job, text, &setting, setting ? 1 : 0);
    bool good = error.status == STATUS_USAGE && strncmp(error.text, begins, strlen(begins)) == 0 &&
                strstr(error.text, holds) && strchr(error.text, '\n') == NULL;
    if (!good) {
        printf("\n%s [%s]\n    wanted: %s … %s\n    found:  %d %s\n", text, setting ? setting : "",
               begins, holds, error.status, error.text);
    }
    CU_ASSERT(good);
    job_free(&job);
}

/* The first job of the design. */
static const char quick[] = "# Which model for which work?\n"
                            "budget: 60 s\n"
                            "precision: 2 %\n"
                            "cores:   [1, all]\n"
                            "ranks:   [1, all]\n"
                            "threads: [1, all, 16]\n"
                            "depth:   [1, 16, 256]\n"
                            "workloads:\n"
                            "  flops: {compute: flops, task: 200 us, tasks: 256}\n"
                            "  triad: {compute: triad, memory: 256 MiB, tasks: 64}\n"
                            "  wait:  {wait: timer, latency: 1 ms, tasks: 256}\n"
                            "  read:  {wait: file, op: read, block: 4 KiB, file: 256 MiB, "
                            "tasks: 4096}\n"
                            "  mixed: {compute: primes, task: 1 ms, wait: timer,\n"
                            "          wait_fraction: [0, 0.5, 0.9, 0.99], tasks: 256}\n";

static const struct workload *find(const struct job *job, const char *name)
{
    for (size_t i = 0; i < job->workload_count; i++) {
        if (strcmp(job->workloads[i].name, name) == 0) {
            return &job->workloads[i];
        }
    }
    printf("\nno workload %s\n", name);
    CU_FAIL_FATAL("a workload is missing");
    return NULL;
}

static void expect_axis(const struct axis_values *axis, size_t count, const int *value)
{
    CU_ASSERT_EQUAL_FATAL(axis->count, count);
    CU_ASSERT_EQUAL(memcmp(axis->value, value, count * sizeof *value), 0);
}

static void top_of_a_job_is_read(void)
{
    struct job job;
    parse_good(&job, quick, NULL);
    CU_ASSERT_EQUAL(job.budget_s, 60);
    CU_ASSERT_EQUAL(job.precision, 0.02);
    CU_ASSERT_EQUAL(job.seed, 1);
    CU_ASSERT_EQUAL(job.rounds, 100);
    CU_ASSERT_STRING_EQUAL(job.file, "job.yaml");
    CU_ASSERT_STRING_EQUAL(job.text, quick);
    expect_axis(&job.axes[AXIS_CORES], 2, (int[]){1, CORES});
    expect_axis(&job.axes[AXIS_RANKS], 2, (int[]){1, CORES});
    expect_axis(&job.axes[AXIS_THREADS], 3, (int[]){1, CORES, 16});
    expect_axis(&job.axes[AXIS_DEPTH], 3, (int[]){1, 16, 256});
    CU_ASSERT_EQUAL(job.workload_count, 8);
    job_free(&job);
}

static void what_is_not_said_has_its_default(void)
{
    struct job job;
    setenv("TMPDIR", "/some/where", 1);
    parse_good(&job, "workloads: {a: {wait: none, tasks: 1}}", NULL);
    CU_ASSERT(isinf(job.budget_s));
    CU_ASSERT_EQUAL(job.precision, 0);
    CU_ASSERT_STRING_EQUAL(job.scratch, "/some/where");
    for (enum axis axis = 0; axis < AXES; axis++) {
        expect_axis(&job.axes[axis], 1, (int[]){1});
        expect_axis(&job.workloads[0].axes[axis], 1, (int[]){1});
    }
    CU_ASSERT_FALSE(job.workloads[0].spec.lock);
    CU_ASSERT_FALSE(job.workloads[0].weak);
    CU_ASSERT_EQUAL(job.workloads[0].spec.path[0], '\0');
    job_free(&job);
    unsetenv("TMPDIR");
    parse_good(&job, "workloads: {a: {wait: none, tasks: 1}}", NULL);
    CU_ASSERT_STRING_EQUAL(job.scratch, "/tmp");
    job_free(&job);
}

static void workloads_are_read(void)
{
    struct job job;
    parse_good(&job, quick, "seed=7");
    const struct workload *flops = find(&job, "flops");
    CU_ASSERT_EQUAL(flops->kernel, kernels_find("flops"));
    CU_ASSERT_EQUAL(flops->engine, engines_find("none"));
    CU_ASSERT_EQUAL(flops->task_s, 200e-6);
    CU_ASSERT_EQUAL(flops->compute_s, 200e-6);
    CU_ASSERT_EQUAL(flops->spec.tasks, 256);
    CU_ASSERT_EQUAL(flops->spec.work, 0);
    CU_ASSERT_EQUAL(flops->spec.waits, 0);
    CU_ASSERT_EQUAL(flops->spec.seed, 7);
    CU_ASSERT(isnan(flops->wait_fraction));
    const struct workload *wait = find(&job, "wait");
    CU_ASSERT_EQUAL(wait->kernel, kernels_find("none"));
    CU_ASSERT_EQUAL(wait->spec.waits, 1);
    CU_ASSERT(isnan(wait->task_s));
    CU_ASSERT_EQUAL(job_workload_value(wait, "latency"), 1e-3);
    const struct workload *file = find(&job, "read");
    CU_ASSERT_EQUAL(job_workload_value(file, "block"), 4096);
    CU_ASSERT_EQUAL(job_workload_value(file, "file"), 268435456);
    CU_ASSERT_EQUAL(job_workload_value(file, "op"), 0);
    CU_ASSERT_EQUAL(job_workload_value(file, "tasks"), 4096);
    CU_ASSERT(isnan(job_workload_value(file, "latency")));
    job_free(&job);
}

static void waits_default_by_engine_and_kernel(void)
{
    struct job job;
    parse_good(
        &job,
        "workloads:\n"
        "  cost: {compute: none, wait: none, tasks: 1}\n"
        "  work: {compute: flops, work: 1, tasks: 1}\n"
        "  asked: {compute: flops, work: 1, waits: 1, tasks: 1}\n"
        "  timer: {compute: flops, work: 1, wait: timer, latency: 1 us, tasks: 1}\n"
        "  never: {compute: flops, work: 1, wait: timer, latency: 1 us, waits: 0, tasks: 1}\n",
        NULL);
    CU_ASSERT_EQUAL(find(&job, "cost")->spec.waits, 1);
    CU_ASSERT_EQUAL(find(&job, "work")->spec.waits, 0);
    CU_ASSERT_EQUAL(find(&job, "asked")->spec.waits, 1);
    CU_ASSERT_EQUAL(find(&job, "timer")->spec.waits, 1);
    CU_ASSERT_EQUAL(find(&job, "never")->spec.waits, 0);
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
        parse_good(&job, text, NULL);
        double bytes = kernels_find(names[i])->bytes_per_unit;
        CU_ASSERT_EQUAL(find(&job, "a")->spec.work, (uint64_t)floor(0x1p26 / 4 / bytes));
        CU_ASSERT_EQUAL(find(&job, "few")->spec.work, 1);
        CU_ASSERT_EQUAL(find(&job, "told")->spec.work, 3);
        CU_ASSERT(isnan(find(&job, "a")->task_s));
        job_free(&job);
    }
}

static void wait_fraction_divides_the_task(void)
{
    struct job job;
    parse_good(&job,
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

static void lists_spread_into_families(void)
{
    struct job job;
    parse_good(&job,
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

static void the_order_of_ending_is_kept_where_it_is_asked_for(void)
{
    struct job job;
    parse_good(&job,
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

static void axes_are_sorted_and_joined(void)
{
    struct job job;
    parse_good(&job,
               "cores: [4, 1, all, 4]\nthreads: 2\ndepth: [9, 9]\nranks: [5]\n"
               "workloads:\n"
               "  a: {wait: none, tasks: 1}\n"
               "  b: {wait: none, tasks: 1, cores: [3, 1], depth: all, ranks: 2}\n",
               NULL);
    expect_axis(&job.workloads[0].axes[AXIS_CORES], 3, (int[]){1, 4, CORES});
    expect_axis(&job.workloads[1].axes[AXIS_CORES], 2, (int[]){1, 3});
    expect_axis(&job.workloads[1].axes[AXIS_DEPTH], 1, (int[]){CORES});
    expect_axis(&job.axes[AXIS_CORES], 4, (int[]){1, 3, 4, CORES});
    expect_axis(&job.axes[AXIS_RANKS], 2, (int[]){2, 5});
    expect_axis(&job.axes[AXIS_THREADS], 1, (int[]){2});
    expect_axis(&job.axes[AXIS_DEPTH], 2, (int[]){CORES, 9});
    job_free(&job);
}

static void scaling_of_the_job_holds_unless_a_workload_says_otherwise(void)
{
    struct job job;
    parse_good(
        &job,
        "workloads: {a: {wait: none, tasks: 1}, b: {wait: none, tasks: 1, scaling: strong}}\n"
        "scaling: weak\n",
        NULL);
    CU_ASSERT_TRUE(find(&job, "a")->weak);
    CU_ASSERT_FALSE(find(&job, "b")->weak);
    job_free(&job);
}

struct mistake {
    const char *text;
    const char *setting; /* NULL: none */
    const char *begins;  /* place and key */
    const char *holds;   /* what is wrong, allowed, near */
};

#define ONE "workloads: {a: {wait: none, tasks: 1}}\n"
#define WORK "workloads:\n  a: {compute: flops, tasks: 1, work: 1}\n"

static const struct mistake file_mistakes[] = {
    {"", NULL, "job.yaml:1:1: ", "the file is empty"},
    {"# nothing\n", NULL, "job.yaml:1:1: ", "the file is empty"},
    {"---\n", NULL, "job.yaml:", "is not a mapping"},
    {"only words", NULL, "job.yaml:1:1: ", "is not a mapping"},
    {"- a\n", NULL, "job.yaml:1:1: ", "is not a mapping"},
    {"budget: [1\nb: 2\n", NULL, "job.yaml:2:2: not YAML: ", "did not find expected"},
    {"a: \x01\n", NULL, "job.yaml:1:4: not YAML: ", "control characters"},
    {"a: 1\nb\xc3\xa4 \xff: 2\n", NULL, "job.yaml:2:4: not YAML: ", "UTF-8"},
    {"\x7f"
     "ELF\x02\x01\x01",
     NULL, "job.yaml:1:1: not YAML: ", "control characters"},
    {"a: &x [b]\nc: *x\n", NULL, "job.yaml:1:4: x: ", "anchors and aliases"},
    {"a: *x\n", NULL, "job.yaml:1:4: x: ", "anchors and aliases"},
    {"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", NULL, "job.yaml:1:4: a: ", "aliases"},
    {"budget: !!float 5\n", NULL, "job.yaml:1:9: ", "tags"},
    {ONE "---\n" ONE, NULL, "job.yaml:2:1: ", "second document"},
    {"a: [[[[[[[[[[[[1]]]]]]]]]]]]\n", NULL, "job.yaml:1:11: ", "nested too deeply; allowed: 8"},
    {"[a, b]: 3\n", NULL, "job.yaml:1:1: ", "a key is not a word"},
    {"\"a\\0b\": 3\n", NULL, "job.yaml:1:1: ", "NUL byte"},
    {"cores: 1\nseed: 2\ncores: 3\n" ONE, NULL,
     "job.yaml:3:1: cores: ", "second time, after line 1"},
    {"workloads:\n  a: {wait: none, tasks: 1}\n  a: {wait: none, tasks: 1}\n", NULL,
     "job.yaml:3:3: a: ", "second time, after line 2"},
    {"workloads:\n  a: {wait: none, tasks: 1, tasks: 2}\n", NULL,
     "job.yaml:2:29: tasks: ", "second time"},
};

static const struct mistake top_mistakes[] = {
    {"budgte: 5 s\n" ONE, NULL, "job.yaml:1:1: budgte: ", "did you mean `budget`"},
    {ONE "tasks: 5\n", NULL, "job.yaml:2:1: tasks: ", "belongs in a workload; allowed: budget, "},
    {"b\\e: 1\n" ONE, NULL, "job.yaml:1:1: b\\e: ", "is not a key of a job"},
    {"\"\\e[31m\": 1\n" ONE, NULL, "job.yaml:1:1: ?[31m: ", "is not a key of a job"},
    {"budget: 60\n" ONE, NULL, "job.yaml:1:9: budget: ", "`60` has no unit; allowed: a time from"},
    {"budget: 60 KiB\n" ONE, NULL, "job.yaml:1:9: budget: ", "`60 KiB` is in no unit"},
    {"budget:\n" ONE, NULL, "job.yaml:1:8: budget: ", "has no value; allowed: a time"},
    {"budget: [1 s]\n" ONE, NULL, "job.yaml:1:9: budget: ", "list or mapping where one value"},
    {"precision: 2\n" ONE, NULL, "job.yaml:1:12: precision: ", "`2` is too large"},
    {"rounds: 0\n" ONE, NULL, "job.yaml:1:9: rounds: ", "`0` is too small"},
    {"seed: -1\n" ONE, NULL, "job.yaml:1:7: seed: ", "`-1` is negative"},
    {"scaling: stong\n" ONE, NULL, "job.yaml:1:10: scaling: ", "did you mean `strong`"},
    {"scratch: []\n" ONE, NULL, "job.yaml:1:10: scratch: ", "is not a path"},
    {"scratch: ''\n" ONE, NULL, "job.yaml:1:10: scratch: ", "is empty"},
    {"scratch: \"a\\tb\"\n" ONE, NULL, "job.yaml:1:10: scratch: ", "bytes that are not text"},
    {"cores: []\n" ONE, NULL, "job.yaml:1:8: cores: ", "the list is empty"},
    {"cores: [1, 0]\n" ONE, NULL, "job.yaml:1:12: cores: ", "`0` is too small"},
    {"cores: [1, 65537]\n" ONE, NULL, "job.yaml:1:12: cores: ", "`65537` is too large"},
    {"ranks: 65537\n" ONE, NULL, "job.yaml:1:8: ranks: ", "from 1 to 65536"},
    {"threads: 100001\n" ONE, NULL, "job.yaml:1:10: threads: ", "from 1 to 100000"},
    {"depth: 1048577\n" ONE, NULL, "job.yaml:1:8: depth: ", "from 1 to 1048576"},
    {"cores: 1.5\n" ONE, NULL, "job.yaml:1:8: cores: ", "not a whole number"},
    {"cores: [al]\n" ONE, NULL, "job.yaml:1:9: cores: ", "did you mean `all`"},
    {"cores: [[1]]\n" ONE, NULL, "job.yaml:1:9: cores: ", "where one value is due"},
    {"seed: 1\n", NULL, "job.yaml:1:1: workloads: ", "there is no workload"},
    {"seed: 1\nworkloads:\n", NULL, "job.yaml:2:1: workloads: ", "there is no workload"},
    {"workloads: {}\n", NULL, "job.yaml:1:1: workloads: ", "there is no workload"},
    {"workloads: 5\n", NULL, "job.yaml:1:12: workloads: ", "is not a mapping"},
    {"workloads: [a]\n", NULL, "job.yaml:1:12: workloads: ", "is not a mapping"},
};

static const struct mistake workload_mistakes[] = {
    {"workloads:\n  a: 5\n", NULL, "job.yaml:2:6: a: ", "is not a mapping"},
    {"workloads:\n  a b: {wait: none}\n", NULL, "job.yaml:2:3: a b: ", "no name for a workload"},
    {"workloads:\n  ? 0123456789012345678901234567890123456789012345678901234567890\n"
     "  : {wait: none}\n",
     NULL, "job.yaml:2:5: 0123", "1 to 60 letters"},
    {"workloads:\n  a: {tasks: 1}\n", NULL, "job.yaml:2:3: a: ", "neither computes nor waits"},
    {"workloads:\n  a: {compute: flop, tasks: 1}\n", NULL,
     "job.yaml:2:16: a.compute: ", "did you mean `flops`"},
    {"workloads:\n  a: {wait: tmer, tasks: 1}\n", NULL,
     "job.yaml:2:13: a.wait: ", "did you mean `timer`"},
    {"workloads:\n  a: {compute: [flops, triad], tasks: 1}\n", NULL,
     "job.yaml:2:16: a.compute: ", "makes no family; allowed: one of none, flops"},
    {"workloads:\n  a: {wait: [none], tasks: 1}\n", NULL,
     "job.yaml:2:13: a.wait: ", "makes no family; allowed: one of none, timer"},
    {"workloads:\n  a: {wait: none}\n", NULL,
     "job.yaml:2:3: a.tasks: ", "is missing; allowed: a whole number from 1 to 1000000000"},
    {"workloads:\n  a: {wait: none, taks: 1}\n", NULL,
     "job.yaml:2:19: a.taks: ", "did you mean `tasks`"},
    {"workloads:\n  a: {wait: none, tasks: 1, latency: 1 ms}\n", NULL,
     "job.yaml:2:29: a.latency: ", "belongs to wait: timer"},
    {"workloads:\n  a: {wait: none, tasks: 1, memory: 1 MiB}\n", NULL,
     "job.yaml:2:29: a.memory: ", "belongs to compute: triad or compute: chase"},
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
     "job.yaml:2:3: a[tasks=2]: ", "says otherwise than its keys; allowed: a[tasks=1]"},
    {"workloads:\n  'a[task=?]': {wait: none, tasks: 1}\n", NULL,
     "job.yaml:2:3: a[task=?]: ", "says otherwise than its keys"},
    {"workloads:\n  'a[tsks=1]': {wait: none, tasks: 1}\n", NULL,
     "job.yaml:2:3: a[tsks=1]: ", "names a key twice, or one that"},
    {"workloads:\n  'a[tasks=1,tasks=1]': {wait: none, tasks: 1}\n", NULL,
     "job.yaml:2:3: a[tasks=1,tasks=1]: ", "names a key twice"},
    {"workloads:\n  'a[tasks=1]': {wait: none, tasks: [1, 2]}\n", NULL,
     "job.yaml:2:37: a[tasks=1].tasks: ", "makes a family in a member of one"},
    {"workloads:\n  a: {wait: none, tasks: [1]}\n  'a[tasks=1]': {wait: none, tasks: 1}\n", NULL,
     "job.yaml:3:3: a[tasks=1]: ", "is the name of two workloads"},
};

static const struct mistake setting_mistakes[] = {
    {WORK, "budget", "--set budget: ", "has no key; allowed: key=value"},
    {WORK, "=5", "--set =5: ", "has no key"},
    {WORK, "budget=", "--set budget=: ", "has no value"},
    {WORK, "budget=5", "--set budget=5: budget: ", "`5` has no unit"},
    {WORK, "budgte=5 s", "--set budgte=5 s: budgte: ", "did you mean `budget`"},
    {WORK, "cores=[1", "--set cores=[1: not YAML: ", "did not find"},
    {WORK, "cores=&x 1", "--set cores=&x 1: x: ", "aliases"},
    {WORK, "cores=[]", "--set cores=[]: cores: ", "the list is empty"},
    {WORK, "b.tasks=5", "--set b.tasks=5: b: ", "is no workload of this job; allowed: a"},
    {"workloads: {mixed: {wait: none, tasks: 1}}", "mixd.tasks=5",
     "--set mixd.tasks=5: mixd: ", "did you mean `mixed`"},
    {"seed: 1\n", "a.tasks=5", "--set a.tasks=5: a: ", "is no workload"},
    {"workloads: {a: 5}\n", "a.tasks=5", "job.yaml:1:16: a: ", "is not a mapping"},
    {WORK, "a.taks=5", "--set a.taks=5: a.taks: ", "did you mean `tasks`"},
    {WORK, "a.task=1 s", "job.yaml:2:39: a.work: ", "is given beside `task`"},
    {WORK, "a.tasks=0", "--set a.tasks=0: a.tasks: ", "`0` is too small"},
};

static void expect_mistakes(const struct mistake *mistakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expect_error(mistakes[i].text, mistakes[i].setting, mistakes[i].begins, mistakes[i].holds);
    }
}

static void mistakes_in_the_file_are_located(void)
{
    expect_mistakes(file_mistakes, sizeof file_mistakes / sizeof file_mistakes[0]);
}

static void mistakes_at_the_top_are_located(void)
{
    expect_mistakes(top_mistakes, sizeof top_mistakes / sizeof top_mistakes[0]);
}

static void mistakes_in_workloads_are_located(void)
{
    expect_mistakes(workload_mistakes, sizeof workload_mistakes / sizeof workload_mistakes[0]);
}

static void mistakes_in_settings_are_located(void)
{
    expect_mistakes(setting_mistakes, sizeof setting_mistakes / sizeof setting_mistakes[0]);
}

static void a_bad_folder_in_the_environment_is_refused(void)
{
    setenv("TMPDIR", "/tmp/\xff", 1);
    expect_error(ONE, NULL, "job.yaml:1:1: scratch: ", "the folder of $TMPDIR holds bytes");
    char folder[1000];
    memset(folder, 'a', sizeof folder - 1);
    folder[sizeof folder - 1] = '\0';
    setenv("TMPDIR", folder, 1);
    expect_error(ONE, NULL, "job.yaml:1:1: scratch: ", "is too long");
    unsetenv("TMPDIR");
}

/* What a workload of a kernel and an engine has to say, without the option itself. */
static void write_workload(char *text, size_t bytes, const struct kernel *kernel,
                           const struct engine *engine, const struct option *but)
{
    size_t used = (size_t)snprintf(text, bytes, "workloads:\n  a:\n    compute: %s\n    wait: %s\n",
                                   kernel->name, engine->name);
    if (but != &job_workload_options[0]) {
        used += (size_t)snprintf(text + used, bytes - used, "    tasks: 1\n");
    }
    const struct option *tables[] = {kernel->options, engine->options};
    for (size_t i = 0; i < 2; i++) {
        for (const struct option *option = tables[i]; option && option->name; option++) {
            char value[64];
            if (isnan(option->fallback) && option != but) {
                used +=
                    (size_t)snprintf(text + used, bytes - used, "    %s: %s\n", option->name,
                                     quantity_text(option, option->maximum, value, sizeof value));
            }
        }
    }
    if (kernel->unit && strncmp(but->name, "work", 4) != 0) {
        used += (size_t)snprintf(text + used, bytes - used, "    work: 5\n");
    }
    if (strcmp(but->name, "sync") == 0) { /* the only one that needs another */
        used += (size_t)snprintf(text + used, bytes - used, "    op: write\n");
    }
    snprintf(text + used, bytes - used, "    %s: ", but->name);
}

static void append_value(char *text, size_t bytes, const struct option *option, double value)
{
    char quantity[64];
    quantity_text(option, value, quantity, sizeof quantity);
    snprintf(text + strlen(text), bytes - strlen(text), "%s\n", quantity);
}

/* Least and largest are taken, junk and more are refused under the option's name. */
static void check_table(const struct kernel *kernel, const struct engine *engine,
                        const struct option *options)
{
    char text[1024], begins[128];
    for (const struct option *option = options; option && option->name; option++) {
        double values[] = {option->minimum, option->maximum};
        for (size_t i = 0; i < 2; i++) {
            struct job job;
            write_workload(text, sizeof text, kernel, engine, option);
            append_value(text, sizeof text, option, values[i]);
            parse_good(&job, text, NULL);
            CU_ASSERT_EQUAL(job_workload_value(&job.workloads[0], option->name), values[i]);
            job_free(&job);
        }
        snprintf(begins, sizeof begins, ": a.%s: ", option->name);
        write_workload(text, sizeof text, kernel, engine, option);
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "ju nk\n");
        expect_error(text, NULL, "job.yaml:", begins);
        if (option->kind != OPTION_FLAG && option->kind != OPTION_CHOICE) {
            text[length] = '\0';
            append_value(text, sizeof text, option, option->maximum * 2);
            expect_error(text, NULL, "job.yaml:", begins);
        }
    }
}

static void options_of_every_kernel_and_engine_are_taken(void)
{
    for (size_t i = 0; kernels_all[i]; i++) {
        check_table(kernels_all[i], engines_find("none"), kernels_all[i]->options);
    }
    for (size_t i = 0; engines_all[i]; i++) {
        check_table(kernels_find("none"), engines_all[i], engines_all[i]->options);
    }
}

static void count_key(const struct option *options, const char *name, int *count)
{
    for (; options && options->name; options++) {
        *count += strcmp(options->name, name) == 0;
    }
}

static void no_two_options_of_a_workload_share_a_name(void)
{
    for (size_t k = 0; kernels_all[k]; k++) {
        for (size_t e = 0; engines_all[e]; e++) {
            const struct option *tables[] = {kernels_all[k]->options, engines_all[e]->options,
                                             job_workload_options};
            for (size_t t = 0; t < 3; t++) {
                for (const struct option *o = tables[t]; o && o->name; o++) {
                    int count = 0;
                    for (size_t other = 0; other < 3; other++) {
                        count_key(tables[other], o->name, &count);
                    }
                    CU_ASSERT_EQUAL(count, 1);
                    CU_ASSERT_STRING_NOT_EQUAL(o->name, "compute");
                    CU_ASSERT_STRING_NOT_EQUAL(o->name, "wait");
                }
            }
        }
    }
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
    struct error error = parse(&job, quick, settings, sizeof settings / sizeof settings[0]);
    CU_ASSERT_EQUAL_FATAL(error.status, 0);
    CU_ASSERT_EQUAL(job.setting_count, sizeof settings / sizeof settings[0]);
    CU_ASSERT_EQUAL(job.budget_s, 5);
    CU_ASSERT_EQUAL(job.limit_s, 300);
    CU_ASSERT_STRING_EQUAL(job.scratch, "/fast/disk");
    expect_axis(&job.axes[AXIS_CORES], 2, (int[]){1, 2});
    expect_axis(&find(&job, "flops")->axes[AXIS_DEPTH], 2, (int[]){1, 3});
    expect_axis(&job.axes[AXIS_DEPTH], 4, (int[]){1, 3, 16, 256});
    CU_ASSERT_EQUAL(find(&job, "flops")->spec.tasks, 8);
    CU_ASSERT_TRUE(find(&job, "triad")->spec.lock);
    CU_ASSERT_EQUAL(job_workload_value(find(&job, "wait[latency=3 ms]"), "latency"), 3e-3);
    CU_ASSERT_EQUAL(find(&job, "mixed")->wait_fraction, 0.25);
    CU_ASSERT_EQUAL(job.workload_count, 6);
    job_free(&job);
}

static void settings_reach_workloads_with_dots_and_members(void)
{
    static const char *const settings[] = {"v1.5.tasks=4", "b[tasks=2].lock=true",
                                           "workloads.c={}"};
    struct job job;
    struct error error = parse(&job,
                               "workloads:\n  v1.5: {wait: none, tasks: 1}\n"
                               "  'b[tasks=2]': {wait: none, tasks: 2}\n",
                               settings, 2);
    CU_ASSERT_EQUAL_FATAL(error.status, 0);
    CU_ASSERT_EQUAL(find(&job, "v1.5")->spec.tasks, 4);
    CU_ASSERT_TRUE(find(&job, "b[tasks=2]")->spec.lock);
    CU_ASSERT_EQUAL(find(&job, "b[tasks=2]")->family[0].value, 2);
    job_free(&job);
    error = parse(&job, ONE, &settings[2], 1);
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    job_free(&job);
}

static void expect_same_number(double a, double b)
{
    CU_ASSERT((isnan(a) && isnan(b)) || a == b);
}

static void expect_same_spec(const struct task_spec *a, const struct task_spec *b)
{
    CU_ASSERT_EQUAL(a->tasks, b->tasks);
    CU_ASSERT_EQUAL(a->work, b->work);
    CU_ASSERT_EQUAL(a->waits, b->waits);
    CU_ASSERT_EQUAL(a->lock, b->lock);
    CU_ASSERT_EQUAL(a->trace, b->trace);
    CU_ASSERT_EQUAL(a->seed, b->seed);
    for (size_t i = 0; i < OPTIONS_MAX; i++) {
        expect_same_number(a->kernel_option[i], b->kernel_option[i]);
        expect_same_number(a->engine_option[i], b->engine_option[i]);
    }
    CU_ASSERT_STRING_EQUAL(a->path, b->path);
}

static void expect_same_workload(const struct workload *a, const struct workload *b)
{
    CU_ASSERT_STRING_EQUAL(a->name, b->name);
    CU_ASSERT_EQUAL(a->kernel, b->kernel);
    CU_ASSERT_EQUAL(a->engine, b->engine);
    expect_same_spec(&a->spec, &b->spec);
    expect_same_number(a->task_s, b->task_s);
    expect_same_number(a->compute_s, b->compute_s);
    expect_same_number(a->wait_fraction, b->wait_fraction);
    CU_ASSERT_EQUAL(a->weak, b->weak);
    for (enum axis axis = 0; axis < AXES; axis++) {
        expect_axis(&a->axes[axis], b->axes[axis].count, b->axes[axis].value);
    }
    CU_ASSERT_EQUAL_FATAL(a->family_count, b->family_count);
    for (size_t i = 0; i < a->family_count; i++) {
        CU_ASSERT_EQUAL(a->family[i].option, b->family[i].option);
        CU_ASSERT_EQUAL(a->family[i].value, b->family[i].value);
    }
}

static void expect_read_back(const struct job *job)
{
    struct job again;
    char *text = job_effective_text(job);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    setenv("TMPDIR", "/elsewhere", 1);
    parse_good(&again, text, NULL);
    unsetenv("TMPDIR");
    expect_same_number(job->budget_s, again.budget_s);
    CU_ASSERT_EQUAL(job->limit_s, again.limit_s);
    CU_ASSERT_EQUAL(job->precision, again.precision);
    CU_ASSERT_EQUAL(job->seed, again.seed);
    CU_ASSERT_EQUAL(job->rounds, again.rounds);
    CU_ASSERT_STRING_EQUAL(job->scratch, again.scratch);
    for (enum axis axis = 0; axis < AXES; axis++) {
        expect_axis(&job->axes[axis], again.axes[axis].count, again.axes[axis].value);
    }
    CU_ASSERT_EQUAL_FATAL(job->workload_count, again.workload_count);
    for (size_t i = 0; i < job->workload_count; i++) {
        expect_same_workload(&job->workloads[i], &again.workloads[i]);
    }
    job_free(&again);
    free(text);
}

static void effective_job_is_the_same_job(void)
{
    static const char more[] =
        "scratch: \"/a \\\"b\\\\ \\u00e9\"\nscaling: weak\nlimit: 90 s\nseed: 9e15\nrounds: 1 M\n"
        "workloads:\n"
        "  f: {compute: flops, task: [333.3 us, 1.7 ms], wait: timer, waits: 3, tasks: 5,\n"
        "      wait_fraction: [0.1, 33.3 %], lock: [true, false], scaling: [weak, strong]}\n"
        "  c: {compute: chase, memory: [64 KiB, 3 MiB], tasks: 7, cores: all, depth: 77}\n"
        "  n: {wait: none, tasks: 1 k, trace: true}\n";
    const char *const texts[] = {quick, more, ONE};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct job job;
        parse_good(&job, texts[i], NULL);
        expect_read_back(&job);
        for (size_t w = 0; w < job.workload_count; w++) {
            struct workload *workload = &job.workloads[w];
            workload->spec.work = isnan(workload->task_s) ? workload->spec.work : 12345 + w;
        }
        expect_read_back(&job);
        job_free(&job);
    }
}

static void effective_job_says_the_work_once_it_is_known(void)
{
    struct job job;
    parse_good(&job, WORK "  t: {compute: flops, task: 2 ms, tasks: 1}\n", NULL);
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
    snprintf(text, sizeof text, ONE "cores: [");
    write_numbers(text, sizeof text, JOB_AXIS_MAX);
    strcat(text, "]\n");
    parse_good(&job, text, NULL);
    CU_ASSERT_EQUAL(job.axes[AXIS_CORES].count, JOB_AXIS_MAX);
    job_free(&job);
    snprintf(text, sizeof text, ONE "cores: [");
    write_numbers(text, sizeof text, JOB_AXIS_MAX + 1);
    strcat(text, "]\n");
    expect_error(text, NULL, "job.yaml:2:", "cores: has too many values; allowed: 64");
    snprintf(text, sizeof text,
             "workloads:\n  b: {wait: none, tasks: 1, cores: 100}\n"
             "  a: {wait: none, tasks: 1, cores: [");
    write_numbers(text, sizeof text, JOB_AXIS_MAX);
    strcat(text, "]}\n");
    expect_error(text, NULL, "job.yaml:3:3: a.cores: ", "one value too many");
    snprintf(text, sizeof text, "workloads:\n  a: {wait: none, lock: [true, false], tasks: [");
    write_numbers(text, sizeof text, JOB_WORKLOADS_MAX / 2);
    strcat(text, "]}\n");
    parse_good(&job, text, NULL);
    CU_ASSERT_EQUAL(job.workload_count, JOB_WORKLOADS_MAX);
    job_free(&job);
    strcat(text, "  b: {wait: none, tasks: 1}\n");
    expect_error(text, NULL, "job.yaml:3:3: b: ", "too many workloads; allowed: 4096");
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
    parse_good(&job, text, NULL);
    CU_ASSERT_EQUAL(strlen(job.workloads[0].name), JOB_NAME_BYTES - 1);
    expect_read_back(&job);
    job_free(&job);
    snprintf(text, sizeof text, format, 100000);
    expect_error(text, NULL, "job.yaml:2:3: a2345", "names of its family are too long");
}

/* Reads bytes from a file of its own, made `size` bytes long. */
static char *read_made(const char *bytes, size_t count, off_t size, struct error *error)
{
    char name[] = "/tmp/test_job_XXXXXX";
    int descriptor = mkstemp(name);
    CU_ASSERT_FATAL(descriptor >= 0);
    CU_ASSERT_EQUAL(write(descriptor, bytes, count), (ssize_t)count);
    CU_ASSERT_EQUAL(ftruncate(descriptor, size), 0);
    close(descriptor);
    *error = (struct error){0};
    char *text = job_read_file(name, error);
    CU_ASSERT_EQUAL(strncmp(error->text, name, error->status ? strlen(name) : 0), 0);
    unlink(name);
    return text;
}

static void files_are_read_whole(void)
{
    struct error error;
    char *text = read_made(quick, strlen(quick), (off_t)strlen(quick), &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text, quick);
    CU_ASSERT_EQUAL(error.status, 0);
    free(text);
    char *full = malloc(JOB_FILE_BYTES_MAX);
    CU_ASSERT_PTR_NOT_NULL_FATAL(full);
    memset(full, '#', JOB_FILE_BYTES_MAX);
    text = read_made(full, JOB_FILE_BYTES_MAX, JOB_FILE_BYTES_MAX, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_EQUAL(strlen(text), JOB_FILE_BYTES_MAX);
    free(text);
    free(full);
    text = read_made("", 0, 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text, "");
    free(text);
}

static void expect_unreadable(const char *file, const char *holds)
{
    struct error error = {0};
    CU_ASSERT_PTR_NULL(job_read_file(file, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, holds));
}

static void files_that_are_no_jobs_are_refused(void)
{
    struct error error;
    CU_ASSERT_PTR_NULL(read_made("a\0b", 3, 3, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "NUL byte"));
    CU_ASSERT_PTR_NULL(read_made("a", 1, 100 * 1000 * 1000, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "at most 1 MiB"));
    CU_ASSERT_PTR_NULL(read_made("a", 1, JOB_FILE_BYTES_MAX + 1, &error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "larger"));
    expect_unreadable("/tmp", "is a directory");
    expect_unreadable("/tmp/no such file", strerror(ENOENT));
    expect_unreadable("/dev/null/job", strerror(ENOTDIR));
    expect_unreadable("/dev/zero", "larger");
}

static void an_error_leaves_nothing_to_free_twice(void)
{
    struct job job;
    struct error error =
        parse(&job, "workloads: {a: {wait: none, tasks: [1, 2], latency: 3}}", NULL, 0);
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    job_free(&job);
    CU_ASSERT_PTR_NULL(job.text);
    CU_ASSERT_PTR_NULL(job.workloads);
    job_free(&job);
}

static void words_of_an_axis_are_what_the_allocation_has(void)
{
    struct job job;
    parse_good(&job,
               "cores: [node, all]\nranks: [nodes, node]\nthreads: doubling\nplacement: spread\n"
               "workloads:\n  a: {compute: none, tasks: 1}\n",
               NULL);
    const struct axis_values *axes = job.axes;
    CU_ASSERT_EQUAL(axes[AXIS_CORES].count, 2);
    CU_ASSERT_EQUAL(axes[AXIS_CORES].value[0], 3);
    CU_ASSERT_EQUAL(axes[AXIS_CORES].value[1], CORES);
    CU_ASSERT_EQUAL(axes[AXIS_RANKS].count, 2);
    CU_ASSERT_EQUAL(axes[AXIS_RANKS].value[0], 2);
    CU_ASSERT_EQUAL(axes[AXIS_RANKS].value[1], 3);
    CU_ASSERT_EQUAL(axes[AXIS_THREADS].count, 4);
    CU_ASSERT_EQUAL(job.placement, PLACEMENT_SPREAD);
    job_free(&job);
    struct error error = {0};
    char *text =
        strdup("ranks: [1, node, nodes, all]\nworkloads:\n  a: {compute: none, tasks: 1}\n");
    CU_ASSERT_EQUAL(
        job_parse(&job, "job.yaml", text, NULL, 0, (struct job_extent){.cores = 6}, &error), 0);
    CU_ASSERT_EQUAL(job.axes[AXIS_RANKS].count, 2); /* one machine: 1 and all */
    CU_ASSERT_EQUAL(job.placement, PLACEMENT_PACK);
    job_free(&job);
}

static const CU_TestInfo tests[] = {
    {"words of an axis are what the allocation has", words_of_an_axis_are_what_the_allocation_has},
    {"the top of a job is read", top_of_a_job_is_read},
    {"what is not said has its default", what_is_not_said_has_its_default},
    {"workloads are read", workloads_are_read},
    {"waits default by engine and kernel", waits_default_by_engine_and_kernel},
    {"memory gives the work of one pass", memory_gives_the_work_of_one_pass},
    {"wait_fraction divides the task", wait_fraction_divides_the_task},
    {"lists spread into families", lists_spread_into_families},
    {"the order of ending is kept where it is asked for",
     the_order_of_ending_is_kept_where_it_is_asked_for},
    {"axes are sorted and joined", axes_are_sorted_and_joined},
    {"the job's scaling holds unless a workload says otherwise",
     scaling_of_the_job_holds_unless_a_workload_says_otherwise},
    {"mistakes in the file are located", mistakes_in_the_file_are_located},
    {"mistakes at the top are located", mistakes_at_the_top_are_located},
    {"mistakes in workloads are located", mistakes_in_workloads_are_located},
    {"mistakes in settings are located", mistakes_in_settings_are_located},
    {"a bad folder in the environment is refused", a_bad_folder_in_the_environment_is_refused},
    {"options of every kernel and engine are taken", options_of_every_kernel_and_engine_are_taken},
    {"no two options of a workload share a name", no_two_options_of_a_workload_share_a_name},
    {"settings replace what the file says", settings_replace_what_the_file_says},
    {"settings reach workloads with dots and members",
     settings_reach_workloads_with_dots_and_members},
    {"the effective job is the same job", effective_job_is_the_same_job},
    {"the effective job says the work once it is known",
     effective_job_says_the_work_once_it_is_known},
    {"limits of size are kept", limits_of_size_are_kept},
    {"long names of families are refused", long_names_of_families_are_refused},
    {"files are read whole", files_are_read_whole},
    {"files that are no jobs are refused", files_that_are_no_jobs_are_refused},
    {"an error leaves nothing to free twice", an_error_leaves_nothing_to_free_twice},
    CU_TEST_INFO_NULL,
};

SUITE("job", tests);
