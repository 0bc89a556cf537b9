/* A draft is a workload while it is read: it holds what the file says of each of its options. */
#ifndef CUAL_JOB_JOB_DRAFT_H
#define CUAL_JOB_JOB_DRAFT_H

#include "job/job_options.h"
#include "job/job_value.h"

/* An option that a workload may have, and what the file says of it. */
struct job_slot {
    const struct option *option;
    const struct job_node *given; /* its value in the file; NULL when there is none */
    size_t count;                 /* values, more than one in a family */
    double *values;               /* owned by the draft */
    double chosen;                /* of the member at hand; NAN when it is not given */
};

#define JOB_SLOTS_MAX (JOB_OWN_OPTIONS + 2 * OPTIONS_MAX)

/* Slots: the workload's own options, then its kernel's, then its engine's. */
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
    struct job_axis_values axes[JOB_AXES];
};

/* Sets an error as job_node_error does, located at the slot's value or, when the slot has none, at
 * the workload. Returns the status. */
int job_draft_error(const struct job_draft *draft, const struct job_slot *slot, const char *format,
                    ...) __attribute__((format(printf, 3, 4)));

/* Returns the length of a workload's name without the values of a family; 0 when the name is not
 * allowed. */
#define JOB_NAME_LETTERS_MAX 60 /* before the values of a family */
size_t job_draft_name_length(const char *name);

#endif
