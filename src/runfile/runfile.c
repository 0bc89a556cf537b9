#include "runfile/integrity.h"
#include "runfile/runfile_internal.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void runfile_object(const char *group, const char *name, char object[OBJECT_BYTES])
{
    snprintf(object, OBJECT_BYTES, "%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
}

/* Once a run has begun, whatever is wrong with its file is no longer a matter of usage. */
int runfile_storage_error(const struct error *found, struct error *error)
{
    return error_set(error, STATUS_STORAGE, "%s", found->text);
}

bool runfile_is_ours(const struct runfile *file, struct store *store)
{
    char *id = store_read_text(store, "/", "id");
    bool ours = id && strcmp(id, file->id) == 0;
    if (!ours) {
        store_damaged(store, "/", "is not of this run: another file took its place");
    }
    free(id);
    return ours;
}

/* What is being written. */
struct writer {
    struct store *store;
    const struct runfile_content *content;
    void *row; /* room for 8 bytes per element of the longest axis */
};

static const struct job *job_of(const struct writer *writer)
{
    return writer->content->plan->job;
}

/* How an array is called and what it holds. */
struct description {
    const char *name;
    enum store_type type;
    const char *unit;
    const char *long_name;
};

/* -- axes: every array spans the first so many of these -- */

static const struct description axes[RANKS] = {
    {"workload", STORE_TEXT, NULL, "name of the workload"},
    {"cores", STORE_INT64, "1", "cores that all share"},
    {"ranks", STORE_INT64, "1", "MPI processes"},
    {"threads", STORE_INT64, "1", "threads in each rank"},
    {"depth", STORE_INT64, "1", "operations each thread keeps in flight"},
    {"round", STORE_INT64, "1", "number of the visit to every cell, the warm-up being 0"},
    {"rank", STORE_INT64, "1", "number of the MPI process"},
};

static const struct description quantile_axis = {"quantile", STORE_FLOAT64, "1",
                                                 "part of the ranks that took less"};

static const char *const axis_order[RANKS] = {"workload", "cores", "ranks", "threads",
                                              "depth",    "round", "rank"};
static const char *const spread_order[RANKS] = {"workload", "cores", "ranks",   "threads",
                                                "depth",    "round", "quantile"};

static struct store_variable variable(const char *group, const struct description *described,
                                      size_t spans, double fill)
{
    return (struct store_variable){.group = group,
                                   .name = described->name,
                                   .type = described->type,
                                   .unit = described->unit,
                                   .long_name = described->long_name,
                                   .axes = spans,
                                   .axis = axis_order,
                                   .fill = fill};
}

static size_t axis_length(const struct runfile_content *content, int axis)
{
    const struct job *job = content->plan->job;
    if (axis < WORKLOADS) {
        return job->workload_count;
    }
    if (axis < CELLS) {
        return job->axes[axis - WORKLOADS].count;
    }
    return axis < SAMPLES ? content->samples->rounds : content->samples->ranks;
}

static int64_t axis_value(const struct runfile_content *content, int axis, size_t i)
{
    if (axis < CELLS) {
        return content->plan->job->axes[axis - WORKLOADS].value[i];
    }
    return axis < SAMPLES ? (int64_t)i + 1 : (int64_t)i;
}

static void write_axis(struct writer *writer, const char *group, int axis)
{
    size_t length = axis_length(writer->content, axis);
    const char **names = writer->row;
    int64_t *values = writer->row;
    for (size_t i = 0; i < length; i++) {
        if (axis < WORKLOADS) {
            names[i] = job_of(writer)->workloads[i].name;
        } else {
            values[i] = axis_value(writer->content, axis, i);
        }
    }
    struct store_variable described = variable(group, &axes[axis], 0, 0);
    store_axis(writer->store, &described, length, writer->row);
}

/* A group has axes of its own: tools do not look for them in its parent. */
static void write_axes(struct writer *writer, const char *group, int count)
{
    for (int axis = 0; axis < count; axis++) {
        write_axis(writer, group, axis);
    }
}

/* -- what a task of each workload is: coordinates along the axis of workloads -- */

enum column {
    COLUMN_COMPUTE_TIME,
    COLUMN_WAIT_TIME,
    COLUMN_TASKS,
    COLUMN_BYTES,
    COLUMN_FLOPS,
    COLUMN_LOCK,
    COLUMN_WAITS,
    COLUMN_WORK,
    COLUMN_WEAK,
    COLUMN_COUNT
};

static const struct description columns[COLUMN_COUNT] = {
    [COLUMN_COMPUTE_TIME] = {"compute_time", STORE_FLOAT64, "s",
                             "CPU time of one task on one core"},
    [COLUMN_WAIT_TIME] = {"wait_time", STORE_FLOAT64, "s", "waiting asked for in one task"},
    [COLUMN_TASKS] = {"tasks", STORE_UINT64, "1", "tasks, under weak scaling for each core"},
    [COLUMN_BYTES] = {"bytes", STORE_FLOAT64, "byte", "memory traffic and I/O of one task"},
    [COLUMN_FLOPS] = {"flops", STORE_FLOAT64, "1", "floating-point operations of one task"},
    [COLUMN_LOCK] = {"lock", STORE_UINT8, "1", "1: computes under one lock per process"},
    [COLUMN_WAITS] = {"waits", STORE_UINT64, "1", "waits in one task"},
    [COLUMN_WORK] = {"work", STORE_UINT64, "1", "units of the kernel in one task"},
    [COLUMN_WEAK] = {"weak", STORE_UINT8, "1", "1: weak scaling, tasks times cores"},
};

static double column_value(const struct writer *writer, enum column column, size_t w)
{
    const struct workload *workload = &job_of(writer)->workloads[w];
    const struct runfile_workload *measured = &writer->content->workload[w];
    switch (column) {
    case COLUMN_COMPUTE_TIME:
        return measured->compute_s;
    case COLUMN_WAIT_TIME:
        return measured->wait_s;
    case COLUMN_TASKS:
        return (double)workload->spec.tasks;
    case COLUMN_BYTES:
        return measured->bytes;
    case COLUMN_FLOPS:
        return measured->flops;
    case COLUMN_LOCK:
        return workload->spec.lock;
    case COLUMN_WAITS:
        return workload->spec.waits;
    case COLUMN_WORK:
        return (double)workload->spec.work;
    case COLUMN_WEAK:
        return workload->weak;
    case COLUMN_COUNT:
        break;
    }
    return NAN;
}

/* Writes an array of the root group from memory of a type. */
static void write_array(struct writer *writer, const struct description *described, size_t spans,
                        enum store_type type, const void *values)
{
    char object[OBJECT_BYTES];
    runfile_object("/", described->name, object);
    struct store_variable array = variable("/", described, spans, 0);
    store_variable(writer->store, &array);
    store_write(writer->store, object, type, values);
}

static void write_column(struct writer *writer, enum column column)
{
    double *values = writer->row;
    for (size_t w = 0; w < job_of(writer)->workload_count; w++) {
        values[w] = column_value(writer, column, w);
    }
    write_array(writer, &columns[column], WORKLOADS, STORE_FLOAT64, values);
}

enum text_column { TEXT_COMPUTE, TEXT_WAIT, TEXT_STORAGE, TEXT_COUNT };

static const struct description text_columns[TEXT_COUNT] = {
    [TEXT_COMPUTE] = {"compute", STORE_TEXT, NULL, "compute kernel"},
    [TEXT_WAIT] = {"wait", STORE_TEXT, NULL, "wait engine"},
    [TEXT_STORAGE] = {"storage", STORE_TEXT, NULL, "what the scratch file is on"},
};

static const char *column_text(const struct writer *writer, enum text_column column, size_t w)
{
    const struct workload *workload = &job_of(writer)->workloads[w];
    const char *storage = writer->content->workload[w].storage;
    switch (column) {
    case TEXT_COMPUTE:
        return workload->kernel->name;
    case TEXT_WAIT:
        return workload->engine->name;
    case TEXT_STORAGE:
        return storage ? storage : "";
    case TEXT_COUNT:
        break;
    }
    return "";
}

static void write_text_column(struct writer *writer, enum text_column column)
{
    const char **texts = writer->row;
    for (size_t w = 0; w < job_of(writer)->workload_count; w++) {
        texts[w] = column_text(writer, column, w);
    }
    write_array(writer, &text_columns[column], WORKLOADS, STORE_TEXT, texts);
}

/* -- family values: what tells the members of a family apart -- */

static const char *unit_of(enum option_kind kind)
{
    static const char *const units[] = {
        [OPTION_COUNT] = "1",    [OPTION_TIME] = "s", [OPTION_BYTES] = "byte",
        [OPTION_FRACTION] = "1", [OPTION_FLAG] = "1", [OPTION_CHOICE] = NULL};
    return units[kind];
}

/* The value of a workload in a family by key, or NULL. Keys of one name may be of several kinds:
 * those of another kind than `key` do not count. */
static const struct family_value *family_value(const struct workload *workload,
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

static const char *choice_text(const struct family_value *value)
{
    return value ? value->option->choices[(size_t)value->value] : "";
}

/* A key may be called as a variable of another meaning is (`memory` of a kernel): then it is told
 * apart by a prefix. */
static void family_name(const struct option *key, char name[NAME_BYTES])
{
    bool taken = strcmp(key->name, "status") == 0 || strcmp(key->name, "checksum") == 0;
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        taken = taken || strcmp(key->name, sample_columns[v].name) == 0;
    }
    for (int axis = 0; axis < RANKS; axis++) {
        taken = taken || strcmp(key->name, axis_order[axis]) == 0;
    }
    snprintf(name, NAME_BYTES, "%s%s", taken ? "workload_" : "", key->name);
}

static void write_family(struct writer *writer, const struct option *key, const char *name)
{
    const char **texts = writer->row;
    double *numbers = writer->row;
    bool is_text = key->kind == OPTION_CHOICE;
    for (size_t w = 0; w < job_of(writer)->workload_count; w++) {
        const struct family_value *value = family_value(&job_of(writer)->workloads[w], key);
        if (is_text) {
            texts[w] = choice_text(value);
        } else {
            numbers[w] = value ? value->value : NAN;
        }
    }
    struct description described = {name, is_text ? STORE_TEXT : STORE_FLOAT64, unit_of(key->kind),
                                    key->help};
    write_array(writer, &described, WORKLOADS, described.type, writer->row);
}

static void write_families(struct writer *writer, FILE *coordinates)
{
    for (size_t w = 0; w < job_of(writer)->workload_count; w++) {
        const struct workload *workload = &job_of(writer)->workloads[w];
        for (size_t f = 0; f < workload->family_count; f++) {
            char name[NAME_BYTES], object[OBJECT_BYTES];
            family_name(workload->family[f].option, name);
            runfile_object("/", name, object);
            if (!store_has(writer->store, object)) {
                write_family(writer, workload->family[f].option, name);
                fprintf(coordinates, " %s", name);
            }
        }
    }
}

/* Writes all that says what a task is, and the names of it all for CF's `coordinates`. */
static void write_workloads(struct writer *writer, FILE *coordinates)
{
    for (int column = 0; column < TEXT_COUNT; column++) {
        write_text_column(writer, (enum text_column)column);
        fprintf(coordinates, "%s%s", column > 0 ? " " : "", text_columns[column].name);
    }
    for (int column = 0; column < COLUMN_COUNT; column++) {
        write_column(writer, (enum column)column);
        fprintf(coordinates, " %s", columns[column].name);
    }
    write_families(writer, coordinates);
}

/* -- samples -- */

static void describe_flags(struct store *store)
{
    uint32_t masks[SAMPLE_FLAG_COUNT];
    char meanings[LINE_BYTES] = "";
    for (unsigned bit = 0; bit < SAMPLE_FLAG_COUNT; bit++) {
        size_t used = strlen(meanings);
        masks[bit] = 1u << bit;
        snprintf(meanings + used, sizeof meanings - used, "%s%s", bit > 0 ? " " : "",
                 sample_flag_names[bit]);
    }
    store_numbers(store, "/flags", "flag_masks", STORE_UINT32, SAMPLE_FLAG_COUNT, masks);
    store_text(store, "/flags", "flag_meanings", meanings);
}

static void axis_lengths(const struct runfile_content *content, size_t length[RANKS])
{
    for (int axis = 0; axis < RANKS; axis++) {
        length[axis] = axis_length(content, axis);
    }
}

static void write_samples(struct writer *writer, const char *coordinates)
{
    size_t length[RANKS];
    axis_lengths(writer->content, length);
    struct layout layout = runfile_layout(length, 1);
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        const struct sample_column *column = &sample_columns[v];
        struct description described = {column->name, runfile_type(v), column->unit,
                                        column->long_name};
        struct store_variable array = variable("/", &described, SAMPLES, runfile_fill(v));
        char object[OBJECT_BYTES];
        runfile_object("/", column->name, object);
        array.chunk = layout.chunk;
        store_variable(writer->store, &array);
        store_text(writer->store, object, "coordinates", coordinates);
    }
    describe_flags(writer->store);
    static const struct description check = {"check", STORE_UINT64, "1",
                                             "hash of the sample; 0: there is none"};
    struct store_variable array = variable("/", &check, SAMPLES, 0);
    array.chunk = layout.chunk;
    store_variable(writer->store, &array);
}

