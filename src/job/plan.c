#include "job/plan.h"

#include "job/plan_memory.h"
#include "machine/storage.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_MAX = 50000000 };

struct cell plan_cell(const struct plan *plan, size_t number)
{
    int value[JOB_AXES];
    size_t left = number;
    for (int axis = JOB_AXES - 1; axis >= 0; axis--) {
        const struct job_axis_values *values = &plan->job->axes[axis];
        value[axis] = values->value[left % values->count];
        left /= values->count;
    }
    const struct workload *workload = &plan->job->workloads[left];
    uint64_t times = workload->weak ? (uint64_t)value[JOB_AXIS_CORES] : 1;
    return (struct cell){
        .number = number,
        .workload_index = left,
        .workload = workload,
        .point = {.ranks = value[JOB_AXIS_RANKS],
                  .threads = value[JOB_AXIS_THREADS],
                  .depth = value[JOB_AXIS_DEPTH],
                  .cores = value[JOB_AXIS_CORES]},
        .tasks = workload->spec.tasks * times,
    };
}

static bool contains(const struct job_axis_values *values, int value)
{
    for (size_t i = 0; i < values->count; i++) {
        if (values->value[i] == value) {
            return true;
        }
    }
    return false;
}

static bool is_asked_for(const struct job *job, const struct cell *cell)
{
    const struct workload *workload = cell->workload;
    struct point point = cell->point;
    return (job->oversubscribe || point_workers(point) <= point.cores) &&
           contains(&workload->axes[JOB_AXIS_CORES], point.cores) &&
           contains(&workload->axes[JOB_AXIS_RANKS], point.ranks) &&
           contains(&workload->axes[JOB_AXIS_THREADS], point.threads) &&
           contains(&workload->axes[JOB_AXIS_DEPTH], point.depth);
}

static bool engine_refuses(const struct cell *cell, char *text, size_t text_bytes)
{
    const struct engine *engine = cell->workload->engine;
    char why[256] = "";
    if (engine->available && engine->available(why, sizeof why) != 0) {
        snprintf(text, text_bytes, "%s is not available on this node: %s", engine->name, why);
        return true;
    }
    uint64_t wanted = (uint64_t)cell->point.threads * (uint64_t)cell->point.depth;
    uint64_t most = engine->most_in_flight
                        ? engine->most_in_flight(&cell->workload->spec, why, sizeof why)
                        : UINT64_MAX;
    if (wanted > most) {
        snprintf(text, text_bytes,
                 "needs %llu operations in flight in one process, at most %llu are possible: %s",
                 (unsigned long long)wanted, (unsigned long long)most, why);
        return true;
    }
    return false;
}

/* Scratch files that lie in memory; each node has its own. */
static double scratch_in_memory(const struct job *job)
{
    struct storage_filesystem on = {.memory = false};
    double bytes = job_scratch_bytes(job);
    return bytes > 0 && storage_filesystem(job->scratch, &on) == 0 && on.memory ? bytes : 0;
}

static struct plan_memory memory_of(const struct plan *plan, const struct cell *cell, int ranks)
{
    const struct plan_limits *limits = &plan->limits;
    const struct plan_memory_always always = {
        .starting = limits->started ? 0 : plan->node[limits->own].ranks + plan->kept,
        .samples_bytes = limits->own == 0 ? samples_bytes(plan->cells, (size_t)plan->job->rounds,
                                                          (size_t)limits->ranks)
                                          : 0,
        .scratch_bytes = plan->scratch_bytes,
    };
    return plan_memory(&always, cell, ranks);
}

