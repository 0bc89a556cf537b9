#include "answer/unequal.h"

#include "model/placement.h"

struct unequal unequal_cores(const struct question *question, size_t workload, int cores)
{
    const double *speed = question->workload[workload].calibrated.speed;
    struct unequal found = {.in_all = 1};
    double speeds = 0;
    if (!speed || (size_t)cores > question->node_cores) {
        return found;
    }
    for (int core = 0; core < cores; core++) {
        found.slowest = speed[core] < speed[found.slowest] ? core : found.slowest;
        found.fastest = speed[core] > speed[found.fastest] ? core : found.fastest;
        speeds += speed[core];
    }
    if (speed[found.slowest] < speed[found.fastest]) {
        found.speed = speed;
        found.in_all = speeds / (cores * speed[found.slowest]);
    }
    return found;
}

double unequal_cpu(const struct unequal *cores, struct point point, uint64_t tasks)
{
    double times = 0;
    for (int core = 0; cores->speed && core < point.cores; core++) {
        times += (double)placement_tasks_of_core(point, core, tasks) / cores->speed[core];
    }
    return cores->speed ? times / (double)tasks : 1;
}
