#include "sweep/sweep_internal.h"

#include "sweep/disturbed.h"
#include "system/interrupt.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The part of the rank that is kept for a service: on the last core, which is nobody else's where
 * a cell leaves one. */
static void serve(struct sweep *sweep, size_t cell, uint64_t visit, uint64_t turn)
{
    const struct workload *workload = plan_workload(sweep->plan, cell);
    struct point point = plan_point(sweep->plan, cell);
    struct engine_cell seen = {
        .ranks = (unsigned)point.ranks,
        .threads = (unsigned)point.threads,
        .depth = (unsigned)point.depth,
        .tasks = plan_tasks(sweep->plan, cell),
        .visit = visit,
        .stop = interrupt_word(),
    };
    uint64_t *progress = watchdog_progress(sweep->watchdog);
    topo_bind(sweep->topo, topo_cores(sweep->topo) - 1);
    workload->engine->serve(&workload->spec, &seen);
    if (progress) {
        __atomic_store_n(progress, 2 * turn, __ATOMIC_RELAXED);
    }
}

/* The number of the rank that serves among those of this node; 0: it is on another one. */
static int service_here(const struct sweep *sweep)
{
    int node = comm_node(sweep->comm), last = comm_size(sweep->comm) - 1;
    return comm_node_of(sweep->comm, last) == node ? comm_node_size(sweep->comm, node) - 1 : 0;
}

/* This rank's part of a cell; rank 0 ends up with the results of all. */
static void carry_out(struct sweep *sweep, size_t cell, uint64_t visit, uint64_t turn)
{
    const struct workload *workload = plan_workload(sweep->plan, cell);
    struct point point = plan_point(sweep->plan, cell);
    const struct placed *placed = sweep_placed(sweep, cell);
    struct worker_cell work = {
        .kernel = workload->kernel,
        .engine = workload->engine,
        .spec = &workload->spec,
        .tasks = plan_tasks(sweep->plan, cell),
        .point = point,
        .rank = placed->group->rank,
        .here = placed->here,
        .topo = sweep->topo,
        .comm = point.ranks > 1 ? sweep->comm : NULL,
        .group = placed->group,
        .memory = sweep->memory,
        .shared = &sweep->shared[plan_workload_index(sweep->plan, cell)],
        .visit = visit,
        .turn = turn,
        .begun_ns = sweep->begun_ns,
        .ended_ns = workload->spec.trace ? sweep->trace.own : NULL,
        .progress = watchdog_progress(sweep->watchdog),
    };
    struct worker_result result;
    worker_run(&work, &result);
    comm_gather(sweep->comm, placed->group, &result, sizeof result, sweep->results);
    if (workload->spec.trace) {
        trace_gather(&sweep->trace, sweep->comm, placed->group, work.tasks);
    }
}

/* A cell that one of its ranks has ended early is no failure of another's that looks at what is
 * left behind. */
static struct worker_result merge(const struct worker_result *results, int ranks)
{
    struct worker_result all = results[0];
    for (int r = 1; r < ranks; r++) {
        const struct worker_result *one = &results[r];
        all.error = all.error && one->error != ECANCELED ? all.error : one->error;
        all.misbound += one->misbound;
        all.notes.flags |= one->notes.flags;
        all.notes.service_busy_s = fmax(all.notes.service_busy_s, one->notes.service_busy_s);
        all.sum += one->sum;
        all.tasks += one->tasks;
        all.start_ns = one->start_ns < all.start_ns ? one->start_ns : all.start_ns;
        all.end_ns = one->end_ns > all.end_ns ? one->end_ns : all.end_ns;
        all.setup_s = fmax(all.setup_s, one->setup_s);
        all.depth += one->depth;
        all.depth_most = fmax(all.depth_most, one->depth_most);
        all.memory_bytes += one->memory_bytes;
        all.used.cpu_s += one->used.cpu_s;
        all.used.switches_voluntary += one->used.switches_voluntary;
        all.used.switches_involuntary += one->used.switches_involuntary;
        all.used.faults += one->used.faults;
    }
    all.depth /= ranks;
    return all;
}

