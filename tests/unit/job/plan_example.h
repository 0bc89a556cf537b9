/* A job of few workloads, and its plan. */
#ifndef CUAL_TESTS_UNIT_JOB_PLAN_EXAMPLE_H
#define CUAL_TESTS_UNIT_JOB_PLAN_EXAMPLE_H

#include "engines/engines.h"
#include "job/plan.h"
#include "kernels/kernels.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct plan_limits limits = {.cores = 4, .ranks = 3};

/* A job on the heap, with the axes of the cube in every workload. */
struct example {
    struct job job;
    struct workload workload[4];
};

static inline void set_axis(struct job_axis_values *axis, size_t count, const int *values)
{
    axis->count = count;
    memcpy(axis->value, values, count * sizeof values[0]);
}

static inline struct example *make_example(size_t workloads)
{
    static const int cores[] = {1, 2, 4, 8}, ranks[] = {1, 2, 3, 5}, threads[] = {1, 2, 7},
                     depth[] = {1, 16, 32};
    struct example *example = calloc(1, sizeof *example);
    CU_ASSERT_PTR_NOT_NULL_FATAL(example);
    struct job *job = &example->job;
    *job = (struct job){
        .file = "job.yaml", .budget_s = INFINITY, .seed = 1, .rounds = 50, .oversubscribe = true};
    job->workloads = example->workload;
    job->workload_count = workloads;
    set_axis(&job->axes[JOB_AXIS_CORES], 4, cores);
    set_axis(&job->axes[JOB_AXIS_RANKS], 4, ranks);
    set_axis(&job->axes[JOB_AXIS_THREADS], 3, threads);
    set_axis(&job->axes[JOB_AXIS_DEPTH], 3, depth);
    for (size_t w = 0; w < workloads; w++) {
        struct workload *workload = &job->workloads[w];
        snprintf(workload->name, sizeof workload->name, "w%zu", w);
        workload->kernel = kernels_find("none");
        workload->engine = engines_find("timer");
        workload->spec = (struct task_spec){.tasks = 100 + w, .waits = 1};
        memcpy(workload->axes, job->axes, sizeof job->axes);
    }
    return example;
}

static inline void make_plan(struct plan *plan, const struct example *example)
{
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(plan_create(plan, &example->job, &limits, &error), 0);
    CU_ASSERT_EQUAL(error.status, 0);
}

static inline void free_both(struct plan *plan, struct example *example)
{
    plan_free(plan);
    free(example);
}

#endif
