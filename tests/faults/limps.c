/* limps: right, and half as fast on every CPU but the first. */
#include "faults.h"

#include "kernels/kernels.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

static int limps_open(const struct task_spec *spec, const struct kernel_worker *worker,
                      void *shared, void **state)
{
    (void)spec, (void)worker, (void)shared;
    bool *limps = malloc(sizeof *limps);
    *state = limps;
    if (!limps) {
        return -ENOMEM;
    }
    *limps = sched_getcpu() != 0;
    return 0;
}

static uint64_t limps_compute(void *state, uint64_t item, uint64_t units)
{
    const bool *limps = state;
    volatile uint64_t in_vain = *limps ? kernel_flops.compute(NULL, item, units) : 0;
    (void)in_vain;
    return kernel_flops.compute(NULL, item, units);
}

static int limps_close(void *state)
{
    free(state);
    return 0;
}

static uint64_t limps_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    return kernel_flops.expect(spec, item, units);
}

const struct kernel fault_limps = {
    .name = "limps",
    .bound = KERNEL_BOUND_FLOATING_POINT,
    .help = "half as fast on every CPU but number 0",
    .unit = "480 multiply-adds of doubles",
    .open = limps_open,
    .compute = limps_compute,
    .close = limps_close,
    .expect = limps_expect,
};
