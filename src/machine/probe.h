/* What services of Linux cost on this node. Each is measured for a fraction of a second by threads
 * that end again. NAN when no thread can be started. */
#ifndef CUAL_MACHINE_PROBE_H
#define CUAL_MACHINE_PROBE_H

#include "machine/topo.h"

/* How long it takes two threads on one core to hand over to each other, in s: the median of several
 * batches. Ends after 0.2 s even on a core that others use. */
double probe_switch_s(const struct topo *topo, int core);

/* How long it takes to start a thread and to join it, in s: the median. */
double probe_thread_s(void);

/* How late a thread wakes that sleeps for 1 ms with the least timer slack, in s. */
struct probe_lateness {
    double median_s, p90_s;
};
struct probe_lateness probe_lateness(void);

#endif
