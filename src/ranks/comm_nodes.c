/* Which rank is on which node, what the ranks of a node do among themselves, and the clocks
 * of other nodes. */
#include "ranks/comm_internal.h"
#include "system/clock.h"
#include "system/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- who is where -- */

/* Nodes are numbered by their first ranks, in ascending order. */
static void number_nodes(struct comm *comm, const int *first_rank)
{
    for (int r = 0; r < comm->size; r++) {
        if (first_rank[r] == r) {
            comm->node_of[r] = comm->nodes++;
        } else {
            comm->node_of[r] = comm->node_of[first_rank[r]];
        }
    }
    comm->node = comm->node_of[comm->rank];
}

/* Counts the ranks of each node and lays them out one node after the other. */
static void sort_ranks(struct comm *comm)
{
    for (int r = 0; r < comm->size; r++) {
        comm->first[comm->node_of[r] + 1]++;
    }
    for (int m = 0; m < comm->nodes; m++) {
        comm->first[m + 1] += comm->first[m];
    }
    for (int r = comm->size - 1; r >= 0; r--) { /* from its end: first[m + 1] moves to its begin */
        comm->ranks[--comm->first[comm->node_of[r] + 1]] = r;
    }
    for (int m = 0; m < comm->nodes; m++) {
        comm->first[m] = comm->first[m + 1];
    }
    comm->first[comm->nodes] = comm->size;
}

static void name_hosts(struct comm *comm)
{
    char name[COMM_HOST_BYTES] = "", own[COMM_HOST_BYTES] = "";
    gethostname(name, sizeof name - 1);
    error_escape(name, own, sizeof own);
    if (comm->nodes == 1) {
        memcpy(comm->host, own, sizeof own);
        return;
    }
    MPI_Comm_split(MPI_COMM_WORLD, comm->local == 0 ? 0 : MPI_UNDEFINED, comm->node,
                   &comm->leaders);
    comm_exchange(comm, own, sizeof own, comm->host);
}

/* For as many nodes as there may be. 0 or -ENOMEM, the same on all ranks. */
static int make_room(struct comm *comm)
{
    size_t size = (size_t)comm->size;
    comm->node_of = calloc(size, sizeof *comm->node_of);
    comm->ranks = malloc(size * sizeof *comm->ranks);
    comm->first = calloc(size + 1, sizeof *comm->first);
    comm->host = calloc(size, sizeof *comm->host);
    comm->clock = calloc(size, sizeof *comm->clock);
    comm->addressed = malloc(size * sizeof *comm->addressed);
    comm->members = malloc(size * sizeof *comm->members);
    int enough = comm->node_of && comm->ranks && comm->first && comm->host && comm->clock &&
                 comm->addressed && comm->members;
    MPI_Allreduce(MPI_IN_PLACE, &enough, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return enough ? 0 : -ENOMEM;
}

int comm_find_nodes(struct comm *comm)
{
    int here, first_rank = comm->rank;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL,
                        &comm->on_node);
    MPI_Comm_rank(comm->on_node, &comm->local);
    MPI_Comm_size(comm->on_node, &here);
    if (make_room(comm) != 0) {
        return -ENOMEM;
    }
    memset(comm->members, 0, (size_t)comm->size * sizeof *comm->members);
    if (here < comm->size) {
        MPI_Bcast(&first_rank, 1, MPI_INT, 0, comm->on_node);
        MPI_Allgather(&first_rank, 1, MPI_INT, comm->members, 1, MPI_INT, MPI_COMM_WORLD);
    }
    number_nodes(comm, comm->members);
    sort_ranks(comm);
    name_hosts(comm);
    return 0;
}

void comm_free_nodes(struct comm *comm)
{
    if (comm->shared != MPI_WIN_NULL) {
        MPI_Win_free(&comm->shared);
    }
    if (comm->leaders != MPI_COMM_NULL) {
        MPI_Comm_free(&comm->leaders);
    }
    if (comm->on_node != MPI_COMM_NULL) {
        MPI_Comm_free(&comm->on_node);
    }
    free(comm->node_of);
    free(comm->ranks);
    free(comm->first);
    free(comm->host);
    free(comm->clock);
    free(comm->addressed);
    free(comm->members);
}

int comm_nodes(const struct comm *comm)
{
    return comm->nodes;
}

int comm_node(const struct comm *comm)
{
    return comm->node;
}

int comm_local(const struct comm *comm)
{
    return comm->local;
}

int comm_node_size(const struct comm *comm, int node)
{
    return comm->first[node + 1] - comm->first[node];
}

const int *comm_node_ranks(const struct comm *comm, int node)
{
    return &comm->ranks[comm->first[node]];
}

int comm_node_of(const struct comm *comm, int rank)
{
    return comm->node_of[rank];
}

const char *comm_host(const struct comm *comm, int node)
{
    return comm->host[node];
}

/* -- among the ranks of a node, and among nodes -- */

/* All of it lies in the part of the first of them, on cache lines of its own. Open MPI removes the
 * file that it is in as soon as all ranks have opened it. */
