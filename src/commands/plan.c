/* cual plan: says what a run would do, and measures nothing. */
#include "job/plan_footprint.h"
#include "launch/launch.h"
#include "model/sample.h"
#include "run/study.h"
#include "runfile/runfile_space.h"
#include "text/words.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static const struct command_option plan_options[] = {
    STUDY_OPTIONS,
    {"--cells", 0, NULL, "list every cell, not only the infeasible ones"},
    {0},
};

static void print_axes(const struct job *job)
{
    for (int axis = 0; axis < JOB_AXES; axis++) {
        printf("%s%s", axis ? "; " : "", job_axis_names[axis]);
        for (size_t i = 0; i < job->axes[axis].count; i++) {
            printf(" %d", job->axes[axis].value[i]);
        }
    }
    printf("\n");
}

/* A lower bound of the time that a round takes, in s; never NAN. */
static double least_round_s(const struct plan *plan)
{
    double total_s = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        const struct cell *cell = &plan->feasible_cell[i];
        const struct workload *workload = cell->workload;
        double tasks = (double)cell->tasks;
        double latency_s =
            workload->engine->latency_s ? workload->engine->latency_s(&workload->spec) : 0;
        double wait_s = latency_s * workload->spec.waits;
        double compute_s = isnan(workload->compute_s) ? 0 : workload->compute_s;
        double concurrency = fmin(tasks, (double)point_concurrency(cell->point));
        total_s += fmax(tasks * compute_s / cell->point.cores,
                        tasks * (compute_s + wait_s) / fmax(1, concurrency));
    }
    return total_s;
}

static double scratch_bytes(const struct job *job)
{
    double bytes = 0;
    for (size_t w = 0; w < job->workload_count; w++) {
        const struct workload *workload = &job->workloads[w];
        if (workload->engine->file_bytes) {
            bytes += (double)workload->engine->file_bytes(&workload->spec);
        }
    }
    return bytes;
}

static void print_summary(const struct plan *plan)
{
    const struct job *job = plan->job;
    size_t infeasible = 0;
    for (size_t cell = 0; cell < plan->cells; cell++) {
        infeasible += plan->status[cell] == CELL_INFEASIBLE;
    }
    printf("%zu workload%s; ", job->workload_count, job->workload_count == 1 ? "" : "s");
    print_axes(job);
    printf("%zu cells to measure, %zu infeasible, at most %llu rounds, %d cores, %d ranks on this "
           "node\n",
           plan->feasible, infeasible, (unsigned long long)job->rounds, plan->limits.cores,
           plan->limits.ranks);
    double least_s = least_round_s(plan);
    printf(least_s > 0 ? "time: a round takes at least %.2g s"
                       : "time: how long a round takes depends on the devices",
           least_s);
    if (isfinite(job->budget_s)) {
        printf("; the budget is %.3g s", job->budget_s);
    }
    struct runfile_space space = runfile_space_of_plan(plan);
    printf(
        "\nspace: %.1f MiB of scratch files in %s, %.1f MiB for the run file and at most %.1f MiB "
        "for the copy that replaces it in the end\n",
        scratch_bytes(job) / 1048576, job->scratch, (double)space.bytes / 1048576,
        (double)space.ended_bytes / 1048576);
}

/* What the workers walk through, and what to heed when their points are compared. */
static void print_footprints(const struct plan *plan)
{
    char bytes[WORDS_BYTES], text[1024];
    for (size_t w = 0; w < plan->job->workload_count; w++) {
        const struct workload *workload = &plan->job->workloads[w];
        struct footprint footprint = kernel_footprint(workload->kernel, &workload->spec);
        if (footprint.bytes > 0) {
            printf("footprint   %s  %s for each %s\n", workload->name,
                   words_bytes(footprint.bytes, bytes), footprint.is_common ? "process" : "worker");
        }
        if (plan_footprint_warn(plan, w, text, sizeof text)) {
            printf("warning     %s  %s\n", workload->name, text);
        }
    }
}

static void print_cells(const struct plan *plan, bool all)
{
    char text[POINT_TEXT_BYTES], why[512];
    for (size_t number = 0; number < plan->cells; number++) {
        struct cell cell = plan_cell(plan, number);
        if (plan->status[number] == CELL_INFEASIBLE) {
            printf("infeasible  %s  %s: %s\n", cell.workload->name, point_text(cell.point, text),
                   plan_reason(plan, number, why, sizeof why));
        }
    }
    for (size_t i = 0; all && i < plan->feasible; i++) {
        const struct cell *cell = &plan->feasible_cell[i];
        printf("cell        %s  %s  %s%s\n", cell->workload->name, point_text(cell->point, text),
               model_name(point_model(cell->point)),
               point_workers(cell->point) > cell->point.cores ? ", more workers than cores" : "");
    }
}

static int run(int argc, char **argv)
{
    static struct study study; /* large: not for the stack */
    struct error error = {0};
    int status = study_open(&study, &command_plan, argc, argv, &error);
    if (!status && study.arguments.help) {
        command_print_help(&command_plan);
    } else if (!status) {
        status = study_plan(&study, plan_ranks_wanted(&study.job), &error);
        if (!status && launch_rank() == 0) {
            print_summary(&study.plan);
            print_footprints(&study.plan);
            print_cells(&study.plan, arguments_value(&study.arguments, "--cells") != NULL);
        }
    }
    study_free(&study);
    return status && launch_rank() == 0 ? command_fail(&error) : status;
}

const struct command command_plan = {
    .name = "plan",
    .operand = "JOB.yaml",
    .help = "the cells of a job, what is infeasible and why, time and space; runs nothing",
    .options = plan_options,
    .run = run,
};
