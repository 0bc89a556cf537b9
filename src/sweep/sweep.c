#include "sweep/sweep.h"

#include "sweep/budget.h"
#include "sweep/sweep_cell.h"
#include "sweep/sweep_files.h"
#include "sweep/sweep_lead.h"
#include "sweep/sweep_node.h"
#include "sweep/sweep_nodes.h"
#include "sweep/sweep_work.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "worker/usage.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* What every rank has. 0 or -ENOMEM. */
static int create_common(struct sweep *sweep)
{
    size_t workloads = sweep->job->workload_count;
    const struct comm *comm = sweep->comm;
    sweep->shared = calloc(workloads, sizeof *sweep->shared);
    sweep->feels_all = calloc(workloads, sizeof *sweep->feels_all);
    sweep->place = calloc(sweep->plan->feasible + 1, sizeof *sweep->place);
    return sweep->shared && sweep->feels_all && sweep->place && sweep_place_cells(sweep) == 0
               ? trace_create(&sweep->trace, sweep_most_traced(sweep->plan), comm_size(comm),
                              comm_rank(comm) == 0)
               : -ENOMEM;
}

/* What some ranks have beside it. 0 or -ENOMEM. */
static int create_parts(struct sweep *sweep)
{
    const struct comm *comm = sweep->comm;
    bool leads = comm_rank(comm) == 0, first = comm_local(comm) == 0;
    if (first) {
        sweep->node =
            sweep_node_create(comm_node_size(comm, comm_node(comm)), sweep->job->workload_count);
    }
    if (leads) {
        sweep->lead = sweep_lead_create(sweep->plan, comm);
        sweep->work = sweep_work_create(sweep->job, sweep->topo);
    }
    return (sweep->node || !first) && ((sweep->lead && sweep->work) || !leads) ? 0 : -ENOMEM;
}

struct sweep *sweep_create(struct job *job, struct plan *plan, struct topo *topo, struct comm *comm,
                           struct memory *memory, struct watchdog *watchdog)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (!sweep) {
        return NULL;
    }
    if (plan->kept && comm_size(comm) > 1) {
        comm_reserve_last(comm);
    }
    *sweep = (struct sweep){
        .job = job,
        .plan = plan,
        .topo = topo,
        .comm = comm,
        .memory = memory,
        .watchdog = watchdog,
        .created_ns = clock_now_ns(),
        .start_s = usage_since_start_s(),
    };
    if (create_common(sweep) != 0 || create_parts(sweep) != 0) {
        sweep_free(sweep);
        return NULL;
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
    sweep_node_free(sweep->node);
    sweep_lead_free(sweep->lead);
    sweep_work_free(sweep->work);
    trace_free(&sweep->trace);
    free(sweep->shared);
    free(sweep->feels_all);
    free(sweep->place);
    free(sweep);
}

int sweep_follow(struct sweep *sweep)
{
    for (;;) {
        struct comm_command command = comm_await_command(sweep->comm);
        switch ((enum sweep_command)command.kind) {
        case SWEEP_COMMAND_MEET:
            sweep_meet(sweep);
            break;
        case SWEEP_COMMAND_OUTPUT:
            sweep_follow_output(sweep);
            break;
        case SWEEP_COMMAND_FILES:
            sweep_follow_files(sweep);
            break;
        case SWEEP_COMMAND_SPECS:
            sweep_share_work(sweep);
            break;
        case SWEEP_COMMAND_CLOCKS:
            comm_compare_clocks(sweep->comm);
            break;
        case SWEEP_COMMAND_CELL:
            sweep_follow_cell(sweep, &command);
            break;
        case SWEEP_COMMAND_STOP:
            return (int)command.number[0];
        }
    }
}

void sweep_stop(struct sweep *sweep, int status)
{
    sweep_tell_all(sweep, SWEEP_COMMAND_STOP, status);
}

static double since_s(int64_t start_ns)
{
    return (double)(clock_now_ns() - start_ns) * 1e-9;
}

