#include "unit/job/jobs.h"

#include "job/job_parse.h"
#include "job/job_text.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct job_extent extent = {
    .cores = JOBS_CORES, .node = 3, .nodes = 2, .caches = {.bytes = {32768, 1 << 20, 1 << 25}}};

struct error jobs_parse(struct job *job, const char *text, const char *const *settings,
                        size_t count)
{
    struct error error = {0};
    const struct job_source source = {.file = "job.yaml",
                                      .text = strdup(text),
                                      .settings = settings,
                                      .setting_count = count,
                                      .extent = extent};
    int status = job_parse(job, &source, &error);
    CU_ASSERT_EQUAL(status, error.status);
    return error;
}

void jobs_parse_good(struct job *job, const char *text, const char *setting)
{
    struct error error = jobs_parse(job, text, &setting, setting ? 1 : 0);
    if (error.status) {
        printf("\n%s\n%s\n", text, error.text);
    }
    CU_ASSERT_EQUAL_FATAL(error.status, 0);
}

void jobs_expect_error(const char *text, const char *setting, const char *begins, const char *holds)
{
    struct job job;
    struct error error = jobs_parse(&job, text, &setting, setting ? 1 : 0);
    bool good = error.status == STATUS_USAGE && strncmp(error.text, begins, strlen(begins)) == 0 &&
                strstr(error.text, holds) && strchr(error.text, '\n') == NULL;
    if (!good) {
        printf("\n%s [%s]\n    wanted: %s … %s\n    found:  %d %s\n", text, setting ? setting : "",
               begins, holds, error.status, error.text);
    }
    CU_ASSERT(good);
    job_free(&job);
}

const char jobs_quick[] = "# Which model for which work?\n"
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

const struct workload *jobs_find(const struct job *job, const char *name)
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

void jobs_expect_axis(const struct job_axis_values *axis, size_t count, const int *value)
{
    CU_ASSERT_EQUAL_FATAL(axis->count, count);
    CU_ASSERT_EQUAL(memcmp(axis->value, value, count * sizeof *value), 0);
}

void jobs_expect_mistakes(const struct jobs_mistake *mistakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        jobs_expect_error(mistakes[i].text, mistakes[i].setting, mistakes[i].begins,
                          mistakes[i].holds);
    }
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
    for (enum job_axis axis = 0; axis < JOB_AXES; axis++) {
        jobs_expect_axis(&a->axes[axis], b->axes[axis].count, b->axes[axis].value);
    }
    CU_ASSERT_EQUAL_FATAL(a->family_count, b->family_count);
    for (size_t i = 0; i < a->family_count; i++) {
        CU_ASSERT_EQUAL(a->family[i].option, b->family[i].option);
        CU_ASSERT_EQUAL(a->family[i].value, b->family[i].value);
    }
}

void jobs_expect_read_back(const struct job *job)
{
    struct job again;
    char *text = job_effective_text(job);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    setenv("TMPDIR", "/elsewhere", 1);
    jobs_parse_good(&again, text, NULL);
    unsetenv("TMPDIR");
    expect_same_number(job->budget_s, again.budget_s);
    CU_ASSERT_EQUAL(job->limit_s, again.limit_s);
    CU_ASSERT_EQUAL(job->precision, again.precision);
    CU_ASSERT_EQUAL(job->seed, again.seed);
    CU_ASSERT_EQUAL(job->rounds, again.rounds);
    CU_ASSERT_STRING_EQUAL(job->scratch, again.scratch);
    for (enum job_axis axis = 0; axis < JOB_AXES; axis++) {
        jobs_expect_axis(&job->axes[axis], again.axes[axis].count, again.axes[axis].value);
    }
    CU_ASSERT_EQUAL_FATAL(job->workload_count, again.workload_count);
    for (size_t i = 0; i < job->workload_count; i++) {
        expect_same_workload(&job->workloads[i], &again.workloads[i]);
    }
    job_free(&again);
    free(text);
}
