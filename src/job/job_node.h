/* The nodes of a job file or of a setting: scalars, lists and mappings that know where they stand.
 */
#ifndef CUAL_JOB_JOB_NODE_H
#define CUAL_JOB_JOB_NODE_H

#include "system/error.h"

#include <stddef.h>

enum job_node_kind { JOB_NODE_SCALAR, JOB_NODE_LIST, JOB_NODE_MAP };

struct job_entry {
    struct job_node *key; /* a scalar; NULL in a list */
    struct job_node *value;
};

struct job_node {
    enum job_node_kind kind;
    const char *file;    /* the file where the node stands; not owned */
    const char *setting; /* or the --set argument where it stands, else NULL; not owned */
    size_t line, column; /* from 1 */
    char *text;          /* of a scalar */
    size_t count;        /* entries of a list or mapping, which has room for `room` */
    size_t room;
    struct job_entry *entries; /* in the order of the file */
};

/* Creates a node of a kind without a text or entries. Returns NULL when there is no memory. */
struct job_node *job_node_create(const char *file, const char *setting, enum job_node_kind kind);

/* Creates a scalar. Returns NULL when there is no memory. */
struct job_node *job_node_create_word(const char *file, const char *setting, const char *text);

/* Frees a node and all below it; `node` may be NULL. */
void job_node_free(struct job_node *node);

/* Appends an entry to a list or mapping, which then owns key and value; they are freed when it
 * fails. Returns 0 or -ENOMEM.
 */
int job_node_append(struct job_node *node, struct job_node *key, struct job_node *value);

/* Gives a key of a mapping a value in place of the one that the key has. The mapping then owns
 * both; they are freed when it fails. Returns 0 or -ENOMEM. */
int job_node_put(struct job_node *map, struct job_node *key, struct job_node *value);

/* Returns the entry of a mapping that has this key, or NULL. */
const struct job_entry *job_node_find(const struct job_node *map, const char *key);

/* Sets STATUS_USAGE with a message that begins with where the node stands, "where: scope.key: …";
 * scope and key may be NULL. Returns the status. */
int job_node_error(struct error *error, const struct job_node *node, const char *scope,
                   const char *key, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Sets STATUS_ENVIRONMENT and says that there is no memory to read the job. Returns the status. */
int job_node_no_memory(struct error *error);

/* Writes the text into `quote` so that it can be printed, shortened when it is long. Returns
 * `quote`. */
#define JOB_QUOTE_BYTES 80
const char *job_quote(const char *text, char quote[JOB_QUOTE_BYTES]);

#endif