/* From the first start of the first rank to that of the last. */
static double start_skew_s(const struct worker_result *results, int ranks, int64_t first_ns)
{
    int64_t last_ns = first_ns;
    for (int r = 0; r < ranks; r++) {
        last_ns = results[r].start_ns > last_ns ? results[r].start_ns : last_ns;
    }
    return (double)(last_ns - first_ns) * 1e-9;
}

/* 0, or what is wrong with the result of a cell. */
static int check(const struct sweep *sweep, size_t cell, const struct worker_result *result,
                 struct error *error)
{
    char text[POINT_TEXT_BYTES];
    struct point point = plan_point(sweep->plan, cell);
    const char *name = plan_workload(sweep->plan, cell)->name;
    uint64_t tasks = plan_tasks(sweep->plan, cell);
    uint64_t expected = sweep_expected(sweep, plan_workload_index(sweep->plan, cell), point.cores);
    point_text(point, text);
    if (result->error == ECANCELED) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted; what was measured is kept");
    }
    if (result->error) {
        return error_set(error, sweep_status_of(result->error), "%s at %s (%s): %s", name, text,
                         model_name(point_model(point)),
                         result->error == EILSEQ ? "what it leaves behind is wrong"
                                                 : strerror(result->error));
    }
    if (result->tasks != tasks || result->sum != expected) {
        return error_set(error, STATUS_WRONG,
                         "%s at %s (%s): wrong result: %llu of %llu tasks ended, checksum "
                         "%016llx, expected %016llx",
                         name, text, model_name(point_model(point)),
                         (unsigned long long)result->tasks, (unsigned long long)tasks,
                         (unsigned long long)result->sum, (unsigned long long)expected);
    }
    return 0;
}

/* A thread that has few tasks for its depth is filling up and running dry all the time; only with
 * several times as many can its mean tell whether the engine keeps them in flight. */
static bool is_shallow(const struct sweep *sweep, size_t cell, double achieved)
{
    struct point point = plan_point(sweep->plan, cell);
    const struct workload *workload = plan_workload(sweep->plan, cell);
    double share = (double)plan_tasks(sweep->plan, cell) / (double)point_workers(point);
    return point.depth > 1 && workload->engine->waits && workload->spec.waits > 0 &&
           share >= 4.0 * point.depth && achieved < 0.5 * point.depth;
}

/* The digest of the order in which the tasks of the cell at hand ended; NAN when it is not kept. */
static double completion(struct sweep *sweep, size_t cell)
{
    return plan_workload(sweep->plan, cell)->spec.trace
               ? trace_digest(&sweep->trace, plan_point(sweep->plan, cell).ranks,
                              plan_tasks(sweep->plan, cell))
               : NAN;
}

/* Threads that end with the cell or as it begins, where a team is smaller than the one the rank
 * kept; `team` is what each rank then keeps. */
static long threads_ended(const struct sweep *sweep, size_t cell)
{
    const struct comm_group *group = sweep_placed(sweep, cell)->group;
    struct point point = plan_point(sweep->plan, cell);
    long ended = 0;
    bool kept = point.threads <= POINT_TEAM_KEPT;
    for (int r = 0; r < point.ranks && point.threads > 1; r++) {
        int *team = &sweep->team[comm_group_rank(sweep->comm, group, r)];
        ended += kept ? (*team > point.threads ? *team - point.threads : 0) : point.threads + *team;
        *team = kept ? point.threads : 0;
    }
    return ended;
}

/* Cores on which what others do slows the cell down: its own, or all of its nodes. */
static int watched_cores(const struct sweep *sweep, size_t cell)
{
    const struct plan *plan = sweep->plan;
    int nodes = sweep_placed(sweep, cell)->group->nodes, cores = 0;
    if (!sweep->feels_all[plan_workload_index(plan, cell)]) {
        return plan_point(plan, cell).cores;
    }
    for (int m = 1; m < nodes; m++) {
        cores += plan->node[m].cores;
    }
    return cores + topo_cores(sweep->topo);
}

