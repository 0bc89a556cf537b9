#include "runfile/runfile_family.h"

#include "store/store_read.h"
#include "store/store_write.h"

#include <math.h>
#include <string.h>

#define NAME_BYTES 256

static const char *unit_of(enum option_kind kind)
{
    static const char *const units[] = {
        [OPTION_COUNT] = "1",    [OPTION_AXIS] = "1",     [OPTION_TIME] = "s",
        [OPTION_BYTES] = "byte", [OPTION_FRACTION] = "1", [OPTION_FLAG] = "1",
        [OPTION_CHOICE] = NULL};
    return units[kind];
}

/* The value of a workload in a family by key, or NULL. Keys of one name may be of several kinds:
 * those of another kind than `key` do not count. */
static const struct job_family_value *family_value(const struct workload *workload,
                                                   const struct option *key)
{
    for (size_t f = 0; f < workload->family_count; f++) {
        const struct option *option = workload->family[f].option;
        if (strcmp(option->name, key->name) == 0 && option->kind == key->kind) {
            return &workload->family[f];
        }
    }
    return NULL;
}

static const char *choice_text(const struct job_family_value *value)
{
    return value ? value->option->choices[(size_t)value->value] : "";
}

/* Whether a variable of another meaning has the name of a key. */
static bool is_taken(const char *name)
{
    bool taken = false;
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *variable = &runfile_variables[v];
        taken =
            taken || (strcmp(variable->group, "/") == 0 && variable->role != RUNFILE_COORDINATE &&
                      strcmp(variable->name, name) == 0);
    }
    for (int axis = 0; axis < RUNFILE_AXES; axis++) {
        taken = taken || strcmp(runfile_axes[axis].name, name) == 0;
    }
    return taken;
}

static void write_family(struct store *store, const struct job *job, const struct option *key,
                         const char *name, void *row)
{
    const char **texts = row;
    double *numbers = row;
    bool is_text = key->kind == OPTION_CHOICE;
    for (size_t w = 0; w < job->workload_count; w++) {
        const struct job_family_value *value = family_value(&job->workloads[w], key);
        if (is_text) {
            texts[w] = choice_text(value);
        } else {
            numbers[w] = value ? value->value : NAN;
        }
    }
    const char *axes[RUNFILE_AXES];
    enum store_type type = is_text ? STORE_TEXT : STORE_FLOAT64;
    store_variable(store,
                   &(struct store_variable){.group = "/",
                                            .name = name,
                                            .type = type,
                                            .unit = unit_of(key->kind),
                                            .long_name = key->help,
                                            .axes = runfile_axis_names(RUNFILE_WORKLOADS, axes),
                                            .axis = axes});
    char object[RUNFILE_OBJECT_BYTES];
    store_write(store, runfile_object("/", name, object), type, row);
}

/* A key may be called as a variable of another meaning is (`memory` of a kernel): then it is told
 * apart by a prefix. */
void runfile_write_families(struct store *store, const struct job *job, void *row,
                            FILE *coordinates)
{
    for (size_t w = 0; w < job->workload_count; w++) {
        for (size_t f = 0; f < job->workloads[w].family_count; f++) {
            const struct option *key = job->workloads[w].family[f].option;
            char name[NAME_BYTES], object[RUNFILE_OBJECT_BYTES];
            snprintf(name, sizeof name, "%s%s", is_taken(key->name) ? "workload_" : "", key->name);
            if (!store_has(store, runfile_object("/", name, object))) {
                write_family(store, job, key, name, row);
                fprintf(coordinates, " %s", name);
            }
        }
    }
}
