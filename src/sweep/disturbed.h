/* What the surroundings did to a sample, as flags: the rule. */
#ifndef CUAL_SWEEP_DISTURBED_H
#define CUAL_SWEEP_DISTURBED_H

#include "machine/surroundings.h"

#include <stdbool.h>

/* What happened on `nodes` ≥ 1 nodes together: times and events add up where they are known, the
 * longest window counts, and the lowest frequency. */
struct surroundings_change disturbed_merge(const struct surroundings_change *changes, int nodes);

/* What was measured between two readings of the surroundings. */
struct disturbed_sample {
    double time_s;      /* of the sample itself; the change is that of a longer window around it */
    int watched_cores;  /* what happened on so many counts */
    bool storage;       /* the kernel reads and writes a file for it */
    long threads_ended; /* in the window: those made for it alone, and what a larger team left */
    double usual_hz;    /* frequency at the end of the cell's last visit; NAN: none */
};

/* The bits of enum sample_flag that hold. What is not known is no flag. */
unsigned disturbed_flags(const struct surroundings_change *change,
                         const struct disturbed_sample *sample);

#endif
