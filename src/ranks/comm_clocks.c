/* By how much the clocks of other nodes are ahead of rank 0's. */
#include "ranks/comm_clocks.h"

#include "ranks/comm_state.h"
#include "system/clock.h"

#include <errno.h>
#include <stdlib.h>

int comm_create_clocks(struct comm *comm)
{
    comm->clock = calloc((size_t)comm->nodes.count, sizeof *comm->clock);
    return comm->clock ? 0 : -ENOMEM;
}

void comm_free_clocks(struct comm *comm)
{
    free(comm->clock);
}

/* Round trips to another node: the shortest tells most, and some are needed to find it. */
enum { ROUND_TRIPS = 32 };

/* The other node's clock, read half-way through the shortest round trip, seen from here. */
static struct comm_clock read_clock_of(const struct comm *comm, int node)
{
    struct comm_clock found = {0, INT64_MAX};
    for (int i = 0; i < ROUND_TRIPS; i++) {
        int64_t start_ns = clock_now_ns(), there_ns, end_ns;
        MPI_Send(&start_ns, 1, MPI_INT64_T, node, COMM_TAG_CLOCK, comm->nodes.leaders);
        MPI_Recv(&there_ns, 1, MPI_INT64_T, node, COMM_TAG_CLOCK, comm->nodes.leaders,
                 MPI_STATUS_IGNORE);
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
        MPI_Recv(&asked_ns, 1, MPI_INT64_T, node, COMM_TAG_CLOCK, comm->nodes.leaders,
                 MPI_STATUS_IGNORE);
        now_ns = clock_now_ns();
        MPI_Send(&now_ns, 1, MPI_INT64_T, node, COMM_TAG_CLOCK, comm->nodes.leaders);
    }
}

/* A binomial tree from its leaves: every node reads the clocks of its children, and adds theirs
 * to what they have found out below them. `clock` then holds this node's part of the tree. */
void comm_compare_clocks(struct comm *comm)
{
    int own = comm->nodes.own, nodes = comm->nodes.count;
    comm->clock[own] = (struct comm_clock){0, 0};
    for (int step = 1; step < nodes; step <<= 1) {
        if (own & step) {
            int below = nodes - own < step ? nodes - own : step;
            show_clock_to(comm, own - step);
            MPI_Send(&comm->clock[own], below * (int)sizeof *comm->clock, MPI_BYTE, own - step,
                     COMM_TAG_CLOCK, comm->nodes.leaders);
            return;
        }
        int child = own + step;
        if (child < nodes) {
            int below = nodes - child < step ? nodes - child : step;
            struct comm_clock seen = read_clock_of(comm, child);
            MPI_Recv(&comm->clock[child], below * (int)sizeof *comm->clock, MPI_BYTE, child,
                     COMM_TAG_CLOCK, comm->nodes.leaders, MPI_STATUS_IGNORE);
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
