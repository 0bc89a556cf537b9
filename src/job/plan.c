#include "job/plan.h"

#include "machine/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_MAX = 50000000 };

size_t plan_workload_index(const struct plan *plan, size_t cell)
{
    for (int axis = 0; axis < AXES; axis++) {
        cell /= plan->job->axes[axis].count;
    }
    return cell;
}

const struct workload *plan_workload(const struct plan *plan, size_t cell)
{
    return &plan->job->workloads[plan_workload_index(plan, cell)];
}

struct point plan_point(const struct plan *plan, size_t cell)
{
    int value[AXES];
    for (int axis = AXES - 1; axis >= 0; axis--) {
        const struct axis_values *values = &plan->job->axes[axis];
        value[axis] = values->value[cell % values->count];
        cell /= values->count;
    }
    return (struct point){.ranks = value[AXIS_RANKS],
                          .threads = value[AXIS_THREADS],
                          .depth = value[AXIS_DEPTH],
                          .cores = value[AXIS_CORES]};
}

uint64_t plan_tasks(const struct plan *plan, size_t cell)
{
    const struct workload *workload = plan_workload(plan, cell);
    uint64_t cores = (uint64_t)plan_point(plan, cell).cores;
    return workload->weak ? workload->spec.tasks * cores : workload->spec.tasks;
}

static int contains(const struct axis_values *values, int value)
{
    for (size_t i = 0; i < values->count; i++) {
        if (values->value[i] == value) {
            return 1;
        }
    }
    return 0;
}

static int asked_for(const struct job *job, const struct workload *workload, struct point point)
{
    return (job->oversubscribe || point_workers(point) <= point.cores) &&
           contains(&workload->axes[AXIS_CORES], point.cores) &&
           contains(&workload->axes[AXIS_RANKS], point.ranks) &&
           contains(&workload->axes[AXIS_THREADS], point.threads) &&
           contains(&workload->axes[AXIS_DEPTH], point.depth);
}

static int engine_refuses(const struct workload *workload, struct point point, char *text,
                          size_t text_bytes)
{
    const struct engine *engine = workload->engine;
    char why[256] = "";
    if (engine->available && engine->available(why, sizeof why) != 0) {
        snprintf(text, text_bytes, "%s is not available here: %s", engine->name, why);
        return 1;
    }
    uint64_t wanted = (uint64_t)point.threads * (uint64_t)point.depth;
    uint64_t most = engine->most_in_flight
                        ? engine->most_in_flight(&workload->spec, why, sizeof why)
                        : UINT64_MAX;
    if (wanted > most) {
        snprintf(text, text_bytes, "%llu in flight in one process, at most %llu: %s",
                 (unsigned long long)wanted, (unsigned long long)most, why);
        return 1;
    }
    return 0;
}

/* Of the ranks on this node. `here` is NULL where a single answer is wanted: its limits are
 * then read for this one. */
static int here_refuses(const struct plan *plan, const struct limits *here, struct point point,
                        char *text, size_t text_bytes)
{
    char why[256];
    struct limits now;
    int ranks = plan->part[plan->limits.own].ranks;
    if (ranks == 0) {
        return 0;
    }
    if (!here) {
        limits_read(&now, "");
        here = &now;
    }
    if (!limits_refuse(here, ranks, point.threads, why, sizeof why)) {
        return 0;
    }
    snprintf(text, text_bytes, "%d rank%s of %d threads cannot be started: %s", ranks,
             ranks == 1 ? "" : "s", point.threads, why);
    return 1;
}

static const char *name_of(const struct plan *plan, int node)
{
    return plan->limits.host ? plan->limits.host[node] : "a node";
}

