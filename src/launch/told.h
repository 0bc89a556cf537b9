/* What ranks tell the program that has started them: the numbers of their processes, that MPI has
 * started, the status of the run, and what rank 0 prints. All but the last are kept in a file
 * without a name. The ranks open it, and a pipe for the last, below /proc as files of that program.
 */
#ifndef CUAL_LAUNCH_TOLD_H
#define CUAL_LAUNCH_TOLD_H

#include <stdbool.h>

/* In the program that starts the ranks: opens the file, and names it in an environment variable to
 * what is started afterwards. Returns its descriptor, for the caller to close; -1 when there can be
 * no such file, and then nothing will be told. */
int told_open(void);

/* In the program that starts the ranks: names the pipe that `reader` reads to what is started
 * afterwards, for told_take_output. */
void told_name_output(int reader);

/* In rank 0: prints into that pipe from here on, past the launcher, whose own pipe may lose some:
 * Open MPI 5.0.7 does now and then, when many lines come at once. Does nothing unless the program
 * that has started the rank runs on this node. */
void told_take_output(void);

/* In a rank: notes the number of its process in the file. Does nothing unless the program that has
 * started the rank runs on this node. */
void told_note_process(int rank);

/* In a rank: notes that MPI has started, so that the launcher and the library have done their part.
 */
void told_note_started(void);

/* Notes the exit status of the run in the same way. The status of mpirun is another one when a
 * signal ends it, or when it ends ranks by a signal. */
void told_note_status(int status);

/* True when a rank has noted that MPI has started. */
bool told_started(int descriptor);

/* Notes that rank 0 was asked to end, until there is a status. */
void told_note_request(void);

/* The exit status that was noted; TOLD_REQUEST when only a request was, -1 when nothing was. */
enum { TOLD_REQUEST = -2 };
int told_status(int descriptor);

/* True when ranks have noted their processes, and all of these have ended. */
bool told_all_gone(int descriptor);

#endif
