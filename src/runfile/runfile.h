/* The run file: what stands in the HDF5 file that a run writes (docs/design.md, section 8). */
#ifndef CUAL_RUNFILE_RUNFILE_H
#define CUAL_RUNFILE_RUNFILE_H

#include "answer/claims.h"
#include "answer/verdict.h"
#include "job/plan.h"
#include "model/sample.h"
#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Attributes of /provenance and /machine: name and text, in order. */
struct runfile_fact {
    const char *name;
    const char *text;
};

/* The name of the fact of /machine that says in one line what machine it is. */
#define RUNFILE_MACHINE_LINE "summary"

/* Those that must be the same for a run to go on: cores, processor and memory; topology. */
#define RUNFILE_MACHINE_HARDWARE "hardware"
#define RUNFILE_MACHINE_SHAPE "shape"

/* And of /provenance: how many ranks each machine has. */
#define RUNFILE_RANKS_BY_HOST "ranks_by_host"

/* Per workload, filled in by calibration and known before the file is made. */
struct runfile_workload {
    double compute_s;           /* CPU time of one task on one core */
    double wait_s;              /* waiting asked for in one task; NAN when the device decides */
    double bytes;               /* memory traffic and I/O of one task */
    double flops;               /* of one task */
    uint64_t checksum;          /* expected, of the workload at C = 1 */
    const char *storage;        /* what its scratch file is on; NULL or empty without one */
    const double *cores_worth;  /* by index on the cores axis */
    bool calibration_disturbed; /* others computed while it was found */
};

struct runfile_content {
    const struct plan *plan;
    const struct runfile_workload *workload; /* job->workload_count of them */
    const struct samples *samples;
    size_t fact_count, machine_fact_count;
    const struct runfile_fact *facts;         /* /provenance */
    const struct runfile_fact *machine_facts; /* /machine */
};

#define RUNFILE_ID_BYTES 33 /* 128 random bits in hexadecimal */

struct runfile; /* an open run file of this process */

/* Makes the file at full size under a name of its own beside `path`, and moves it to `path` when it
 * is whole, so that `path` is never a file that stock tools cannot open. Refuses when `path` exists
 * unless `force`. The file is closed between writes. NULL with STATUS_USAGE (path exists, folder
 * missing) or STATUS_STORAGE in `error`. */
struct runfile *runfile_create(const char *path, int force, const struct runfile_content *content,
                               struct error *error);

/* Checks without leaving anything behind that `path` could be made; for refusing early. */
int runfile_check_path(const char *path, int force, struct error *error);

/* Writes all samples that a round (from 0) has so far, per-rank times, hashes and the status of all
 * cells in place, then syncs: acknowledged when it returns 0. May be called again for the same
 * round. Else STATUS_STORAGE; what was acknowledged before is intact. */
int runfile_write_round(struct runfile *file, const struct runfile_content *content, size_t round,
                        struct error *error);

/* A claim as the file tells it. */
#define RUNFILE_CLAIM_BYTES 256
#define RUNFILE_RULE_BYTES 1024
#define RUNFILE_OUTCOME_BYTES 32
struct runfile_claim {
    struct finding finding; /* its outcome is not read back: it stands in words below */
    char outcome[RUNFILE_OUTCOME_BYTES];
    char text[RUNFILE_CLAIM_BYTES];
    char rule[RUNFILE_RULE_BYTES];
};

/* What the samples say. */
struct runfile_result {
    const struct verdict *verdicts;
    size_t count;
    const struct finding *findings; /* CLAIMS of them */
    const char *not_believed;       /* why none of it is to be believed; NULL: it is */
    bool complete;                  /* by budget, precision or rounds; false: it was interrupted */
};

/* Adds /verdict and /claims in place of earlier ones, without the claims that were not tried, and
 * says whether the run is complete: a copy is completed beside the file, where room has been kept
 * for it, and moved over it. */
int runfile_finish(struct runfile *file, const struct runfile_result *result, struct error *error);
void runfile_free(struct runfile *file);

/* -- going on with a run -- */

/* What is known of the run so far. */
struct runfile_past {
    char id[RUNFILE_ID_BYTES];
    bool complete;    /* it came to its end: there is nothing to go on with */
    size_t rounds;    /* begun: the last one with a sample, which may lack others, counted from 1 */
    size_t samples;   /* read */
    size_t damaged;   /* left out: their hash does not match */
    double elapsed_s; /* the end of the last sample, since the run began */
};

/* Fills `samples`, created with the sizes of the file's axes, with all samples whose hash matches;
 * the others stay NAN. 0, STATUS_USAGE with the name of what differs (not there, not a run file,
 * another version, an axis of another length) or STATUS_STORAGE (damaged). */
int runfile_read_samples(const char *path, struct samples *samples, struct runfile_past *past,
                         struct error *error);

/* The work that calibration fixed, as the file holds it. */
struct runfile_work {
    size_t count, cores;
    struct runfile_workload *workload; /* compute_s, checksum, storage, cores_worth and
                                          calibration_disturbed of each */
    bool *failed;                      /* by workload: the run went on without it */
    double *worth;
    char **storage;
};

/* For a plan of the file's axes. 0, or STATUS_USAGE or STATUS_STORAGE; runfile_work_free in any
 * case. */
int runfile_read_work(const char *path, const struct plan *plan, struct runfile_work *work,
                      struct error *error);
void runfile_work_free(struct runfile_work *work);

/* Adds a line to `resumed` in /provenance and takes the answer so far out, which the samples to
 * come will outdate: a copy is completed beside the file and moved over it. Before runfile_reopen.
 * 0 or STATUS_STORAGE. */
int runfile_note_resumed(const char *path, const char *line, struct error *error);

/* Opens a run file for going on: rounds may be written and the run finished. Changes nothing by
 * itself. NULL with STATUS_USAGE or STATUS_STORAGE. */
struct runfile *runfile_reopen(const char *path, struct error *error);

/* A text attribute of a group ("/", "/provenance", "/machine"), or the dataset that stands for a
 * long one, its hash verified; freed by the caller. NULL when there is none (`error` as it was) or
 * after an error. */
char *runfile_read_fact(const char *path, const char *group, const char *name, struct error *error);

/* A run file's answer, as `show` needs it. */
struct runfile_answer {
    size_t count;
    struct verdict *verdicts;
    char **workload_names; /* by row */
    size_t claim_count;
    struct runfile_claim *claims;
    char *not_believed; /* why none of it is to be believed; NULL: it is */
    char *machine;      /* the line that says what machine it was */
};

/* All that is read must match its hash. 0, or STATUS_USAGE (not there, not a run file, no verdict
 * in it) or STATUS_STORAGE (damaged). */
int runfile_read_answer(const char *path, struct runfile_answer *answer, struct error *error);
void runfile_answer_free(struct runfile_answer *answer);

#endif
