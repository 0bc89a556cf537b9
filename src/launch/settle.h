/* The variables of the environment that decide how idle threads and ranks behave. */
#ifndef CUAL_LAUNCH_SETTLE_H
#define CUAL_LAUNCH_SETTLE_H

/* Sets what OpenMP and MPI read when they are loaded or started (no spinning of idle threads, no
 * binding of theirs, yielding waits), and gives back cores that OpenMP may have taken from this
 * process. Programs read these variables at their start only: so the process replaces itself once.
 * Returns 0 when there is nothing to change, or -errno. */
int settle_environment(char **argv);

/* What the user had set of those variables, "NAME=value NAME=value"; "" when nothing. */
const char *settle_overruled(void);

#endif
