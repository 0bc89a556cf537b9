/* What no point can beat: X ≤ min(C* / (c+o), R·T·D / (c+w+o), B / b). */
#ifndef CUAL_ANSWER_BOUNDS_H
#define CUAL_ANSWER_BOUNDS_H

#include "model/point.h"

#include <stdint.h>

enum bound { BOUND_CORES, BOUND_DEPTH, BOUND_MEMORY, BOUND_LOCK, BOUND_COUNT };
extern const char *const bound_names[BOUND_COUNT]; /* "cores" … */

/* Of one task, at one C. NAN where unknown; 0 where there is none. */
struct bound_inputs {
    double compute_s;   /* c + o: CPU time of one task at 1×1×1@1 */
    double wait_s;      /* w: time of one task at 1×1×1@1 beyond that */
    double cores_worth; /* C* */
    double bytes;       /* b: memory traffic */
    double bandwidth;   /* B at this C, in byte/s */
    uint64_t tasks;     /* no more than these can be in flight */
    int lock;           /* compute is serial within a rank */
};

struct bounds {
    double tasks_per_s[BOUND_COUNT]; /* INFINITY where it does not apply */
    enum bound lowest;
};

struct bounds bounds_at(const struct bound_inputs *inputs, struct point point);

#endif
