#include "sweep/sweep_cell.h"

#include "sweep/sweep_lead.h"
#include "sweep/sweep_node.h"
#include "sweep/sweep_nodes.h"
#include "sweep/sweep_sample.h"
#include "sweep/sweep_work.h"
#include "system/interrupt.h"
#include "text/words.h"

#include <math.h>
#include <stdio.h>

/* -- what every rank of a cell does -- */

/* The part of the rank that is kept for a service: on the last core, which is nobody else's where
 * a cell leaves one. */
static void serve(struct sweep *sweep, const struct visit *visit)
{
    const struct workload *workload = visit->cell->workload;
    struct point point = visit->cell->point;
    struct engine_cell seen = {
        .ranks = (unsigned)point.ranks,
        .threads = (unsigned)point.threads,
        .depth = (unsigned)point.depth,
        .tasks = visit->cell->tasks,
        .visit = visit->number,
        .stop = interrupt_word(),
    };
    uint64_t *progress = watchdog_progress(sweep->watchdog);
    topo_bind(sweep->topo, topo_cores(sweep->topo) - 1);
    workload->engine->serve(&workload->spec, &seen);
    if (sweep->plan->gives_back) {
        memory_give_back();
    }
    if (progress) {
        __atomic_store_n(progress, 2 * visit->turn, __ATOMIC_RELAXED);
    }
}

/* This rank's part of a cell; rank 0 ends up with the results of all. */
static void carry_out(struct sweep *sweep, const struct visit *visit)
{
    const struct cell *cell = visit->cell;
    const struct workload *workload = cell->workload;
    const struct comm_group *group = visit->place->group;
    struct worker_cell work = {
        .kernel = workload->kernel,
        .engine = workload->engine,
        .spec = &workload->spec,
        .tasks = cell->tasks,
        .point = cell->point,
        .rank = group->rank,
        .here = visit->place->here,
        .topo = sweep->topo,
        .comm = cell->point.ranks > 1 ? sweep->comm : NULL,
        .group = group,
        .memory = sweep->memory,
        .shared = &sweep->shared[cell->workload_index],
        .visit = visit->number,
        .turn = visit->turn,
        .begun_ns = visit->begun_ns,
        .ended_ns = workload->spec.trace ? sweep->trace.own : NULL,
        .progress = watchdog_progress(sweep->watchdog),
    };
    struct worker_result result;
    worker_run(&work, &result);
    if (sweep->plan->gives_back) {
        memory_give_back();
    }
    comm_gather(sweep->comm, group, &result, sizeof result,
                sweep->lead ? sweep->lead->results : NULL);
    if (workload->spec.trace) {
        trace_gather(&sweep->trace, sweep->comm, group, cell->tasks);
    }
}

/* -- what the first rank of each of its nodes does as well -- */

/* The part of this node in a cell. */
struct part {
    struct surroundings_scope scope;
    struct surroundings_reading before;
};

/* The number of the rank that serves among those of this node; 0: it is on another one. */
static int service_here(const struct sweep *sweep)
{
    int node = comm_node(sweep->comm), last = comm_size(sweep->comm) - 1;
    return comm_node_of(sweep->comm, last) == node ? comm_node_size(sweep->comm, node) - 1 : 0;
}

static struct surroundings_scope scope_of(const struct sweep *sweep, const struct visit *visit)
{
    const struct worker_here *here = &visit->place->here;
    int all = topo_cores(sweep->topo);
    int watched = sweep->feels_all[visit->cell->workload_index] ? all : here->cores;
    bool served = visit->cell->workload->engine->serve != NULL;
    return (struct surroundings_scope){
        .cores = watched,
        .ranks = here->ranks,
        .also_the = served && watched == all ? service_here(sweep) : 0,
    };
}

/* The hosts of the other nodes of a cell, as far as there is room. */
static void name_elsewhere(const struct sweep *sweep, const struct comm_group *group, char *text,
                           size_t text_bytes)
{
    struct words words = {text, text_bytes, 0};
    for (int m = 0; m < group->nodes; m++) {
        if (m != comm_node(sweep->comm)) {
            words_add(&words, "%s%s", words.used > 0 ? ", " : "", comm_host(sweep->comm, m));
        }
    }
}

static void watch_cell(struct sweep *sweep, const struct visit *visit)
{
    char text[POINT_TEXT_BYTES];
    const struct workload *workload = visit->cell->workload;
    const struct sweep_place *place = visit->place;
    int service = service_here(sweep);
    struct watchdog_cell watched = {
        .ranks = place->here.ranks,
        .service = workload->engine->serve && service > 0 ? service : -1,
        .limit_s = (double)visit->limit_ms * 1e-3,
        .done = place->group->nodes > 1 ? 2 * visit->turn : 0,
    };
    snprintf(watched.what, sizeof watched.what, "%s %s", workload->name,
             point_text(visit->cell->point, text));
    if (sweep->lead) {
        name_elsewhere(sweep, place->group, watched.elsewhere, sizeof watched.elsewhere);
    }
    watchdog_begin(sweep->watchdog, &watched);
}

static struct part begin_part(struct sweep *sweep, const struct visit *visit)
{
    struct part part = {.scope = scope_of(sweep, visit)};
    if (sweep->node->surroundings) {
        surroundings_read(sweep->node->surroundings, &part.scope, &part.before);
    }
    watch_cell(sweep, visit);
    return part;
}