static void write_status(struct writer *writer, const char *coordinates)
{
    static const struct description described = {"status", STORE_UINT8, "1",
                                                 "what became of the cell"};
    static const uint8_t values[] = {CELL_EMPTY, CELL_DONE, CELL_INFEASIBLE, CELL_FAILED};
    write_array(writer, &described, CELLS, STORE_UINT8, writer->content->plan->status);
    store_numbers(writer->store, "/status", "flag_values", STORE_UINT8, 4, values);
    store_text(writer->store, "/status", "flag_meanings", "empty done infeasible failed");
    store_text(writer->store, "/status", "coordinates", coordinates);
}

static void write_checksums(struct writer *writer, const char *coordinates)
{
    static const struct description described = {"checksum", STORE_UINT64, "1",
                                                 "sum that the workload must reach at every point"};
    uint64_t *values = writer->row;
    for (size_t w = 0; w < job_of(writer)->workload_count; w++) {
        values[w] = writer->content->workload[w].checksum;
    }
    write_array(writer, &described, WORKLOADS, STORE_UINT64, values);
    store_text(writer->store, "/checksum", "coordinates", coordinates);
}

static void write_root(struct writer *writer, const char *id)
{
    char title[LINE_BYTES], job[LINE_BYTES], source[LINE_BYTES];
    snprintf(title, sizeof title, "cual run of %s",
             error_escape(job_of(writer)->file, job, sizeof job - 16));
    store_text(writer->store, "/", "Conventions", "CF-1.10");
    store_text(writer->store, "/", "title", title);
    snprintf(source, sizeof source, "%s, version %d", SOURCE, VERSION);
    store_text(writer->store, "/", "source", source);
    store_text(writer->store, "/", "id", id);
    store_text(writer->store, "/", "complete", "0");
    write_axes(writer, "/", SAMPLES);
    char *coordinates = NULL;
    size_t bytes = 0;
    FILE *names = open_memstream(&coordinates, &bytes);
    if (!names) {
        store_no_memory(writer->store);
        return;
    }
    write_workloads(writer, names);
    if (fclose(names) != 0) {
        store_no_memory(writer->store);
    } else {
        write_samples(writer, coordinates);
        write_status(writer, coordinates);
        write_checksums(writer, coordinates);
    }
    free(coordinates);
}

