/* The start and the end of MPI, and what all ranks tell each other. */
#include "ranks/comm_clocks.h"
#include "ranks/comm_command.h"
#include "ranks/comm_group.h"
#include "ranks/comm_nodes.h"
#include "ranks/comm_share.h"
#include "ranks/comm_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* -- start and end -- */

/* What there is to say when MPI or memory is not what is needed. */
static void explain(enum comm_threads threads, int given_enough, char *why, size_t why_bytes)
{
    if (given_enough) {
        snprintf(why, why_bytes, "no memory for the ranks");
    } else {
        snprintf(why, why_bytes, "the MPI library does not let %s of a rank call it",
                 threads == COMM_SEVERAL_CALL ? "several threads" : "a threaded main program");
    }
}

/* 0 or -ENOMEM, the same on all ranks. */
static int make_parts(struct comm *comm)
{
    if (comm_create_nodes(comm) != 0) {
        return -ENOMEM;
    }
    int shared = comm_create_shared(comm), groups = comm_create_groups(comm);
    int commands = comm_create_commands(comm), clocks = comm_create_clocks(comm);
    int failed = shared || groups || commands || clocks ? -ENOMEM : 0;
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return failed;
}

struct comm *comm_create(enum comm_threads threads, char *why, size_t why_bytes)
{
    static const int levels[] = {
        [COMM_ONE_THREAD] = MPI_THREAD_SINGLE,
        [COMM_ONE_CALLS] = MPI_THREAD_FUNNELED,
        [COMM_SEVERAL_CALL] = MPI_THREAD_MULTIPLE,
    };
    int wanted = levels[threads], given;
    MPI_Init_thread(NULL, NULL, wanted, &given);
    struct comm *comm = given >= wanted ? calloc(1, sizeof *comm) : NULL;
    if (comm) {
        MPI_Comm_rank(MPI_COMM_WORLD, &comm->rank);
        MPI_Comm_size(MPI_COMM_WORLD, &comm->size);
    }
    if (!comm || make_parts(comm) != 0) {
        explain(threads, given >= wanted, why, why_bytes);
        comm_free(comm);
        return NULL;
    }
    return comm;
}

void comm_free(struct comm *comm)
{
    if (comm) {
        comm_free_clocks(comm);
        comm_free_commands(comm);
        comm_free_groups(comm);
        comm_free_shared(comm);
        comm_free_nodes(comm);
        free(comm);
    }
    MPI_Finalize();
}

int comm_rank(const struct comm *comm)
{
    return comm->rank;
}

int comm_size(const struct comm *comm)
{
    return comm->size;
}

/* -- all ranks -- */

void comm_broadcast(struct comm *comm, void *bytes, size_t count)
{
    enum { PIECE = 1 << 30 };
    (void)comm;
    for (size_t at = 0; at < count; at += PIECE) {
        size_t piece = count - at < PIECE ? count - at : PIECE;
        MPI_Bcast((char *)bytes + at, (int)piece, MPI_BYTE, 0, MPI_COMM_WORLD);
    }
}

void comm_or(struct comm *comm, uint64_t *words, size_t count)
{
    (void)comm;
    MPI_Allreduce(MPI_IN_PLACE, words, (int)count, MPI_UINT64_T, MPI_BOR, MPI_COMM_WORLD);
}