/* Brings what happened around the cell from the first ranks of its nodes to rank 0. */
static void end_part(struct sweep *sweep, const struct visit *visit, const struct part *part)
{
    struct surroundings *surroundings = sweep->node->surroundings;
    struct surroundings_change change = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    watchdog_end(sweep->watchdog);
    if (surroundings) {
        struct surroundings_reading after;
        surroundings_read(surroundings, &part->scope, &after);
        change = surroundings_between(surroundings, &part->scope, &part->before, &after);
    }
    comm_gather(sweep->comm, visit->place->group->leaders, &change, sizeof change,
                sweep->lead ? sweep->lead->changes : NULL);
}

void sweep_follow_cell(struct sweep *sweep, const struct comm_command *command)
{
    struct visit visit = sweep_visit_told(sweep, command);
    if (comm_is_reserved(sweep->comm)) {
        serve(sweep, &visit);
    } else if (!sweep->node) {
        carry_out(sweep, &visit);
    } else {
        struct part part = begin_part(sweep, &visit);
        carry_out(sweep, &visit);
        end_part(sweep, &visit, &part);
    }
}

/* -- what rank 0 does -- */

/* How long the cell may take until a rank is held to be hung, when the job does not say: 20 times
 * what its tasks take one after the other, by what is known of them. */
static double limit_s(const struct sweep *sweep, const struct cell *cell)
{
    /* Of a wait: the least that is reckoned with, and where the device decides; of a kernel that
     * was calibrated with threads, when processes share; of reading and writing a file. */
    const double wait_least_s = 1e-4, wait_unknown_s = 5e-2, sharing = 1000, bytes_per_s = 2e8;
    const double times = 20, least_s = 60;
    const struct workload *workload = cell->workload;
    const struct runfile_workload *found = &sweep->work->found[cell->workload_index];
    bool shares = workload->kernel->calls_mpi && cell->point.ranks > 1;
    double waits = workload->spec.waits;
    double wait_s = isnan(found->wait_s) ? waits * wait_unknown_s : found->wait_s;
    double task_s = found->compute_s * (shares ? sharing : 1) + fmax(wait_s, waits * wait_least_s);
    double file_s = workload->engine->file_bytes
                        ? (double)workload->engine->file_bytes(&workload->spec) / bytes_per_s
                        : 0;
    double all_s = (double)cell->tasks * task_s + file_s;
    return sweep->job->limit_s > 0 ? sweep->job->limit_s : fmax(least_s, times * all_s);
}

/* Threads that end with the cell or as it begins, where a team is smaller than the one the rank
 * kept; lead->team is what each rank then keeps. */
static long threads_ended(const struct sweep *sweep, const struct visit *visit)
{
    struct point point = visit->cell->point;
    long ended = 0;
    bool kept = point.threads <= POINT_TEAM_KEPT;
    for (int r = 0; r < point.ranks && point.threads > 1; r++) {
        int *team = &sweep->lead->team[comm_group_rank(sweep->comm, visit->place->group, r)];
        ended += kept ? (*team > point.threads ? *team - point.threads : 0) : point.threads + *team;
        *team = kept ? point.threads : 0;
    }
    return ended;
}

/* All ranks of the cell carry it out; leaves their results and what happened around them. */
static void lead_cell(struct sweep *sweep, struct visit *visit)
{
    struct part part = begin_part(sweep, visit);
    sweep_visit_tell(sweep, visit);
    carry_out(sweep, visit);
    end_part(sweep, visit, &part);
    sweep_set_clocks(sweep, visit);
}

/* Where a workload cannot be executed any more, the run continues with the others. 0, or the
 * status when there are none. */
static int go_without(struct sweep *sweep, const struct cell *cell, struct error *error)
{
    struct sweep_lead *lead = sweep->lead;
    size_t w = cell->workload_index;
    snprintf(lead->failed[w], sizeof lead->failed[w], "%s", error->text);
    sweep->work->questions[w].failure = lead->failed[w];
    if (!lead->failure.status) {
        lead->failure = *error;
    }
    return plan_give_up(sweep->plan, w) > 0 ? 0 : error->status;
}

int sweep_measure_cell(struct sweep *sweep, struct visit *visit, struct samples *samples,
                       struct error *error)
{
    struct sweep_lead *lead = sweep->lead;
    sweep_compare_clocks(sweep, false);
    visit->limit_ms = (int64_t)(limit_s(sweep, visit->cell) * 1e3);
    visit->threads_ended = threads_ended(sweep, visit);
    visit->turn = ++lead->turn;
    lead_cell(sweep, visit);
    struct sweep_measured measured = sweep_measured(sweep, visit);
    if (sweep_check(sweep, visit, &measured.result, error) != 0) {
        bool ends = error->status == STATUS_WRONG || error->status == STATUS_INTERRUPTED;
        return ends ? error->status : go_without(sweep, visit->cell, error);
    }
    double time_s = sweep_measured_s(&measured);
    if (visit->round == PLAN_WARM_UP) {
        lead->too_short[visit->index] = time_s < 1000 * sweep->work->clock_cost_s;
    } else {
        sweep->plan->status[visit->cell->number] = CELL_DONE;
        lead->samples_s += time_s;
        sweep_keep(sweep, visit, &measured, samples);
    }
    lead->frequency_hz[visit->index] = measured.change.frequency_hz;
    disturbed_note(&lead->past[visit->index], measured.result.used.cpu_s);
    return 0;
}
