/* How equal work is compared without rounds: each cell is repeated on one core, then the next.
 * usage: one_by_one CELLS REPETITIONS SECONDS; prints the median time of each cell in s. */
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A chain of multiplications: nothing but the core decides how long it takes. */
static double time_of(uint64_t units)
{
    static volatile uint64_t result;
    double start_s = now_s();
    uint64_t x = 1;
    for (uint64_t i = 0; i < units; i++) {
        x = x * 0x9e3779b97f4a7c15u + i;
    }
    result = x;
    (void)result;
    return now_s() - start_s;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int cells = argc > 3 ? atoi(argv[1]) : 8, repetitions = argc > 3 ? atoi(argv[2]) : 15;
    double asked_s = argc > 3 ? atof(argv[3]) : 0.01, unit_s = 1;
    double *time_s = malloc(sizeof *time_s * (size_t)repetitions);
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(0, sizeof first, &first);
    for (int i = 0; i < 50; i++) {
        double found_s = time_of(1000000) / 1e6;
        unit_s = found_s < unit_s ? found_s : unit_s;
    }
    for (int cell = 0; cell < cells; cell++) {
        for (int i = 0; i < repetitions; i++) {
            time_s[i] = time_of((uint64_t)(asked_s / unit_s));
        }
        qsort(time_s, (size_t)repetitions, sizeof *time_s, by_value);
        printf("%.9f\n", time_s[repetitions / 2]);
    }
    free(time_s);
    return 0;
}
