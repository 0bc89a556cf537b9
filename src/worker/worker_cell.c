#include "worker/worker_cell.h"

uint64_t worker_layout(const struct worker_cell *cell, uint64_t index)
{
    return task_mix(task_mix(task_mix(cell->spec->seed) + cell->visit) + index);
}

uint64_t worker_expected_sum(const struct kernel *kernel, const struct engine *engine,
                             const struct task_spec *spec, uint64_t tasks)
{
    uint64_t sum = 0, item = 0;
    uint64_t units[2] = {task_segment_work(spec, 0), task_segment_work(spec, 1)};
    uint64_t same[2] = {kernel->expect(spec, 0, units[0]), kernel->expect(spec, 0, units[1])};
    for (uint64_t task = 0; task < tasks; task++) {
        for (uint32_t segment = 0; segment <= spec->waits; segment++, item++) {
            int other = segment > 0;
            uint64_t result = kernel->same_for_every_item
                                  ? same[other]
                                  : kernel->expect(spec, item, units[other]);
            sum += task_contribution(item, result);
            if (segment < spec->waits) {
                sum += worker_wait_contribution(item, engine->expect(spec, item));
            }
        }
    }
    return sum;
}