static unsigned flags_of(const struct sweep *sweep, size_t cell, const struct worker_result *result,
                         const struct surroundings_change *change)
{
    const struct disturbed_sample sample = {
        .time_s = (double)(result->end_ns - result->start_ns) * 1e-9,
        .watched_cores = watched_cores(sweep, cell),
        .storage = plan_workload(sweep->plan, cell)->engine->file_bytes != NULL,
        .threads_ended = sweep->threads_ended,
        .usual_hz = sweep->frequency_hz[cell],
    };
    return result->notes.flags | (result->misbound ? SAMPLE_MISBOUND : 0u) |
           (sweep->too_short[cell] ? SAMPLE_TOO_SHORT : 0u) |
           (is_shallow(sweep, cell, result->depth) ? SAMPLE_SHALLOW : 0u) |
           disturbed_flags(change, &sample);
}

static void keep(struct sweep *sweep, size_t cell, const struct worker_result *result,
                 const struct surroundings_change *change, size_t place, size_t column,
                 struct samples *samples)
{
    size_t at = cell * samples->rounds + column;
    double time_s = (double)(result->end_ns - result->start_ns) * 1e-9;
    double value[SAMPLE_VARIABLES] = {
        [SAMPLE_TIME] = time_s,
        [SAMPLE_CPU] = result->used.cpu_s,
        [SAMPLE_SWITCHES_VOLUNTARY] = result->used.switches_voluntary,
        [SAMPLE_SWITCHES_INVOLUNTARY] = result->used.switches_involuntary,
        [SAMPLE_FAULTS] = result->used.faults,
        [SAMPLE_MEMORY] = result->memory_bytes,
        [SAMPLE_DEPTH_ACHIEVED] = result->depth,
        [SAMPLE_DEPTH_MOST] = result->depth_most,
        [SAMPLE_SERVICE_BUSY] = result->notes.service_busy_s,
        [SAMPLE_SETUP] = result->setup_s,
        [SAMPLE_START_SKEW] =
            start_skew_s(sweep->results, plan_point(sweep->plan, cell).ranks, result->start_ns),
        [SAMPLE_OTHERS] = change->others_s,
        [SAMPLE_STEAL] = change->steal_s,
        [SAMPLE_THROTTLING] = change->throttled_s,
        [SAMPLE_LOST] = result->kernel_notes.lost,
        [SAMPLE_COMPLETION] = completion(sweep, cell),
        [SAMPLE_FLAGS] = flags_of(sweep, cell, result, change),
        [SAMPLE_ORDER] = (double)place,
        [SAMPLE_START] = sweep_elapsed_s(sweep, result->start_ns),
    };
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        samples->value[v][at] = value[v];
    }
    size_t ranks = (size_t)plan_point(sweep->plan, cell).ranks;
    for (size_t r = 0; r < ranks; r++) {
        const struct worker_result *one = &sweep->results[r];
        sweep->ranks_s[r] = (double)(one->end_ns - one->start_ns) * 1e-9;
    }
    samples_keep_ranks(samples, at, sweep->ranks_s, ranks);
}

/* Where a workload cannot be carried out any more, the run goes on with the others. 0, or the
 * status when there are none. */
static int go_without(struct sweep *sweep, size_t cell, struct error *error)
{
    struct plan *plan = sweep->plan;
    size_t each = plan->cells / plan->job->workload_count, left = 0;
    size_t w = plan_workload_index(plan, cell);
    for (size_t i = 0; i < plan->feasible; i++) {
        size_t other = plan->feasible_cell[i];
        if (other / each == w) {
            plan->status[other] = CELL_FAILED;
        }
        left += plan->status[other] != CELL_FAILED;
    }
    snprintf(sweep->failed[w], sizeof sweep->failed[w], "%s", error->text);
    sweep->questions[w].failure = sweep->failed[w];
    if (!sweep->failure.status) {
        sweep->failure = *error;
    }
    return left > 0 ? 0 : error->status;
}

