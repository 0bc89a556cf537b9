/* Commands: down a tree of ranks, each of which sleeps until the command comes. */
#include "ranks/comm_command.h"

#include "ranks/comm_group.h"
#include "ranks/comm_state.h"
#include "ranks/comm_wait.h"
#include "ranks/futex.h"
#include "ranks/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DOZE_NS = 100000000 };

int comm_create_commands(struct comm *comm)
{
    comm->commands.reserved = comm->size;
    comm->commands.addressed = malloc((size_t)comm->nodes.count * sizeof(int));
    return comm->commands.addressed ? 0 : -ENOMEM;
}

void comm_free_commands(struct comm *comm)
{
    free(comm->commands.addressed);
}

void comm_reserve_last(struct comm *comm)
{
    comm->commands.reserved = comm->size - 1;
}

bool comm_is_reserved(const struct comm *comm)
{
    return comm->rank == comm->commands.reserved;
}

/* Sleeps until the bell has rung once more than there were commands. Then the next one is on its
 * way, and a few looks find it. */
static void await_bell(struct comm *comm, MPI_Request *request)
{
    uint32_t *rings = &comm->shared.bells[comm->nodes.local].rings;
    for (;;) {
        uint32_t heard = __atomic_load_n(rings, __ATOMIC_ACQUIRE);
        if (heard != comm->commands.received) {
            comm_await_asleep(request);
            comm->commands.received++;
            return;
        }
        futex_sleep(rings, heard, DOZE_NS);
    }
}

static int rank_at(const struct comm *comm, struct tree_rank to)
{
    return comm->nodes.ranks[comm->nodes.first[to.node] + to.local];
}

static void send_command(struct comm *comm, const struct comm_command *command, struct tree_rank to)
{
    MPI_Send(command, (int)sizeof *command, MPI_BYTE, rank_at(comm, to), COMM_TAG_COMMAND,
             MPI_COMM_WORLD);
    if (to.node == comm->nodes.own) {
        uint32_t *rings = &comm->shared.bells[to.local].rings;
        __atomic_add_fetch(rings, 1, __ATOMIC_RELEASE);
        futex_wake(rings);
    }
}

static int parent_of(const struct comm *comm)
{
    const struct tree_rank own = {comm->nodes.own, comm->nodes.local};
    return comm_is_reserved(comm) ? 0 : rank_at(comm, tree_parent(own));
}

/* Where the reserved rank is: the last of its node. */
static struct tree_rank reserved_rank(const struct comm *comm)
{
    int node = comm->nodes.of_rank[comm->commands.reserved];
    return (struct tree_rank){node, comm_node_size(comm, node) - 1};
}

/* Finds how many ranks of each node are in the tree; returns on how many nodes. Where the
 * reserved rank is alone, which can only be on the last one, nobody is. */
static int find_addressed(struct comm *comm, const struct comm_group *group)
{
    memcpy(comm->commands.addressed, group->count, (size_t)group->nodes * sizeof *group->count);
    if (comm->commands.reserved == comm->size) {
        return group->nodes;
    }
    struct tree_rank reserved = reserved_rank(comm);
    if (reserved.node < group->nodes && comm->commands.addressed[reserved.node] > reserved.local) {
        comm->commands.addressed[reserved.node]--;
    }
    return group->nodes - (comm->commands.addressed[group->nodes - 1] == 0);
}

static void pass_on(struct comm *comm, const struct comm_command *command)
{
    const struct tree_rank own = {comm->nodes.own, comm->nodes.local};
    struct tree_rank child[TREE_CHILDREN_MAX];
    if (comm_is_reserved(comm)) {
        return;
    }
    if (comm->rank == 0 && command->reserved && comm->commands.reserved < comm->size) {
        send_command(comm, command, reserved_rank(comm));
    }
    int nodes = find_addressed(comm, comm_group_numbered(comm, command->group));
    int children = tree_children(own, comm->commands.addressed, nodes, child);
    for (int c = 0; c < children; c++) {
        send_command(comm, command, child[c]);
    }
}

void comm_command(struct comm *comm, const struct comm_command *command)
{
    pass_on(comm, command);
}

struct comm_command comm_await_command(struct comm *comm)
{
    struct comm_command command;
    MPI_Request request;
    int parent = parent_of(comm);
    MPI_Irecv(&command, (int)sizeof command, MPI_BYTE, parent, COMM_TAG_COMMAND, MPI_COMM_WORLD,
              &request);
    if (comm->nodes.of_rank[parent] == comm->nodes.own) {
        await_bell(comm, &request);
    } else {
        comm_await_napping(&request, COMM_NAP_USUAL_NS);
    }
    pass_on(comm, &command);
    return command;
}
