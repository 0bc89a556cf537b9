/* Memory that the ranks of a node share. */
#include "ranks/comm_share.h"

#include "ranks/comm_state.h"

#include <errno.h>
#include <string.h>

/* Zeroed memory. All of it lies in the part of the first of them, on cache lines of its own. Open
 * MPI removes the file that it is in as soon as all ranks have opened it. */
static void *share(const struct comm *comm, size_t bytes, MPI_Win *window)
{
    const size_t alignment = _Alignof(struct comm_bell), needed = bytes + alignment;
    int unit;
    void *mine, *first;
    MPI_Aint part = comm->nodes.local == 0 ? (MPI_Aint)needed : 0;
    MPI_Comm_set_errhandler(comm->nodes.here, MPI_ERRORS_RETURN);
    int failed = MPI_Win_allocate_shared(part, 1, MPI_INFO_NULL, comm->nodes.here, &mine, window);
    MPI_Comm_set_errhandler(comm->nodes.here, MPI_ERRORS_ARE_FATAL);
    if (failed != MPI_SUCCESS) {
        return NULL;
    }
    MPI_Win_shared_query(*window, 0, &part, &unit, &first);
    if (comm->nodes.local == 0) {
        memset(first, 0, needed);
    }
    MPI_Barrier(comm->nodes.here);
    /* The same place in every rank: mappings differ by whole pages. */
    return (void *)(((uintptr_t)first + alignment - 1) / alignment * alignment);
}

int comm_create_shared(struct comm *comm)
{
    struct comm_shared *shared = &comm->shared;
    size_t bells = (size_t)comm_node_size(comm, comm->nodes.own) * sizeof *shared->bells;
    shared->own = shared->callers = MPI_WIN_NULL;
    shared->bells = share(comm, bells + sizeof *shared->meeting, &shared->own);
    if (!shared->bells) {
        return -ENOMEM;
    }
    shared->meeting = (struct comm_meeting *)((char *)shared->bells + bells);
    return 0;
}

void comm_free_shared(struct comm *comm)
{
    if (!comm->shared.bells) {
        return;
    }
    if (comm->shared.callers != MPI_WIN_NULL) {
        MPI_Win_free(&comm->shared.callers);
    }
    MPI_Win_free(&comm->shared.own);
}

void *comm_share(struct comm *comm, size_t bytes)
{
    return share(comm, bytes, &comm->shared.callers);
}