/* What several nodes do not allow. Leaves in plan->part where the point lies. */
static int placement_refuses(const struct plan *plan, const struct workload *workload,
                             struct point point, char *text, size_t text_bytes)
{
    const struct plan_limits *limits = &plan->limits;
    struct placement_found found =
        placement_find(plan->job->placement, plan->node, limits->nodes, point, plan->part);
    int there = plan->part[found.node].ranks;
    switch (found.problem) {
    case PLACEMENT_FEW_CORES:
        snprintf(text, text_bytes, "needs %d cores, %d may be used", point.cores, limits->cores);
        return 1;
    case PLACEMENT_STRADDLES:
        snprintf(text, text_bytes, "the %d threads of a rank would lie on two nodes, up to %s",
                 point.threads, name_of(plan, found.node));
        return 1;
    case PLACEMENT_FEW_RANKS:
        snprintf(text, text_bytes, "needs %d rank%s on %s, %d %s launched there%s", there,
                 there == 1 ? "" : "s", name_of(plan, found.node), plan->node[found.node].ranks,
                 plan->node[found.node].ranks == 1 ? "is" : "are",
                 plan->kept ? " beside the one kept for the service" : "");
        return 1;
    case PLACEMENT_FITS:
        break;
    }
    if (workload->kernel->one_node && point.ranks > 1 && found.nodes > 1) {
        snprintf(text, text_bytes,
                 "what processes share in %s is memory of one node, and they would lie on %d",
                 workload->kernel->name, found.nodes);
        return 1;
    }
    return 0;
}

/* True, with the reason in `text`, when the point cannot be carried out here. */
static int infeasible(const struct plan *plan, const struct limits *here,
                      const struct workload *workload, struct point point, char *text,
                      size_t text_bytes)
{
    const struct plan_limits *limits = &plan->limits;
    if (point.cores > limits->cores) {
        snprintf(text, text_bytes, "needs %d cores, %d may be used", point.cores, limits->cores);
    } else if (point.cores > point_workers(point)) {
        snprintf(text, text_bytes, "%d cores need as many workers, R·T is %ld", point.cores,
                 point_workers(point));
    } else if (point.ranks > limits->ranks - plan->kept) {
        snprintf(text, text_bytes, "needs %d rank%s, %d %s launched%s", point.ranks,
                 point.ranks == 1 ? "" : "s", limits->ranks, limits->ranks == 1 ? "is" : "are",
                 plan->kept ? ", one of them kept for the service; launch one more than ranks work"
                            : "");
    } else {
        return placement_refuses(plan, workload, point, text, text_bytes) ||
               engine_refuses(workload, point, text, text_bytes) ||
               here_refuses(plan, here, point, text, text_bytes);
    }
    return 1;
}

/* One node has all there is. 0 or -ENOMEM. */
static int copy_nodes(struct plan *plan, const struct plan_limits *limits)
{
    const struct placement_node only = {limits->cores, limits->ranks - plan->kept};
    size_t nodes = limits->nodes > 0 ? (size_t)limits->nodes : 1;
    plan->node = calloc(nodes, sizeof *plan->node);
    plan->part = calloc(nodes, sizeof *plan->part);
    if (!plan->node || !plan->part) {
        return -ENOMEM;
    }
    memcpy(plan->node, limits->nodes > 0 ? limits->node : &only, nodes * sizeof *plan->node);
    plan->limits.nodes = (int)nodes;
    plan->limits.node = plan->node;
    return 0;
}

static int refuse_memory(struct plan *plan, struct error *error)
{
    error_set(error, STATUS_ENVIRONMENT, "no memory for a plan of %zu cells", plan->cells);
    plan_free(plan);
    return error->status;
}

int plan_create(struct plan *plan, const struct job *job, const struct plan_limits *limits,
                struct error *error)
{
    int kept = plan_needs_service(job);
    *plan =
        (struct plan){.job = job, .limits = *limits, .kept = kept, .cells = job->workload_count};
    if (copy_nodes(plan, limits) != 0) {
        return refuse_memory(plan, error);
    }
    for (int axis = 0; axis < AXES; axis++) {
        plan->cells *= job->axes[axis].count;
        if (plan->cells > CELLS_MAX) {
            return error_set(error, STATUS_USAGE,
                             "%s: the cube has more than %d cells; shorten an axis or a family",
                             job->file, CELLS_MAX);
        }
    }
    plan->status = calloc(plan->cells, sizeof *plan->status);
    plan->feasible_cell = malloc(plan->cells * sizeof *plan->feasible_cell);
    if (!plan->status || !plan->feasible_cell) {
        return refuse_memory(plan, error);
    }
    char why[512];
    struct limits here;
    limits_read(&here, "");
    for (size_t cell = 0; cell < plan->cells; cell++) {
        const struct workload *workload = plan_workload(plan, cell);
        struct point point = plan_point(plan, cell);
        if (!asked_for(job, workload, point)) {
            continue;
        }
        if (infeasible(plan, &here, workload, point, why, sizeof why)) {
            plan->status[cell] = CELL_INFEASIBLE;
        } else {
            plan->feasible_cell[plan->feasible++] = (uint32_t)cell;
        }
    }
    return 0;
}

