#include "terminal/plan_json.h"

#include "job/plan_footprint.h"
#include "machine/topo.h"
#include "runfile/runfile_space.h"
#include "sweep/budget.h"
#include "terminal/data.h"

#include <math.h>
#include <stdlib.h>

/* What the variables of the environment are by which hwloc describes another machine. */
static json_t *described_by(void)
{
    json_t *found = json_array();
    for (size_t i = 0; topo_replacing[i]; i++) {
        const char *value = getenv(topo_replacing[i]);
        if (value) {
            data_append(&found,
                        json_pack("{ss so}", "name", topo_replacing[i], "value", data_text(value)));
        }
    }
    return found;
}

static json_t *machine(const struct plan *plan)
{
    const struct plan_limits *limits = &plan->limits;
    return json_pack("{si si si so}", "cores", limits->cores, "ranks", limits->ranks, "nodes",
                     limits->nodes, "described_by", described_by());
}

static json_t *axes(const struct job *job)
{
    json_t *found = json_object();
    for (int axis = 0; axis < JOB_AXES; axis++) {
        json_t *values = json_array();
        for (size_t i = 0; i < job->axes[axis].count; i++) {
            data_append(&values, json_integer(job->axes[axis].value[i]));
        }
        if (json_object_set_new(found, job_axis_names[axis], values) != 0) {
            json_decref(found);
            return NULL;
        }
    }
    return found;
}

/* null where a round may take any time. */
static json_t *times(const struct plan *plan)
{
    struct budget_need need = budget_need(plan);
    bool known = need.round_s > 0;
    return json_pack("{so so so so}", "least_s", data_number(known ? budget_least_s(&need) : NAN),
                     "before_s", data_number(need.before_s), "round_s",
                     data_number(known ? need.round_s : NAN), "budget_s",
                     data_number(plan->job->budget_s));
}

static json_t *space(const struct plan *plan)
{
    struct runfile_space space = runfile_space_of_plan(plan);
    return json_pack("{so so sI sI}", "scratch_folder", data_text(plan->job->scratch),
                     "scratch_bytes", data_whole(job_scratch_bytes(plan->job)), "run_file_bytes",
                     (json_int_t)space.bytes, "ended_run_file_bytes",
                     (json_int_t)space.ended_bytes);
}

/* null where a worker walks through nothing to speak of. */
static json_t *footprint_of(const struct workload *workload)
{
    struct footprint footprint = kernel_footprint(workload->kernel, &workload->spec);
    return footprint.bytes > 0 ? json_pack("{so ss}", "bytes", data_whole(footprint.bytes), "of",
                                           footprint.is_common ? "process" : "worker")
                               : json_null();
}

static json_t *workloads(const struct plan *plan)
{
    char text[1024];
    json_t *found = json_array();
    for (size_t w = 0; w < plan->job->workload_count; w++) {
        const struct workload *workload = &plan->job->workloads[w];
        bool warns = plan_footprint_warn(plan, w, text, sizeof text);
        data_append(&found,
                    json_pack("{so ss ss so so}", "name", data_text(workload->name), "compute",
                              workload->kernel->name, "wait", workload->engine->name, "footprint",
                              footprint_of(workload), "warning", data_text(warns ? text : NULL)));
    }
    return found;
}

static json_t *cell_of(const struct plan *plan, size_t number, bool feasible)
{
    char why[512];
    struct cell cell = plan_cell(plan, number);
    if (!feasible) {
        plan_reason(plan, number, why, sizeof why);
    }
    return json_pack("{so so sb sb so}", "workload", data_text(cell.workload->name), "point",
                     data_point(cell.point), "oversubscribed",
                     point_workers(cell.point) > cell.point.cores, "feasible", feasible, "reason",
                     data_text(feasible ? NULL : why));
}

/* All cells that the job asks for, in the order of the cube. */
static json_t *cells(const struct plan *plan, size_t *infeasible)
{
    json_t *found = json_array();
    size_t next = 0; /* of the feasible ones */
    for (size_t number = 0; number < plan->cells && found; number++) {
        bool feasible = next < plan->feasible && plan->feasible_cell[next].number == number;
        if (feasible || plan->status[number] == CELL_INFEASIBLE) {
            data_append(&found, cell_of(plan, number, feasible));
            next += feasible;
            *infeasible += !feasible;
        }
    }
    return found;
}

int plan_print_json(FILE *out, const struct plan *plan)
{
    const struct job *job = plan->job;
    size_t infeasible = 0;
    json_t *all_cells = cells(plan, &infeasible);
    json_t *counts = json_pack("{sI sI sI sI}", "workloads", (json_int_t)job->workload_count,
                               "feasible", (json_int_t)plan->feasible, "infeasible",
                               (json_int_t)infeasible, "rounds_at_most", (json_int_t)job->rounds);
    return data_print(out,
                      json_pack("{si so so so so so so so so}", "version", PLAN_JSON_VERSION, "job",
                                data_text(job->file), "machine", machine(plan), "axes", axes(job),
                                "counts", counts, "time", times(plan), "space", space(plan),
                                "workloads", workloads(plan), "cells", all_cells));
}
