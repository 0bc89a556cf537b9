/* What ranks tell the program that has started them: their processes, and the status of the run.
 * It is kept in a file without a name, which they open as one of that program's. */
#ifndef CUAL_LAUNCH_TOLD_H
#define CUAL_LAUNCH_TOLD_H

#include <stdbool.h>

/* The program that starts them: opens the file and names it to what is started. A descriptor to be
 * closed, or -1: nothing will be told. */
int told_open(void);

/* A rank: notes which process it is, for as long as the program that has started it runs on this
 * node; else nothing happens. */
void told_note_process(int rank);

/* As that, of the exit status of the run. mpirun tells another one when it is ended by a signal
 * itself, or ends ranks by one. */
void told_note_status(int status);

/* The status that was noted; -1: none. */
int told_status(int descriptor);

/* True when ranks have noted their processes and not one of these is left. */
bool told_all_gone(int descriptor);

#endif
