#include "sweep/sweep_prepare.h"

#include "answer/stats.h"
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "sweep/sweep_files.h"
#include "sweep/sweep_lead.h"
#include "sweep/sweep_nodes.h"
#include "sweep/sweep_work.h"
#include "system/clock.h"

#include <math.h>

void sweep_resume(struct sweep *sweep, const struct sweep_earlier *earlier)
{
    sweep->work->earlier = earlier->work;
    sweep->lead->earlier_s = earlier->elapsed_s;
}

/* With threads only where the job has them anyway: neither the limits on threads nor MPI's level
 * know of others. */
static int try_known_answers(struct sweep *sweep, struct error *error)
{
    enum { ENOUGH_THREADS = 4 };
    const struct plan *plan = sweep->plan;
    int threads = 1;
    for (size_t i = 0; i < plan->feasible && threads < ENOUGH_THREADS; i++) {
        int team = plan->feasible_cell[i].point.threads;
        threads = team > threads ? team : threads;
    }
    memory_start_counting(sweep->memory); /* the threads are kept for the cells */
    int status = known_try(&sweep->work->known, engines_find("timer"), kernels_find("flops"),
                           threads < ENOUGH_THREADS ? threads : ENOUGH_THREADS, sweep->topo, error);
    memory_stop_counting(sweep->memory);
    return status;
}

/* What is known of a task now. Cores that others kept busy may be worth more than was found. */
static struct budget_task task_of(const struct sweep *sweep, const struct cell *cell)
{
    const struct runfile_workload *found = &sweep->work->found[cell->workload_index];
    const struct job_axis_values *axis = &sweep->job->axes[JOB_AXIS_CORES];
    size_t c = job_axis_index(axis, cell->point.cores);
    bool known = found->cores_worth && !found->calibration_disturbed[c];
    return (struct budget_task){
        .compute_s = found->compute_s,
        .wait_s = found->wait_s,
        .cores_worth = known ? fmax(found->cores_worth[c], found->cores_worth_high[c]) : NAN,
    };
}

/* Before anything is measured: refuses a budget by what the job itself tells. */
static int check_budget(const struct sweep *sweep, struct error *error)
{
    struct budget_need need = budget_need(sweep->plan);
    return sweep->work->earlier ? 0 : budget_check(sweep->job, &need, error);
}

/* Leaves with each cell how long it takes at least, and refuses a budget that is too short for
 * them.
 */
static int expect_visits(struct sweep *sweep, struct error *error)
{
    struct sweep_lead *lead = sweep->lead;
    struct budget_need need = {.before_s = sweep_spent_s(sweep)};
    for (size_t i = 0; i < sweep->plan->feasible; i++) {
        const struct cell *cell = &sweep->plan->feasible_cell[i];
        const struct budget_task task = task_of(sweep, cell);
        lead->visits_s[i] = budget_cell_s(cell, &task);
        budget_add(&need, cell, lead->visits_s[i]);
    }
    return sweep->work->earlier ? 0 : budget_check(sweep->job, &need, error);
}

int sweep_prepare(struct sweep *sweep, struct error *error)
{
    int64_t start_ns = clock_now_ns();
    struct sweep_work *work = sweep->work;
    struct sweep_lead *lead = sweep->lead;
    if (check_budget(sweep, error) != 0) {
        return error->status;
    }
    work->clock_cost_s = clock_cost_s();
    sweep_tell_all(sweep, SWEEP_COMMAND_MEET, 0);
    if (sweep_meet(sweep) != 0) {
        return error_no_memory(error, "watching the cores and the ranks");
    }
    if (try_known_answers(sweep, error) != 0 || sweep_make_files(sweep, error) != 0 ||
        sweep_fix_work(sweep, error) != 0 || plan_check_memory(sweep->plan, error) != 0 ||
        expect_visits(sweep, error) != 0) {
        return error->status;
    }
    sweep_tell_all(sweep, SWEEP_COMMAND_SPECS, 0);
    sweep_share_work(sweep);
    sweep_compare_clocks(sweep, true);
    work->launch_s = stats_median(lead->starts_s, (size_t)comm_size(sweep->comm)).median;
    lead->prepare_s = (double)(clock_now_ns() - start_ns) * 1e-9;
    return 0;
}

const struct runfile_workload *sweep_workloads(const struct sweep *sweep)
{
    return sweep->work->found;
}

const struct known *sweep_known(const struct sweep *sweep)
{
    return &sweep->work->known;
}

double sweep_start_s(const struct sweep *sweep)
{
    return sweep->work->launch_s;
}

const struct sweep_cores *sweep_node_cores(const struct sweep *sweep)
{
    return &sweep->work->cores;
}

const struct question_workload *sweep_question_workloads(const struct sweep *sweep)
{
    return sweep->work->questions;
}
