/* How this program starts its own ranks, and waits for them: by mpirun, or by another launcher
 * (launch/launcher.h) that its MPI library needs, which is meant by `mpirun` as well. */
#ifndef CUAL_LAUNCH_MPIRUN_H
#define CUAL_LAUNCH_MPIRUN_H

#include "system/error.h"

/* The command line by which mpirun starts `ranks` ranks of this program on each of `nodes` nodes
 * with the same arguments. mpirun is told to obey root, too. Memory of the caller (free); NULL when
 * there is none. */
char **mpirun_words(int ranks, int nodes, char **argv);

/* Starts `ranks` ranks of this program on each of `nodes` nodes with mpirun and the same arguments,
 * waits for mpirun, and returns the exit status of the run. The first signal to this process is
 * passed on as a request to end. Ranks that have not ended five seconds after that are ended by
 * mpirun, and mpirun is ended five seconds later. On one node, mpirun is ended also when it stays
 * although all ranks have ended. */
int mpirun_run(int ranks, int nodes, char **argv, struct error *error);

#endif
