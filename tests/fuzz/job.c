/* The job file: whatever its bytes are it is refused in words, or it is a job that is written back
 * as the same job and can be planned. */
#include "fuzz.h"
#include "job/job_file.h"
#include "job/job_parse.h"
#include "job/job_text.h"
#include "job/plan.h"

#include <stdlib.h>
#include <string.h>

#define CELLS_MOST 64 /* of a plan: for each the kernel may be asked whether it has io_uring */

/* The cells of the cube; 0 when they are more than a target has time for. */
static size_t cells_of(const struct job *job)
{
    size_t cells = job->workload_count;
    for (int axis = 0; axis < JOB_AXES; axis++) {
        cells *= job->axes[axis].count;
        if (cells > CELLS_MOST) {
            return 0;
        }
    }
    return cells;
}

static void must_be_same_when_written(const struct job *job)
{
    struct job again;
    struct error error = {0};
    char *text = job_effective_text(job);
    fuzz_must(text != NULL, "a job can be written", "");
    char *copy = fuzz_text((const uint8_t *)text, strlen(text));
    const struct job_source source = {
        .file = "job.yaml", .text = copy, .extent = {.cores = FUZZ_CORES}};
    fuzz_must(job_parse(&again, &source, &error) == 0, "what is written is a job", error.text);
    char *text_again = job_effective_text(&again);
    fuzz_must(text_again && strcmp(text, text_again) == 0, "a job is written back as it was", text);
    job_free(&again);
    free(text_again);
    free(text);
}

/* Every feasible cell comes once in a round. */
static void must_be_order(const struct plan *plan)
{
    uint32_t order[CELLS_MOST];
    uint64_t seen = 0;
    plan_order(plan, 3, order);
    for (size_t i = 0; i < plan->feasible; i++) {
        fuzz_must(order[i] < plan->feasible && !(seen >> order[i] & 1), "an order is a permutation",
                  plan->job->text);
        seen |= UINT64_C(1) << order[i];
    }
}

static void must_be_planned(const struct job *job)
{
    struct plan plan;
    struct error error = {0};
    const struct plan_limits limits = {.cores = FUZZ_CORES, .ranks = FUZZ_CORES};
    if (plan_create(&plan, job, &limits, &error) != 0) {
        fuzz_must_be_refusal(error.status, &error);
        return;
    }
    char why[512] = "";
    for (size_t cell = 0; cell < plan.cells; cell++) {
        if (plan.status[cell] == CELL_INFEASIBLE) {
            fuzz_must_be_message(plan_reason(&plan, cell, why, sizeof why));
            break;
        }
    }
    must_be_order(&plan);
    plan_free(&plan);
}

void fuzz_one(const uint8_t *bytes, size_t count)
{
    if (count > JOB_FILE_BYTES_MAX || (count > 0 && memchr(bytes, 0, count))) {
        return; /* job_file_read lets none of these through */
    }
    struct job job;
    struct error error = {0};
    const struct job_source source = {
        .file = "job.yaml", .text = fuzz_text(bytes, count), .extent = {.cores = FUZZ_CORES}};
    int status = job_parse(&job, &source, &error);
    if (status != 0) {
        fuzz_must_be_refusal(status, &error);
    } else {
        must_be_same_when_written(&job);
        if (cells_of(&job) > 0) {
            must_be_planned(&job);
        }
    }
    job_free(&job);
}
