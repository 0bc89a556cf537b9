/* The guard of a scratch folder: a shell in a session of its own that sleeps until the process that
 * has started it has ended, in whatever way, and then removes the folder. */
#ifndef CUAL_SYSTEM_SCRATCH_GUARD_H
#define CUAL_SYSTEM_SCRATCH_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

struct scratch_guard {
    pid_t process; /* 0: none could be started */
    int alive;     /* end of a pipe: the guard sees it closed */
};

/* Starts the guard of an open folder, whose path it shows in its command line and of which it uses
 * the name. Besides the folder it removes the files that scratch_make_file
 * makes and nothing else; with `others` all that is in the folder, some seconds after this process
 * was killed. The process of the guard is 0 where it cannot be started (no /bin/sh, no process
 * left). */
void scratch_guard_start(struct scratch_guard *guard, int folder, const char *path, bool others);

/* Tells the guard that the files of others are not in use any more, so that it need not wait.
 * SIGPIPE must be ignored. False when there is no guard. */
bool scratch_guard_tell(struct scratch_guard *guard);

/* Waits until the guard has removed the folder and has ended. */
void scratch_guard_end(struct scratch_guard *guard);

#endif
