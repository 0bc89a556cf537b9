#include "ranks/window.h"

#include <errno.h>
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

enum { TAG_WINDOW = 3, PIECE = 4096 };

/* Where Open MPI makes shared memory, unless it was told another place; what it needs of that
 * for itself beside the numbers. */
#define SHARED_MEMORY "/dev/shm"
#define SHARED_SPARE_BYTES (UINT64_C(1) << 20)

struct window {
    MPI_Comm comm;
    MPI_Win win;
    uint64_t *memory; /* of rank 0, as this rank has it mapped */
};

static int failure_of(int mpi_error)
{
    return mpi_error == MPI_SUCCESS ? 0 : -EIO;
}

/* What rank 0 does not find here ends in a failure of its alone, and the others wait for ever. */
static int check_free(size_t count)
{
    const char *told = getenv("OMPI_MCA_osc_sm_backing_directory");
    struct statvfs found;
    if (statvfs(told && *told ? told : SHARED_MEMORY, &found) != 0) {
        return 0; /* let MPI find a place */
    }
    uint64_t free_bytes = (uint64_t)found.f_bavail * found.f_frsize;
    return free_bytes > SHARED_SPARE_BYTES &&
                   count <= (free_bytes - SHARED_SPARE_BYTES) / sizeof(uint64_t)
               ? 0
               : -ENOMEM;
}

static MPI_Comm comm_of(const int *process, int ranks)
{
    MPI_Comm comm = MPI_COMM_NULL;
    MPI_Group world, first;
    int range[1][3] = {{0, ranks - 1, 1}};
    MPI_Comm_group(MPI_COMM_WORLD, &world);
    if (process) {
        MPI_Group_incl(world, ranks, process, &first);
    } else {
        MPI_Group_range_incl(world, 1, range, &first);
    }
    MPI_Comm_create_group(MPI_COMM_WORLD, first, TAG_WINDOW, &comm);
    MPI_Group_free(&first);
    MPI_Group_free(&world);
    return comm;
}

/* The least of all ranks' values of 0 or -errno. */
static int agree(MPI_Comm comm, int failed)
{
    int least = failed;
    return MPI_Allreduce(&failed, &least, 1, MPI_INT, MPI_MIN, comm) == MPI_SUCCESS ? least : -EIO;
}

/* Zeros, and every page is in every rank's page table: no fault falls into what is timed. */
static int touch(struct window *window, size_t count, int rank)
{
    uint64_t piece[PIECE];
    int failed = 0;
    if (rank == 0) {
        memset(window->memory, 0, count * sizeof *window->memory);
    }
    failed = window_meet(window);
    for (size_t at = 0; at < count && !failed; at += PIECE) {
        failed = window_get(window, at, piece, count - at < PIECE ? count - at : (size_t)PIECE);
    }
    return failed;
}

static int open_window(struct window *window, size_t count)
{
    int rank, unit;
    uint64_t *own;
    MPI_Comm_rank(window->comm, &rank);
    MPI_Aint bytes = rank == 0 ? (MPI_Aint)(count * sizeof *own) : 0;
    MPI_Comm_set_errhandler(window->comm, MPI_ERRORS_RETURN);
    if (MPI_Win_allocate_shared(bytes, sizeof *own, MPI_INFO_NULL, window->comm, &own,
                                &window->win) != MPI_SUCCESS) {
        return -ENOSYS;
    }
    MPI_Win_set_errhandler(window->win, MPI_ERRORS_RETURN);
    MPI_Win_lock_all(MPI_MODE_NOCHECK, window->win);
    if (MPI_Win_shared_query(window->win, 0, &bytes, &unit, &window->memory) != MPI_SUCCESS) {
        return -ENOSYS;
    }
    return touch(window, count, rank);
}

