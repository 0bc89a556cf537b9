#include "runfile/runfile_create.h"

#include "runfile/integrity.h"
#include "runfile/runfile_answer.h"
#include "runfile/runfile_family.h"
#include "runfile/runfile_file.h"
#include "runfile/runfile_layout.h"
#include "runfile/runfile_space.h"
#include "runfile/runfile_values.h"
#include "store/store_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* What is being written. */
struct writer {
    struct store *store;
    const struct runfile_content *content;
    size_t length[RUNFILE_AXES]; /* of the axes */
    void *row;                   /* room for 8 bytes per element of whatever is written at once */
};

static const struct job *job_of(const struct writer *writer)
{
    return writer->content->plan->job;
}

/* -- axes -- */

static int64_t axis_value(const struct job *job, int axis, size_t i)
{
    if (axis < RUNFILE_CELLS) {
        return job->axes[axis - RUNFILE_AXIS_CORES].value[i];
    }
    return axis == RUNFILE_AXIS_ROUND ? (int64_t)i + 1 : (int64_t)i;
}

static void store_axis_of(struct writer *writer, const char *group, int axis, size_t count,
                          const void *values)
{
    const struct runfile_axis_row *row = &runfile_axes[axis];
    store_axis(writer->store,
               &(struct store_variable){.group = group,
                                        .name = row->name,
                                        .type = row->type,
                                        .unit = row->unit,
                                        .long_name = row->long_name},
               count, values);
}

/* A group has axes of its own: tools do not look for them in its parent. */
static void write_axes(struct writer *writer, const char *group, int count)
{
    for (int axis = 0; axis < count; axis++) {
        const char **names = writer->row;
        int64_t *values = writer->row;
        for (size_t i = 0; i < writer->length[axis]; i++) {
            if (axis == RUNFILE_AXIS_WORKLOAD) {
                names[i] = job_of(writer)->workloads[i].name;
            } else {
                values[i] = axis_value(job_of(writer), axis, i);
            }
        }
        store_axis_of(writer, group, axis, writer->length[axis], writer->row);
    }
}

/* -- variables -- */

/* Adds the dataset of a variable. */
static void create_variable(struct writer *writer, const struct runfile_variable *variable)
{
    const char *axes[RUNFILE_AXES];
    size_t count = runfile_axis_names(variable->span, axes);
    struct store_variable array = {.group = variable->group,
                                   .name = variable->name,
                                   .type = variable->type,
                                   .unit = variable->unit,
                                   .long_name = variable->long_name,
                                   .axes = count,
                                   .axis = axes,
                                   .fill = variable->fill};
    struct runfile_layout layout;
    if (runfile_is_of_samples(variable)) {
        layout = runfile_layout(variable, writer->length);
        array.chunk = layout.chunk;
    }
    store_variable(writer->store, &array);
}

static void describe_flags(struct store *store)
{
    uint32_t masks[SAMPLE_FLAG_COUNT];
    char meanings[RUNFILE_LINE_BYTES] = "";
    for (unsigned bit = 0; bit < SAMPLE_FLAG_COUNT; bit++) {
        size_t used = strlen(meanings);
        masks[bit] = 1u << bit;
        snprintf(meanings + used, sizeof meanings - used, "%s%s", bit > 0 ? " " : "",
                 sample_flag_names[bit]);
    }
    store_numbers(store, "/flags", "flag_masks", STORE_UINT32, SAMPLE_FLAG_COUNT, masks);
    store_text(store, "/flags", "flag_meanings", meanings);
}

static void describe_status(struct store *store)
{
    static const uint8_t values[] = {CELL_EMPTY, CELL_DONE, CELL_INFEASIBLE, CELL_FAILED};
    store_numbers(store, "/status", "flag_values", STORE_UINT8, sizeof values, values);
    store_text(store, "/status", "flag_meanings", "empty done infeasible failed");
}

static void write_variable(struct writer *writer, const struct runfile_variable *variable,
                           const char *coordinates)
{
    create_variable(writer, variable);
    if (!runfile_is_of_samples(variable)) {
        runfile_write_values(writer->store, variable, writer->content, writer->length, writer->row);
    }
    if (variable->source == RUNFILE_FROM_STATUS) {
        describe_status(writer->store);
    }
    if (variable->role == RUNFILE_HAS_COORDINATES) {
        char object[RUNFILE_OBJECT_BYTES];
        store_text(writer->store, runfile_variable_object(variable, object), "coordinates",
                   coordinates);
    }
    if (variable->source == RUNFILE_FROM_SAMPLES && variable->member == SAMPLE_FLAGS) {
        describe_flags(writer->store);
    }
}

/* Writes the variables of a group, those of `coordinates` or the others. */
static void write_variables(struct writer *writer, const char *group, bool is_coordinate,
                            const char *coordinates)
{
    const struct samples *samples = writer->content->samples;
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *variable = &runfile_variables[v];
        if (strcmp(variable->group, group) != 0 ||
            (variable->role == RUNFILE_COORDINATE) != is_coordinate ||
            !runfile_has_variable(variable, samples->ranks, samples->spread != NULL)) {
            continue;
        }
        if (variable->span == RUNFILE_QUANTILES) {
            store_axis_of(writer, group, RUNFILE_AXIS_QUANTILE, SAMPLE_QUANTILES, sample_quantiles);
        }
        write_variable(writer, variable, coordinates);
    }
}

