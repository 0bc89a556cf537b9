/* The variables of the environment that decide how idle threads and ranks behave, and which machine
 * this is. */
#ifndef CUAL_LAUNCH_SETTLE_H
#define CUAL_LAUNCH_SETTLE_H

#include <stdbool.h>
#include <stddef.h>

/* Sets the variables that OpenMP and MPI read when they are loaded or started, so that idle threads
 * do not spin, neither library binds threads, waits give up the core, a run that needs one node
 * keeps to it, and hwloc describes this machine. Gives back cores that OpenMP may have taken from
 * this process. Libraries read these variables only when a program starts: so the process replaces
 * itself, once. Returns 0 when that was done already, or -errno. */
int settle_environment(char **argv);

/* Writes the variables by which the user has set a launcher or an MPI library otherwise, and which
 * are left as they are, "NAME=value NAME=value". False when there are none. */
bool settle_not_ours(char *text, size_t text_bytes);

/* The variables of these that the user had set otherwise, "NAME=value NAME=value"; "" when there
 * are none. */
const char *settle_overruled(void);

#endif
