/* The options of a job and of its workloads: their tables, and the words of both for messages. */
#ifndef CUAL_JOB_JOB_OPTIONS_H
#define CUAL_JOB_JOB_OPTIONS_H

#include "job/job.h"

/* The options that stand at the top of a job and those of every workload (beside its kernel's and
 * its engine's own); name NULL ends each table. */
extern const struct option job_options[];
extern const struct option job_workload_options[];

/* Indices into job_options; the axes stand in the order of their enum. */
enum job_top_option {
    JOB_TOP_BUDGET,
    JOB_TOP_PRECISION,
    JOB_TOP_AXES,
    JOB_TOP_SEED = JOB_TOP_AXES + JOB_AXES,
    JOB_TOP_ROUNDS,
    JOB_TOP_SCRATCH,
    JOB_TOP_SCALING,
    JOB_TOP_OVERSUBSCRIBE,
    JOB_TOP_LIMIT,
    JOB_TOP_PLACEMENT,
    JOB_TOP_OPTIONS
};

/* Indices into job_workload_options. */
enum job_own_option {
    JOB_TASKS,
    JOB_TASK,
    JOB_WORK,
    JOB_CALIBRATED,
    JOB_WAITS,
    JOB_WAIT_FRACTION,
    JOB_LOCK,
    JOB_SCALING,
    JOB_TRACE,
    JOB_OWN_OPTIONS
};

/* The option of an axis, from job_options. */
const struct option *job_axis_option(enum job_axis axis);

/* Returns the index of a name in a table of options, which may be NULL; -1 when the name is not
 * there. */
int job_option_index(const struct option *options, const char *name);

/* Returns the value of an option of a workload, of its kernel or of its engine, by name and as it
 * is held; NAN when there is no such option. */
double job_workload_value(const struct workload *workload, const char *name);

/* Writes which kernels and engines have a key that a workload does not know ("wait: timer"); writes
 * nothing when none has it. Returns `text`. */
const char *job_option_owners(const char *key, char *text, size_t text_bytes);

/* A growing list of words for messages; it does not own them. */
#define JOB_WORDS_MAX 64
struct job_words {
    size_t count;
    const char *word[JOB_WORDS_MAX + 1]; /* NULL-terminated */
};
void job_words_add(struct job_words *words, const char *word);
void job_words_add_options(struct job_words *words, const struct option *options);

/* Writes as many words of a NULL-terminated list as fit and, when one of them is near to `word`,
 * that one: "a, b, c; did you mean `b`". Returns `text`. */
#define JOB_WORDS_TEXT_BYTES 512
const char *job_words_text(const char *const *words, const char *word,
                           char text[JOB_WORDS_TEXT_BYTES]);

#endif
