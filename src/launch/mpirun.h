/* mpirun: how this program starts its own ranks, and waits for them. */
#ifndef CUAL_LAUNCH_MPIRUN_H
#define CUAL_LAUNCH_MPIRUN_H

#include "system/error.h"

/* The command line that starts `ranks` ranks of this program on each of so many nodes with the same
 * arguments, by mpirun from PATH, which is told to obey root, too. Memory of the caller (free),
 * NULL when there is none. */
char **mpirun_words(int ranks, int nodes, char **argv);

/* Starts `ranks` ranks of this program on each of so many nodes with mpirun and the same arguments,
 * passes the first signal on as a request to stop, waits, and returns the exit status of the run.
 * Ranks that have not ended five seconds after that are ended by mpirun, and mpirun itself five
 * seconds later. On one node, mpirun is ended, too, when it stays though all ranks have gone. */
int mpirun_run(int ranks, int nodes, char **argv, struct error *error);

#endif
