/* What the kernel says of this machine in /proc, /sys and the cgroups. All files lie below `root`,
 * "" for the machine itself. What is missing or makes no sense is not known, and never an error; no
 * more than a few KiB of a file are read. Text is fit to be printed. */
#ifndef CUAL_MACHINE_MACHINE_H
#define CUAL_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#define MACHINE_TEXT_BYTES 64

/* Numbers are NAN, texts empty and states MACHINE_UNKNOWN where nothing is known. */
enum machine_state { MACHINE_UNKNOWN, MACHINE_OFF, MACHINE_ON };

struct machine {
    double cpus_online;
    enum machine_state smt;              /* several hardware threads of a core are in use */
    char governor[MACHINE_TEXT_BYTES];   /* of frequency; "mixed" where CPUs differ */
    enum machine_state turbo;            /* may go beyond the nominal frequency */
    char huge_pages[MACHINE_TEXT_BYTES]; /* transparent ones: "always", "madvise" or "never" */
    double nodes;                        /* of memory */
    enum machine_state balancing;        /* the kernel moves pages between nodes */
    double load;                         /* mean of the last minute */
    double pressure;                     /* share of the last ten seconds in which something waited
                                            for a CPU, 0 … 1 */
    char clock_source[MACHINE_TEXT_BYTES];
    enum machine_state virtual_machine;
    char container[MACHINE_TEXT_BYTES]; /* the sign of one; empty: none seen */
    bool groups;                        /* there are cgroups */
};

void machine_read(struct machine *machine, const char *root);

/* The first line of a file without its end. 0, or -errno; -ENODATA when it is empty. */
int machine_line(const char *root, const char *path, char *text, size_t text_bytes);

/* Processes and what CPU time they have used. */
struct machine_process {
    int pid;
    double started_ticks; /* since the machine was started; with the pid it tells processes apart */
    double used_s;
    char name[MACHINE_TEXT_BYTES];
};

struct machine_processes {
    size_t count;
    struct machine_process *process; /* by pid, ascending; memory of the caller (free) */
};

/* Those there are now, but for this one; the first few thousand of very many. */
void machine_processes_read(struct machine_processes *processes, const char *root);

/* The process that used most between two readings, with what it used; false when none did. */
bool machine_busiest(const struct machine_processes *before, const struct machine_processes *after,
                     struct machine_process *busiest);

#endif
