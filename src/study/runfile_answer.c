/* The answer in a run file: the verdicts, one dataset per field along `row`. */
#include "study/runfile_internal.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 1000000u
#define ROW_BYTES 3072 /* of a verdict, texts included */

enum field_kind { FIELD_DOUBLE, FIELD_BOUND, FIELD_INT, FIELD_SIZE, FIELD_BOOL };

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
    {"points", "1", FIELD_SIZE, offsetof(struct verdict, points)},
    {"ties", "1", FIELD_SIZE, offsetof(struct verdict, ties)},
    {"undecided", "1", FIELD_SIZE, offsetof(struct verdict, undecided)},
    {"rounds", "1", FIELD_SIZE, offsetof(struct verdict, rounds)},
    {"half_width", "1", FIELD_DOUBLE, offsetof(struct verdict, half_width)},
    {"certain", "1", FIELD_BOOL, offsetof(struct verdict, certain)},
    {"throughput", "s-1", FIELD_DOUBLE, offsetof(struct verdict, tasks_per_s)},
#define BOUND(name, bound)                                                                         \
    {                                                                                              \
        name, "s-1", FIELD_BOUND, offsetof(struct verdict, bound_tasks_per_s[bound])               \
    }
    BOUND("bound_cores", BOUND_CORES),
    BOUND("bound_depth", BOUND_DEPTH),
    BOUND("bound_memory", BOUND_MEMORY),
    BOUND("bound_lock", BOUND_LOCK),
#undef BOUND
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
    {"bound", offsetof(struct verdict, bound), VERDICT_BOUND_BYTES},
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

/* In the file NAN says that a bound does not apply, as it does for all else. */
static double field_get(const struct field *field, const void *at)
{
    switch (field->kind) {
    case FIELD_DOUBLE:
        return *(const double *)at;
    case FIELD_BOUND:
        return isinf(*(const double *)at) ? NAN : *(const double *)at;
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
    if (field->kind != FIELD_DOUBLE && field->kind != FIELD_BOUND &&
        !(value >= 0 && value <= most[field->kind] && value == floor(value))) {
        return false;
    }
    switch (field->kind) {
    case FIELD_DOUBLE:
        *(double *)at = value;
        break;
    case FIELD_BOUND:
        *(double *)at = isnan(value) ? INFINITY : value;
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
                                            [FIELD_BOUND] = STORE_FLOAT64,
                                            [FIELD_INT] = STORE_INT32,
                                            [FIELD_SIZE] = STORE_UINT64,
                                            [FIELD_BOOL] = STORE_UINT8};
    char object[OBJECT_BYTES];
    runfile_object("/verdict", name, object);
    for (size_t i = 0; i < rows->count; i++) {
        rows->column[i] = field_get(field, (const char *)&rows->verdicts[i] + base);
    }
    make_field(rows, name, field->unit, types[field->kind]);
    store_write(rows->store, object, STORE_FLOAT64, rows->column);
}

static void read_field(struct rows *rows, const struct field *field, const char *name, size_t base)
{
    char object[OBJECT_BYTES];
    runfile_object("/verdict", name, object);
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
    runfile_object("/verdict", name, object);
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
        return runfile_storage_error(&found, error);
    }
    struct rows rows = {.store = store, .verdicts = (struct verdict *)verdicts, .count = count};
    if (runfile_is_ours(file, store) && open_rows(&rows)) {
        write_verdict(&rows);
        store_group(store, "/claims");
        store_text(store, "/claims", "comment", "claims that were tried on these samples: none");
    }
    close_rows(&rows);
    return store_commit(store, true, &found) == 0 ? 0 : runfile_storage_error(&found, error);
}

/* -- reading the answer -- */

static void read_texts(struct rows *rows)
{
    for (int t = 0; t < TEXT_FIELDS; t++) {
        char object[OBJECT_BYTES];
        runfile_object("/verdict", text_fields[t].name, object);
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
