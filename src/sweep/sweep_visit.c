#include "sweep/sweep_visit.h"

#include "system/clock.h"

#include <errno.h>
#include <stdlib.h>

static int place_cell(struct sweep *sweep, const struct cell *cell, int *count,
                      struct sweep_place *place)
{
    const struct placement_part *part;
    int nodes = plan_place(sweep->plan, cell, &part), own = comm_node(sweep->comm);
    for (int m = 0; m < nodes; m++) {
        count[m] = part[m].ranks;
    }
    place->group = comm_group(sweep->comm, count, nodes);
    if (own < nodes) {
        place->here = (struct worker_here){
            .first_core = part[own].first_core,
            .cores = part[own].cores,
            .first_rank = part[own].first_rank,
            .ranks = part[own].ranks,
        };
    }
    return place->group ? 0 : -ENOMEM;
}

int sweep_place_cells(struct sweep *sweep)
{
    const struct plan *plan = sweep->plan;
    int *count = malloc((size_t)plan->limits.nodes * sizeof *count);
    int failed = count ? 0 : -ENOMEM;
    for (size_t i = 0; i < plan->feasible && !failed; i++) {
        failed = place_cell(sweep, &plan->feasible_cell[i], count, &sweep->place[i]);
    }
    free(count);
    return failed;
}

bool sweep_is_used_here(const struct sweep *sweep, size_t workload_index)
{
    const struct plan *plan = sweep->plan;
    bool used = comm_node(sweep->comm) == 0;
    for (size_t i = 0; i < plan->feasible && !used; i++) {
        used = plan->feasible_cell[i].workload_index == workload_index &&
               sweep->place[i].here.ranks > 0;
    }
    return used;
}

uint64_t sweep_most_traced(const struct plan *plan)
{
    uint64_t most = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        const struct cell *cell = &plan->feasible_cell[i];
        if (cell->workload->spec.trace && cell->tasks > most) {
            most = cell->tasks;
        }
    }
    return most;
}

/* The one place where a visit asks the plan. */
static struct visit visit_to(const struct sweep *sweep, size_t index)
{
    return (struct visit){
        .cell = &sweep->plan->feasible_cell[index],
        .place = &sweep->place[index],
        .index = index,
    };
}

struct visit sweep_visit(const struct sweep *sweep, size_t index, uint64_t round, size_t order)
{
    struct visit visit = visit_to(sweep, index);
    visit.round = round;
    visit.order = order;
    visit.number = round * sweep->plan->feasible + order + 1; /* however often interrupted */
    return visit;
}

void sweep_visit_tell(struct sweep *sweep, struct visit *visit)
{
    struct comm_command command = {
        .kind = SWEEP_COMMAND_CELL,
        .group = visit->place->group->number,
        .reserved = visit->cell->workload->engine->serve != NULL,
        .number = {(int64_t)visit->index, (int64_t)visit->number, (int64_t)visit->turn,
                   visit->limit_ms},
    };
    visit->begun_ns = clock_now_ns();
    comm_command(sweep->comm, &command);
}

struct visit sweep_visit_told(const struct sweep *sweep, const struct comm_command *command)
{
    struct visit visit = visit_to(sweep, (size_t)command->number[0]);
    visit.number = (uint64_t)command->number[1];
    visit.turn = (uint64_t)command->number[2];
    visit.limit_ms = command->number[3];
    return visit;
}