/* -- subgroups -- */

/* An array of /per_rank with `each` elements a sample. */
static void write_rank_array(struct writer *writer, const struct description *described,
                             const char *const *axis, size_t each, double fill)
{
    struct store_variable array = variable("/per_rank", described, axis ? RANKS : SAMPLES, fill);
    size_t length[RANKS];
    axis_lengths(writer->content, length);
    struct layout layout = runfile_layout(length, each);
    array.axis = axis ? axis : axis_order;
    array.chunk = layout.chunk;
    store_variable(writer->store, &array);
}

static void write_spread(struct writer *writer)
{
    static const struct description quantiles = {"time_quantile", STORE_FLOAT64, "s",
                                                 "quantiles of the times of the cell's ranks"},
                                    slowest = {"slowest", STORE_INT32, "1",
                                               "rank of the cell that took longest"},
                                    fastest = {"fastest", STORE_INT32, "1",
                                               "rank of the cell that was done first"};
    struct store_variable axis = variable("/per_rank", &quantile_axis, 0, 0);
    store_axis(writer->store, &axis, SAMPLE_QUANTILES, sample_quantiles);
    write_rank_array(writer, &quantiles, spread_order, SAMPLE_QUANTILES, NAN);
    write_rank_array(writer, &slowest, NULL, 1, -1);
    write_rank_array(writer, &fastest, NULL, 1, -1);
}

