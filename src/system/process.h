/* What the kernel says of a process or of a thread in its file /proc/PID/stat. */
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

/* Takes the text of such a file apart. Returns false when the text is not one; the name in it may
 * hold anything, blanks and brackets, too. */
bool process_parse(const char *text, struct process *process);

/* Reads the file at `path`. Returns 0 or -errno: -ENOENT or -ESRCH when there is no such process
 * any more, -EINVAL when the text is none of a process. Neither allocates nor locks. */
int process_read(const char *path, struct process *process);

/* The number of this process as the /proc below `root` has it, which may be that of another
 * namespace; getpid() where that does not say it. */
int process_own(const char *root);

#endif
