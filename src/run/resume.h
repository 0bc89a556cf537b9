/* Resuming a run that was interrupted: whether the run in the file is the one that is asked for,
 * what was fixed in it, and where it is resumed. */
#ifndef CUAL_RUN_RESUME_H
#define CUAL_RUN_RESUME_H

#include "answer/race.h"
#include "runfile/runfile.h"

#define RESUME_TEXT_BYTES 512

/* The run that the file holds. */
struct resume {
    char *effective; /* its job, as text */
    struct job job;  /* the same, parsed */
    struct runfile_work work;
    struct runfile_past past;
    struct samples samples; /* the caller may take them over, and then sets this to {0} */
    struct samples judged;  /* the same without the times of rounds that are not to be judged yet */
    double *times;          /* of `judged`; owned */
};

/* Reads the run in the file at `path`. `job` is what is asked for now, and `plan` its plan. Where
 * the file has a workload of the same name, `job` gets the calibrated work of the file. When the
 * axes or workloads differ, only `effective` and `job` of `resume` are read. 0, STATUS_USAGE (not a
 * run file, another version of the format) or STATUS_STORAGE (damaged); resume_free in any case. A
 * damaged file may crash the library that reads it, and with it this process. */
int resume_read(struct resume *resume, const char *path, struct job *job, const struct plan *plan,
                struct error *error);
void resume_free(struct resume *resume);

/* Puts into `job`, for every workload that asks for a time, the work of a task to which the run in
 * the file at `path` was calibrated: shards of one study do the same work. `cores` is that of the
 * extent of job_parse. 0, or STATUS_USAGE (not a run file, or one without such a workload) or
 * STATUS_STORAGE. A damaged file may crash this process, as with resume_read. */
int resume_take_work(const char *path, struct job *job, int cores, struct error *error);

/* What differs from the run in the file, "budget: 60 s → 30 s; …", fit to be printed; empty where
 * nothing does. */
struct resume_differences {
    char fixed[RESUME_TEXT_BYTES];   /* prevents resuming: axes, workloads, more rounds */
    char allowed[RESUME_TEXT_BYTES]; /* does not prevent it, if the user wants to continue */
};

/* Finds the differences. `facts` and `machine_facts` of `now` are those of a run that would begin
 * now. 0, or STATUS_STORAGE. */
int resume_compare(const struct resume *resume, const char *path, const struct job *job,
                   const struct runfile_content *now, struct resume_differences *differences,
                   struct error *error);

/* Compares the texts of two jobs line for line. The folder of the scratch files is not compared:
 * resume_compare compares the file systems instead. */
void resume_compare_jobs(const char *before, const char *now, struct resume_differences *found);

/* Checks that the checksums of the workloads are those in the file. 0 or STATUS_STORAGE. */
int resume_check_sums(const struct resume *resume, const char *path,
                      const struct runfile_workload *now, struct error *error);

/* Finds where the run is resumed, from its samples alone. Returns how many rounds are whole.
 * `look` is called with each number of rounds from 0 on, while `judged` holds these and no more; it
 * sets in `race` what the next round visits, so that afterwards that is what a run that was not
 * interrupted would visit. Sets plan->status from the samples. */
size_t resume_find_start(struct resume *resume, const struct plan *plan,
                         const struct samples *samples, const struct race *race,
                         void (*look)(void *context, size_t rounds), void *context);

/* Adds a round, counted from 0, to those that `judged` holds. */
void resume_show_round(struct resume *resume, const struct samples *samples, size_t round);

#endif
