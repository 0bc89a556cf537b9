#include "run/study.h"

#include "job/job_file.h"
#include "job/job_parse.h"
#include "machine/cgroup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int study_cores(const struct topo *topo)
{
    int cores = topo_cores(topo);
    double quota = cgroup_quota("");
    return isfinite(quota) && quota < cores ? (quota < 1 ? 1 : (int)quota) : cores;
}

int study_topology(struct topo **topo, struct topo_mask *allowed, struct error *error)
{
    *topo = topo_create();
    return *topo && topo_allowed(*topo, allowed) == 0 && topo_use(*topo, allowed) > 0
               ? 0
               : error_set(error, STATUS_ENVIRONMENT,
                           "hwloc does not report which cores this process may use");
}

struct job_extent study_extent(const struct topo *topo)
{
    struct job_extent extent = {.cores = study_cores(topo)};
    topo_caches(topo, &extent.caches);
    return extent;
}

static int parse(struct study *study, char *text, struct job_extent extent, struct error *error)
{
    const struct job_source source = {.file = study->arguments.operand,
                                      .text = text,
                                      .settings = study->settings,
                                      .setting_count = study->setting_count,
                                      .extent = extent};
    return job_parse(&study->job, &source, error);
}

/* Without a file of the operand's name: the job of that name among those beside the program, with
 * or without its ending. */
static void find_job(struct study *study)
{
    static const char *const endings[] = {".yaml", ""};
    const char *name = study->arguments.operand;
    if (strchr(name, '/') || access(name, F_OK) == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char beside[NAME_MAX + sizeof "jobs/.yaml"];
        int bytes = snprintf(beside, sizeof beside, "jobs/%s%s", name, endings[i]);
        if (bytes < (int)sizeof beside && beside_find(beside, study->file)) {
            study->arguments.operand = study->file;
            return;
        }
    }
}

int study_open(struct study *study, const struct command *command, int argc, char **argv,
               struct error *error)
{
    *study = (struct study){0};
    struct topo_mask allowed;
    if (arguments_parse(command, argc, argv, &study->arguments, error) != 0) {
        return error->status;
    }
    if (study->arguments.help) {
        return 0;
    }
    find_job(study);
    study->setting_count =
        command_settings(&study->arguments, study->settings, study->setting_storage);
    char *text = job_file_read(study->arguments.operand, error);
    if (!text) {
        return error->status;
    }
    if (study_topology(&study->topo, &allowed, error) != 0) {
        free(text);
        return error->status;
    }
    return parse(study, text, study_extent(study->topo), error);
}

int study_stand_in(struct study *study, struct error *error)
{
    static const char job[] = "workloads: {none: {wait: timer, latency: 1 s, tasks: 1}}\n";
    struct topo_mask allowed;
    char *text = strdup(job);
    *error = (struct error){0};
    study->stands_in = true;
    job_free(&study->job);
    if (!text) {
        return error_no_memory(error, "the job");
    }
    if (!study->topo && study_topology(&study->topo, &allowed, error) != 0) {
        free(text);
        return error->status;
    }
    const struct job_source source = {
        .file = study->arguments.operand, .text = text, .extent = study_extent(study->topo)};
    return job_parse(&study->job, &source, error);
}

int study_reopen(struct study *study, struct job_extent extent, struct error *error)
{
    char *text = strdup(study->job.text);
    if (!text) {
        return error_no_memory(error, "the job");
    }
    job_free(&study->job);
    return parse(study, text, extent, error);
}

/* True when no cell is feasible because the engine of the workload is unavailable on this node. */
static bool lacks_engine(const struct workload *workload)
{
    char why[256];
    return workload->engine->available && workload->engine->available(why, sizeof why) != 0;
}

/* Every workload must have a feasible cell. Those whose engine is unavailable on this node need
 * not, as long as others have one. */
int study_check_plan(const struct study *study, struct error *error)
{
    const struct plan *plan = &study->plan;
    size_t next = 0, per_workload = plan->cells / study->job.workload_count;
    for (size_t w = 0; w < study->job.workload_count; w++) {
        const struct workload *workload = &study->job.workloads[w];
        if (next == plan->feasible || plan->feasible_cell[next].workload_index > w) {
            char why[512] = "its lists are empty";
            for (size_t cell = w * per_workload; cell < (w + 1) * per_workload; cell++) {
                if (plan->status[cell] == CELL_INFEASIBLE) {
                    plan_reason(plan, cell, why, sizeof why);
                }
            }
            bool missing = lacks_engine(workload);
            if (missing && plan->feasible > 0) {
                continue;
            }
            return error_set(error, missing ? STATUS_ENVIRONMENT : STATUS_USAGE,
                             "%s:%zu:%zu: %s: none of its points is feasible: %s", study->job.file,
                             workload->line, workload->column, workload->name, why);
        }
        while (next < plan->feasible && plan->feasible_cell[next].workload_index == w) {
            next++;
        }
    }
    return 0;
}

int study_plan(struct study *study, int ranks, struct error *error)
{
    study->limits = (struct plan_limits){.cores = study_cores(study->topo), .ranks = ranks};
    return study_make_plan(study, error) ? error->status : study_check_plan(study, error);
}

int study_make_plan(struct study *study, struct error *error)
{
    return plan_create(&study->plan, &study->job, &study->limits, error);
}

void study_free(struct study *study)
{
    plan_free(&study->plan);
    free(study->node);
    job_free(&study->job);
    topo_free(study->topo);
}
