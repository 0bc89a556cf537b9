/* What the files of the room `job` share: the nodes of a job file and how they become a job. */
#ifndef CUAL_JOB_JOB_INTERNAL_H
#define CUAL_JOB_JOB_INTERNAL_H

#include "job/job.h"

/* A node of a job file or of a setting. */
enum job_node_kind { JOB_NODE_SCALAR, JOB_NODE_LIST, JOB_NODE_MAP };

struct job_entry {
    struct job_node *key; /* a scalar; NULL in a list */
    struct job_node *value;
};

struct job_node {
    enum job_node_kind kind;
    const char *file;    /* where it stands: in a file, */
    const char *setting; /* or, unless NULL, in a --set argument; neither owned */
    size_t line, column; /* from 1 */
    char *text;          /* of a scalar */
    size_t count;        /* of a list or mapping, with room for `room` */
    size_t room;
    struct job_entry *entries; /* in the order of the file */
};

/* Reads one YAML document into nodes: no aliases, anchors or tags, no key twice, at most
 * JOB_LEVELS_MAX levels. `setting` is NULL for a file. NULL with `error` set. */
#define JOB_LEVELS_MAX 8
struct job_node *job_node_parse(const char *file, const char *setting, const char *text,
                                struct error *error);

/* A scalar that stands in a setting; NULL when there is no memory. */
struct job_node *job_node_word(const char *file, const char *setting, const char *text);

/* Gives a mapping's key a value, in place of the one it has. Takes both over, also when it fails
 * with -ENOMEM. */
int job_node_put(struct job_node *map, struct job_node *key, struct job_node *value);

/* The entry of a mapping, or NULL. */
const struct job_entry *job_node_find(const struct job_node *map, const char *key);

void job_node_free(struct job_node *node);

/* Sets STATUS_USAGE and "where: scope.key: …"; scope and key may be NULL. Returns the status. */
int job_node_error(struct error *error, const struct job_node *node, const char *scope,
                   const char *key, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* "text", fit to be printed and shortened. */
#define JOB_QUOTE_BYTES 80
const char *job_quote(const char *text, char quote[JOB_QUOTE_BYTES]);

int job_no_memory(struct error *error);

/* A growing list of words for error messages and near matches; does not own them. */
#define JOB_WORDS_MAX 64
struct job_words {
    size_t count;
    const char *word[JOB_WORDS_MAX + 1]; /* NULL-terminated */
};
void job_words_add(struct job_words *words, const char *word);
void job_words_add_options(struct job_words *words, const struct option *options);

/* "a, b, c; did you mean `b`": the words of a NULL-terminated list, as many as fit, and, when there
 * is one, the near match of `word`. Returns text. */
#define JOB_WORDS_TEXT_BYTES 512
const char *job_words_text(const char *const *words, const char *word,
                           char text[JOB_WORDS_TEXT_BYTES]);

/* Options of a workload that are not its kernel's or its engine's, by place in
 * job_workload_options. */
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

/* What the top of a job says to its workloads. */
struct job_context {
    struct job *job;
    struct job_extent extent;
    bool weak;
    struct axis_values axes[AXES];
    struct error *error;
};

/* The option of an axis, from job_options. */
const struct option *job_axis_option(enum axis axis);

/* Reads an axis; `scope` is the workload it belongs to, or NULL. 0 or status. */
int job_axis_read(const struct job_context *context, const char *scope, enum axis axis,
                  const struct job_node *node, struct axis_values *values);

/* Adds a value in its place. 0 or -ENOSPC. */
int job_axis_add(struct axis_values *values, int value);

/* Reads a scalar. 0 or status. */
int job_value_read(const struct job_context *context, const char *scope, const char *key,
                   const struct option *option, const struct job_node *node, double *value);

/* Reads the workload of a name, and all members of its family, onto the end of the job. 0 or
 * status. */
int job_workload_read(struct job_context *context, const struct job_entry *entry);

/* An option that a workload may have, and what the file says of it. */
struct job_slot {
    const struct option *option;
    const struct job_node *given; /* its value in the file; NULL when there is none */
    size_t count;                 /* values, more than one in a family */
    double *values;               /* owned by the draft */
    double chosen;                /* of the member at hand; NAN when it is not given */
};

#define JOB_FAMILY_KEYS_MAX 4
#define JOB_SLOTS_MAX (JOB_OWN_OPTIONS + 2 * OPTIONS_MAX)

/* A workload while it is read. Slots: its own options, its kernel's, its engine's. */
struct job_draft {
    struct job_context *context;
    const struct job_node *name, *map;
    const struct kernel *kernel;
    const struct engine *engine;
    struct job_slot slots[JOB_SLOTS_MAX];
    size_t slot_count, engine_first;
    size_t family_count;
    struct job_slot *family[JOB_FAMILY_KEYS_MAX]; /* in the order of the file */
    bool member; /* the name itself says that this is one of a family: "mixed[task=1 ms]" */
    struct axis_values axes[AXES];
};

/* As job_node_error, at the slot's value or, when it has none, at the workload. */
int job_draft_error(const struct job_draft *draft, const struct job_slot *slot, const char *format,
                    ...) __attribute__((format(printf, 3, 4)));

/* Makes one member of the family from what is chosen in the slots. 0 or status. */
int job_draft_resolve(const struct job_draft *draft, struct workload *workload);

/* Length of a workload's name without the values of a family; 0 when it is not fit to be one. */
size_t job_base_length(const char *name);

/* Where a key that a workload does not know is at home ("wait: timer"); empty when nowhere. */
const char *job_owners(const char *key, char *text, size_t text_bytes);

/* Where a kernel or engine has an option: its index in the table, or -1. */
int job_option_index(const struct option *options, const char *name);

#endif
