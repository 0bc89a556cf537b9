/* Groups: the first so many ranks of each of the first nodes. */
#include "ranks/comm_group.h"

#include "ranks/comm_state.h"
#include "ranks/comm_wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int comm_create_groups(struct comm *comm)
{
    int *counts = malloc((size_t)comm->nodes.count * sizeof *counts);
    for (int m = 0; counts && m < comm->nodes.count; m++) {
        counts[m] = comm_node_size(comm, m);
    }
    comm->groups.members = malloc((size_t)comm->size * sizeof *comm->groups.members);
    bool made = counts && comm->groups.members && comm_group(comm, counts, comm->nodes.count);
    free(counts);
    return made ? 0 : -ENOMEM;
}

void comm_free_groups(struct comm *comm)
{
    for (int g = 0; g < comm->groups.count; g++) {
        if (comm->groups.group[g]->comm != MPI_COMM_NULL) {
            MPI_Comm_free(&comm->groups.group[g]->comm);
        }
        free(comm->groups.group[g]);
    }
    free(comm->groups.group);
    free(comm->groups.members);
}

const struct comm_group *comm_group_numbered(const struct comm *comm, int number)
{
    return &comm->groups.group[number]->group;
}

const struct comm_group *comm_all(const struct comm *comm)
{
    return &comm->groups.group[0]->group;
}

static bool is_group_of(const struct comm_group *group, const int *count, int nodes)
{
    return group->nodes == nodes && memcmp(group->count, count, (size_t)nodes * sizeof *count) == 0;
}

static struct comm_members *make_group(const struct comm *comm, const int *count, int nodes)
{
    size_t numbers = 2 * (size_t)nodes;
    struct comm_members *made = malloc(sizeof *made + numbers * sizeof made->numbers[0]);
    if (!made) {
        return NULL;
    }
    int *counts = made->numbers, *first = made->numbers + nodes, size = 0;
    for (int m = 0; m < nodes; m++) {
        counts[m] = count[m];
        first[m] = size;
        size += count[m];
    }
    bool is_in = comm->nodes.own < nodes && comm->nodes.local < count[comm->nodes.own];
    made->comm = MPI_COMM_NULL;
    made->group = (struct comm_group){
        .number = comm->groups.count,
        .size = size,
        .rank = is_in ? first[comm->nodes.own] + comm->nodes.local : -1,
        .nodes = nodes,
        .count = counts,
        .first = first,
    };
    return made;
}

/* The group of the first rank of each of the first so many nodes. */
static const struct comm_group *leaders_of(struct comm *comm, int nodes)
{
    int *ones = malloc((size_t)nodes * sizeof *ones);
    for (int m = 0; ones && m < nodes; m++) {
        ones[m] = 1;
    }
    const struct comm_group *group = ones ? comm_group(comm, ones, nodes) : NULL;
    free(ones);
    return group;
}

const struct comm_group *comm_group(struct comm *comm, const int *count, int nodes)
{
    for (int g = 0; g < comm->groups.count; g++) {
        if (is_group_of(&comm->groups.group[g]->group, count, nodes)) {
            return &comm->groups.group[g]->group;
        }
    }
    struct comm_members **grown = realloc(comm->groups.group, ((size_t)comm->groups.count + 1) *
                                                                  sizeof(struct comm_members *));
    comm->groups.group = grown ? grown : comm->groups.group;
    struct comm_members *made = grown ? make_group(comm, count, nodes) : NULL;
    if (!made) {
        return NULL;
    }
    comm->groups.group[comm->groups.count++] = made;
    made->group.leaders = made->group.size == nodes ? &made->group : leaders_of(comm, nodes);
    if (!made->group.leaders) {
        comm->groups.count--;
        free(made);
        return NULL;
    }
    return &made->group;
}

int comm_group_rank(const struct comm *comm, const struct comm_group *group, int number)
{
    int node = 0;
    for (int end = group->nodes; end - node > 1;) {
        int middle = node + (end - node) / 2;
        *(group->first[middle] <= number ? &node : &end) = middle;
    }
    return comm->nodes.ranks[comm->nodes.first[node] + number - group->first[node]];
}

int comm_group_here(const struct comm *comm, const struct comm_group *group)
{
    return comm->nodes.own < group->nodes ? group->count[comm->nodes.own] : 0;
}

MPI_Comm comm_communicator(struct comm *comm, const struct comm_group *group)
{
    struct comm_members *members = comm->groups.group[group->number];
    if (members->comm == MPI_COMM_NULL) {
        MPI_Group world, first;
        for (int i = 0; i < group->size; i++) {
            comm->groups.members[i] = comm_group_rank(comm, group, i);
        }
        MPI_Comm_group(MPI_COMM_WORLD, &world);
        MPI_Group_incl(world, group->size, comm->groups.members, &first);
        MPI_Comm_create_group(MPI_COMM_WORLD, first, COMM_TAG_GROUP, &members->comm);
        MPI_Group_free(&first);
        MPI_Group_free(&world);
    }
    return members->comm;
}

void comm_gather(struct comm *comm, const struct comm_group *group, const void *bytes, size_t count,
                 void *all)
{
    if (group->size == 1) {
        memcpy(all, bytes, count);
        return;
    }
    MPI_Request request;
    MPI_Igather(bytes, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, 0,
                comm_communicator(comm, group), &request);
    comm_await_asleep(&request);
}
