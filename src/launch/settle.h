/* The variables of the environment that decide how idle threads and ranks behave. */
#ifndef CUAL_LAUNCH_SETTLE_H
#define CUAL_LAUNCH_SETTLE_H

/* Sets the variables that OpenMP and MPI read when they are loaded or started, so that idle threads
 * do not spin, neither library binds threads, and waits give up the core. Gives back cores that
 * OpenMP may have taken from this process. Libraries read these variables only when a program
 * starts: so the process replaces itself, once. Returns 0 when that was done already, or -errno. */
int settle_environment(char **argv);

/* The variables of these that the user had set otherwise, "NAME=value NAME=value"; "" when there
 * are none. */
const char *settle_overruled(void);

#endif
