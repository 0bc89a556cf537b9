#include "sweep/sweep_nodes.h"

#include "sweep/sweep_lead.h"
#include "sweep/sweep_node.h"
#include "system/clock.h"

#include <unistd.h>

/* Clocks of two nodes drift apart by up to 100 µs in a second; looking takes some ms. */
#define CLOCKS_GOOD_NS INT64_C(1000000000)

int sweep_meet(struct sweep *sweep)
{
    struct sweep_node *node = sweep->node;
    int ranks = comm_node_size(sweep->comm, comm_node(sweep->comm));
    pid_t own = getpid();
    comm_node_gather(sweep->comm, &own, sizeof own, node ? node->process : NULL);
    comm_gather(sweep->comm, comm_all(sweep->comm), &sweep->start_s, sizeof sweep->start_s,
                sweep->lead ? sweep->lead->starts_s : NULL);
    return node ? sweep_node_watch(node, sweep->topo, ranks) : 0;
}

int sweep_agree(struct sweep *sweep, const struct error *own, struct error *error)
{
    struct error *errors = sweep->lead ? sweep->lead->errors : NULL;
    comm_gather(sweep->comm, comm_all(sweep->comm)->leaders, own, sizeof *own, errors);
    if (!errors) {
        return own->status;
    }
    for (int m = 0; m < comm_nodes(sweep->comm); m++) {
        if (errors[m].status) {
            return error_set(error, (enum status)errors[m].status, "%s", errors[m].text);
        }
    }
    return 0;
}

void sweep_compare_clocks(struct sweep *sweep, bool anew)
{
    int64_t now_ns = clock_now_ns();
    bool due = anew || now_ns - sweep->lead->clocks_ns > CLOCKS_GOOD_NS;
    if (comm_nodes(sweep->comm) > 1 && due) {
        sweep_tell_leaders(sweep, SWEEP_COMMAND_CLOCKS);
        comm_compare_clocks(sweep->comm);
        sweep->lead->clocks_ns = clock_now_ns();
    }
}

double sweep_clock_error_s(const struct sweep *sweep)
{
    int64_t most_ns = 0;
    for (int m = 0; m < comm_nodes(sweep->comm); m++) {
        int64_t error_ns = comm_clock_error_ns(sweep->comm, m);
        most_ns = error_ns > most_ns ? error_ns : most_ns;
    }
    return (double)most_ns * 1e-9;
}

void sweep_set_clocks(struct sweep *sweep, const struct visit *visit)
{
    const struct comm_group *group = visit->place->group;
    for (int m = 1; m < group->nodes; m++) {
        int64_t ahead_ns = comm_clock_ahead_ns(sweep->comm, m);
        for (int r = group->first[m]; r < group->first[m] + group->count[m]; r++) {
            sweep->lead->results[r].start_ns -= ahead_ns;
            sweep->lead->results[r].end_ns -= ahead_ns;
            if (visit->cell->workload->spec.trace) {
                trace_set_back(&sweep->trace, group->size, visit->cell->tasks, r, ahead_ns);
            }
        }
    }
}