/* Of the ranks on this node. */
static bool here_refuses(const struct plan *plan, const struct cell *cell, char *text,
                         size_t text_bytes)
{
    char why[300], wanted[WORDS_BYTES], most[WORDS_BYTES];
    int ranks = plan->part[plan->limits.own].ranks, threads = cell->point.threads;
    if (ranks == 0) {
        return false;
    }
    struct plan_memory memory = memory_of(plan, cell, ranks);
    enum limit tightest = limits_tightest(&plan->here, &memory.wanted);
    if (tightest == LIMITS) {
        return false;
    }
    limits_text(&plan->here, &memory.wanted, tightest, why, sizeof why);
    if (limits_is_of_memory(tightest) && memory.key_bytes > LIMITS_THREAD_BYTES * ranks * threads) {
        snprintf(text, text_bytes, "takes %s of memory, %s of it for `%s`: %s",
                 words_bytes(memory.wanted.node_bytes, wanted), words_bytes(memory.key_bytes, most),
                 memory.key, why);
    } else {
        snprintf(text, text_bytes, "%d rank%s of %d thread%s cannot be started: %s", ranks,
                 ranks == 1 ? "" : "s", threads, threads == 1 ? "" : "s", why);
    }
    return true;
}

static const char *name_of(const struct plan *plan, int node)
{
    return plan->limits.host ? plan->limits.host[node] : "a node";
}

/* What several nodes do not allow. Leaves in plan->part where the point lies. */
static bool placement_refuses(const struct plan *plan, const struct cell *cell, char *text,
                              size_t text_bytes)
{
    const struct plan_limits *limits = &plan->limits;
    const struct kernel *kernel = cell->workload->kernel;
    struct point point = cell->point;
    struct placement_found found =
        placement_find(plan->job->placement, plan->node, limits->nodes, point, plan->part);
    int there = plan->part[found.node].ranks;
    switch (found.problem) {
    case PLACEMENT_FEW_CORES:
        snprintf(text, text_bytes, "needs %d cores, %d may be used", point.cores, limits->cores);
        return true;
    case PLACEMENT_STRADDLES:
        snprintf(text, text_bytes, "the %d threads of a rank would lie on two nodes, up to %s",
                 point.threads, name_of(plan, found.node));
        return true;
    case PLACEMENT_FEW_RANKS:
        snprintf(text, text_bytes, "needs %d rank%s on %s, %d %s launched there%s", there,
                 there == 1 ? "" : "s", name_of(plan, found.node), plan->node[found.node].ranks,
                 plan->node[found.node].ranks == 1 ? "is" : "are",
                 plan->kept ? " beside the one kept for the service" : "");
        return true;
    case PLACEMENT_FITS:
        break;
    }
    if (kernel->one_node && point.ranks > 1 && found.nodes > 1) {
        snprintf(text, text_bytes,
                 "processes share memory in %s, which needs one node, and they would lie on %d",
                 kernel->name, found.nodes);
        return true;
    }
    return false;
}

