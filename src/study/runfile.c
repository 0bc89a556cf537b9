#include "study/runfile.h"

#include "system/store.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SOURCE "cual run file" /* how a run file is known */
#define SOURCE_TEXT SOURCE ", version 1"
#define ID_BYTES 33 /* 128 random bits in hexadecimal */
#define NAME_BYTES 256
#define OBJECT_BYTES 512
#define LINE_BYTES 512
#define ROWS_MAX 1000000u
#define SLACK_BYTES (1u << 20) /* of a file beyond its samples */
#define ROW_BYTES 2048         /* of a verdict, texts included */

struct runfile {
    char *path;
    char id[ID_BYTES]; /* tells this run's file from one that took its place */
};

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

static void object_in(const char *group, const char *name, char object[OBJECT_BYTES])
{
    snprintf(object, OBJECT_BYTES, "%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
}

/* How an array is called and what it holds. */
struct description {
    const char *name;
    enum store_type type;
    const char *unit;
    const char *long_name;
};

/* -- axes: every array spans the first so many of these -- */

enum { WORKLOADS = 1, WORTHS = 2, CELLS = 5, SAMPLES = 6, RANKS = 7 };

static const struct description axes[RANKS] = {
    {"workload", STORE_TEXT, NULL, "name of the workload"},
    {"cores", STORE_INT64, "1", "cores that all share"},
    {"ranks", STORE_INT64, "1", "MPI processes"},
    {"threads", STORE_INT64, "1", "threads in each rank"},
    {"depth", STORE_INT64, "1", "operations each thread keeps in flight"},
    {"round", STORE_INT64, "1", "number of the visit to every cell, the warm-up being 0"},
    {"rank", STORE_INT64, "1", "number of the MPI process"},
};

static const char *const axis_order[RANKS] = {"workload", "cores", "ranks", "threads",
                                              "depth",    "round", "rank"};

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
    object_in("/", described->name, object);
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

static void write_part_names(struct writer *writer, bool waits)
{
    const char **names = writer->row;
    for (size_t w = 0; w < job_of(writer)->workload_count; w++) {
        const struct workload *workload = &job_of(writer)->workloads[w];
        names[w] = waits ? workload->engine->name : workload->kernel->name;
    }
    static const struct description compute = {"compute", STORE_TEXT, NULL, "compute kernel"};
    static const struct description wait = {"wait", STORE_TEXT, NULL, "wait engine"};
    write_array(writer, waits ? &wait : &compute, WORKLOADS, STORE_TEXT, names);
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
            object_in("/", name, object);
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
    write_part_names(writer, false);
    write_part_names(writer, true);
    fprintf(coordinates, "compute wait");
    for (int column = 0; column < COLUMN_COUNT; column++) {
        write_column(writer, (enum column)column);
        fprintf(coordinates, " %s", columns[column].name);
    }
    write_families(writer, coordinates);
}

/* -- samples -- */

/* What stands where there is no sample. */
static double sample_fill(int v)
{
    return v == SAMPLE_FLAGS ? 0 : v == SAMPLE_ORDER ? -1 : NAN;
}

static enum store_type sample_type(int v)
{
    return v == SAMPLE_FLAGS ? STORE_UINT32 : v == SAMPLE_ORDER ? STORE_INT32 : STORE_FLOAT64;
}

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

static void write_samples(struct writer *writer, const char *coordinates)
{
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        const struct sample_column *column = &sample_columns[v];
        struct description described = {column->name, sample_type(v), column->unit,
                                        column->long_name};
        struct store_variable array = variable("/", &described, SAMPLES, sample_fill(v));
        char object[OBJECT_BYTES];
        object_in("/", column->name, object);
        store_variable(writer->store, &array);
        store_text(writer->store, object, "coordinates", coordinates);
    }
    describe_flags(writer->store);
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
    char title[LINE_BYTES], job[LINE_BYTES];
    snprintf(title, sizeof title, "cual run of %s",
             error_escape(job_of(writer)->file, job, sizeof job - 16));
    store_text(writer->store, "/", "Conventions", "CF-1.10");
    store_text(writer->store, "/", "title", title);
    store_text(writer->store, "/", "source", SOURCE_TEXT);
    store_text(writer->store, "/", "id", id);
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

static void write_per_rank(struct writer *writer)
{
    static const struct description described = {"time", STORE_FLOAT64, "s", "time of the rank"};
    if (writer->content->samples->ranks == 0) {
        return;
    }
    store_group(writer->store, "/per_rank");
    write_axes(writer, "/per_rank", RANKS);
    struct store_variable array = variable("/per_rank", &described, RANKS, NAN);
    store_variable(writer->store, &array);
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

/* -- the file as a whole -- */

static uint64_t expected_bytes(const struct runfile_content *content)
{
    uint64_t samples = (uint64_t)content->samples->cells * content->samples->rounds;
    uint64_t each = (SAMPLE_VARIABLES - 2) * sizeof(double) + sizeof(uint32_t) + sizeof(int32_t) +
                    content->samples->ranks * sizeof(double);
    return samples * each + content->samples->cells + SLACK_BYTES;
}

static void write_all(struct writer *writer, const char *id)
{
    const struct runfile_content *content = writer->content;
    write_root(writer, id);
    write_facts(writer->store, "/provenance", content->facts, content->fact_count);
    write_facts(writer->store, "/machine", content->machine_facts, content->machine_fact_count);
    write_cores_worth(writer);
    write_per_rank(writer);
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

static void make_id(char id[ID_BYTES])
{
    unsigned char random[(ID_BYTES - 1) / 2] = {0};
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
    if (write_file(file, force, content, error) != 0) {
        runfile_free(file);
        return NULL;
    }
    return file;
}

void runfile_free(struct runfile *file)
{
    if (file) {
        free(file->path);
        free(file);
    }
}

/* Once a run has begun, whatever is wrong with its file is no longer a matter of usage. */
static int storage_error(const struct error *found, struct error *error)
{
    return error_set(error, STATUS_STORAGE, "%s", found->text);
}

/* Refuses a file that took the place of this run's. */
static bool is_ours(const struct runfile *file, struct store *store)
{
    char *id = store_read_text(store, "/", "id");
    bool ours = id && strcmp(id, file->id) == 0;
    if (!ours) {
        store_damaged(store, "/", "is not of this run: another file took its place");
    }
    free(id);
    return ours;
}

static void write_sample_round(struct store *store, const struct samples *samples, int v,
                               const size_t *start, const size_t *count, double *column)
{
    char object[OBJECT_BYTES];
    object_in("/", sample_columns[v].name, object);
    for (size_t cell = 0; cell < samples->cells; cell++) {
        double value = samples->value[v][cell * samples->rounds + start[CELLS]];
        column[cell] = isnan(value) ? sample_fill(v) : value;
    }
    store_write_slab(store, object, STORE_FLOAT64, start, count, column);
}

static void write_rank_round(struct store *store, const struct samples *samples,
                             const size_t *start, const size_t *count, double *column)
{
    size_t ranks = samples->ranks;
    for (size_t cell = 0; cell < samples->cells; cell++) {
        size_t at = cell * samples->rounds + start[CELLS];
        memcpy(column + cell * ranks, samples->per_rank + at * ranks, ranks * sizeof *column);
    }
    store_write_slab(store, "/per_rank/time", STORE_FLOAT64, start, count, column);
}

static void write_round(struct store *store, const struct runfile_content *content, size_t round)
{
    const struct samples *samples = content->samples;
    size_t start[RANKS] = {[CELLS] = round}, count[RANKS];
    for (int axis = 0; axis < RANKS; axis++) {
        count[axis] = axis == CELLS ? 1 : axis_length(content, axis);
    }
    double *column = malloc(samples->cells * (samples->ranks + 1) * sizeof *column);
    if (!column) {
        store_no_memory(store);
        return;
    }
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        write_sample_round(store, samples, v, start, count, column);
    }
    if (samples->ranks > 0) {
        write_rank_round(store, samples, start, count, column);
    }
    store_write(store, "/status", STORE_UINT8, content->plan->status);
    free(column);
}

int runfile_write_round(struct runfile *file, const struct runfile_content *content, size_t round,
                        struct error *error)
{
    struct error found = {0};
    struct store *store = store_open(file->path, true, &found);
    if (!store) {
        return storage_error(&found, error);
    }
    if (is_ours(file, store)) {
        write_round(store, content, round);
    }
    store_sync(store);
    return store_close(store, &found) == 0 ? 0 : storage_error(&found, error);
}

/* -- the verdict: one dataset per field of struct verdict, along `row` -- */

enum field_kind { FIELD_DOUBLE, FIELD_INT, FIELD_SIZE, FIELD_BOOL };

struct field {
    const char *name;
    const char *unit;
    enum field_kind kind;
    size_t offset;
};

static const struct field verdict_fields[] = {
    {"workload_index", "1", FIELD_SIZE, offsetof(struct verdict, workload)},
    {"cores", "1", FIELD_INT, offsetof(struct verdict, cores)},
    {"serial_time", "s", FIELD_DOUBLE, offsetof(struct verdict, serial_s)},
    {"serial_time_per_task", "s", FIELD_DOUBLE, offsetof(struct verdict, serial_task_s)},
    {"choice_time", "s", FIELD_DOUBLE, offsetof(struct verdict, choice_s)},
    {"ties", "1", FIELD_SIZE, offsetof(struct verdict, ties)},
    {"undecided", "1", FIELD_SIZE, offsetof(struct verdict, undecided)},
    {"half_width", "1", FIELD_DOUBLE, offsetof(struct verdict, half_width)},
    {"certain", "1", FIELD_BOOL, offsetof(struct verdict, certain)},
    {NULL, NULL, FIELD_INT, 0},
};

static const struct field point_fields[] = {
    {"ranks", "1", FIELD_INT, offsetof(struct point, ranks)},
    {"threads", "1", FIELD_INT, offsetof(struct point, threads)},
    {"depth", "1", FIELD_INT, offsetof(struct point, depth)},
    {"cores", "1", FIELD_INT, offsetof(struct point, cores)},
    {NULL, NULL, FIELD_INT, 0},
};

static const struct field interval_fields[] = {
    {"speed_up", "1", FIELD_DOUBLE, offsetof(struct interval, median)},
    {"speed_up_low", "1", FIELD_DOUBLE, offsetof(struct interval, low)},
    {"speed_up_high", "1", FIELD_DOUBLE, offsetof(struct interval, high)},
    {"speed_up_rounds", "1", FIELD_SIZE, offsetof(struct interval, n)},
    {NULL, NULL, FIELD_INT, 0},
};

/* The points that a verdict names, each with its speed-up. */
static const struct named_point {
    const char *name;
    size_t point, speed_up; /* offsets in struct verdict */
} named_points[] = {
    {"choice_", offsetof(struct verdict, choice), offsetof(struct verdict, choice_speed_up)},
#define GROUP(name, group)                                                                         \
    {                                                                                              \
        name, offsetof(struct verdict, best[group].point),                                         \
            offsetof(struct verdict, best[group].speed_up)                                         \
    }
    GROUP("serial_", GROUP_SERIAL),
    GROUP("threads_", GROUP_THREADS),
    GROUP("processes_", GROUP_PROCESSES),
    GROUP("async_", GROUP_ASYNC),
    GROUP("mix_", GROUP_MIX),
#undef GROUP
};
enum { NAMED_POINTS = sizeof named_points / sizeof *named_points };

/* The texts of a verdict that are read back. */
static const struct {
    const char *name;
    size_t offset, bytes;
} text_fields[] = {
    {"limit", offsetof(struct verdict, limit), VERDICT_LIMIT_BYTES},
    {"reason", offsetof(struct verdict, reason), VERDICT_REASON_BYTES},
};
enum { TEXT_FIELDS = sizeof text_fields / sizeof *text_fields };

struct rows {
    struct store *store;
    struct verdict *verdicts; /* not changed while writing */
    size_t count;
    double *column;     /* room for one number per row */
    const char **texts; /* and one text */
};

static double field_get(const struct field *field, const void *at)
{
    switch (field->kind) {
    case FIELD_DOUBLE:
        return *(const double *)at;
    case FIELD_INT:
        return *(const int *)at;
    case FIELD_SIZE:
        return (double)*(const size_t *)at;
    case FIELD_BOOL:
        break;
    }
    return *(const bool *)at;
}

/* False when the value cannot be one of the field. */
static bool field_set(const struct field *field, void *at, double value)
{
    static const double most[] = {
        [FIELD_INT] = INT_MAX, [FIELD_SIZE] = 9007199254740992.0, [FIELD_BOOL] = 1};
    if (field->kind != FIELD_DOUBLE &&
        !(value >= 0 && value <= most[field->kind] && value == floor(value))) {
        return false;
    }
    switch (field->kind) {
    case FIELD_DOUBLE:
        *(double *)at = value;
        break;
    case FIELD_INT:
        *(int *)at = (int)value;
        break;
    case FIELD_SIZE:
        *(size_t *)at = (size_t)value;
        break;
    case FIELD_BOOL:
        *(bool *)at = value != 0;
        break;
    }
    return true;
}

typedef void visit_field(struct rows *rows, const struct field *field, const char *name,
                         size_t base);

static void visit_fields(struct rows *rows, const struct field *fields, const char *prefix,
                         size_t base, visit_field *visit)
{
    for (const struct field *field = fields; field->name; field++) {
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%s%s", prefix, field->name);
        visit(rows, field, name, base + field->offset);
    }
}

/* Writing and reading walk the same tables. */
static void visit_all(struct rows *rows, visit_field *visit)
{
    visit_fields(rows, verdict_fields, "", 0, visit);
    for (int p = 0; p < NAMED_POINTS; p++) {
        const struct named_point *named = &named_points[p];
        visit_fields(rows, point_fields, named->name, named->point, visit);
        visit_fields(rows, interval_fields, named->name, named->speed_up, visit);
    }
}

static void make_field(struct rows *rows, const char *name, const char *unit, enum store_type type)
{
    static const char *const row[] = {"row"};
    store_variable(
        rows->store,
        &(struct store_variable){
            .group = "/verdict", .name = name, .type = type, .unit = unit, .axes = 1, .axis = row});
}

static void write_field(struct rows *rows, const struct field *field, const char *name, size_t base)
{
    static const enum store_type types[] = {[FIELD_DOUBLE] = STORE_FLOAT64,
                                            [FIELD_INT] = STORE_INT32,
                                            [FIELD_SIZE] = STORE_UINT64,
                                            [FIELD_BOOL] = STORE_UINT8};
    char object[OBJECT_BYTES];
    object_in("/verdict", name, object);
    for (size_t i = 0; i < rows->count; i++) {
        rows->column[i] = field_get(field, (const char *)&rows->verdicts[i] + base);
    }
    make_field(rows, name, field->unit, types[field->kind]);
    store_write(rows->store, object, STORE_FLOAT64, rows->column);
}

static void read_field(struct rows *rows, const struct field *field, const char *name, size_t base)
{
    char object[OBJECT_BYTES];
    object_in("/verdict", name, object);
    store_read(rows->store, object, STORE_FLOAT64, rows->count, rows->column);
    for (size_t i = 0; i < rows->count && store_status(rows->store) == 0; i++) {
        if (!field_set(field, (char *)&rows->verdicts[i] + base, rows->column[i])) {
            store_damaged(rows->store, object, "holds an impossible number");
        }
    }
}

static void write_text_field(struct rows *rows, const char *name)
{
    char object[OBJECT_BYTES];
    object_in("/verdict", name, object);
    make_field(rows, name, NULL, STORE_TEXT);
    store_write(rows->store, object, STORE_TEXT, rows->texts);
}

/* The points as people write them; empty where there is none. */
static void write_point_texts(struct rows *rows, const struct named_point *named)
{
    char(*texts)[POINT_TEXT_BYTES] = calloc(rows->count + 1, sizeof *texts);
    if (!texts) {
        store_no_memory(rows->store);
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        const char *verdict = (const char *)&rows->verdicts[i];
        const struct point *point = (const void *)(verdict + named->point);
        rows->texts[i] = point->ranks > 0 ? point_text(*point, texts[i]) : "";
    }
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%spoint", named->name);
    write_text_field(rows, name);
    free(texts);
}

static void write_texts(struct rows *rows)
{
    for (int p = 0; p < NAMED_POINTS; p++) {
        write_point_texts(rows, &named_points[p]);
    }
    for (size_t i = 0; i < rows->count; i++) {
        struct point choice = rows->verdicts[i].choice;
        rows->texts[i] = choice.ranks > 0 ? model_name(point_model(choice)) : "";
    }
    write_text_field(rows, "choice_model");
    for (int t = 0; t < TEXT_FIELDS; t++) {
        for (size_t i = 0; i < rows->count; i++) {
            rows->texts[i] = (const char *)&rows->verdicts[i] + text_fields[t].offset;
        }
        write_text_field(rows, text_fields[t].name);
    }
}

static void write_row_axis(struct rows *rows)
{
    int64_t *numbers = calloc(rows->count + 1, sizeof *numbers);
    if (!numbers) {
        store_no_memory(rows->store);
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        numbers[i] = (int64_t)i;
    }
    store_axis(rows->store,
               &(struct store_variable){.group = "/verdict",
                                        .name = "row",
                                        .type = STORE_INT64,
                                        .unit = "1",
                                        .long_name = "one workload on so many cores"},
               rows->count, numbers);
    free(numbers);
}

/* The names of the rows' workloads, from the file's own axis. */
static void write_row_names(struct rows *rows)
{
    size_t shape[STORE_AXES_MAX] = {0};
    store_shape(rows->store, "/workload", shape);
    char **names = store_read_texts(rows->store, "/workload", shape[0]);
    for (size_t i = 0; names && i < rows->count; i++) {
        size_t workload = rows->verdicts[i].workload;
        rows->texts[i] = workload < shape[0] ? names[workload] : "";
    }
    if (names) {
        write_text_field(rows, "workload");
    }
    free(names);
}

static void write_verdict(struct rows *rows)
{
    store_group(rows->store, "/verdict");
    store_text(rows->store, "/verdict", "comment",
               "which point to use, by how much, how sure and why: a row per workload and cores");
    write_row_axis(rows);
    write_row_names(rows);
    visit_all(rows, write_field);
    write_texts(rows);
}

/* Room for a column of numbers and of texts. */
static bool open_rows(struct rows *rows)
{
    rows->column = calloc(rows->count + 1, sizeof *rows->column);
    rows->texts = calloc(rows->count + 1, sizeof *rows->texts);
    if (!rows->column || !rows->texts) {
        store_no_memory(rows->store);
        return false;
    }
    return true;
}

static void close_rows(struct rows *rows)
{
    free(rows->column);
    free(rows->texts);
}

int runfile_finish(struct runfile *file, const struct verdict *verdicts, size_t count,
                   struct error *error)
{
    struct error found = {0};
    struct store *store = store_copy(file->path, SLACK_BYTES + count * ROW_BYTES, &found);
    if (!store) {
        return storage_error(&found, error);
    }
    struct rows rows = {.store = store, .verdicts = (struct verdict *)verdicts, .count = count};
    if (is_ours(file, store) && open_rows(&rows)) {
        write_verdict(&rows);
        store_group(store, "/claims");
        store_text(store, "/claims", "comment", "claims that were tried on these samples: none");
    }
    close_rows(&rows);
    return store_commit(store, true, &found) == 0 ? 0 : storage_error(&found, error);
}

/* -- reading the answer -- */

static void read_texts(struct rows *rows)
{
    for (int t = 0; t < TEXT_FIELDS; t++) {
        char object[OBJECT_BYTES];
        object_in("/verdict", text_fields[t].name, object);
        char **texts = store_read_texts(rows->store, object, rows->count);
        for (size_t i = 0; texts && i < rows->count; i++) {
            char *at = (char *)&rows->verdicts[i] + text_fields[t].offset;
            error_escape(texts[i], at, text_fields[t].bytes);
        }
        free(texts);
    }
}

static void read_row_names(struct rows *rows, char **names)
{
    char **texts = store_read_texts(rows->store, "/verdict/workload", rows->count);
    for (size_t i = 0; texts && i < rows->count; i++) {
        char name[NAME_BYTES];
        names[i] = strdup(error_escape(texts[i], name, sizeof name));
        if (!names[i]) {
            store_no_memory(rows->store);
        }
    }
    free(texts);
}

static void read_verdict(struct store *store, struct runfile_answer *answer)
{
    size_t shape[STORE_AXES_MAX] = {0};
    store_shape(store, "/verdict/row", shape);
    if (shape[0] > ROWS_MAX) {
        store_damaged(store, "/verdict/row", "has an impossible length");
    }
    if (store_status(store) != 0) {
        return;
    }
    answer->count = shape[0];
    answer->verdicts = calloc(answer->count + 1, sizeof *answer->verdicts);
    answer->workload_names = calloc(answer->count + 1, sizeof *answer->workload_names);
    struct rows rows = {.store = store, .verdicts = answer->verdicts, .count = answer->count};
    if (!answer->verdicts || !answer->workload_names) {
        store_no_memory(store);
    } else if (open_rows(&rows)) {
        read_row_names(&rows, answer->workload_names);
        visit_all(&rows, read_field);
        read_texts(&rows);
    }
    close_rows(&rows);
}

/* A fact is an attribute, or a dataset when it is long; a long one is no line. */
static void read_machine(struct store *store, struct runfile_answer *answer)
{
    char line[LINE_BYTES];
    char *text = store_read_text(store, "/machine", RUNFILE_MACHINE_LINE);
    answer->machine = strdup(error_escape(text ? text : "", line, sizeof line));
    if (!answer->machine) {
        store_no_memory(store);
    }
    free(text);
}

static size_t count_rounds(const double *time, size_t cells, size_t rounds)
{
    size_t done = 0;
    for (size_t round = 0; round < rounds; round++) {
        for (size_t cell = 0; cell < cells; cell++) {
            if (!isnan(time[cell * rounds + round])) {
                done++;
                break;
            }
        }
    }
    return done;
}

/* Rounds in which anything was measured. */
static size_t read_rounds(struct store *store)
{
    size_t shape[STORE_AXES_MAX] = {0}, cells = 1, done = 0;
    if (store_shape(store, "/time", shape) != SAMPLES) {
        store_damaged(store, "/time", "has the wrong axes");
        return 0;
    }
    for (int axis = 0; axis < CELLS; axis++) {
        cells *= shape[axis];
    }
    double *time = calloc(cells * shape[CELLS] + 1, sizeof *time);
    if (!time) {
        store_no_memory(store);
        return 0;
    }
    store_read(store, "/time", STORE_FLOAT64, cells * shape[CELLS], time);
    if (store_status(store) == 0) {
        done = count_rounds(time, cells, shape[CELLS]);
    }
    free(time);
    return done;
}

/* False for a file that is not a run's. */
static bool is_run_file(struct store *store)
{
    char *source = store_read_text(store, "/", "source");
    bool is = source && strncmp(source, SOURCE, strlen(SOURCE)) == 0;
    free(source);
    return is || store_status(store) != 0; /* a damaged one counts as one */
}

/* Reads what is there; false when it is sound but not what was asked for. */
static bool read_all(struct store *store, const char *path, struct runfile_answer *answer,
                     struct error *error)
{
    char shown[LINE_BYTES];
    error_escape(path, shown, sizeof shown);
    if (!is_run_file(store)) {
        error_set(error, STATUS_USAGE, "%s: is not a run file.", shown);
        return false;
    }
    answer->rounds_done = read_rounds(store);
    bool ended = store_has(store, "/verdict");
    if (!ended && store_status(store) == 0) {
        error_set(error, STATUS_USAGE,
                  "%s: the run did not end: it holds %zu rounds and no verdict.", shown,
                  answer->rounds_done);
        return false;
    }
    read_machine(store, answer);
    read_verdict(store, answer);
    return true;
}

int runfile_read_answer(const char *path, struct runfile_answer *answer, struct error *error)
{
    *answer = (struct runfile_answer){0};
    struct store *store = store_open(path, false, error);
    if (!store) {
        return error->status;
    }
    bool read = read_all(store, path, answer, error);
    int status = store_close(store, error);
    if (!read) {
        status = error->status;
    }
    if (status != 0) {
        runfile_answer_free(answer);
    }
    return status;
}

void runfile_answer_free(struct runfile_answer *answer)
{
    for (size_t i = 0; answer->workload_names && i < answer->count; i++) {
        free(answer->workload_names[i]);
    }
    free(answer->workload_names);
    free(answer->verdicts);
    free(answer->machine);
    *answer = (struct runfile_answer){0};
}
