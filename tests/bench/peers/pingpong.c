/* A plain MPI ping-pong between two ranks, each on a core of its own: MPI_Send and MPI_Recv on both
 * sides, which spin. What an engine that waits for messages is compared with.
 *
 * usage: mpirun -n 2 --bind-to none pingpong BYTES REPETITIONS [CORE0 CORE1]
 *
 * Prints the median round trip in nanoseconds over batches of REPETITIONS round trips, one number.
 * Rank r is bound to COREr, or else to core r. */
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCHES = 21, WARM_UP = 1000, TAG = 1 };

static void bind_to(int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        perror("pingpong: sched_setaffinity");
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
}

static void exchange(int rank, char *buffer, int bytes, long repetitions)
{
    for (long i = 0; i < repetitions; i++) {
        if (rank == 0) {
            MPI_Send(buffer, bytes, MPI_BYTE, 1, TAG, MPI_COMM_WORLD);
            MPI_Recv(buffer, bytes, MPI_BYTE, 1, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        } else {
            MPI_Recv(buffer, bytes, MPI_BYTE, 0, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            MPI_Send(buffer, bytes, MPI_BYTE, 0, TAG, MPI_COMM_WORLD);
        }
    }
}

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median_ns(int rank, char *buffer, int bytes, long repetitions)
{
    double round_trip_ns[BATCHES];
    exchange(rank, buffer, bytes, WARM_UP);
    for (int b = 0; b < BATCHES; b++) {
        double start_s = MPI_Wtime();
        exchange(rank, buffer, bytes, repetitions);
        round_trip_ns[b] = (MPI_Wtime() - start_s) * 1e9 / (double)repetitions;
    }
    qsort(round_trip_ns, BATCHES, sizeof round_trip_ns[0], ascending);
    return round_trip_ns[BATCHES / 2];
}

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int bytes = argc > 2 ? atoi(argv[1]) : 0;
    long repetitions = argc > 2 ? atol(argv[2]) : 0;
    char *buffer = bytes > 0 ? calloc(1, (size_t)bytes) : NULL;
    if (size != 2 || (argc != 3 && argc != 5) || !buffer || repetitions < 1) {
        fprintf(stderr, "usage: mpirun -n 2 pingpong BYTES REPETITIONS [CORE0 CORE1]\n");
        free(buffer);
        MPI_Abort(MPI_COMM_WORLD, 2);
        return 2;
    }
    bind_to(argc == 5 ? atoi(argv[3 + rank]) : rank);
    double ns = median_ns(rank, buffer, bytes, repetitions);
    if (rank == 0) {
        printf("%.1f\n", ns);
    }
    free(buffer);
    MPI_Finalize();
    return 0;
}
