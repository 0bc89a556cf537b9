/* Resuming a run: the work that was fixed, the line that says when the run was resumed, and the
 * file opened for more rounds. */
#ifndef CUAL_RUNFILE_RUNFILE_RESUMED_H
#define CUAL_RUNFILE_RUNFILE_RESUMED_H

#include "runfile/runfile_content.h"
#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runfile;

#define RUNFILE_RESUMED_MOST 12 /* variables that the table may call resumed */

/* The work that calibration fixed, as the file holds it. */
struct runfile_work {
    size_t count;
    struct runfile_workload *workload; /* of each, the members that the table calls resumed */
    bool *failed;                      /* by workload: the run continued without it */
    size_t cores;                      /* whose speeds were measured … */
    int64_t *cpu;                      /* … and the numbers of their CPUs */
    size_t read_count;
    void *read[RUNFILE_RESUMED_MOST]; /* what was read of each variable: workloads point into it */
};

/* Reads the work; the axes of `plan` must be those of the file. 0, STATUS_USAGE or STATUS_STORAGE.
 * The caller calls runfile_work_free in any case. */
int runfile_read_work(const char *path, const struct plan *plan, struct runfile_work *work,
                      struct error *error);
void runfile_work_free(struct runfile_work *work);

/* True when the speeds are those of these cores, which are told by the numbers of their CPUs. */
bool runfile_has_cores(const struct runfile_work *work, const int64_t *cpu, size_t cores);

/* Takes the file at `path`, whose run is resumed: no other file is taken for it from now on. This
 * changes nothing in the file. The caller frees it with runfile_free. NULL with STATUS_USAGE or
 * STATUS_STORAGE. */
struct runfile *runfile_take(const char *path, struct error *error);

/* Adds a line to `resumed` in /provenance, removes the answer, which more samples will outdate, and
 * expands the samples, so that rounds can be written. A copy of the file is completed beside it and
 * moved over it. To be called before runfile_reopen. 0 or STATUS_STORAGE. */
int runfile_note_resumed(struct runfile *file, const char *line, struct error *error);

/* Reads what is needed to write rounds and to finish the run. This changes nothing in the file. 0,
 * STATUS_USAGE or STATUS_STORAGE. */
int runfile_reopen(struct runfile *file, struct error *error);

#endif
