#include "sweep/sweep_internal.h"

#include "system/interrupt.h"
#include "worker/usage.h"

#include <math.h>
#include <stdlib.h>

/* The most tasks of any cell whose order is kept; 0: none. */
static uint64_t most_traced(const struct plan *plan)
{
    uint64_t most = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        size_t cell = plan->feasible_cell[i];
        uint64_t tasks = plan_tasks(plan, cell);
        if (plan_workload(plan, cell)->spec.trace && tasks > most) {
            most = tasks;
        }
    }
    return most;
}

/* Zeroed, for whom it is `wanted`; the others hold no more than that they have some. */
static void *room(bool wanted, size_t count, size_t bytes)
{
    return calloc(wanted ? count : 1, bytes);
}

struct sweep *sweep_create(struct job *job, struct plan *plan, struct topo *topo, struct comm *comm,
                           const struct memory *memory, struct watchdog *watchdog)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (!sweep) {
        return NULL;
    }
    if (plan->kept && comm_size(comm) > 1) {
        comm_reserve_last(comm);
    }
    size_t workloads = job->workload_count, cores = job->axes[AXIS_CORES].count;
    bool leads = comm_rank(comm) == 0, first = comm_local(comm) == 0;
    size_t nodes = (size_t)comm_nodes(comm), ranks = (size_t)comm_size(comm);
    *sweep = (struct sweep){
        .job = job,
        .plan = plan,
        .topo = topo,
        .comm = comm,
        .memory = memory,
        .watchdog = watchdog,
        .created_ns = clock_now_ns(),
        .start_s = usage_since_start_s(),
        .starts_s = room(leads, ranks, sizeof *sweep->starts_s),
        .shared = calloc(workloads, sizeof *sweep->shared),
        .placed = calloc(plan->feasible + 1, sizeof *sweep->placed),
        .feels_all = calloc(workloads, sizeof *sweep->feels_all),
        .changes = room(leads, nodes, sizeof *sweep->changes),
        .errors = room(leads, nodes, sizeof *sweep->errors),
        .calibration = room(leads, workloads, sizeof *sweep->calibration),
        .found = room(leads, workloads, sizeof *sweep->found),
        .questions = room(leads, workloads, sizeof *sweep->questions),
        .failed = room(leads, workloads, sizeof *sweep->failed),
        .storage = room(first, workloads, sizeof *sweep->storage),
        .expected = room(leads, workloads * cores, sizeof *sweep->expected),
        .results = room(leads, ranks, sizeof *sweep->results),
        .ranks_s = room(leads, ranks, sizeof *sweep->ranks_s),
        .too_short = room(leads, plan->cells + 1, 1),
        .frequency_hz = room(leads, plan->cells + 1, sizeof *sweep->frequency_hz),
        .process =
            room(first, (size_t)comm_node_size(comm, comm_node(comm)), sizeof *sweep->process),
        .team = room(leads, ranks, sizeof *sweep->team),
        .order = room(leads, plan->feasible + 1, sizeof *sweep->order),
        .visits_s = room(leads, workloads, sizeof *sweep->visits_s),
    };
    if (!sweep->placed || !sweep->feels_all || !sweep->changes || !sweep->errors ||
        !sweep->shared || !sweep->calibration || !sweep->found || !sweep->questions ||
        !sweep->failed || !sweep->storage || !sweep->expected || !sweep->results ||
        !sweep->ranks_s || !sweep->too_short || !sweep->frequency_hz || !sweep->process ||
        !sweep->team || !sweep->order || !sweep->visits_s || !sweep->starts_s ||
        sweep_place_cells(sweep) != 0 ||
        trace_create(&sweep->trace, most_traced(plan), comm_size(comm), comm_rank(comm) == 0) !=
            0) {
        sweep_free(sweep);
        return NULL;
    }
    for (size_t cell = 0; leads && cell < plan->cells; cell++) {
        sweep->frequency_hz[cell] = NAN;
    }
    return sweep;
}

void sweep_free(struct sweep *sweep)
{
    if (!sweep) {
        return;
    }
    for (size_t w = 0; sweep->shared && w < sweep->job->workload_count; w++) {
        const struct engine *engine = sweep->job->workloads[w].engine;
        if (engine->detach) {
            engine->detach(sweep->shared[w]);
        }
    }
    scratch_remove(sweep->scratch);
    free(sweep->shared);
    free(sweep->placed);
    free(sweep->feels_all);
    free(sweep->changes);
    free(sweep->errors);
    free(sweep->calibration);
    free(sweep->found);
    free(sweep->questions);
    free(sweep->failed);
    free(sweep->storage);
    free(sweep->expected);
    free(sweep->results);
    free(sweep->ranks_s);
    free(sweep->too_short);
    free(sweep->frequency_hz);
    free(sweep->process);
    free(sweep->team);
    surroundings_close(sweep->surroundings);
    free(sweep->order);
    free(sweep->visits_s);
    free(sweep->starts_s);
    trace_free(&sweep->trace);
    free(sweep);
}