/* How long the cell may take until a rank is held to be hung, when the job does not say: 20 times
 * what its tasks take one after the other, by what is known of them. */
static double limit_s(const struct sweep *sweep, size_t cell)
{
    /* Of a wait: the least that is reckoned with, and where the device decides; of a kernel that
     * was calibrated with threads, when processes share; of reading and writing a file. */
    const double wait_least_s = 1e-4, wait_unknown_s = 5e-2, sharing = 1000, bytes_per_s = 2e8;
    const double times = 20, least_s = 60;
    const struct workload *workload = plan_workload(sweep->plan, cell);
    const struct runfile_workload *found = &sweep->found[plan_workload_index(sweep->plan, cell)];
    bool shares = workload->kernel->calls_mpi && plan_point(sweep->plan, cell).ranks > 1;
    double waits = workload->spec.waits;
    double wait_s = isnan(found->wait_s) ? waits * wait_unknown_s : found->wait_s;
    double task_s = found->compute_s * (shares ? sharing : 1) + fmax(wait_s, waits * wait_least_s);
    double file_s = workload->engine->file_bytes
                        ? (double)workload->engine->file_bytes(&workload->spec) / bytes_per_s
                        : 0;
    double all_s = (double)plan_tasks(sweep->plan, cell) * task_s + file_s;
    return sweep->job->limit_s > 0 ? sweep->job->limit_s : fmax(least_s, times * all_s);
}

/* The part of this node in a cell, as its first rank sees it. */
struct part {
    struct surroundings_scope scope;
    struct surroundings_reading before;
};

