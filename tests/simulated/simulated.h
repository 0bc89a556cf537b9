/* Many ranks, simulated in one process (SimGrid's SMPI): the control part of the product as it is,
 * with a clock, cores and kernels that are none. */
#ifndef CUAL_SIMULATED_H
#define CUAL_SIMULATED_H

#include "machine/topo.h"

/* A node of so many cores that bind nothing. */
struct topo {
    int cores;
};

/* Messages that rank 0 has sent, but for gathers. */
extern unsigned long simulated_messages;

#endif