void plan_free(struct plan *plan)
{
    free(plan->status);
    free(plan->feasible_cell);
    free(plan->node);
    free(plan->part);
    *plan = (struct plan){0};
}

const char *plan_reason(const struct plan *plan, size_t cell, char *text, size_t text_bytes)
{
    if (!infeasible(plan, NULL, plan_workload(plan, cell), plan_point(plan, cell), text,
                    text_bytes)) {
        snprintf(text, text_bytes, "%s",
                 plan->status[cell] == CELL_INFEASIBLE ? "another node cannot carry it out; cual "
                                                         "doctor there says more"
                                                       : "nothing stands in its way");
    }
    return text;
}

int plan_place(const struct plan *plan, size_t cell, const struct placement_part **part)
{
    *part = plan->part;
    return placement_find(plan->job->placement, plan->node, plan->limits.nodes,
                          plan_point(plan, cell), plan->part)
        .nodes;
}

int plan_place_cores(const struct plan *plan, int cores, const struct placement_part **part)
{
    const struct point point = {.ranks = cores, .threads = 1, .depth = 1, .cores = cores};
    struct placement_found found =
        placement_find(plan->job->placement, plan->node, plan->limits.nodes, point, plan->part);
    int used = 0;
    *part = plan->part;
    while (found.problem != PLACEMENT_FEW_CORES && used < plan->limits.nodes &&
           plan->part[used].cores > 0) {
        used++;
    }
    return used;
}

enum { CELLS_PER_WORD = 64 };

size_t plan_refused_words(const struct plan *plan)
{
    return plan->cells / CELLS_PER_WORD + 1;
}

void plan_tell_refused(const struct plan *plan, uint64_t *refused)
{
    for (size_t cell = 0; cell < plan->cells; cell++) {
        uint64_t bit = UINT64_C(1) << cell % CELLS_PER_WORD;
        refused[cell / CELLS_PER_WORD] |= plan->status[cell] == CELL_INFEASIBLE ? bit : 0;
    }
}

void plan_take_refused(struct plan *plan, const uint64_t *refused)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        uint32_t cell = plan->feasible_cell[i];
        if (refused[cell / CELLS_PER_WORD] >> cell % CELLS_PER_WORD & 1) {
            plan->status[cell] = CELL_INFEASIBLE;
        } else {
            plan->feasible_cell[kept++] = cell;
        }
    }
    plan->feasible = kept;
}

/* Without bias: values beyond the last whole multiple of `bound` are drawn again. */
static uint64_t random_below(uint64_t *state, uint64_t bound)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound, drawn;
    do {
        drawn = task_mix((*state)++);
    } while (drawn >= limit);
    return drawn % bound;
}

void plan_order(const struct plan *plan, uint64_t round, uint32_t *order)
{
    uint64_t state = task_mix(plan->job->seed) + task_mix(~round);
    for (size_t i = 0; i < plan->feasible; i++) {
        uint64_t other = random_below(&state, i + 1);
        order[i] = order[other];
        order[other] = (uint32_t)i;
    }
}

int plan_ranks_wanted(const struct job *job)
{
    const struct axis_values *ranks = &job->axes[AXIS_RANKS];
    return ranks->value[ranks->count - 1] + plan_needs_service(job);
}

bool plan_needs_service(const struct job *job)
{
    for (size_t w = 0; w < job->workload_count; w++) {
        if (job->workloads[w].engine->serve) {
            return true;
        }
    }
    return false;
}