static struct surroundings_scope scope_of(const struct sweep *sweep, size_t cell)
{
    const struct worker_here *here = &sweep_placed(sweep, cell)->here;
    int all = topo_cores(sweep->topo);
    bool feels_all = sweep->feels_all[plan_workload_index(sweep->plan, cell)];
    int watched = feels_all ? all : here->cores;
    bool served = plan_workload(sweep->plan, cell)->engine->serve != NULL;
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

static void watch_cell(struct sweep *sweep, size_t cell, uint64_t turn, int64_t limit_ms)
{
    char text[POINT_TEXT_BYTES];
    struct point point = plan_point(sweep->plan, cell);
    const struct workload *workload = plan_workload(sweep->plan, cell);
    const struct placed *placed = sweep_placed(sweep, cell);
    int service = service_here(sweep);
    struct watchdog_cell watched = {
        .ranks = placed->here.ranks,
        .service = workload->engine->serve && service > 0 ? service : -1,
        .limit_s = (double)limit_ms * 1e-3,
        .done = placed->group->nodes > 1 ? 2 * turn : 0,
    };
    snprintf(watched.what, sizeof watched.what, "%s %s", workload->name, point_text(point, text));
    if (comm_rank(sweep->comm) == 0) {
        name_elsewhere(sweep, placed->group, watched.elsewhere, sizeof watched.elsewhere);
    }
    watchdog_begin(sweep->watchdog, &watched);
}

static struct part begin_part(struct sweep *sweep, size_t cell, uint64_t turn, int64_t limit_ms)
{
    struct part part = {.scope = scope_of(sweep, cell)};
    if (sweep->surroundings) {
        surroundings_read(sweep->surroundings, &part.scope, &part.before);
    }
    watch_cell(sweep, cell, turn, limit_ms);
    return part;
}

static struct surroundings_change end_part(struct sweep *sweep, const struct part *part)
{
    struct surroundings_reading after;
    watchdog_end(sweep->watchdog);
    if (!sweep->surroundings) {
        return (struct surroundings_change){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    }
    surroundings_read(sweep->surroundings, &part->scope, &after);
    return surroundings_between(sweep->surroundings, &part->scope, &part->before, &after);
}

/* What happened around the cell, from the first ranks of its nodes to rank 0. */
static void gather_changes(struct sweep *sweep, size_t cell,
                           const struct surroundings_change *change)
{
    const struct comm_group *leaders = sweep_placed(sweep, cell)->group->leaders;
    comm_gather(sweep->comm, leaders, change, sizeof *change, sweep->changes);
}

static void tell_cell(struct sweep *sweep, size_t cell, uint64_t visit, int64_t limit_ms)
{
    struct comm_command command = {
        .kind = COMMAND_CELL,
        .group = sweep_placed(sweep, cell)->group->number,
        .reserved = plan_workload(sweep->plan, cell)->engine->serve != NULL,
        .number = {(int64_t)cell, (int64_t)visit, (int64_t)sweep->turn, limit_ms},
    };
    sweep->begun_ns = clock_now_ns();
    comm_command(sweep->comm, &command);
}

/* Rank 0: all ranks of the cell carry it out; leaves their results, and returns what happened
 * around them. */
static struct surroundings_change lead_cell(struct sweep *sweep, size_t cell, uint64_t visit,
                                            int64_t limit_ms)
{
    const struct comm_group *group = sweep_placed(sweep, cell)->group;
    struct part part = begin_part(sweep, cell, sweep->turn, limit_ms);
    tell_cell(sweep, cell, visit, limit_ms);
    carry_out(sweep, cell, visit, sweep->turn);
    struct surroundings_change change = end_part(sweep, &part);
    gather_changes(sweep, cell, &change);
    if (group->nodes > 1) {
        bool traced = plan_workload(sweep->plan, cell)->spec.trace;
        sweep_set_clocks(sweep, group, traced ? plan_tasks(sweep->plan, cell) : 0);
    }
    return sweep_merge_changes(sweep->changes, group->nodes);
}

void sweep_follow_cell(struct sweep *sweep, const struct comm_command *command)
{
    size_t cell = (size_t)command->number[0];
    uint64_t visit = (uint64_t)command->number[1], turn = (uint64_t)command->number[2];
    if (comm_is_reserved(sweep->comm)) {
        serve(sweep, cell, visit, turn);
    } else if (comm_local(sweep->comm) > 0) {
        carry_out(sweep, cell, visit, turn);
    } else {
        struct part part = begin_part(sweep, cell, turn, command->number[3]);
        carry_out(sweep, cell, visit, turn);
        struct surroundings_change change = end_part(sweep, &part);
        gather_changes(sweep, cell, &change);
    }
}

int sweep_measure_cell(struct sweep *sweep, size_t cell, size_t place, uint64_t round,
                       struct samples *samples, struct error *error)
{
    struct point point = plan_point(sweep->plan, cell);
    uint64_t visit = round * sweep->plan->feasible + place + 1; /* however often interrupted */
    int64_t limit_ms = (int64_t)(limit_s(sweep, cell) * 1e3);
    sweep_compare_clocks(sweep, false);
    sweep->threads_ended = threads_ended(sweep, cell);
    sweep->turn++;
    struct surroundings_change change = lead_cell(sweep, cell, visit, limit_ms);
    struct worker_result result = merge(sweep->results, point.ranks);
    if (check(sweep, cell, &result, error) != 0) {
        bool ends = error->status == STATUS_WRONG || error->status == STATUS_INTERRUPTED;
        return ends ? error->status : go_without(sweep, cell, error);
    }
    if (round == SWEEP_WARM_UP) {
        double time_s = (double)(result.end_ns - result.start_ns) * 1e-9;
        sweep->too_short[cell] = time_s < 1000 * sweep->clock_cost_s;
    } else {
        sweep->plan->status[cell] = CELL_DONE;
        sweep->times.samples_s += (double)(result.end_ns - result.start_ns) * 1e-9;
        keep(sweep, cell, &result, &change, place, (size_t)round - 1, samples);
    }
    sweep->frequency_hz[cell] = change.frequency_hz;
    return 0;
}
