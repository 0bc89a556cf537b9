/* The variables of a run file, one row each. Creating the file, finding where the samples lie,
 * writing rounds, reading samples and resuming a run walk this table; so do the tests. A new
 * variable is a row here and, where it is not there yet, the member that it is read from.
 *
 * Several files become one by the axes of a variable: analysis/variables.py says how.
 *
 * The answer is not in this table: runfile_answer.c has the tables of /verdict and /claims. */
#ifndef CUAL_RUNFILE_RUNFILE_VARIABLES_H
#define CUAL_RUNFILE_RUNFILE_VARIABLES_H

#include "runfile/runfile_content.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

/* -- axes -- */

enum runfile_axis {
    RUNFILE_AXIS_WORKLOAD,
    RUNFILE_AXIS_CORES,
    RUNFILE_AXIS_RANKS,
    RUNFILE_AXIS_THREADS,
    RUNFILE_AXIS_DEPTH,
    RUNFILE_AXIS_ROUND,
    RUNFILE_AXIS_RANK,
    RUNFILE_AXES,
    RUNFILE_AXIS_QUANTILE = RUNFILE_AXES, /* in place of the ranks */
    RUNFILE_AXIS_CORE,                    /* in place of the numbers of cores */
    RUNFILE_AXES_IN_ALL
};

/* The axes that a variable spans: the first so many of the above. */
enum runfile_span {
    RUNFILE_WORKLOADS = RUNFILE_AXIS_WORKLOAD + 1,
    RUNFILE_WORTHS = RUNFILE_AXIS_CORES + 1,
    RUNFILE_SPEEDS, /* workload, and the single cores in place of numbers of them */
    RUNFILE_CELLS = RUNFILE_AXIS_DEPTH + 1,
    RUNFILE_SAMPLES = RUNFILE_AXIS_ROUND + 1,
    RUNFILE_RANKS = RUNFILE_AXIS_RANK + 1,
    RUNFILE_QUANTILES /* the quantiles in place of the ranks */
};

struct runfile_axis_row {
    const char *name;
    enum store_type type;
    const char *unit; /* NULL: none */
    const char *long_name;
};
extern const struct runfile_axis_row runfile_axes[RUNFILE_AXES_IN_ALL];

/* The names of the axes of a span, slowest first, and how many they are. */
size_t runfile_axis_names(enum runfile_span span, const char *names[RUNFILE_AXES]);

/* -- variables -- */

/* Where the values of a variable stand in the content. Samples are written round by round, all else
 * when the file is made. */
enum runfile_source {
    RUNFILE_FROM_SAMPLES,    /* `value` of struct samples, whose index is the member */
    RUNFILE_FROM_HASHES,     /* the hash of each sample */
    RUNFILE_FROM_RANK_TIMES, /* the times of a sample's ranks */
    RUNFILE_FROM_SPREAD,     /* what is kept beside those, of more ranks than have a time */
    RUNFILE_FROM_STATUS,     /* the status of the plan */
    RUNFILE_FROM_MEASURED,   /* a member of struct runfile_workload */
    RUNFILE_FROM_JOB,        /* a member of struct workload */
    RUNFILE_FROM_KERNEL,     /* a member of its struct kernel */
    RUNFILE_FROM_ENGINE      /* a member of its struct engine */
};

/* What a variable has to do with CF's `coordinates`, the attribute that names all that says what a
 * task is. */
enum runfile_role { RUNFILE_PLAIN, RUNFILE_COORDINATE, RUNFILE_HAS_COORDINATES };

/* Its members are in the order in which a row is read, at the price of some padding. */
struct runfile_variable { /* NOLINT(clang-analyzer-optin.performance.Padding) */
    const char *group;    /* "/" or "/name" */
    const char *name;     /* in the group */
    enum store_type type; /* in the file */
    const char *unit;     /* NULL: none */
    const char *long_name;
    enum runfile_span span;
    enum runfile_role role;
    double fill; /* where there is no value */
    enum runfile_source source;
    size_t member;          /* index or offset, as the source says */
    enum store_type memory; /* type of the member */
    bool resumed;           /* a resumed run reads it back into struct runfile_workload */
};

/* In the order in which they are created, which is the order in which they are hashed. */
extern const struct runfile_variable runfile_variables[];
extern const size_t runfile_variable_count;

/* The axis of the single cores. */
#define RUNFILE_CORES "/machine/core"

/* The full path of a variable. */
#define RUNFILE_OBJECT_BYTES 512
const char *runfile_variable_object(const struct runfile_variable *variable,
                                    char object[RUNFILE_OBJECT_BYTES]);

/* "/group/name", or "/name" in the root. Returns `object`. */
const char *runfile_object(const char *group, const char *name, char object[RUNFILE_OBJECT_BYTES]);

/* The row of a variable of struct samples. */
const struct runfile_variable *runfile_sample_variable(enum sample_variable v);

/* Whether a variable has an element for each sample, or several. */
bool runfile_is_of_samples(const struct runfile_variable *variable);

/* Whether a variable holds numbers of a sample's ranks, in the order of samples_rank_number. */
bool runfile_is_of_ranks(const struct runfile_variable *variable);

/* Whether a variable is in files with so many rank times, and with quantiles of them or without. */
bool runfile_has_variable(const struct runfile_variable *variable, size_t ranks, bool spreads);

/* Elements of a sample in a variable, in files with so many rank times: 1 but for those of ranks.
 */
size_t runfile_elements(const struct runfile_variable *variable, size_t ranks);

/* The values of workload `w`, in memory of the variable's type there; NULL when there are none and
 * the fill stays. For variables that are written when the file is made. */
const void *runfile_values(const struct runfile_variable *variable,
                           const struct runfile_content *content, size_t w);

#endif
