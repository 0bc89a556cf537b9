/* The run file of a run that is led: locked, begun or opened again, kept safe and ended. */
#ifndef CUAL_RUN_LEAD_FILE_H
#define CUAL_RUN_LEAD_FILE_H

#include "run/lead_given.h"
#include "run/lead_machine.h"
#include "run/provenance.h"
#include "runfile/runfile.h"

struct lead_file {
    const struct lead_given *given;
    const char *path;
    bool forced;           /* --force was given */
    struct lock *lock;     /* on the path */
    struct runfile *taken; /* of a run that is resumed, until it is reopened; else NULL */
    struct runfile *file;  /* NULL until it can be written to */
    struct runfile_content content;
    struct provenance provenance;
    double safe_s;    /* when samples were last acknowledged, since the run began */
    double writing_s; /* what acknowledging has taken so far */
};

/* Locks the path of the run, and notes on stderr whose lock was left behind there. 0 or status;
 * lead_file_close in any case. */
int lead_file_lock(struct lead_file *file, struct error *error);

/* Takes the file of the run that is resumed, before it is read: no other file is taken for it
 * later. 0 or status. */
int lead_file_take(struct lead_file *file, struct error *error);

/* Collects what the file of a run that begins now says besides its samples. `machine` and `samples`
 * are kept by reference. */
void lead_file_describe(struct lead_file *file, const struct lead_machine *machine,
                        const struct samples *samples);

/* Makes the run file at its full size, from what lead_file_describe has collected and what the
 * sweep has found out since. 0 or status. */
int lead_file_begin(struct lead_file *file, struct error *error);

/* Opens the file of a run that is resumed, and notes in it from which round on it is resumed now,
 * and what differs ("": nothing). 0 or status. */
int lead_file_reopen(struct lead_file *file, uint64_t round, const char *differs,
                     struct error *error);

/* Where the samples are: the path of the run, unless the file has lost that name. */
const char *lead_file_path(const struct lead_file *file);

/* Acknowledges all samples up to the round of this index. 0 or status. */
int lead_file_keep_safe(struct lead_file *file, size_t round, struct error *error);

/* True when samples have waited for their acknowledgement for as long as they may. */
bool lead_file_is_late(const struct lead_file *file, double now_s);

/* True when samples are to be acknowledged at the end of a round. They are at once, unless that
 * would take too large a share of a run of very short rounds. Then several rounds are acknowledged
 * together, as soon as lead_file_is_late. */
bool lead_file_is_due(const struct lead_file *file);

/* Writes the answer into the file and ends it. 0 or status. */
int lead_file_finish(struct lead_file *file, const struct runfile_result *result,
                     struct error *error);

/* Closes the file, removes its lock and frees what `file` holds. */
void lead_file_close(struct lead_file *file);

#endif
