#include "answer/reason_facts.h"

#include <math.h>

#define SHOWN_ABOVE_ALL 1.005 /* a share that is shown as 101 % */

struct reason_cell reason_cell(const struct candidates *candidates,
                               const struct candidate *candidate)
{
    if (!candidate) {
        return (struct reason_cell){NAN, NAN, NAN, NAN, NAN};
    }
    const struct question *question = candidates->question;
    double tasks =
        question_tasks(&question->workload[candidates->workload], candidate->point.cores);
    return (struct reason_cell){
        .time_s = candidates_median(candidates, candidate, SAMPLE_TIME) / tasks,
        .cpu_s = candidates_median(candidates, candidate, SAMPLE_CPU) / tasks,
        .switches_voluntary = candidates_median(candidates, candidate, SAMPLE_SWITCHES_VOLUNTARY),
        .switches_involuntary =
            candidates_median(candidates, candidate, SAMPLE_SWITCHES_INVOLUNTARY),
        .service_busy_s = candidates_median(candidates, candidate, SAMPLE_SERVICE_BUSY),
    };
}

/* Memory traffic as such is no limit: that of a kernel may be bound by its latency. */
static bool is_bound_by_bandwidth(const struct question_workload *workload)
{
    return workload->memory_bytes > 0 && workload->kernel.bound == KERNEL_BOUND_BANDWIDTH;
}

/* CPU time that one task needs. */
static double needed_cpu_s(const struct reason_facts *facts)
{
    double serial_cpu_s = facts->serial.cpu_s;
    if (isnan(serial_cpu_s) && !facts->waits) {
        serial_cpu_s = facts->serial.time_s;
    }
    /* Waits in flight together may cost less CPU time than one by one. */
    double choice_cpu_s =
        facts->choice.cpu_s / unequal_cpu(&facts->cores, facts->point, (uint64_t)facts->tasks);
    double cpu_s = fmin(serial_cpu_s, choice_cpu_s);
    if (!facts->workload->engine.spins) {
        return cpu_s;
    }
    /* Who looks all the while whether the wait has ended takes CPU time for that, but needs none.
     * How long the wait really took is not known; a late one would count as computing. */
    double asked_s = facts->workload->waits * facts->workload->latency_s;
    double calibrated_s = facts->workload->compute_s > 0 ? facts->workload->compute_s : NAN;
    double computing_s = fmin(calibrated_s, facts->serial.time_s - asked_s);
    return facts->computes ? fmax(0, fmin(cpu_s, computing_s)) : 0;
}

/* What a task waited for when it was alone, or less, where the choice shows that it was less: one
 * after the other they may all have been late. */
static double wait_s(const struct reason_facts *facts, const struct bound_inputs *inputs)
{
    double asked_s = facts->workload->latency_s * facts->workload->waits;
    double most_s = bounds_most_wait_s(inputs, facts->point, facts->tasks * facts->choice.time_s);
    double wait_s = isnan(facts->serial.time_s)
                        ? asked_s
                        : fmin(facts->serial.time_s - inputs->compute_s, fmax(asked_s, most_s));
    return fmax(0, wait_s);
}

static struct bound_inputs bound_inputs(const struct reason_facts *facts)
{
    const struct question_workload *workload = facts->workload;
    double compute_s = needed_cpu_s(facts);
    struct bound_inputs inputs = {
        .compute_s = compute_s,
        /* All segments are as long. What else costs CPU time may come after the wait. */
        .beginning_s = facts->computes ? compute_s / (workload->waits + 1.0) : 0,
        .cores_worth = facts->worth.times,
        .speed = facts->cores.speed,
        .bytes = is_bound_by_bandwidth(workload) ? workload->memory_bytes : 0,
        .bandwidth = workload->memory_bytes * facts->worth.times * facts->cores.in_all / compute_s,
        .tasks = (uint64_t)facts->tasks,
        .lock = workload->lock && facts->computes,
    };
    inputs.wait_s = facts->waits ? wait_s(facts, &inputs) : 0;
    inputs.least_wait_s = workload->latency_s > 0 ? inputs.wait_s : 0;
    return inputs;
}

/* What calibration found is no bound where more was reached, as far as the table shows it; the most
 * that it leaves open is none where more was reached beyond the noise of the samples. */
static bool is_passed(const struct reason_facts *facts)
{
    return facts->worth.trust == WORTH_FOUND ? facts->share >= SHOWN_ABOVE_ALL
                                             : facts->share_at_least > WORTH_SLACK;
}

/* The bounds, by what calibration found or, where that was passed, by the most that the cores can
 * be worth. */
static void hold_against_bounds(struct reason_facts *facts, const struct verdict *verdict)
{
    double least = verdict->choice_speed_up.low / verdict->choice_speed_up.median;
    for (int trust = WORTH_FOUND; trust < WORTH_TRUSTS; trust++) {
        facts->worth =
            worth_of(facts->question, verdict->workload, verdict->cores, (enum worth_trust)trust);
        facts->inputs = bound_inputs(facts);
        facts->bounds = bounds_at(&facts->inputs, facts->point);
        facts->share = 1 / facts->choice.time_s / facts->bounds.tasks_per_s[facts->bounds.lowest];
        facts->share_at_least = facts->share * least;
        if (!is_passed(facts)) {
            return;
        }
    }
}

/* True when a point with more in flight has a valid sample at the same C: it was not better. */
static bool deeper_was_measured(const struct candidates *candidates, struct point choice)
{
    for (const struct candidate *one = candidates_next(candidates, NULL); one;
         one = candidates_next(candidates, one)) {
        if (one->point.cores == choice.cores && one->valid > 0 &&
            point_concurrency(one->point) > point_concurrency(choice)) {
            return true;
        }
    }
    return false;
}

struct reason_facts reason_facts(const struct candidates *candidates, const struct verdict *verdict)
{
    const struct question *question = candidates->question;
    const struct question_workload *workload = &question->workload[verdict->workload];
    const struct point serial = {1, 1, 1, 1};
    struct reason_facts facts = {
        .question = question,
        .workload = workload,
        .point = verdict->choice,
        .computes = workload->kernel.computes,
        .waits = workload->engine.has_waits,
        .device = workload->wait_bytes > 0 && isnan(workload->latency_s),
        .tasks = question_tasks(workload, verdict->cores),
        .level = level_find(&question->caches, workload->footprint, verdict->choice),
        .cores = unequal_cores(question, verdict->workload, verdict->cores),
        .serial = reason_cell(candidates, candidates_find(candidates, serial)),
        .choice = reason_cell(candidates, candidates_find(candidates, verdict->choice)),
    };
    facts.deeper_is_no_faster = deeper_was_measured(candidates, verdict->choice);
    facts.served = !isnan(facts.choice.service_busy_s);
    hold_against_bounds(&facts, verdict);
    facts.work_s =
        workload->engine.spins && !facts.served ? facts.inputs.compute_s : facts.choice.cpu_s;
    facts.busy = fmin(1, facts.work_s / facts.choice.time_s / facts.point.cores);
    return facts;
}

double reason_computing_s(const struct reason_facts *facts)
{
    return facts->tasks * facts->work_s / facts->worth.times;
}

double reason_service_share(const struct reason_facts *facts)
{
    double time_s = facts->tasks * facts->choice.time_s;
    return facts->served ? fmin(1, facts->choice.service_busy_s / time_s) : NAN;
}
