/* What the simulation library does otherwise than Open MPI, and cual relies on. The linker puts
 * these in place of the functions they are named after (--wrap).
 *
 * Nonblocking barriers and reductions go step by step down Open MPI's trees (coll/libnbc: a barrier
 * by dissemination, a small reduction up and down a binomial tree), and only while the rank looks:
 * it has no progress thread. SimGrid's own would send everything to rank 0 and back.
 * A rank that waits on a futex sleeps until another of its machine wakes it. */
#include "simulated.h"

#include <linux/futex.h>
#include <mpi.h>
#include <simgrid/cond.h>
#include <simgrid/mutex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

enum { TAG = 17, RANKS_MOST = 1 << 16, STEPS_MOST = 64, WAKE_NS = 10000 };

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

/* -- futexes -- */

struct sleeper {
    const uint32_t *word;
    sg_mutex_t mutex;
    sg_cond_t woken;
};

static struct sleeper sleepers[2 * RANKS_MOST];

static struct sleeper *sleeper_at(const uint32_t *word)
{
    size_t i = ((uintptr_t)word >> 7) % (2 * RANKS_MOST);
    while (sleepers[i].word && sleepers[i].word != word) {
        i = (i + 1) % (2 * RANKS_MOST);
    }
    if (!sleepers[i].word) {
        sleepers[i] = (struct sleeper){word, sg_mutex_init(), sg_cond_init()};
    }
    return &sleepers[i];
}

/* Without the most that it may take: nobody's call is lost here. */
static long futex(uint32_t *word, long operation, uint32_t value)
{
    const struct timespec wake = {.tv_nsec = WAKE_NS};
    struct sleeper *sleeper = sleeper_at(word);
    sg_mutex_lock(sleeper->mutex);
    bool waits = operation == FUTEX_WAIT && *word == value;
    if (waits) {
        sg_cond_wait(sleeper->woken, sleeper->mutex);
    } else if (operation == FUTEX_WAKE) {
        sg_cond_notify_all(sleeper->woken);
    }
    sg_mutex_unlock(sleeper->mutex);
    if (waits) {
        nanosleep(&wake, NULL);
    }
    return 0;
}

long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list rest;
    va_start(rest, number);
    uint32_t *word = va_arg(rest, uint32_t *);
    long operation = va_arg(rest, int);
    uint32_t value = va_arg(rest, uint32_t);
    va_end(rest);
    if (number != SYS_futex || (operation != FUTEX_WAIT && operation != FUTEX_WAKE)) {
        abort();
    }
    return futex(word, operation, value);
}
