/* A job text, parsed and planned for tests. */
#ifndef CUAL_TEST_PLANNED_H
#define CUAL_TEST_PLANNED_H

#include "job/job_parse.h"
#include "job/plan.h"

#include <CUnit/CUnit.h>
#include <string.h>

struct planned {
    struct job job;
    struct plan plan;
};

static inline void planned_open(struct planned *planned, const char *text, struct job_extent extent,
                                struct plan_limits limits)
{
    struct error error = {0};
    const struct job_source source = {.file = "job.yaml", .text = strdup(text), .extent = extent};
    CU_ASSERT_EQUAL_FATAL(job_parse(&planned->job, &source, &error), 0);
    CU_ASSERT_EQUAL_FATAL(plan_create(&planned->plan, &planned->job, &limits, &error), 0);
}

static inline void planned_close(struct planned *planned)
{
    plan_free(&planned->plan);
    job_free(&planned->job);
}

#endif