/* -- groups -- */

static void write_title(struct writer *writer, const char *id)
{
    char title[RUNFILE_LINE_BYTES], job[RUNFILE_LINE_BYTES], source[RUNFILE_LINE_BYTES];
    snprintf(title, sizeof title, "cual run of %s",
             error_escape(job_of(writer)->file, job, sizeof job - 16));
    snprintf(source, sizeof source, "%s, version %d", RUNFILE_SOURCE, RUNFILE_VERSION);
    store_text(writer->store, "/", "Conventions", "CF-1.10");
    store_text(writer->store, "/", "title", title);
    store_text(writer->store, "/", "source", source);
    store_text(writer->store, "/", "id", id);
    store_text(writer->store, "/", "complete", "0");
}

/* Adds the names of all that the table says of a task. */
static void list_coordinates(FILE *coordinates)
{
    const char *separator = "";
    for (size_t v = 0; v < runfile_variable_count; v++) {
        if (runfile_variables[v].role == RUNFILE_COORDINATE) {
            fprintf(coordinates, "%s%s", separator, runfile_variables[v].name);
            separator = " ";
        }
    }
}

static void write_root(struct writer *writer, const char *id)
{
    write_title(writer, id);
    write_axes(writer, "/", RUNFILE_SAMPLES);
    char *coordinates = NULL;
    size_t bytes = 0;
    FILE *names = open_memstream(&coordinates, &bytes);
    if (!names) {
        store_no_memory(writer->store);
        return;
    }
    write_variables(writer, "/", true, NULL);
    list_coordinates(names);
    runfile_write_families(writer->store, job_of(writer), writer->row, names);
    if (fclose(names) != 0) {
        store_no_memory(writer->store);
    } else {
        write_variables(writer, "/", false, coordinates);
    }
    free(coordinates);
}

static void write_facts(struct store *store, const char *group, const struct runfile_fact *facts,
                        size_t count)
{
    store_group(store, group);
    for (size_t i = 0; i < count; i++) {
        store_text(store, group, facts[i].name, facts[i].text);
    }
}

static void write_all(struct writer *writer, const char *id)
{
    const struct runfile_content *content = writer->content;
    write_root(writer, id);
    write_facts(writer->store, "/provenance", content->facts, content->fact_count);
    write_facts(writer->store, "/machine", content->machine_facts, content->machine_fact_count);
    write_axes(writer, "/machine", RUNFILE_WORTHS);
    store_axis_of(writer, "/machine", RUNFILE_AXIS_CORE, content->cores, content->cpu);
    write_variables(writer, "/machine", false, NULL);
    if (content->samples->ranks > 0) {
        store_group(writer->store, "/per_rank");
        write_axes(writer, "/per_rank", RUNFILE_RANKS);
        write_variables(writer, "/per_rank", false, NULL);
    }
    integrity_seal_tree(writer->store, "/");
}

/* -- the file as a whole -- */

static int write_file(struct runfile *file, bool force, const struct runfile_content *content,
                      uint64_t bytes, struct error *error)
{
    struct writer writer = {.content = content, .row = runfile_values_row(content, file->length)};
    memcpy(writer.length, file->length, sizeof writer.length);
    writer.store = store_create(file->path, NULL, bytes, error);
    if (!writer.store) {
        free(writer.row);
        return error->status;
    }
    if (writer.row) {
        write_all(&writer, file->id);
    } else {
        store_no_memory(writer.store);
    }
    free(writer.row);
    return store_commit_held(writer.store, force, &file->descriptor, error);
}

static void make_id(char id[RUNFILE_ID_BYTES])
{
    unsigned char random[(RUNFILE_ID_BYTES - 1) / 2] = {0};
    (void)!getrandom(random, sizeof random, 0);
    for (size_t i = 0; i < sizeof random; i++) {
        snprintf(id + 2 * i, 3, "%02x", random[i]);
    }
}

int runfile_check_path(const char *path, bool force, struct error *error)
{
    return store_check_path(path, force, error);
}

struct runfile *runfile_create(const char *path, bool force, const struct runfile_content *content,
                               struct error *error)
{
    if (runfile_check_path(path, force, error) != 0) {
        return NULL;
    }
    struct runfile *file = runfile_new(path, error);
    if (!file) {
        return NULL;
    }
    make_id(file->id);
    runfile_content_lengths(content, file->length);
    file->spreads = content->samples->spread != NULL;
    struct runfile_space space =
        runfile_space(file->length, file->spreads, content->plan->feasible);
    file->room = store_room_open(path, space.ended_bytes, error);
    if (!file->room || write_file(file, force, content, space.bytes, error) != 0 ||
        runfile_locate(file, error) != 0) {
        runfile_free(file);
        return NULL;
    }
    return file;
}