/* True, with the reason in `text`, when the point cannot be carried out here. */
static bool is_infeasible(const struct plan *plan, const struct cell *cell, char *text,
                          size_t text_bytes)
{
    const struct plan_limits *limits = &plan->limits;
    struct point point = cell->point;
    if (point.cores > limits->cores) {
        snprintf(text, text_bytes, "needs %d cores, %d may be used", point.cores, limits->cores);
    } else if (point.cores > point_workers(point)) {
        snprintf(text, text_bytes, "%d cores need as many workers, R·T is %ld", point.cores,
                 point_workers(point));
    } else if (point.ranks > limits->ranks - plan->kept) {
        snprintf(text, text_bytes, "needs %d rank%s, %d %s launched%s", point.ranks,
                 point.ranks == 1 ? "" : "s", limits->ranks, limits->ranks == 1 ? "is" : "are",
                 plan->kept
                     ? ", one of them kept for the service; launch one more than the point has"
                     : "");
    } else {
        return placement_refuses(plan, cell, text, text_bytes) ||
               engine_refuses(cell, text, text_bytes) || here_refuses(plan, cell, text, text_bytes);
    }
    return true;
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

/* Sorts the cells of the cube into those to run and those that cannot be carried out. 0 or -ENOMEM.
 */
static int find_feasible(struct plan *plan)
{
    char why[512];
    size_t room = 0;
    for (size_t number = 0; number < plan->cells; number++) {
        struct cell cell = plan_cell(plan, number);
        if (!is_asked_for(plan->job, &cell)) {
            continue;
        }
        if (is_infeasible(plan, &cell, why, sizeof why)) {
            plan->status[number] = CELL_INFEASIBLE;
            continue;
        }
        if (plan->feasible == room) {
            room = room > 0 ? 2 * room : 64;
            struct cell *grown = realloc(plan->feasible_cell, room * sizeof *grown);
            if (!grown) {
                return -ENOMEM;
            }
            plan->feasible_cell = grown;
        }
        plan->feasible_cell[plan->feasible++] = cell;
    }
    return 0;
}

/* Whether this node has room for what the cells leave behind that have more than others of their
 * workload. Twice as much, because what is freed does not always fit what is asked for next. */
static bool is_tight(const struct plan *plan)
{
    const double times = 2;
    const struct plan_memory_always nothing = {0};
    struct limits_wanted all = {.ranks = 1, .threads = 1};
    for (size_t i = 0; i < plan->feasible;) {
        size_t workload = plan->feasible_cell[i].workload_index;
        double node_bytes = 0, process_bytes = 0;
        for (; i < plan->feasible && plan->feasible_cell[i].workload_index == workload; i++) {
            const struct placement_part *part;
            int nodes = plan_place(plan, &plan->feasible_cell[i], &part), own = plan->limits.own;
            if (own < nodes && part[own].ranks > 0) {
                struct limits_wanted one =
                    plan_memory(&nothing, &plan->feasible_cell[i], part[own].ranks).wanted;
                node_bytes = fmax(node_bytes, one.node_bytes);
                process_bytes = fmax(process_bytes, one.process_bytes);
            }
        }
        all.node_bytes += times * node_bytes;
        all.process_bytes += times * process_bytes;
    }
    return limits_tightest(&plan->here, &all) != LIMITS;
}

int plan_calibration_cores(const struct plan *plan, const struct workload *workload, int cores)
{
    struct cell cell = {.workload = workload};
    for (; cores > 1; cores--) {
        cell.tasks = (uint64_t)cores;
        cell.point = (struct point){.ranks = 1, .threads = cores, .depth = 1, .cores = cores};
        struct limits_wanted wanted = memory_of(plan, &cell, 1).wanted;
        if (limits_tightest(&plan->here, &wanted) == LIMITS) {
            break;
        }
    }
    return cores;
}

int plan_check_memory(const struct plan *plan, struct error *error)
{
    char why[512], where[POINT_TEXT_BYTES];
    for (size_t i = 0; i < plan->feasible; i++) {
        const struct cell *cell = &plan->feasible_cell[i];
        const struct workload *workload = cell->workload;
        const struct placement_part *part;
        plan_place(plan, cell, &part);
        if (here_refuses(plan, cell, why, sizeof why)) {
            return error_set(error, STATUS_USAGE, "%s:%zu:%zu: %s: %s %s", plan->job->file,
                             workload->line, workload->column, workload->name,
                             point_text(cell->point, where), why);
        }
    }
    return 0;
}

int plan_create(struct plan *plan, const struct job *job, const struct plan_limits *limits,
                struct error *error)
{
    int kept = plan_needs_service(job);
    *plan =
        (struct plan){.job = job, .limits = *limits, .kept = kept, .cells = job->workload_count};
    for (int axis = 0; axis < JOB_AXES; axis++) {
        plan->cells *= job->axes[axis].count;
        if (plan->cells > CELLS_MAX) {
            return error_set(error, STATUS_USAGE,
                             "%s: the cube has more than %d cells; shorten an axis or a family",
                             job->file, CELLS_MAX);
        }
    }
    limits_read(&plan->here, limits->root ? limits->root : "");
    plan->scratch_bytes = scratch_in_memory(job);
    plan->status = calloc(plan->cells + 1, sizeof *plan->status);
    if (!plan->status || copy_nodes(plan, limits) != 0 || find_feasible(plan) != 0) {
        char what[64];
        snprintf(what, sizeof what, "a plan of %zu cells", plan->cells);
        return error_no_memory(error, what);
    }
    plan->gives_back = is_tight(plan);
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

const char *plan_reason(const struct plan *plan, size_t number, char *text, size_t text_bytes)
{
    struct cell cell = plan_cell(plan, number);
    if (!is_infeasible(plan, &cell, text, text_bytes)) {
        snprintf(text, text_bytes, "%s",
                 plan->status[number] == CELL_INFEASIBLE ? "another node cannot execute it; cual "
                                                           "doctor on that node says more"
                                                         : "nothing prevents it");
    }
    return text;
}

int plan_place(const struct plan *plan, const struct cell *cell, const struct placement_part **part)
{
    *part = plan->part;
    return placement_find(plan->job->placement, plan->node, plan->limits.nodes, cell->point,
                          plan->part)
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
    for (size_t number = 0; number < plan->cells; number++) {
        uint64_t bit = UINT64_C(1) << number % CELLS_PER_WORD;
        refused[number / CELLS_PER_WORD] |= plan->status[number] == CELL_INFEASIBLE ? bit : 0;
    }
    uint64_t last = UINT64_C(1) << plan->cells % CELLS_PER_WORD;
    refused[plan->cells / CELLS_PER_WORD] |= plan->gives_back ? last : 0;
}

void plan_take_refused(struct plan *plan, const uint64_t *refused)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        size_t number = plan->feasible_cell[i].number;
        if (refused[number / CELLS_PER_WORD] >> number % CELLS_PER_WORD & 1) {
            plan->status[number] = CELL_INFEASIBLE;
        } else {
            plan->feasible_cell[kept++] = plan->feasible_cell[i];
        }
    }
    plan->feasible = kept;
    plan->gives_back = refused[plan->cells / CELLS_PER_WORD] >> plan->cells % CELLS_PER_WORD & 1;
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

static void shuffle(uint32_t *values, size_t count, uint64_t state)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = random_below(&state, i);
        uint32_t kept = values[i - 1];
        values[i - 1] = values[other];
        values[other] = kept;
    }
}

