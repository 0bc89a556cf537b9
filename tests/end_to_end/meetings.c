/* Meetings of random groups of the ranks, as cells hold them, with ranks that come late.
 *
 * usage: mpirun -n RANKS meetings MACHINES TIMES
 * The ranks are dealt out over so many nodes, which are none: they share memory all the same.
 * Exit status 1 when a rank heard another value than the least of its group, or left a meeting
 * before the last had come. */
#include "ranks/comm.h"
#include "system/clock.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { RANKS_MOST = 64, LATE_NS = 300000 };

static int nodes = 1;

/* In place of the library's: rank by rank to another node. */
int MPI_Comm_split_type(MPI_Comm comm, int type, int key, MPI_Info info, MPI_Comm *part)
{
    int rank;
    (void)type, (void)info;
    PMPI_Comm_rank(comm, &rank);
    return PMPI_Comm_split(comm, rank % nodes, key, part);
}

static unsigned next(unsigned *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 8;
}

/* The same on all ranks. */
static const struct comm_group *choose(struct comm *comm, unsigned *random)
{
    int count[RANKS_MOST], chosen = 1 + (int)(next(random) % (unsigned)comm_nodes(comm));
    for (int m = 0; m < chosen; m++) {
        count[m] = 1 + (int)(next(random) % (unsigned)comm_node_size(comm, m));
    }
    return comm_group(comm, count, chosen);
}

static int value_of(int time, int number)
{
    return -((time * 31 + number * 17) % 200);
}

static void come_late(unsigned *random)
{
    if (next(random) % 7 == 0) {
        clock_sleep_until_ns(clock_now_ns() + next(random) % LATE_NS);
    }
}

/* The ranks are on one computer: their clocks are one. Returns what went wrong. */
static int hold(struct comm *comm, const struct comm_group *group, int time, unsigned *random)
{
    int least = 0, wrong = 0;
    int64_t at_ns[2], all_ns[RANKS_MOST][2], last_ns = 0;
    for (int number = 0; number < group->size; number++) {
        int value = value_of(time, number);
        least = value < least ? value : least;
    }
    come_late(random);
    wrong += comm_agree(comm, group, value_of(time, group->rank)) != least;
    comm_start_together(comm, group);
    come_late(random);
    at_ns[0] = clock_now_ns();
    comm_end_together(comm, group, false);
    at_ns[1] = clock_now_ns();
    comm_gather(comm, group, at_ns, sizeof at_ns, all_ns);
    for (int r = 0; comm_rank(comm) == 0 && r < group->size; r++) {
        last_ns = all_ns[r][0] > last_ns ? all_ns[r][0] : last_ns;
    }
    for (int r = 0; comm_rank(comm) == 0 && r < group->size; r++) {
        wrong += all_ns[r][1] < last_ns;
    }
    return wrong;
}

int main(int argc, char **argv)
{
    char why[128];
    nodes = argc > 1 ? atoi(argv[1]) : 1;
    int times = argc > 2 ? atoi(argv[2]) : 1, wrong = 0;
    struct comm *comm = comm_create(COMM_ONE_CALLS, why, sizeof why);
    if (!comm || comm_size(comm) > RANKS_MOST) {
        fprintf(stderr, "meetings: %s\n", comm ? "too many ranks" : why);
        return 1;
    }
    int all[RANKS_MOST];
    unsigned common = 1, own = (unsigned)comm_rank(comm) * 777 + 1;
    wrong += comm_agree(comm, comm_all(comm), -comm_rank(comm)) != 1 - comm_size(comm);
    comm_gather(comm, comm_all(comm), &wrong, sizeof wrong, all); /* all have left */
    for (int time = 0; time < times; time++) {
        const struct comm_group *group = choose(comm, &common);
        const struct comm_command command = {.group = group->number, .number = {time}};
        if (comm_rank(comm) == 0) {
            comm_command(comm, &command);
        } else if (group->rank >= 0) {
            wrong += comm_await_command(comm).number[0] != time;
        }
        wrong += group->rank >= 0 ? hold(comm, group, time, &own) : 0;
    }
    uint64_t any = wrong > 0;
    comm_or(comm, &any, 1);
    if (wrong > 0) {
        fprintf(stderr, "meetings: rank %d: %d wrong\n", comm_rank(comm), wrong);
    }
    comm_free(comm);
    return any > 0;
}