int sweep_follow(struct sweep *sweep)
{
    for (;;) {
        struct comm_command command = comm_await_command(sweep->comm);
        switch ((enum command_kind)command.kind) {
        case COMMAND_MEET:
            sweep_meet(sweep);
            break;
        case COMMAND_OUTPUT:
            sweep_follow_output(sweep);
            break;
        case COMMAND_FILES:
            sweep_follow_files(sweep);
            break;
        case COMMAND_SPECS:
            sweep_share_specs(sweep);
            break;
        case COMMAND_CLOCKS:
            comm_compare_clocks(sweep->comm);
            break;
        case COMMAND_CELL:
            sweep_follow_cell(sweep, &command);
            break;
        case COMMAND_STOP:
            return (int)command.number[0];
        }
    }
}

void sweep_tell_all(struct sweep *sweep, enum command_kind kind, int64_t number)
{
    struct comm_command command = {
        .kind = (int16_t)kind, .reserved = 1, .number = {number}}; /* group 0: all */
    comm_command(sweep->comm, &command);
}

void sweep_stop(struct sweep *sweep, int status)
{
    sweep_tell_all(sweep, COMMAND_STOP, status);
}

/* Since the run began, pauses between its parts left out. */
double sweep_elapsed_s(const struct sweep *sweep, int64_t now_ns)
{
    return sweep->earlier.elapsed_s + (double)(now_ns - sweep->created_ns) * 1e-9;
}

/* An earlier part of the run may have visited the cell in this round … */
static bool is_measured(const struct samples *samples, size_t cell, uint64_t round)
{
    return round != SWEEP_WARM_UP &&
           !isnan(samples->value[SAMPLE_TIME][cell * samples->rounds + (size_t)round - 1]);
}

/* … which took about so long. */
static double visit_s(const struct samples *samples, size_t cell, uint64_t round)
{
    size_t at = cell * samples->rounds + (size_t)round - 1;
    return samples->value[SAMPLE_TIME][at] + fmax(0, samples->value[SAMPLE_SETUP][at]);
}

/* Leaves in `order` the cells that this round visits, one after the other; returns how many. */
static size_t order_of_round(struct sweep *sweep, uint64_t round, const bool *active)
{
    const struct plan *plan = sweep->plan;
    size_t count = 0;
    plan_order(plan, round, sweep->order);
    for (size_t i = 0; i < plan->feasible; i++) {
        uint32_t cell = plan->feasible_cell[sweep->order[i]];
        if (!active || active[plan_workload_index(plan, cell)]) {
            sweep->order[count++] = cell;
        }
    }
    return count;
}

int sweep_round(struct sweep *sweep, uint64_t round, const bool *active, struct samples *samples,
                sweep_report *report, void *context, struct error *error)
{
    int64_t start_ns = clock_now_ns();
    int status = 0;
    sweep_compare_clocks(sweep, true);
    size_t count = order_of_round(sweep, round, active);
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        sweep->visits_s[w] = !active || active[w] ? 0 : sweep->visits_s[w];
    }
    for (size_t i = 0; i < count && !status; i++) {
        size_t cell = sweep->order[i];
        int64_t visit_ns = clock_now_ns();
        if (interrupt_signal()) {
            status = error_set(error, STATUS_INTERRUPTED, "interrupted; what was measured is kept");
            break;
        }
        if (sweep->plan->status[cell] == CELL_FAILED) {
            continue;
        }
        double *visits_s = &sweep->visits_s[plan_workload_index(sweep->plan, cell)];
        if (is_measured(samples, cell, round)) {
            *visits_s += visit_s(samples, cell, round);
            continue;
        }
        status = sweep_measure_cell(sweep, cell, i, round, samples, error);
        const struct sweep_progress progress = {i + 1, count,
                                                sweep_elapsed_s(sweep, clock_now_ns())};
        struct error told = {0};
        if (report(context, &progress, &told) != 0 && !status) {
            *error = told;
            status = told.status;
        }
        *visits_s += since_s(visit_ns);
    }
    if (round == SWEEP_WARM_UP) {
        sweep->times.warm_up_s = since_s(start_ns);
    }
    return status;
}

double sweep_round_s(const struct sweep *sweep, const bool *active)
{
    double sum_s = 0;
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        sum_s += active[w] ? sweep->visits_s[w] : 0;
    }
    return sum_s;
}

const struct error *sweep_failure(const struct sweep *sweep)
{
    return &sweep->failure;
}

struct sweep_times sweep_times(const struct sweep *sweep)
{
    struct sweep_times times = sweep->times;
    times.earlier_s = sweep->earlier.elapsed_s;
    times.elapsed_s = sweep_elapsed_s(sweep, clock_now_ns());
    return times;
}