static void reverse(uint32_t *values, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        uint32_t kept = values[i];
        values[i] = values[count - 1 - i];
        values[count - 1 - i] = kept;
    }
}

/* The feasible cells of a workload stand side by side: the first of each, and how many workloads
 * there are. */
static size_t find_blocks(const struct plan *plan, uint32_t *first)
{
    size_t blocks = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        if (i == 0 ||
            plan->feasible_cell[i].workload_index != plan->feasible_cell[i - 1].workload_index) {
            first[blocks++] = (uint32_t)i;
        }
    }
    return blocks;
}

void plan_order(const struct plan *plan, uint64_t round, uint32_t *order)
{
    uint32_t block[JOB_WORKLOADS_MAX];
    size_t blocks = find_blocks(plan, block), place = 0;
    uint64_t of_seed = task_mix(plan->job->seed), of_pair = of_seed + task_mix((round + 1) / 2);
    shuffle(block, blocks, of_seed + task_mix(~round));
    for (size_t b = 0; b < blocks; b++) {
        size_t workload = plan->feasible_cell[block[b]].workload_index, count = 0;
        for (size_t i = block[b];
             i < plan->feasible && plan->feasible_cell[i].workload_index == workload; i++) {
            order[place + count++] = (uint32_t)i;
        }
        shuffle(&order[place], count, of_pair + task_mix(workload));
        if (round != PLAN_WARM_UP && round % 2 == 0) {
            reverse(&order[place], count);
        }
        place += count;
    }
}

size_t plan_give_up(struct plan *plan, size_t workload_index)
{
    size_t left = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        unsigned char *status = &plan->status[plan->feasible_cell[i].number];
        if (plan->feasible_cell[i].workload_index == workload_index) {
            *status = CELL_FAILED;
        }
        left += *status != CELL_FAILED;
    }
    return left;
}

int plan_ranks_wanted(const struct job *job)
{
    const struct job_axis_values *ranks = &job->axes[JOB_AXIS_RANKS];
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
