/* No work: what is left of a task is the tool's own cost. */
#include "model/kernel.h"

static uint64_t none_compute(void *state, uint64_t item, uint64_t units)
{
    (void)state;
    (void)item;
    (void)units;
    return 0;
}

static uint64_t none_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    (void)spec;
    (void)item;
    (void)units;
    return 0;
}

const struct kernel kernel_none = {
    .name = "none",
    .bound = KERNEL_BOUND_TOOL,
    .help = "no work at all",
    .same_for_every_item = true,
    .compute = none_compute,
    .expect = none_expect,
};
