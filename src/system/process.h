/* What Linux says of a process or of a thread in its file /proc/PID/stat. */
#ifndef CUAL_SYSTEM_PROCESS_H
#define CUAL_SYSTEM_PROCESS_H

#include <stdbool.h>

#define PROCESS_NAME_BYTES 128

struct process {
    char state;                    /* 'R' runs, 'S' sleeps, 'T' is stopped, 'Z' has ended, … */
    char name[PROCESS_NAME_BYTES]; /* as the process set it: any bytes but 0 */
    double used_ticks;             /* of CPU time, in clock ticks; NAN where it is not said */
    double started_ticks;          /* since the machine was started; NAN where it is not said */
};

/* Parses the text of such a file. The name in it may hold anything, blanks and brackets, too. False
 * when the text is not that of such a file. */
bool process_parse(const char *text, struct process *process);

/* Reads the file at `path`. Returns 0 or -errno: -ENOENT or -ESRCH when there is no such process
 * any more, -EINVAL when process_parse cannot parse the text. Neither allocates nor locks. */
int process_read(const char *path, struct process *process);

/* The number of this process in the /proc below `root`, which may be that of another namespace;
 * getpid() where /proc does not say it. */
int process_own(const char *root);

#endif
