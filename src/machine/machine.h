/* What Linux says of this node in /proc, /sys and the cgroups. All files lie below `root`, "" for
 * this node itself. A file that is missing or makes no sense is no error: what it would say is not
 * known. No more than a few KiB of a file are read. All texts are fit to be printed. */
#ifndef CUAL_MACHINE_MACHINE_H
#define CUAL_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#define MACHINE_TEXT_BYTES 64

/* Where nothing is known a number is NAN, a text is empty and a state is MACHINE_UNKNOWN. */
enum machine_state { MACHINE_UNKNOWN, MACHINE_OFF, MACHINE_ON };

struct machine {
    double cpus_online;
    enum machine_state smt;              /* several hardware threads of a core are in use */
    char governor[MACHINE_TEXT_BYTES];   /* of the frequency; "mixed" where CPUs differ */
    enum machine_state turbo;            /* a core may exceed the nominal frequency */
    char huge_pages[MACHINE_TEXT_BYTES]; /* if transparent: "always", "madvise", "never" */
    double nodes;                        /* NUMA nodes */
    enum machine_state balancing;        /* Linux moves pages between NUMA nodes */
    double load;                         /* the mean of the last minute */
    double pressure;                     /* share of the last ten seconds in which something waited
                                            for a CPU, 0 … 1 */
    char clock_source[MACHINE_TEXT_BYTES];
    enum machine_state virtual_machine;
    char container[MACHINE_TEXT_BYTES]; /* what tells of one; empty: nothing does */
    bool groups;                        /* there are cgroups */
};

void machine_read(struct machine *machine, const char *root);

/* Writes the first line of a file, without its end. 0 or -errno; -ENODATA when the line is empty.
 */
int machine_line(const char *root, const char *path, char *text, size_t text_bytes);

/* A process and the CPU time that it has used. */
struct machine_process {
    int pid;
    double started_ticks; /* since this node was started; with the pid it tells processes apart */
    double used_s;
    char name[MACHINE_TEXT_BYTES];
};

struct machine_processes {
    size_t count;
    struct machine_process *process; /* by pid, ascending; the caller frees it */
};

/* Lists the processes that there are now, without this one; of very many, the first few thousand.
 */
void machine_processes_read(struct machine_processes *processes, const char *root);

/* Finds the process that used most CPU time between two readings, and how much. False when none
 * used any. */
bool machine_busiest(const struct machine_processes *before, const struct machine_processes *after,
                     struct machine_process *busiest);

#endif
