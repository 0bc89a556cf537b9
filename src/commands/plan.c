/* cual plan: says what a run would do, and measures nothing. */
#include "job/plan_footprint.h"
#include "launch/launch.h"
#include "machine/topo.h"
#include "model/sample.h"
#include "run/study.h"
#include "runfile/runfile_space.h"
#include "sweep/budget.h"
#include "terminal/plan_json.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static const struct command_option plan_options[] = {
    STUDY_OPTIONS,
    {"--cells", 0, NULL, "list every cell, not only the infeasible ones"},
    {"--json", 0, NULL, "print the plan, with every cell, as JSON"},
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

static void print_time(const struct plan *plan)
{
    char least[WORDS_BYTES], before[WORDS_BYTES], round[WORDS_BYTES], budget[WORDS_BYTES];
    struct budget_need need = budget_need(plan);
    words_duration(need.before_s, before);
    words_duration(need.round_s, round);
    if (need.round_s > 0) {
        printf("time: at least %s, of which known answers and calibration take %s, and the warm-up "
               "and a round %s each",
               words_duration(budget_least_s(&need), least), before, round);
    } else {
        printf(
            "time: known answers and calibration take at least %s; how long a round takes depends "
            "on the devices",
            before);
    }
    if (isfinite(plan->job->budget_s)) {
        printf("; the budget is %s", words_duration(plan->job->budget_s, budget));
    }
    printf("\n");
}

/* A plan may be for a machine that is not there. */
static void print_replaced(void)
{
    char text[512] = "", shown[512];
    struct words words = {text, sizeof text, 0};
    for (size_t i = 0; topo_replacing[i]; i++) {
        const char *value = getenv(topo_replacing[i]);
        if (value) {
            words_add(&words, " %s=%s", topo_replacing[i], value);
        }
    }
    if (text[0]) {
        printf("machine: hwloc describes another one, by%s; a run sets that aside\n",
               error_escape(text, shown, sizeof shown));
    }
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
    print_time(plan);
    struct runfile_space space = runfile_space_of_plan(plan);
    printf("space: %.1f MiB of scratch files in %s, %.1f MiB for the run file and at most %.1f MiB "
           "for the copy that replaces it in the end\n",
           job_scratch_bytes(job) / 1048576, job->scratch, (double)space.bytes / 1048576,
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

/* 0 or status. */
static int print_plan(const struct study *study, struct error *error)
{
    const struct plan *plan = &study->plan;
    if (arguments_value(&study->arguments, "--json")) {
        return plan_print_json(stdout, plan) == -ENOMEM ? error_no_memory(error, "the plan as JSON")
                                                        : 0;
    }
    print_replaced();
    print_summary(plan);
    print_footprints(plan);
    print_cells(plan, arguments_value(&study->arguments, "--cells") != NULL);
    return 0;
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
            status = print_plan(&study, &error);
        }
        status = status ? status : study_check_budget(&study, &error);
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
