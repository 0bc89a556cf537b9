/* How this process was launched: as a rank or not, by whom, and on how many nodes. */
#ifndef CUAL_LAUNCH_LAUNCH_H
#define CUAL_LAUNCH_LAUNCH_H

#include "system/error.h"

#include <stdbool.h>

/* True when mpirun or srun has started this process as one of its ranks. */
bool launch_is_rank(void);

/* True in a rank when its launcher says that ranks are on several nodes. */
bool launch_spans_nodes(void);

/* The rank that the launcher has given this process; 0 without a launcher. Known before MPI starts.
 */
int launch_rank(void);

/* Refuses several processes that srun has started without PMIx: they cannot find each other, and
 * each would be a run of its own. 0 or status; only the first of them reports the error. */
int launch_check(struct error *error);

/* True in ranks that this program has started itself. */
bool launch_is_own(void);

/* True when the launcher has bound this rank to some of the cores. */
bool launch_is_bound(void);

/* How many nodes a batch system has granted to this program; 1 without a batch system, and within a
 * step of srun, which has started its ranks on its nodes already. `*ranks`, the ranks to start on
 * each node, is raised to the number that was asked of the batch system. */
int launch_nodes(int *ranks);

/* True when stdout or stderr (descriptor 1 or 2) is a terminal: of this process, or of the one that
 * has started the ranks. */
bool launch_is_terminal(int descriptor);

/* Tells the ranks that are started next which outputs of this process are terminals, and whether
 * both are one file. */
void launch_note_outputs(void);

/* In a rank: where both outputs of the starter are one file, what is printed on stderr goes the way
 * of stdout, so that it stands there in the order in which it was printed. */
void launch_join_outputs(void);

/* True when what is printed on stdout may have colours. */
bool launch_wants_colour(void);

#endif
