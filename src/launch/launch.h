/* How the program comes to run as ranks with surroundings that do not spoil the measurement. */
#ifndef CUAL_LAUNCH_LAUNCH_H
#define CUAL_LAUNCH_LAUNCH_H

#include "system/error.h"

#include <stdbool.h>

/* True when mpirun or srun has started this process as one of its ranks. */
int launch_is_rank(void);

/* True in a rank when its launcher says that ranks are on several machines. */
int launch_spans_nodes(void);

/* The number that the launcher gave this process, 0 without a launcher. Valid before MPI starts. */
int launch_rank(void);

/* 0, or status: srun has started this process as one of several without telling them of each other,
 * so that each would be a run of its own. One of them has a word to say about it. */
int launch_check(struct error *error);

/* Sets what OpenMP and MPI read when they are loaded or started (no spinning of idle threads, no
 * binding of theirs, yielding waits), giving back cores that OpenMP may have taken from this
 * process. Programs read it at their start only: so the process replaces itself once. Returns only
 * when there is nothing to change, or with -errno. */
int launch_settle(char **argv);

/* What the user had set of those variables, "NAME=value NAME=value"; "" when nothing. */
const char *launch_overruled(void);

/* The command line that starts `ranks` ranks of this program on each of so many nodes with the same
 * arguments, by mpirun from PATH, which is told to obey root, too. Memory of the caller (free),
 * NULL when there is none. */
char **launch_words(int ranks, int nodes, char **argv);

/* True in ranks that this program has started itself. */
int launch_is_own(void);

/* True when the launcher has bound this rank to some of the cores. */
int launch_is_bound(void);

/* Nodes that a batch system has granted to this program, which are to have ranks; 1 without one,
 * and within a step of srun, which has its nodes already. On several, `*ranks` of each becomes what
 * was asked of the batch system where that is more. */
int launch_nodes(int *ranks);

/* Starts `ranks` ranks of this program on each of so many nodes with mpirun and the same arguments,
 * passes the first signal on as a request to stop, waits, and returns the exit status of the run.
 * Ranks that have not ended five seconds after that are ended by mpirun, and mpirun itself five
 * seconds later; on one node, mpirun is ended, too, when it stays though all ranks have gone. */
int launch_ranks(int ranks, int nodes, char **argv, struct error *error);

/* Whether stdout or stderr (descriptor 1 or 2) is a terminal: of this process, or of the one that
 * started the ranks. */
int launch_is_terminal(int descriptor);

/* True when what is printed on stdout may have colours. */
bool launch_wants_colour(void);

#endif
