/* The looks at what must be measured: what services of Linux cost, what the cores are worth, and
 * which other processes use them. */
#ifndef CUAL_CHECKUP_CHECKUP_MEASURED_H
#define CUAL_CHECKUP_CHECKUP_MEASURED_H

#include "checkup/checkup_context.h"

checkup_look checkup_clock, checkup_switch, checkup_thread, checkup_timer, checkup_worth,
    checkup_mpi_files, checkup_steal, checkup_others;

/* Opens the surroundings of the context and reads them for the first time. */
void checkup_watch(struct checkup_context *context);

/* To be called in a rank, after MPI was started for several threads. Fills in what only a rank can
 * find out, in less than a second. Makes a private folder below `folder` and removes it again. */
void checkup_measure_mpi(struct checkup_mpi *mpi, const struct topo *topo, const char *folder);

#endif