void *comm_share_memory(const struct comm *comm, size_t bytes, MPI_Win *window)
{
    const size_t alignment = _Alignof(struct bell), needed = bytes + alignment;
    int unit;
    void *mine, *first;
    MPI_Aint part = comm->local == 0 ? (MPI_Aint)needed : 0;
    MPI_Comm_set_errhandler(comm->on_node, MPI_ERRORS_RETURN);
    int failed = MPI_Win_allocate_shared(part, 1, MPI_INFO_NULL, comm->on_node, &mine, window);
    MPI_Comm_set_errhandler(comm->on_node, MPI_ERRORS_ARE_FATAL);
    if (failed != MPI_SUCCESS) {
        return NULL;
    }
    MPI_Win_shared_query(*window, 0, &part, &unit, &first);
    if (comm->local == 0) {
        memset(first, 0, needed);
    }
    MPI_Barrier(comm->on_node);
    /* The same place in every rank: mappings differ by whole pages. */
    return (void *)(((uintptr_t)first + alignment - 1) / alignment * alignment);
}

void *comm_share(struct comm *comm, size_t bytes)
{
    return comm_share_memory(comm, bytes, &comm->shared);
}

void comm_node_or(struct comm *comm, uint64_t *words, size_t count)
{
    MPI_Allreduce(MPI_IN_PLACE, words, (int)count, MPI_UINT64_T, MPI_BOR, comm->on_node);
}

void comm_node_broadcast(struct comm *comm, void *bytes, size_t count)
{
    MPI_Bcast(bytes, (int)count, MPI_BYTE, 0, comm->on_node);
}

void comm_node_gather(struct comm *comm, const void *bytes, size_t count, void *all)
{
    MPI_Request request;
    MPI_Igather(bytes, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, 0, comm->on_node, &request);
    comm_await_asleep(&request);
}

void comm_exchange(struct comm *comm, const void *bytes, size_t count, void *all)
{
    if (comm->nodes == 1) {
        if (comm->local == 0) {
            memcpy(all, bytes, count);
        }
    } else if (comm->local == 0) {
        MPI_Allgather(bytes, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, comm->leaders);
    }
    MPI_Bcast(all, (int)((size_t)comm->nodes * count), MPI_BYTE, 0, comm->on_node);
}

/* -- clocks -- */

/* Round trips to another node: the shortest tells most, and some are needed to find it. */
enum { ROUND_TRIPS = 32 };

/* The other node's clock, read half-way through the shortest round trip, seen from here. */
static struct comm_clock read_clock_of(const struct comm *comm, int node)
{
    struct comm_clock found = {0, INT64_MAX};
    for (int i = 0; i < ROUND_TRIPS; i++) {
        int64_t start_ns = clock_now_ns(), there_ns, end_ns;
        MPI_Send(&start_ns, 1, MPI_INT64_T, node, COMM_TAG_CLOCK, comm->leaders);
        MPI_Recv(&there_ns, 1, MPI_INT64_T, node, COMM_TAG_CLOCK, comm->leaders, MPI_STATUS_IGNORE);
        end_ns = clock_now_ns();
        int64_t error_ns = (end_ns - start_ns + 1) / 2;
        if (error_ns < found.error_ns) {
            found = (struct comm_clock){there_ns - start_ns - (end_ns - start_ns) / 2, error_ns};
        }
    }
    return found;
}

static void show_clock_to(const struct comm *comm, int node)
{
    for (int i = 0; i < ROUND_TRIPS; i++) {
        int64_t asked_ns, now_ns;
        MPI_Recv(&asked_ns, 1, MPI_INT64_T, node, COMM_TAG_CLOCK, comm->leaders, MPI_STATUS_IGNORE);
        now_ns = clock_now_ns();
        MPI_Send(&now_ns, 1, MPI_INT64_T, node, COMM_TAG_CLOCK, comm->leaders);
    }
}

/* A binomial tree from its leaves: every node reads the clocks of its children, and adds theirs
 * to what they have found out below them. `clock` then holds this node's part of the tree. */
void comm_compare_clocks(struct comm *comm)
{
    int own = comm->node, nodes = comm->nodes;
    comm->clock[own] = (struct comm_clock){0, 0};
    for (int step = 1; step < nodes; step <<= 1) {
        if (own & step) {
            int below = nodes - own < step ? nodes - own : step;
            show_clock_to(comm, own - step);
            MPI_Send(&comm->clock[own], below * (int)sizeof *comm->clock, MPI_BYTE, own - step,
                     COMM_TAG_CLOCK, comm->leaders);
            return;
        }
        int child = own + step;
        if (child < nodes) {
            int below = nodes - child < step ? nodes - child : step;
            struct comm_clock seen = read_clock_of(comm, child);
            MPI_Recv(&comm->clock[child], below * (int)sizeof *comm->clock, MPI_BYTE, child,
                     COMM_TAG_CLOCK, comm->leaders, MPI_STATUS_IGNORE);
            for (int m = child; m < child + below; m++) {
                comm->clock[m].ahead_ns += seen.ahead_ns;
                comm->clock[m].error_ns += seen.error_ns;
            }
        }
    }
}

int64_t comm_clock_ahead_ns(const struct comm *comm, int node)
{
    return comm->clock[node].ahead_ns;
}

int64_t comm_clock_error_ns(const struct comm *comm, int node)
{
    return comm->clock[node].error_ns;
}