int window_create(const int *process, int ranks, size_t count, int failed, struct window **window)
{
    struct window *made = malloc(sizeof *made);
    MPI_Comm comm = comm_of(process, ranks);
    if (comm == MPI_COMM_NULL) {
        free(made);
        return -EIO;
    }
    int rank;
    MPI_Comm_rank(comm, &rank);
    failed = failed ? failed : made ? 0 : -ENOMEM;
    failed = failed || rank != 0 ? failed : check_free(count);
    failed = agree(comm, failed);
    if (failed) {
        MPI_Comm_free(&comm);
        free(made);
        return failed;
    }
    /* NOLINTNEXTLINE(clang-analyzer-*): without memory it failed before */
    *made = (struct window){.comm = comm, .win = MPI_WIN_NULL};
    failed = agree(comm, open_window(made, count));
    if (failed) {
        window_free(made);
        return failed;
    }
    *window = made;
    return 0;
}

int window_meet(struct window *window)
{
    MPI_Request request;
    int done = 0;
    int error = MPI_Win_sync(window->win);
    error = MPI_Ibarrier(window->comm, &request) == MPI_SUCCESS ? error : MPI_ERR_OTHER;
    while (!done && error == MPI_SUCCESS) {
        error = MPI_Test(&request, &done, MPI_STATUS_IGNORE);
        if (!done) {
            sched_yield();
        }
    }
    error = error == MPI_SUCCESS ? MPI_Win_sync(window->win) : error;
    return failure_of(error);
}

uint64_t *window_memory(const struct window *window)
{
    return window->memory;
}

void window_free(struct window *window)
{
    if (!window) {
        return;
    }
    if (window->win != MPI_WIN_NULL) {
        MPI_Win_unlock_all(window->win);
        MPI_Win_free(&window->win);
    }
    MPI_Comm_free(&window->comm);
    free(window);
}

static int flush(struct window *window, int error)
{
    return failure_of(error == MPI_SUCCESS ? MPI_Win_flush(0, window->win) : error);
}

int window_fetch_add(struct window *window, size_t at, uint64_t add, uint64_t *before)
{
    return flush(window, MPI_Fetch_and_op(&add, before, MPI_UINT64_T, 0, (MPI_Aint)at, MPI_SUM,
                                          window->win));
}

int window_load(struct window *window, size_t at, uint64_t *value)
{
    return flush(window, MPI_Fetch_and_op(NULL, value, MPI_UINT64_T, 0, (MPI_Aint)at, MPI_NO_OP,
                                          window->win));
}

int window_store(struct window *window, size_t at, uint64_t value)
{
    return flush(window, MPI_Accumulate(&value, 1, MPI_UINT64_T, 0, (MPI_Aint)at, 1, MPI_UINT64_T,
                                        MPI_REPLACE, window->win));
}

/* Counts of MPI are ints. */
static int next_piece(size_t left)
{
    const size_t most = 1 << 30;
    return (int)(left < most ? left : most);
}

int window_get(struct window *window, size_t at, uint64_t *values, size_t count)
{
    int error = MPI_SUCCESS;
    for (size_t done = 0; done < count && error == MPI_SUCCESS;
         done += (size_t)next_piece(count - done)) {
        int piece = next_piece(count - done);
        error = MPI_Get(values + done, piece, MPI_UINT64_T, 0, (MPI_Aint)(at + done), piece,
                        MPI_UINT64_T, window->win);
    }
    return flush(window, error);
}

int window_put(struct window *window, size_t at, const uint64_t *values, size_t count)
{
    int error = MPI_SUCCESS;
    for (size_t done = 0; done < count && error == MPI_SUCCESS;
         done += (size_t)next_piece(count - done)) {
        int piece = next_piece(count - done);
        error = MPI_Put(values + done, piece, MPI_UINT64_T, 0, (MPI_Aint)(at + done), piece,
                        MPI_UINT64_T, window->win);
    }
    return flush(window, error);
}

int window_lock(struct window *window, size_t at)
{
    const uint64_t free_lock = 0, taken = 1;
    for (;;) {
        uint64_t found;
        int failed = flush(window, MPI_Compare_and_swap(&taken, &free_lock, &found, MPI_UINT64_T, 0,
                                                        (MPI_Aint)at, window->win));
        if (failed || found == free_lock) {
            return failed;
        }
        sched_yield();
    }
}

int window_unlock(struct window *window, size_t at)
{
    return window_store(window, at, 0);
}