static void write_per_rank(struct writer *writer)
{
    static const struct description described = {"time", STORE_FLOAT64, "s", "time of the rank"};
    const struct samples *samples = writer->content->samples;
    if (samples->ranks == 0) {
        return;
    }
    store_group(writer->store, "/per_rank");
    write_axes(writer, "/per_rank", RANKS);
    write_rank_array(writer, &described, axis_order, samples->ranks, NAN);
    if (samples->spread) {
        write_spread(writer);
    }
}

static void write_facts(struct store *store, const char *group, const struct runfile_fact *facts,
                        size_t count)
{
    store_group(store, group);
    for (size_t i = 0; i < count; i++) {
        store_text(store, group, facts[i].name, facts[i].text);
    }
}

static void write_cores_worth(struct writer *writer)
{
    static const struct description described = {
        "cores_worth", STORE_FLOAT64, "1",
        "times the speed of one core that so many cores reach with the workload's kernel"};
    write_axes(writer, "/machine", WORTHS);
    struct store_variable array = variable("/machine", &described, WORTHS, NAN);
    store_variable(writer->store, &array);
    size_t cores = axis_length(writer->content, WORKLOADS);
    for (size_t w = 0; w < job_of(writer)->workload_count; w++) {
        const double *worth = writer->content->workload[w].cores_worth;
        if (worth) {
            store_write_slab(writer->store, "/machine/cores_worth", STORE_FLOAT64,
                             (const size_t[]){w, 0}, (const size_t[]){1, cores}, worth);
        }
    }
}

