#include "system/comm.h"

#include "system/clock.h"

#include <linux/futex.h>
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TAG_COMMAND = 1, TAG_GROUP = 2 };
enum { NAP_LEAST_NS = 20000, NAP_USUAL_NS = 2000000, NAP_MOST_NS = 10000000, DOZE_NS = 100000000 };

/* Rung when a command has been sent to a rank: a counter in memory that the ranks of a machine
 * share, each on cache lines of its own. */
struct bell {
    _Alignas(128) uint32_t rings;
};

struct comm {
    int rank, size, machines;
    int reserved;     /* the rank kept for a service; the size when none is */
    MPI_Comm *group;  /* by number of ranks; MPI_COMM_NULL until first used */
    MPI_Comm machine; /* the ranks of this one */
    MPI_Win window;
    struct bell *bells; /* by rank; NULL when the ranks share no memory */
    MPI_Win shared;     /* of comm_share */
    uint32_t commands;  /* received, each announced by a ring */
};

static int count_machines(struct comm *comm)
{
    int local_rank, machines;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL,
                        &comm->machine);
    MPI_Comm_rank(comm->machine, &local_rank);
    int first = local_rank == 0;
    MPI_Allreduce(&first, &machines, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    return machines;
}

/* Zeroed memory of the machine's ranks, on cache lines of its own, all of it in the part of the
 * first of them; NULL when they share none. Open MPI removes the file that it is in as soon as all
 * ranks have opened it. */
static void *share(const struct comm *comm, size_t bytes, MPI_Win *window)
{
    const size_t alignment = _Alignof(struct bell), needed = bytes + alignment;
    int local_rank, unit;
    void *mine, *first;
    MPI_Comm_rank(comm->machine, &local_rank);
    MPI_Aint part = local_rank == 0 ? (MPI_Aint)needed : 0;
    if (MPI_Win_allocate_shared(part, 1, MPI_INFO_NULL, comm->machine, &mine, window) !=
        MPI_SUCCESS) {
        return NULL;
    }
    MPI_Win_shared_query(*window, 0, &part, &unit, &first);
    if (local_rank == 0) {
        memset(first, 0, needed);
    }
    MPI_Barrier(comm->machine);
    /* The same place in every rank: mappings differ by whole pages. */
    return (void *)(((uintptr_t)first + alignment - 1) / alignment * alignment);
}

void *comm_share(struct comm *comm, size_t bytes)
{
    return share(comm, bytes, &comm->shared);
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
    struct comm *comm = calloc(1, sizeof *comm);
    if (comm) {
        MPI_Comm_rank(MPI_COMM_WORLD, &comm->rank);
        MPI_Comm_size(MPI_COMM_WORLD, &comm->size);
        comm->reserved = comm->size;
        comm->shared = MPI_WIN_NULL;
        comm->machines = count_machines(comm);
        comm->group = malloc(((size_t)comm->size + 1) * sizeof *comm->group);
    }
    for (int r = 0; comm && comm->group && r <= comm->size; r++) {
        comm->group[r] = MPI_COMM_NULL;
    }
    if (given < wanted || !comm || !comm->group) {
        snprintf(why, why_bytes,
                 given < wanted ? "the MPI library does not let %s of a rank call it"
                                : "no memory for %s",
                 given < wanted ? (threads == COMM_SEVERAL_CALL ? "several threads"
                                                                : "a threaded main program")
                                : "the ranks");
        comm_free(comm);
        return NULL;
    }
    if (comm->machines == 1) {
        comm->bells = share(comm, (size_t)comm->size * sizeof *comm->bells, &comm->window);
    }
    return comm;
}

void comm_free(struct comm *comm)
{
    for (int r = 0; comm && comm->group && r <= comm->size; r++) {
        if (comm->group[r] != MPI_COMM_NULL) {
            MPI_Comm_free(&comm->group[r]);
        }
    }
    if (comm && comm->bells) {
        MPI_Win_free(&comm->window);
    }
    if (comm) {
        if (comm->shared != MPI_WIN_NULL) {
            MPI_Win_free(&comm->shared);
        }
        MPI_Comm_free(&comm->machine);
        free(comm->group);
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

int comm_machines(const struct comm *comm)
{
    return comm->machines;
}

const char *comm_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    if (text[0] == '\0') {
        MPI_Get_library_version(text, &length);
    }
    return text;
}

/* How long to sleep before the next look, after so much waiting: short waits end soon after what
 * they wait for, long ones cost next to nothing. */
static int64_t nap_ns(int64_t waited_ns)
{
    int64_t most_ns = waited_ns / 100 < NAP_MOST_NS ? waited_ns / 100 : NAP_MOST_NS;
    int64_t limit_ns = most_ns > NAP_USUAL_NS ? most_ns : NAP_USUAL_NS;
    int64_t wanted_ns = waited_ns / 3 > NAP_LEAST_NS ? waited_ns / 3 : NAP_LEAST_NS;
    return wanted_ns < limit_ns ? wanted_ns : limit_ns;
}

/* Blocking MPI calls spin; this does not. */
static void await_asleep(MPI_Request *request)
{
    int done = 0;
    int64_t start_ns = clock_now_ns();
    for (;;) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done) {
            return;
        }
        int64_t now_ns = clock_now_ns();
        clock_sleep_until_ns(now_ns + nap_ns(now_ns - start_ns));
    }
}

