#include "sweep/sweep_lead.h"

#include "system/clock.h"

#include <math.h>
#include <stdlib.h>

struct sweep_lead *sweep_lead_create(const struct plan *plan, const struct comm *comm)
{
    size_t workloads = plan->job->workload_count, cells = plan->feasible + 1;
    size_t nodes = (size_t)comm_nodes(comm), ranks = (size_t)comm_size(comm);
    struct sweep_lead *lead = calloc(1, sizeof *lead);
    if (!lead) {
        return NULL;
    }
    *lead = (struct sweep_lead){
        .starts_s = calloc(ranks, sizeof *lead->starts_s),
        .order = calloc(cells, sizeof *lead->order),
        .visit = calloc(cells, sizeof *lead->visit),
        .visits_s = calloc(cells, sizeof *lead->visits_s),
        .results = calloc(ranks, sizeof *lead->results),
        .ranks_s = calloc(ranks, sizeof *lead->ranks_s),
        .changes = calloc(nodes, sizeof *lead->changes),
        .errors = calloc(nodes, sizeof *lead->errors),
        .too_short = calloc(cells, sizeof *lead->too_short),
        .frequency_hz = calloc(cells, sizeof *lead->frequency_hz),
        .past = calloc(cells, sizeof *lead->past),
        .team = calloc(ranks, sizeof *lead->team),
        .failed = calloc(workloads, sizeof *lead->failed),
    };
    if (!lead->starts_s || !lead->order || !lead->visit || !lead->visits_s || !lead->results ||
        !lead->ranks_s || !lead->changes || !lead->errors || !lead->too_short ||
        !lead->frequency_hz || !lead->past || !lead->team || !lead->failed) {
        sweep_lead_free(lead);
        return NULL;
    }
    for (size_t i = 0; i < cells; i++) {
        lead->frequency_hz[i] = NAN;
        disturbed_forget(&lead->past[i]);
    }
    return lead;
}

void sweep_lead_free(struct sweep_lead *lead)
{
    if (lead) {
        free(lead->starts_s);
        free(lead->order);
        free(lead->visit);
        free(lead->visits_s);
        free(lead->results);
        free(lead->ranks_s);
        free(lead->changes);
        free(lead->errors);
        free(lead->too_short);
        free(lead->frequency_hz);
        free(lead->past);
        free(lead->team);
        free(lead->failed);
        free(lead);
    }
}

double sweep_elapsed_s(const struct sweep *sweep, int64_t now_ns)
{
    return sweep->lead->earlier_s + (double)(now_ns - sweep->created_ns) * 1e-9;
}

double sweep_spent_s(const struct sweep *sweep)
{
    double elapsed_s = sweep_elapsed_s(sweep, clock_now_ns());
    return isnan(sweep->start_s) ? elapsed_s : elapsed_s + sweep->start_s;
}
