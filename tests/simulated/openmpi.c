/* What the simulation library does otherwise than Open MPI, and cual relies on. The linker puts
 * these in place of the functions they are named after (--wrap).
 *
 * Nonblocking barriers and reductions go step by step down Open MPI's trees (coll/libnbc: a barrier
 * by dissemination, a small reduction up and down a binomial tree), and only while the rank looks:
 * it has no progress thread. SimGrid's own would send everything to rank 0 and back. */
#include "simulated.h"

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { TAG = 17, RANKS_MOST = 1 << 16, STEPS_MOST = 64 };

/* All simulated ranks live in this process, and only one of them runs at a time: what stands here
 * is shared by all. */

unsigned long simulated_messages;

static void count_message(void)
{
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    simulated_messages += rank == 0;
}

int __real_MPI_Send(const void *bytes, int count, MPI_Datatype type, int to, int tag,
                    MPI_Comm comm);
int __wrap_MPI_Send(const void *bytes, int count, MPI_Datatype type, int to, int tag,
                    MPI_Comm comm);
int __wrap_MPI_Send(const void *bytes, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm)
{
    count_message();
    return __real_MPI_Send(bytes, count, type, to, tag, comm);
}

/* A look for the sake of progress, of which there is always enough here. */
int __wrap_MPI_Iprobe(int source, int tag, MPI_Comm comm, int *found, MPI_Status *status);
int __wrap_MPI_Iprobe(int source, int tag, MPI_Comm comm, int *found, MPI_Status *status)
{
    (void)source, (void)tag, (void)comm, (void)status;
    *found = 0;
    return MPI_SUCCESS;
}

/* -- schedules -- */

enum action { TOKEN, LEAST, TAKE };

/* Sends to a rank and receives from one; −1: does not. */
struct step {
    int to, from;
    enum action action;
};

struct schedule {
    MPI_Comm comm;
    int steps, next;
    bool posted;
    struct step step[STEPS_MOST];
    MPI_Request request[2];
    int sent, received;
    int *value;
};

/* A rank has one under way at a time, by rank of the world. */
static struct schedule schedules[RANKS_MOST];

static struct schedule *own_schedule(void)
{
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return &schedules[rank];
}

static struct schedule *begin(MPI_Comm comm, int *value, MPI_Request *request, int *rank, int *size)
{
    struct schedule *schedule = own_schedule();
    MPI_Comm_rank(comm, rank);
    MPI_Comm_size(comm, size);
    *schedule = (struct schedule){.comm = comm, .value = value};
    *request = (MPI_Request)schedule;
    return schedule;
}

static void add(struct schedule *schedule, int to, int from, enum action action)
{
    schedule->step[schedule->steps++] = (struct step){to, from, action};
}

static void post(struct schedule *schedule)
{
    const struct step *step = &schedule->step[schedule->next];
    schedule->request[0] = schedule->request[1] = MPI_REQUEST_NULL;
    schedule->sent = schedule->value ? *schedule->value : 0;
    if (step->from >= 0) {
        MPI_Irecv(&schedule->received, 1, MPI_INT, step->from, TAG, schedule->comm,
                  &schedule->request[0]);
    }
    if (step->to >= 0) {
        count_message();
        MPI_Isend(&schedule->sent, 1, MPI_INT, step->to, TAG, schedule->comm,
                  &schedule->request[1]);
    }
    schedule->posted = true;
}

static void end_step(struct schedule *schedule)
{
    const struct step *step = &schedule->step[schedule->next++];
    bool takes =
        step->action == TAKE || (step->action == LEAST && schedule->received < *schedule->value);
    if (step->from >= 0 && takes) {
        *schedule->value = schedule->received;
    }
    schedule->posted = false;
}

int __real_MPI_Test(MPI_Request *request, int *done, MPI_Status *status);
int __wrap_MPI_Test(MPI_Request *request, int *done, MPI_Status *status);
int __wrap_MPI_Test(MPI_Request *request, int *done, MPI_Status *status)
{
    struct schedule *schedule = own_schedule();
    if (*request != (MPI_Request)schedule) {
        return __real_MPI_Test(request, done, status);
    }
    while (schedule->next < schedule->steps) {
        int both = 1;
        if (!schedule->posted) {
            post(schedule);
        }
        for (int i = 0; i < 2; i++) {
            int one = 1;
            if (schedule->request[i] != MPI_REQUEST_NULL) {
                __real_MPI_Test(&schedule->request[i], &one, MPI_STATUS_IGNORE);
            }
            both &= one;
        }
        if (!both) {
            *done = 0;
            return MPI_SUCCESS;
        }
        end_step(schedule);
    }
    *request = MPI_REQUEST_NULL;
    *done = 1;
    return MPI_SUCCESS;
}

int __wrap_MPI_Ibarrier(MPI_Comm comm, MPI_Request *request);
int __wrap_MPI_Ibarrier(MPI_Comm comm, MPI_Request *request)
{
    int rank, size;
    struct schedule *schedule = begin(comm, NULL, request, &rank, &size);
    for (int distance = 1; distance < size; distance *= 2) {
        add(schedule, (rank + distance) % size, (rank - distance + size) % size, TOKEN);
    }
    post(schedule);
    return MPI_SUCCESS;
}

/* Whoever yields between looks finds what it waits for at once; thousands of looks would take the
 * simulation hours. */
int __wrap_sched_yield(void);
int __wrap_sched_yield(void)
{
    struct schedule *schedule = own_schedule();
    if (schedule->posted) {
        MPI_Waitall(2, schedule->request, MPI_STATUSES_IGNORE);
    }
    return 0;
}

/* Only of one int, and only the least. */
int __wrap_MPI_Iallreduce(const void *own, void *least, int count, MPI_Datatype type, MPI_Op op,
                          MPI_Comm comm, MPI_Request *request);
int __wrap_MPI_Iallreduce(const void *own, void *least, int count, MPI_Datatype type, MPI_Op op,
                          MPI_Comm comm, MPI_Request *request)
{
    int rank, size, distance = 1;
    if (count != 1 || type != MPI_INT || op != MPI_MIN) {
        abort();
    }
    *(int *)least = *(const int *)own;
    struct schedule *schedule = begin(comm, least, request, &rank, &size);
    for (; distance < size && !(rank & distance); distance *= 2) {
        if (rank + distance < size) {
            add(schedule, -1, rank + distance, LEAST);
        }
    }
    if (rank > 0) {
        add(schedule, rank - distance, -1, TOKEN);
        int highest = 1;
        while (highest * 2 <= rank) {
            highest *= 2;
        }
        add(schedule, -1, rank - highest, TAKE);
    }
    for (distance = 1; distance < size; distance *= 2) {
        if (rank < distance && rank + distance < size) {
            add(schedule, rank + distance, -1, TOKEN);
        }
    }
    post(schedule);
    return MPI_SUCCESS;
}