static void write_disturbed(struct writer *writer)
{
    static const struct description described = {
        "calibration_disturbed", STORE_UINT8, "1",
        "1: others computed on the cores while cores_worth was measured"};
    struct store_variable array = variable("/machine", &described, WORKLOADS, 0);
    uint8_t *values = writer->row;
    for (size_t w = 0; w < job_of(writer)->workload_count; w++) {
        values[w] = writer->content->workload[w].calibration_disturbed;
    }
    store_variable(writer->store, &array);
    store_write(writer->store, "/machine/calibration_disturbed", STORE_UINT8, values);
}

/* -- the file as a whole -- */

static uint64_t array_bytes(const size_t length[RANKS], size_t each)
{
    struct layout layout = runfile_layout(length, each);
    return (uint64_t)layout.cells * layout.rounds * layout.each * layout.round_parts *
           layout.cell_parts * sizeof(double);
}

static uint64_t expected_bytes(const struct runfile_content *content)
{
    size_t length[RANKS];
    axis_lengths(content, length);
    return array_bytes(length, 1) * (SAMPLE_VARIABLES + 1) +
           (length[SAMPLES] > 0 ? array_bytes(length, length[SAMPLES]) : 0) +
           (content->samples->spread
                ? array_bytes(length, SAMPLE_QUANTILES) + 2 * array_bytes(length, 1)
                : 0) +
           content->samples->cells + SLACK_BYTES;
}

/* What the answer will add: a row per workload and cores, and the claims. */
static uint64_t answer_bytes(const struct runfile_content *content)
{
    return runfile_answer_bytes(axis_length(content, 0) * axis_length(content, WORKLOADS));
}

static void write_all(struct writer *writer, const char *id)
{
    const struct runfile_content *content = writer->content;
    write_root(writer, id);
    write_facts(writer->store, "/provenance", content->facts, content->fact_count);
    write_facts(writer->store, "/machine", content->machine_facts, content->machine_fact_count);
    write_cores_worth(writer);
    write_disturbed(writer);
    write_per_rank(writer);
    integrity_seal_tree(writer->store, "/");
}

static void *longest_row(const struct runfile_content *content)
{
    size_t longest = 1;
    for (int axis = 0; axis < RANKS; axis++) {
        size_t length = axis_length(content, axis);
        longest = length > longest ? length : longest;
    }
    return calloc(longest, 8);
}

static int write_file(const struct runfile *file, int force, const struct runfile_content *content,
                      struct error *error)
{
    struct writer writer = {.content = content, .row = longest_row(content)};
    writer.store = store_create(file->path, expected_bytes(content), error);
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
    return store_commit(writer.store, force != 0, error);
}

static void make_id(char id[RUNFILE_ID_BYTES])
{
    unsigned char random[(RUNFILE_ID_BYTES - 1) / 2] = {0};
    (void)!getrandom(random, sizeof random, 0);
    for (size_t i = 0; i < sizeof random; i++) {
        snprintf(id + 2 * i, 3, "%02x", random[i]);
    }
}

int runfile_check_path(const char *path, int force, struct error *error)
{
    return store_check_path(path, force != 0, error);
}

struct runfile *runfile_create(const char *path, int force, const struct runfile_content *content,
                               struct error *error)
{
    if (runfile_check_path(path, force, error) != 0) {
        return NULL;
    }
    struct runfile *file = calloc(1, sizeof *file);
    if (file) {
        file->path = strdup(path);
    }
    if (!file || !file->path) {
        error_set(error, STATUS_STORAGE, "Out of memory.");
        runfile_free(file);
        return NULL;
    }
    make_id(file->id);
    file->room = store_room_open(path, expected_bytes(content) + answer_bytes(content), error);
    if (!file->room || write_file(file, force, content, error) != 0 ||
        runfile_locate(file, error) != 0) {
        runfile_free(file);
        return NULL;
    }
    return file;
}

void runfile_free(struct runfile *file)
{
    if (file) {
        store_room_close(file->room);
        free(file->place);
        free(file->path);
        free(file);
    }
}
