/* Going on with a run that was interrupted: whether the file's run is the one that is asked for,
 * what was fixed in it, and where it goes on. */
#ifndef CUAL_RUN_RESUME_H
#define CUAL_RUN_RESUME_H

#include "runfile/runfile.h"

#define RESUME_TEXT_BYTES 512

/* The run that the file holds. */
struct resume {
    char *effective; /* its job, as text */
    struct job job;  /* the same, parsed */
    struct runfile_work work;
    struct runfile_past past;
    struct samples samples; /* for the caller to take over: then set to {0} */
    struct samples judged; /* the same, but for the times of rounds that are not to be judged yet */
    double *times;         /* of those */
};

/* Reads everything there is to go on with. `job` is what is asked for now and of this machine: its
 * calibrated work is put in from the file, where the file has a workload of that name. `plan` is
 * that of `job`. When the axes or workloads are others, only `effective` and `job` are read.
 * 0, STATUS_USAGE (not a run file, another version of the format) or STATUS_STORAGE (damaged);
 * resume_free in any case. Untrusted bytes go through a library that they may crash. */
int resume_read(struct resume *resume, const char *path, struct job *job, const struct plan *plan,
                struct error *error);
void resume_free(struct resume *resume);

/* Puts into `job` the work of a task that calibration has found for another run, which is in a
 * file, for every workload that asks for a time: shards of one study do the same work. `cores` as
 * in job_parse. 0, or STATUS_USAGE (not a run file, or a workload is not in it as it is here) or
 * STATUS_STORAGE. Untrusted bytes, as above. */
int resume_take_work(const char *path, struct job *job, int cores, struct error *error);

/* What is not as it was, "budget: 60 s → 30 s; …", fit to be printed; empty when there is nothing.
 */
struct resume_differences {
    char fixed[RESUME_TEXT_BYTES]; /* with which nothing can go on: axes, workloads, more rounds */
    char allowed[RESUME_TEXT_BYTES]; /* with which the user may want to go on all the same */
};

/* `facts` and `machine_facts` of `now` are those of a run that began now. 0, or STATUS_STORAGE. */
int resume_compare(const struct resume *resume, const char *path, const struct job *job,
                   const struct runfile_content *now, struct resume_differences *differences,
                   struct error *error);

/* Two texts of jobs, line for line; the folder of the scratch files is left out, because what
 * they lie on is compared elsewhere. */
void resume_compare_jobs(const char *before, const char *now, struct resume_differences *found);

/* The sums that the work leads to now are those of the file. 0 or STATUS_STORAGE. */
int resume_check_sums(const struct resume *resume, const char *path,
                      const struct runfile_workload *now, struct error *error);

/* Finds where the run goes on from its samples alone. Returns how many rounds are whole. `active`
 * becomes what it is for the next one, as a run that was not interrupted would have judged it: by
 * the rounds before it. `judge` is called with a count of rounds when `judged` holds no more than
 * those, to put out of `active` the workloads that are certain by then. plan->status becomes what
 * became of the cells. */
size_t resume_find_start(struct resume *resume, const struct plan *plan,
                         const struct samples *samples, bool *active,
                         void (*judge)(void *context, size_t rounds), void *context);

/* From now on `judged` holds a round (from 0), too. */
void resume_show_round(struct resume *resume, const struct samples *samples, size_t round);

#endif
