#include "answer/reason_excess.h"

#include <math.h>

/* CPU time beyond that of the work that is worth a word. */
#define WORTH_A_WORD 0.15

/* What a context switch costs at the most: some 2 µs from thread to thread through a pipe, a few
 * more on a virtual machine, and 13 µs to fetch 256 KiB into the caches again at 20 GB/s. Where the
 * counted switches cannot explain half of the excess even so, it goes to something else. */
#define SWITCH_MOST_S 20e-6
#define GOOD_PART 0.5

/* A point has this many more involuntary switches than serial, and twice as many, when its workers
 * take turns; the operating system switches now and then in any case. */
#define SWITCHES_NOTED 10

bool reason_calls_mpi(const struct question_workload *workload, struct point point)
{
    return workload->kernel.through == KERNEL_THROUGH_RMA && point.ranks > 1;
}

bool reason_is_contended(const struct reason_facts *facts, struct point point)
{
    enum kernel_guard guard = facts->workload->kernel.guard;
    return guard != KERNEL_GUARD_ABSENT && guard != KERNEL_GUARD_SHARDED &&
           point_workers(point) > 1;
}

/* True when the switches that were counted can explain a good part of the excess. */
static bool is_switching(const struct reason_facts *facts, struct point point,
                         const struct reason_cell *cell, double excess_s)
{
    const struct reason_cell *serial = &facts->serial;
    double involuntary = cell->switches_involuntary - 2 * serial->switches_involuntary;
    double switches = cell->switches_voluntary + cell->switches_involuntary -
                      serial->switches_voluntary - serial->switches_involuntary;
    return point_workers(point) > point.cores && involuntary > SWITCHES_NOTED &&
           switches * SWITCH_MOST_S >= GOOD_PART * excess_s;
}

static enum reason_cause cause_of(const struct reason_facts *facts, struct point point,
                                  const struct reason_cell *cell, double excess_s)
{
    const struct question_workload *workload = facts->workload;
    if (is_switching(facts, point, cell, excess_s)) {
        return REASON_CAUSE_SWITCHING;
    }
    if (reason_is_contended(facts, point)) {
        return reason_calls_mpi(workload, point)             ? REASON_CAUSE_RMA
               : workload->kernel.guard == KERNEL_GUARD_LOCK ? REASON_CAUSE_LIST_LOCK
                                                             : REASON_CAUSE_LIST;
    }
    if (workload->lock && point.threads > 1) {
        return REASON_CAUSE_LOCK;
    }
    /* Who spins while waiting takes CPU time by design. */
    return point_workers(point) > point.cores && !workload->engine.spins ? REASON_CAUSE_NOT_MEASURED
                                                                         : REASON_CAUSE_NONE;
}

struct reason_excess reason_excess(const struct reason_facts *facts, struct point point,
                                   const struct reason_cell *cell)
{
    double work_s = facts->serial.cpu_s * fmax(1, facts->point.cores / facts->worth.times);
    double share = 1 - work_s / cell->cpu_s;
    if (!(share > WORTH_A_WORD)) { /* nor where no CPU time is known */
        return (struct reason_excess){REASON_CAUSE_NONE, 0};
    }
    enum reason_cause cause = cause_of(facts, point, cell, share * cell->cpu_s * facts->tasks);
    return (struct reason_excess){cause, cause == REASON_CAUSE_NONE ? 0 : share};
}

const char *reason_cause_words(enum reason_cause cause)
{
    static const char *const words[REASON_CAUSE_COUNT] = {
        [REASON_CAUSE_SWITCHING] = "switching",
        [REASON_CAUSE_RMA] = "one-sided calls of MPI",
        [REASON_CAUSE_LIST_LOCK] = "contention for the lock of the shared list",
        [REASON_CAUSE_LIST] = "contention for the end of the shared list",
        [REASON_CAUSE_LOCK] = "contention for the lock",
        [REASON_CAUSE_NOT_MEASURED] = "a cause that was not measured",
    };
    return words[cause];
}
