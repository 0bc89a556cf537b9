/* Which rank is on which node, and what the ranks of a node tell each other. */
#include "ranks/comm_nodes.h"

#include "ranks/comm_state.h"
#include "ranks/comm_wait.h"
#include "system/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- who is where -- */

/* Nodes are numbered by their first ranks, in ascending order. At first of_rank holds for each rank
 * the first rank of its node. */
static void number_nodes(struct comm *comm)
{
    int *node_of = comm->nodes.of_rank;
    for (int r = 0; r < comm->size; r++) {
        node_of[r] = node_of[r] == r ? comm->nodes.count++ : node_of[node_of[r]];
    }
    comm->nodes.own = comm->nodes.of_rank[comm->rank];
}

/* Counts the ranks of each node and lays them out one node after the other. */
static void sort_ranks(struct comm *comm)
{
    for (int r = 0; r < comm->size; r++) {
        comm->nodes.first[comm->nodes.of_rank[r] + 1]++;
    }
    for (int m = 0; m < comm->nodes.count; m++) {
        comm->nodes.first[m + 1] += comm->nodes.first[m];
    }
    for (int r = comm->size - 1; r >= 0; r--) { /* from its end: first[m + 1] moves to its begin */
        comm->nodes.ranks[--comm->nodes.first[comm->nodes.of_rank[r] + 1]] = r;
    }
    for (int m = 0; m < comm->nodes.count; m++) {
        comm->nodes.first[m] = comm->nodes.first[m + 1];
    }
    comm->nodes.first[comm->nodes.count] = comm->size;
}

static void name_hosts(struct comm *comm)
{
    char name[COMM_HOST_BYTES] = "", own[COMM_HOST_BYTES] = "";
    gethostname(name, sizeof name - 1);
    error_escape(name, own, sizeof own);
    if (comm->nodes.count == 1) {
        memcpy(comm->nodes.host, own, sizeof own);
        return;
    }
    MPI_Comm_split(MPI_COMM_WORLD, comm->nodes.local == 0 ? 0 : MPI_UNDEFINED, comm->nodes.own,
                   &comm->nodes.leaders);
    comm_exchange(comm, own, sizeof own, comm->nodes.host);
}

/* For as many nodes as there may be. 0 or -ENOMEM, the same on all ranks. */
static int allocate(struct comm *comm)
{
    size_t size = (size_t)comm->size;
    struct comm_nodes *nodes = &comm->nodes;
    nodes->of_rank = calloc(size, sizeof *nodes->of_rank);
    nodes->ranks = malloc(size * sizeof *nodes->ranks);
    nodes->first = calloc(size + 1, sizeof *nodes->first);
    nodes->host = calloc(size, sizeof *nodes->host);
    int enough = nodes->of_rank && nodes->ranks && nodes->first && nodes->host;
    MPI_Allreduce(MPI_IN_PLACE, &enough, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return enough ? 0 : -ENOMEM;
}

int comm_create_nodes(struct comm *comm)
{
    int here, first_rank = comm->rank;
    comm->nodes.leaders = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL,
                        &comm->nodes.here);
    MPI_Comm_rank(comm->nodes.here, &comm->nodes.local);
    MPI_Comm_size(comm->nodes.here, &here);
    if (allocate(comm) != 0) {
        return -ENOMEM;
    }
    if (here < comm->size) {
        MPI_Bcast(&first_rank, 1, MPI_INT, 0, comm->nodes.here);
        MPI_Allgather(&first_rank, 1, MPI_INT, comm->nodes.of_rank, 1, MPI_INT, MPI_COMM_WORLD);
    }
    number_nodes(comm);
    sort_ranks(comm);
    name_hosts(comm);
    return 0;
}

void comm_free_nodes(struct comm *comm)
{
    if (comm->nodes.leaders != MPI_COMM_NULL) {
        MPI_Comm_free(&comm->nodes.leaders);
    }
    MPI_Comm_free(&comm->nodes.here);
    free(comm->nodes.of_rank);
    free(comm->nodes.first);
    free(comm->nodes.ranks);
    free(comm->nodes.host);
}

int comm_nodes(const struct comm *comm)
{
    return comm->nodes.count;
}

int comm_node(const struct comm *comm)
{
    return comm->nodes.own;
}

int comm_local(const struct comm *comm)
{
    return comm->nodes.local;
}

int comm_node_size(const struct comm *comm, int node)
{
    return comm->nodes.first[node + 1] - comm->nodes.first[node];
}

const int *comm_node_ranks(const struct comm *comm, int node)
{
    return &comm->nodes.ranks[comm->nodes.first[node]];
}

int comm_node_of(const struct comm *comm, int rank)
{
    return comm->nodes.of_rank[rank];
}

const char *comm_host(const struct comm *comm, int node)
{
    return comm->nodes.host[node];
}

/* -- among the ranks of a node, and among nodes -- */

void comm_node_or(struct comm *comm, uint64_t *words, size_t count)
{
    MPI_Allreduce(MPI_IN_PLACE, words, (int)count, MPI_UINT64_T, MPI_BOR, comm->nodes.here);
}

void comm_node_broadcast(struct comm *comm, void *bytes, size_t count)
{
    MPI_Bcast(bytes, (int)count, MPI_BYTE, 0, comm->nodes.here);
}

void comm_node_gather(struct comm *comm, const void *bytes, size_t count, void *all)
{
    MPI_Request request;
    MPI_Igather(bytes, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, 0, comm->nodes.here,
                &request);
    comm_await_asleep(&request);
}

void comm_exchange(struct comm *comm, const void *bytes, size_t count, void *all)
{
    if (comm->nodes.count == 1) {
        if (comm->nodes.local == 0) {
            memcpy(all, bytes, count);
        }
    } else if (comm->nodes.local == 0) {
        MPI_Allgather(bytes, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, comm->nodes.leaders);
    }
    MPI_Bcast(all, (int)((size_t)comm->nodes.count * count), MPI_BYTE, 0, comm->nodes.here);
}