/* The same for a command: sleeps until the bell has rung once more than there were commands. Then
 * it is on its way, and a few looks find it. */
static void await_bell(struct comm *comm, MPI_Request *request)
{
    const struct timespec doze = {.tv_nsec = DOZE_NS};
    uint32_t *rings = &comm->bells[comm->rank].rings;
    for (;;) {
        uint32_t heard = __atomic_load_n(rings, __ATOMIC_ACQUIRE);
        if (heard != comm->commands) {
            await_asleep(request);
            comm->commands++;
            return;
        }
        syscall(SYS_futex, rings, FUTEX_WAIT, heard, &doze, NULL, 0);
    }
}

static void ring(struct comm *comm, int rank)
{
    if (comm->bells) {
        __atomic_add_fetch(&comm->bells[rank].rings, 1, __ATOMIC_RELEASE);
        syscall(SYS_futex, &comm->bells[rank].rings, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

static void await_yielding(MPI_Request *request)
{
    int done = 0;
    for (;;) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done) {
            return;
        }
        sched_yield();
    }
}

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

void comm_reserve_last(struct comm *comm)
{
    comm->reserved = comm->size - 1;
}

int comm_is_reserved(const struct comm *comm)
{
    return comm->rank == comm->reserved;
}

static void send_command(struct comm *comm, const struct comm_command *command, int rank)
{
    MPI_Send(command, (int)sizeof *command, MPI_BYTE, rank, TAG_COMMAND, MPI_COMM_WORLD);
    ring(comm, rank);
}

/* In the binomial tree the parent of a rank is the rank without its lowest set bit, whatever the
 * number of ranks: a parked rank can wait for it before it knows the size of the next cell. */
static int parent_of(const struct comm *comm)
{
    return comm_is_reserved(comm) ? 0 : comm->rank & (comm->rank - 1);
}

static void pass_on(struct comm *comm, const struct comm_command *command)
{
    int lowest_bit = comm->rank == 0 ? 1 << 30 : comm->rank & -comm->rank;
    int end = command->ranks < comm->reserved ? command->ranks : comm->reserved;
    if (comm_is_reserved(comm)) {
        return;
    }
    if (comm->rank == 0 && command->reserved && comm->reserved < comm->size) {
        send_command(comm, command, comm->reserved);
    }
    for (int bit = lowest_bit >> 1; bit > 0; bit >>= 1) {
        if (bit < end - comm->rank) {
            send_command(comm, command, comm->rank + bit);
        }
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
    MPI_Irecv(&command, (int)sizeof command, MPI_BYTE, parent_of(comm), TAG_COMMAND, MPI_COMM_WORLD,
              &request);
    if (comm->bells) {
        await_bell(comm, &request);
    } else {
        await_asleep(&request);
    }
    pass_on(comm, &command);
    return command;
}

static MPI_Comm group_of(struct comm *comm, int ranks)
{
    if (comm->group[ranks] == MPI_COMM_NULL) {
        MPI_Group world, first;
        int range[1][3] = {{0, ranks - 1, 1}};
        MPI_Comm_group(MPI_COMM_WORLD, &world);
        MPI_Group_range_incl(world, 1, range, &first);
        MPI_Comm_create_group(MPI_COMM_WORLD, first, TAG_GROUP, &comm->group[ranks]);
        MPI_Group_free(&first);
        MPI_Group_free(&world);
    }
    return comm->group[ranks];
}

void comm_start_together(struct comm *comm, int ranks)
{
    if (ranks > 1) {
        MPI_Request request;
        MPI_Ibarrier(group_of(comm, ranks), &request);
        await_yielding(&request);
    }
}

int comm_agree(struct comm *comm, int ranks, int failed)
{
    int least = failed;
    if (ranks > 1) {
        MPI_Request request;
        MPI_Iallreduce(&failed, &least, 1, MPI_INT, MPI_MIN, group_of(comm, ranks), &request);
        await_yielding(&request);
    }
    return least;
}

void comm_end_together(struct comm *comm, int ranks)
{
    if (ranks > 1) {
        MPI_Request request;
        MPI_Ibarrier(group_of(comm, ranks), &request);
        await_asleep(&request);
    }
}

void comm_gather(struct comm *comm, int ranks, const void *bytes, size_t count, void *all)
{
    if (ranks == 1) {
        memcpy(all, bytes, count);
        return;
    }
    MPI_Request request;
    MPI_Igather(bytes, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, 0, group_of(comm, ranks),
                &request);
    await_asleep(&request);
}
