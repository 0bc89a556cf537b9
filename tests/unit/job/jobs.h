/* Jobs that the tests of the room parse, and what they expect of them. */
#ifndef CUAL_TEST_JOBS_H
#define CUAL_TEST_JOBS_H

#include "job/job.h"

#define JOBS_CORES 8 /* what `all` is here; `node` is 3 and `nodes` 2 */

#define JOBS_ONE "workloads: {a: {wait: none, tasks: 1}}\n"
#define JOBS_WORK "workloads:\n  a: {compute: flops, tasks: 1, work: 1}\n"

extern const char jobs_quick[]; /* the first job of the design */

/* A job that is refused. */
struct jobs_mistake {
    const char *text;
    const char *setting; /* NULL: none */
    const char *begins;  /* the beginning of the message: place and key */
    const char *holds;   /* what the message holds: what is wrong, allowed, near */
};

/* Parses a copy of the text as job.yaml. */
struct error jobs_parse(struct job *job, const char *text, const char *const *settings,
                        size_t count);

/* Parses what is a job, with a setting unless NULL. */
void jobs_parse_good(struct job *job, const char *text, const char *setting);

/* Parsing fails with a message that begins and goes on as told. */
void jobs_expect_error(const char *text, const char *setting, const char *begins,
                       const char *holds);
void jobs_expect_mistakes(const struct jobs_mistake *mistakes, size_t count);

/* The workload of a name, which must be there. */
const struct workload *jobs_find(const struct job *job, const char *name);

void jobs_expect_axis(const struct job_axis_values *axis, size_t count, const int *value);

/* The effective job is parsed as the same job. */
void jobs_expect_read_back(const struct job *job);

#endif
