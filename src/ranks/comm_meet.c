/* How the ranks of a group meet: those of a node in memory that they share, and for them its
 * first rank with those of the other nodes. */
#include "ranks/comm_group.h"
#include "ranks/comm_state.h"
#include "ranks/comm_wait.h"
#include "ranks/futex.h"
#include "system/clock.h"

#include <stddef.h>

enum patience { YIELDING, ASLEEP };

/* Others' messages and one-sided operations may need this rank's hand. */
static void progress(const struct comm *comm)
{
    int found;
    MPI_Iprobe(comm->rank, COMM_TAG_NONE, MPI_COMM_WORLD, &found, MPI_STATUS_IGNORE);
}

/* Until the futex has come to `wanted`, or past it. */
static void await_futex(const struct comm *comm, const uint32_t *futex, uint32_t wanted,
                        enum patience patience)
{
    int64_t start_ns = clock_now_ns();
    for (;;) {
        uint32_t now = __atomic_load_n(futex, __ATOMIC_ACQUIRE);
        if ((int)(now - wanted) >= 0) {
            return;
        }
        progress(comm);
        if (patience == YIELDING) {
            futex_yield(futex, now);
        } else {
            futex_sleep(futex, now, comm_nap_ns(clock_now_ns() - start_ns, COMM_NAP_MOST_NS));
        }
    }
}

/* Hands in a value, NULL: none; the last of the others wakes the first rank. */
static void arrive(struct comm_meeting *meeting, const int *own, uint32_t others)
{
    int least = __atomic_load_n(&meeting->least, __ATOMIC_RELAXED);
    while (own && *own < least &&
           !__atomic_compare_exchange_n(&meeting->least, &least, *own, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
    }
    if (__atomic_add_fetch(&meeting->arrived, 1, __ATOMIC_ACQ_REL) == others) {
        futex_wake(&meeting->arrived);
    }
}

/* The first ranks of the nodes meet by messages: the least of their values, or without a barrier
 * of theirs. */
static int meet_others(struct comm *comm, const struct comm_group *group, const int *own,
                       enum patience patience)
{
    MPI_Request request;
    MPI_Comm leaders = comm_communicator(comm, group->leaders);
    int least = 0;
    if (own) {
        MPI_Iallreduce(own, &least, 1, MPI_INT, MPI_MIN, leaders, &request);
    } else {
        MPI_Ibarrier(leaders, &request);
    }
    if (patience == YIELDING) {
        comm_await_yielding(&request);
    } else {
        comm_await_asleep(&request);
    }
    return least;
}

/* Returns on all ranks of the group when all have come, with the least of their values; `own` is
 * NULL on all of them where there are none, and what is returned then means nothing. */
static int meet(struct comm *comm, const struct comm_group *group, const int *own,
                enum patience patience)
{
    struct comm_meeting *meeting = comm->shared.meeting;
    uint32_t others = (uint32_t)comm_group_here(comm, group) - 1;
    uint32_t ended = __atomic_load_n(&meeting->ended, __ATOMIC_RELAXED) + 1;
    if (comm->nodes.local > 0) {
        arrive(meeting, own, others);
        await_futex(comm, &meeting->ended, ended, patience);
        return meeting->agreed;
    }
    await_futex(comm, &meeting->arrived, others, patience);
    int least = own && *own < meeting->least ? *own : meeting->least;
    if (group->nodes > 1) {
        least = meet_others(comm, group, own ? &least : NULL, patience);
    }
    meeting->arrived = 0;
    meeting->least = 0;
    meeting->agreed = least;
    __atomic_store_n(&meeting->ended, ended, __ATOMIC_RELEASE);
    if (others > 0) {
        futex_wake(&meeting->ended);
    }
    return least;
}

void comm_start_together(struct comm *comm, const struct comm_group *group)
{
    meet(comm, group, NULL, YIELDING);
}

int comm_agree(struct comm *comm, const struct comm_group *group, int failed)
{
    return meet(comm, group, &failed, YIELDING);
}

void comm_end_together(struct comm *comm, const struct comm_group *group, bool lends_hand)
{
    meet(comm, group, NULL, lends_hand ? YIELDING : ASLEEP);
}
