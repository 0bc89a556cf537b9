/* The rule by which the surroundings of a sample become its flags. */
#ifndef CUAL_SWEEP_DISTURBED_H
#define CUAL_SWEEP_DISTURBED_H

#include "machine/surroundings.h"
#include "model/kernel.h"

#include <stdbool.h>

/* What happened on `nodes` ≥ 1 nodes together: times and events add up where they are known, the
 * longest window counts, and the lowest frequency. */
struct surroundings_change disturbed_merge(const struct surroundings_change *changes, int nodes);

/* A sample, as far as its flags depend on it. */
struct disturbed_sample {
    double time_s;      /* of the sample itself; the change is that of a longer window around it */
    int watched_cores;  /* cores on which other processes slow the sample down */
    bool storage;       /* the operating system reads and writes a file for the sample */
    long threads_ended; /* in the window: they were made for the sample alone, or left by a larger
                           team */
    double usual_hz;    /* frequency at the end of the cell's last visit; NAN: none */
    double cpu_s;       /* CPU time of the sample … */
    double usual_cpu_s; /* … and of other visits to the cell, where all do the same work; NAN: not
                           known */
};

/* CPU times of the last visits to a cell; NAN: none yet. */
#define DISTURBED_VISITS 5
struct disturbed_past {
    double cpu_s[DISTURBED_VISITS];
};
void disturbed_forget(struct disturbed_past *past);
void disturbed_note(struct disturbed_past *past, double cpu_s);

/* The median of them, where the work of the kernel is the same in each visit; NAN where it depends
 * on how workers meet, and after too few visits. */
double disturbed_usual_cpu_s(const struct disturbed_past *past, const struct kernel *kernel);

/* The flags of the sample that the change explains, bits of enum sample_flag. A number that is not
 * known sets no flag. */
unsigned disturbed_flags(const struct surroundings_change *change,
                         const struct disturbed_sample *sample);

#endif
