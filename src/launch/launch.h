/* How this process was launched: as a rank or not, by whom, and on how many nodes. */
#ifndef CUAL_LAUNCH_LAUNCH_H
#define CUAL_LAUNCH_LAUNCH_H

#include "system/error.h"

#include <stdbool.h>

/* True when mpirun or srun has started this process as one of its ranks. */
bool launch_is_rank(void);

/* True in a rank when its launcher says that ranks are on several nodes. */
bool launch_spans_nodes(void);

/* The number that the launcher gave this process, 0 without a launcher. Valid before MPI starts. */
int launch_rank(void);

/* 0, or status: srun has started this process as one of several without telling them of each other,
 * so that each would be a run of its own. Only the first of them reports it. */
int launch_check(struct error *error);

/* True in ranks that this program has started itself. */
bool launch_is_own(void);

/* True when the launcher has bound this rank to some of the cores. */
bool launch_is_bound(void);

/* Nodes that a batch system has granted to this program, which are to have ranks; 1 without one,
 * and within a step of srun, which has its nodes already. On several, `*ranks` of each becomes what
 * was asked of the batch system where that is more. */
int launch_nodes(int *ranks);

/* True when stdout or stderr (descriptor 1 or 2) is a terminal: of this process, or of the one that
 * has started the ranks. */
bool launch_is_terminal(int descriptor);

/* Notes for the ranks that are started next which of this process's outputs are terminals. */
void launch_note_terminals(void);

/* True when what is printed on stdout may have colours. */
bool launch_wants_colour(void);

#endif
