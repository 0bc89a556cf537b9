#include "sweep/sweep_sample.h"

#include "sweep/disturbed.h"
#include "sweep/sweep_lead.h"
#include "sweep/sweep_work.h"

#include <errno.h>
#include <math.h>
#include <string.h>

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

struct sweep_measured sweep_measured(const struct sweep *sweep, const struct visit *visit)
{
    const struct sweep_lead *lead = sweep->lead;
    return (struct sweep_measured){
        .result = merge(lead->results, visit->cell->point.ranks),
        .change = disturbed_merge(lead->changes, visit->place->group->nodes),
    };
}

double sweep_measured_s(const struct sweep_measured *measured)
{
    return (double)(measured->result.end_ns - measured->result.start_ns) * 1e-9;
}

int sweep_check(const struct sweep *sweep, const struct visit *visit,
                const struct worker_result *result, struct error *error)
{
    char text[POINT_TEXT_BYTES];
    struct point point = visit->cell->point;
    const char *name = visit->cell->workload->name, *model = model_name(point_model(point));
    uint64_t tasks = visit->cell->tasks, expected = sweep_expected(sweep, visit->cell);
    point_text(point, text);
    if (result->error == ECANCELED) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted; what was measured is kept");
    }
    if (result->error) {
        return error_set(error, sweep_status_of(result->error), "%s at %s (%s): %s", name, text,
                         model,
                         result->error == EILSEQ ? "what the tasks left behind is wrong"
                                                 : strerror(result->error));
    }
    if (result->tasks != tasks || result->sum != expected) {
        return error_set(error, STATUS_WRONG,
                         "%s at %s (%s): wrong result: %llu of %llu tasks ended, checksum "
                         "%016llx, expected %016llx",
                         name, text, model, (unsigned long long)result->tasks,
                         (unsigned long long)tasks, (unsigned long long)result->sum,
                         (unsigned long long)expected);
    }
    return 0;
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

/* A thread that has few tasks for its depth is filling up and running dry all the time; only with
 * several times as many can its mean tell whether the engine keeps them in flight. */
static bool is_shallow(const struct cell *cell, double achieved)
{
    int depth = cell->point.depth;
    double share = (double)cell->tasks / (double)point_workers(cell->point);
    return depth > 1 && cell->workload->engine->waits && cell->workload->spec.waits > 0 &&
           share >= 4.0 * depth && achieved < 0.5 * depth;
}

/* The digest of the order in which the tasks ended; NAN when it is not kept. */
static double completion(struct sweep *sweep, const struct cell *cell)
{
    return cell->workload->spec.trace ? trace_digest(&sweep->trace, cell->point.ranks, cell->tasks)
                                      : NAN;
}

/* Cores on which what others do slows the cell down: its own, or all of its nodes. */
static int watched_cores(const struct sweep *sweep, const struct visit *visit)
{
    int cores = 0;
    if (!sweep->feels_all[visit->cell->workload_index]) {
        return visit->cell->point.cores;
    }
    for (int m = 1; m < visit->place->group->nodes; m++) {
        cores += sweep->plan->node[m].cores;
    }
    return cores + topo_cores(sweep->topo);
}

static unsigned flags_of(const struct sweep *sweep, const struct visit *visit,
                         const struct sweep_measured *measured)
{
    const struct worker_result *result = &measured->result;
    const struct disturbed_sample sample = {
        .time_s = sweep_measured_s(measured),
        .watched_cores = watched_cores(sweep, visit),
        .storage = visit->cell->workload->engine->file_bytes != NULL,
        .threads_ended = visit->threads_ended,
        .usual_hz = sweep->lead->frequency_hz[visit->index],
        .cpu_s = result->used.cpu_s,
        .usual_cpu_s =
            disturbed_usual_cpu_s(&sweep->lead->past[visit->index], visit->cell->workload->kernel),
    };
    return result->notes.flags | (result->misbound ? SAMPLE_MISBOUND : 0u) |
           (sweep->lead->too_short[visit->index] ? SAMPLE_TOO_SHORT : 0u) |
           (is_shallow(visit->cell, result->depth) ? SAMPLE_SHALLOW : 0u) |
           disturbed_flags(&measured->change, &sample);
}

void sweep_keep(struct sweep *sweep, const struct visit *visit,
                const struct sweep_measured *measured, struct samples *samples)
{
    const struct worker_result *result = &measured->result, *each = sweep->lead->results;
    const struct surroundings_change *change = &measured->change;
    size_t at = visit->cell->number * samples->rounds + (size_t)visit->round - 1;
    int ranks = visit->cell->point.ranks;
    double value[SAMPLE_VARIABLES] = {
        [SAMPLE_TIME] = sweep_measured_s(measured),
        [SAMPLE_CPU] = result->used.cpu_s,
        [SAMPLE_SWITCHES_VOLUNTARY] = result->used.switches_voluntary,
        [SAMPLE_SWITCHES_INVOLUNTARY] = result->used.switches_involuntary,
        [SAMPLE_FAULTS] = result->used.faults,
        [SAMPLE_MEMORY] = result->memory_bytes,
        [SAMPLE_DEPTH_ACHIEVED] = result->depth,
        [SAMPLE_DEPTH_MOST] = result->depth_most,
        [SAMPLE_SERVICE_BUSY] = result->notes.service_busy_s,
        [SAMPLE_SETUP] = result->setup_s,
        [SAMPLE_START_SKEW] = start_skew_s(each, ranks, result->start_ns),
        [SAMPLE_OTHERS] = change->others_s,
        [SAMPLE_STEAL] = change->steal_s,
        [SAMPLE_THROTTLING] = change->throttled_s,
        [SAMPLE_LOST] = result->kernel_notes.lost,
        [SAMPLE_COMPLETION] = completion(sweep, visit->cell),
        [SAMPLE_FLAGS] = flags_of(sweep, visit, measured),
        [SAMPLE_ORDER] = (double)visit->order,
        [SAMPLE_START] = sweep_elapsed_s(sweep, result->start_ns),
    };
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        samples->value[v][at] = value[v];
    }
    for (int r = 0; r < ranks; r++) {
        sweep->lead->ranks_s[r] = (double)(each[r].end_ns - each[r].start_ns) * 1e-9;
    }
    samples_keep_ranks(samples, at, sweep->lead->ranks_s, (size_t)ranks);
}
