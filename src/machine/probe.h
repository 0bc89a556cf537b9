/* What the kernel's services cost here, each measured for a fraction of a second by threads that
 * end again. NAN when no thread can be started. */
#ifndef CUAL_MACHINE_PROBE_H
#define CUAL_MACHINE_PROBE_H

#include "machine/topo.h"

/* Two threads on one core hand over to each other: time from one to the other, in s; the median of
 * several batches. Ends after 0.2 s even on a core that others use. */
double probe_switch_s(const struct topo *topo, int core);

/* Starting a thread and joining it, in s; the median. */
double probe_thread_s(void);

/* How late a thread wakes that sleeps for 1 ms, in s; least timer slack. */
struct probe_lateness {
    double median_s, p90_s;
};
struct probe_lateness probe_lateness(void);

#endif