/* An earlier part of the run may have made the visit … */
static bool is_made(const struct samples *samples, const struct visit *visit)
{
    size_t at = visit->cell->number * samples->rounds + (size_t)visit->round - 1;
    return visit->round != PLAN_WARM_UP && !isnan(samples->value[SAMPLE_TIME][at]);
}

/* … which took about so long. */
static double visit_s(const struct samples *samples, const struct visit *visit)
{
    size_t at = visit->cell->number * samples->rounds + (size_t)visit->round - 1;
    return samples->value[SAMPLE_TIME][at] + fmax(0, samples->value[SAMPLE_SETUP][at]);
}

/* Leaves in lead->visit what this round visits, one after the other; returns how many. */
static size_t visits_of_round(struct sweep *sweep, const struct sweep_round *round)
{
    struct sweep_lead *lead = sweep->lead;
    size_t count = 0;
    plan_order(sweep->plan, round->number, lead->order);
    for (size_t i = 0; i < sweep->plan->feasible; i++) {
        struct visit visit = sweep_visit(sweep, lead->order[i], round->number, count);
        if (!round->visit || round->visit[visit.cell->number]) {
            lead->visit[count++] = visit;
        }
    }
    return count;
}

int sweep_round(struct sweep *sweep, const struct sweep_round *round, struct samples *samples,
                struct error *error)
{
    int64_t start_ns = clock_now_ns();
    struct sweep_lead *lead = sweep->lead;
    int status = 0;
    sweep_compare_clocks(sweep, true);
    size_t count = visits_of_round(sweep, round), left = count;
    bool has_room = true;
    for (size_t i = 0; i < count && !status; i++) {
        left = count - i;
        struct visit *visit = &lead->visit[i];
        int64_t visit_ns = clock_now_ns();
        if (interrupt_signal()) {
            status = error_set(error, STATUS_INTERRUPTED, "interrupted; what was measured is kept");
            break;
        }
        if (sweep->plan->status[visit->cell->number] == CELL_FAILED) {
            continue;
        }
        if (is_made(samples, visit)) {
            lead->visits_s[visit->index] = visit_s(samples, visit);
            continue;
        }
        has_room =
            budget_has_room(round->end_s, sweep_spent_s(sweep), lead->visits_s[visit->index]);
        if (!has_room) {
            break;
        }
        status = sweep_measure_cell(sweep, visit, samples, error);
        const struct sweep_progress progress = {i + 1, count,
                                                sweep_elapsed_s(sweep, clock_now_ns())};
        struct error told = {0};
        if (round->report(round->context, &progress, &told) != 0 && !status) {
            *error = told;
            status = told.status;
        }
        lead->visits_s[visit->index] = since_s(visit_ns);
    }
    if (round->cut_off) {
        *round->cut_off = status || !has_room ? left : 0;
    }
    if (round->number == PLAN_WARM_UP) {
        lead->warm_up_s = since_s(start_ns);
    }
    return status;
}

double sweep_round_s(const struct sweep *sweep, const bool *visit)
{
    double sum_s = 0;
    for (size_t i = 0; i < sweep->plan->feasible; i++) {
        bool is_visited = !visit || visit[sweep_visit(sweep, i, 0, 0).cell->number];
        sum_s += is_visited ? sweep->lead->visits_s[i] : 0;
    }
    return sum_s;
}

const struct error *sweep_failure(const struct sweep *sweep)
{
    return &sweep->lead->failure;
}

struct sweep_times sweep_times(const struct sweep *sweep)
{
    const struct sweep_lead *lead = sweep->lead;
    return (struct sweep_times){
        .elapsed_s = sweep_elapsed_s(sweep, clock_now_ns()),
        .spent_s = sweep_spent_s(sweep),
        .earlier_s = lead->earlier_s,
        .prepare_s = lead->prepare_s,
        .warm_up_s = lead->warm_up_s,
        .samples_s = lead->samples_s,
        .calibrate_s = sweep->work->calibrate_s,
    };
}
