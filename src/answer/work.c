#include "answer/work.h"

#include <math.h>
#include <string.h>

bool work_is_waiting(const struct question_workload *workload)
{
    return workload->engine.has_waits && workload->waits > 0 && workload->wait_fraction != 0 &&
           workload->kernel.guard == KERNEL_GUARD_ABSENT;
}

bool work_is_computing(const struct question_workload *workload)
{
    return workload->kernel.computes && workload->kernel.guard == KERNEL_GUARD_ABSENT;
}

bool work_only_computes(const struct question_workload *workload)
{
    return work_is_computing(workload) && !work_is_waiting(workload);
}

bool work_only_waits(const struct question_workload *workload)
{
    return work_is_waiting(workload) && !workload->kernel.computes;
}

/* Equal, or neither is a number. */
static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

bool work_is_same(const struct question_workload *a, const struct question_workload *b)
{
    return strcmp(a->kernel.name, b->kernel.name) == 0 &&
           strcmp(a->engine.name, b->engine.name) == 0 && a->kernel.guard == b->kernel.guard &&
           a->kernel.through == b->kernel.through && a->tasks == b->tasks && a->weak == b->weak &&
           a->lock == b->lock && a->waits == b->waits && a->traced == b->traced &&
           is_same(a->latency_s, b->latency_s) && is_same(a->flops, b->flops) &&
           is_same(a->memory_bytes, b->memory_bytes) && a->footprint.bytes == b->footprint.bytes &&
           a->footprint.is_common == b->footprint.is_common &&
           is_same(a->wait_bytes, b->wait_bytes) && is_same(a->wait_fraction, b->wait_fraction);
}

bool work_waits_by_timer(const struct question_workload *workload)
{
    return work_only_waits(workload) && workload->latency_s > 0 && !workload->lock;
}
