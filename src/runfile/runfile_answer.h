/* The answer in a run file: the advice, the verdicts and the claims, a group of rows each. */
#ifndef CUAL_RUNFILE_RUNFILE_ANSWER_H
#define CUAL_RUNFILE_RUNFILE_ANSWER_H

#include "answer/advice.h"
#include "answer/claims.h"
#include "answer/verdict.h"
#include "runfile/runfile_content.h"
#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runfile;
struct store;

/* The answer that is written; the struct owns nothing. */
struct runfile_result {
    const struct verdict *verdicts;
    size_t count;
    const struct finding *findings; /* claims_count of them */
    const char *not_believed;       /* why the answer is not credible; NULL: it is */
    bool complete;                  /* by budget, precision or rounds; false: it was interrupted */
    const struct runfile_content *calibrated; /* what cores are worth, measured again; NULL: as the
                                                 file has it */
    const struct advice *advice;
    const char *summary; /* what was measured, in a line */
};

/* Adds /advice, /verdict and /claims in place of earlier ones, and whether the run is complete, and
 * compresses the samples, unless they are many and the run was interrupted. This makes a copy
 * beside the file, where room has been kept for it, which is moved over the file when it is whole.
 * No round can be written then before the file is opened again. 0, or STATUS_STORAGE and the file
 * is as it was. */
int runfile_finish(struct runfile *file, const struct runfile_result *result, struct error *error);

/* A claim as the file holds it. */
#define RUNFILE_CLAIM_BYTES 256
#define RUNFILE_RULE_BYTES 1024
#define RUNFILE_OUTCOME_BYTES 32
struct runfile_claim {
    struct finding finding; /* its outcome is not read back: `outcome` has it in words */
    char outcome[RUNFILE_OUTCOME_BYTES];
    char text[RUNFILE_CLAIM_BYTES];
    char rule[RUNFILE_RULE_BYTES];
};

/* A run file's answer, as `show` needs it. */
struct runfile_answer {
    size_t count;
    struct verdict *verdicts;
    char **workload_names; /* by row */
    size_t claim_count;
    struct runfile_claim *claims;
    char *not_believed; /* why the answer is not credible; NULL: it is */
    char *machine;      /* one line that describes the machine */
    struct advice advice;
    char *summary; /* what was measured, in a line; empty: the file has no advice */
};

/* All that is read must match its hash. 0, or STATUS_USAGE (not there, not a run file, no verdict
 * in it) or STATUS_STORAGE (damaged). The answer is freed in any case. */
int runfile_read_answer(const char *path, struct runfile_answer *answer, struct error *error);
void runfile_answer_free(struct runfile_answer *answer);

#endif
