#include "runfile/runfile_rows.h"

#include "answer/stats.h"
#include "runfile/runfile_variables.h"
#include "store/store_read.h"
#include "store/store_write.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 256

static const enum store_type types[] = {
    [RUNFILE_DOUBLE] = STORE_FLOAT64, [RUNFILE_BOUND] = STORE_FLOAT64, [RUNFILE_INT] = STORE_INT32,
    [RUNFILE_SIZE] = STORE_UINT64,    [RUNFILE_BOOL] = STORE_UINT8,    [RUNFILE_TEXT] = STORE_TEXT};

const struct runfile_field runfile_speed_up_fields[] = {
    {"speed_up", "1", RUNFILE_DOUBLE, offsetof(struct interval, median), 0},
    {"speed_up_low", "1", RUNFILE_DOUBLE, offsetof(struct interval, low), 0},
    {"speed_up_high", "1", RUNFILE_DOUBLE, offsetof(struct interval, high), 0},
    {"speed_up_rounds", "1", RUNFILE_SIZE, offsetof(struct interval, n), 0},
    {NULL, NULL, RUNFILE_INT, 0, 0},
};

void *runfile_rows_at(const struct runfile_rows *rows, size_t i, size_t offset)
{
    return (char *)rows->first + i * rows->row_bytes + offset;
}

static double field_get(const struct runfile_field *field, const void *at)
{
    switch (field->kind) {
    case RUNFILE_DOUBLE:
        return *(const double *)at;
    case RUNFILE_BOUND:
        return isinf(*(const double *)at) ? NAN : *(const double *)at;
    case RUNFILE_INT:
        return *(const int *)at;
    case RUNFILE_SIZE:
        return (double)*(const size_t *)at;
    case RUNFILE_BOOL:
        return *(const bool *)at;
    case RUNFILE_TEXT:
        break;
    }
    return NAN;
}

/* False when the value cannot be one of the field. */
static bool field_set(const struct runfile_field *field, void *at, double value)
{
    static const double most[] = {
        [RUNFILE_INT] = INT_MAX, [RUNFILE_SIZE] = 9007199254740992.0, [RUNFILE_BOOL] = 1};
    if (field->kind != RUNFILE_DOUBLE && field->kind != RUNFILE_BOUND &&
        !(value >= 0 && value <= most[field->kind] && value == floor(value))) {
        return false;
    }
    switch (field->kind) {
    case RUNFILE_DOUBLE:
        *(double *)at = value;
        break;
    case RUNFILE_BOUND:
        *(double *)at = isnan(value) ? INFINITY : value;
        break;
    case RUNFILE_INT:
        *(int *)at = (int)value;
        break;
    case RUNFILE_SIZE:
        *(size_t *)at = (size_t)value;
        break;
    case RUNFILE_BOOL:
        *(bool *)at = value != 0;
        break;
    case RUNFILE_TEXT:
        break;
    }
    return true;
}

static void make(struct runfile_rows *rows, const char *name, const char *unit,
                 enum runfile_kind kind)
{
    static const char *const row[] = {"row"};
    store_variable(rows->store, &(struct store_variable){.group = rows->group,
                                                         .name = name,
                                                         .type = types[kind],
                                                         .unit = unit,
                                                         .axes = 1,
                                                         .axis = row});
}

void runfile_rows_write_texts(struct runfile_rows *rows, const char *name)
{
    char object[RUNFILE_OBJECT_BYTES];
    runfile_object(rows->group, name, object);
    make(rows, name, NULL, RUNFILE_TEXT);
    store_write(rows->store, object, STORE_TEXT, rows->texts);
}

static void write_numbers(struct runfile_rows *rows, const struct runfile_field *field,
                          const char *name, size_t offset)
{
    char object[RUNFILE_OBJECT_BYTES];
    runfile_object(rows->group, name, object);
    for (size_t i = 0; i < rows->count; i++) {
        rows->column[i] = field_get(field, runfile_rows_at(rows, i, offset));
    }
    make(rows, name, field->unit, field->kind);
    store_write(rows->store, object, STORE_FLOAT64, rows->column);
}

void runfile_rows_write(struct runfile_rows *rows, const struct runfile_field *fields,
                        const char *prefix, size_t base)
{
    for (const struct runfile_field *field = fields; field->name; field++) {
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%s%s", prefix, field->name);
        if (field->kind != RUNFILE_TEXT) {
            write_numbers(rows, field, name, base + field->offset);
            continue;
        }
        for (size_t i = 0; i < rows->count; i++) {
            rows->texts[i] = runfile_rows_at(rows, i, base + field->offset);
        }
        runfile_rows_write_texts(rows, name);
    }
}

static void read_numbers(struct runfile_rows *rows, const struct runfile_field *field,
                         const char *object, size_t offset)
{
    store_read(rows->store, object, STORE_FLOAT64, rows->count, rows->column);
    for (size_t i = 0; i < rows->count && store_status(rows->store) == 0; i++) {
        if (!field_set(field, runfile_rows_at(rows, i, offset), rows->column[i])) {
            store_damaged(rows->store, object, "holds an impossible number");
        }
    }
}

static void read_texts(struct runfile_rows *rows, const struct runfile_field *field,
                       const char *object, size_t offset)
{
    char **texts = store_read_texts(rows->store, object, rows->count);
    for (size_t i = 0; texts && i < rows->count; i++) {
        error_escape(texts[i], runfile_rows_at(rows, i, offset), field->bytes);
    }
    free(texts);
}

void runfile_rows_read(struct runfile_rows *rows, const struct runfile_field *fields,
                       const char *prefix, size_t base)
{
    for (const struct runfile_field *field = fields; field->name; field++) {
        char name[NAME_BYTES], object[RUNFILE_OBJECT_BYTES];
        snprintf(name, sizeof name, "%s%s", prefix, field->name);
        runfile_object(rows->group, name, object);
        (field->kind == RUNFILE_TEXT ? read_texts : read_numbers)(rows, field, object,
                                                                  base + field->offset);
    }
}

void runfile_rows_write_axis(struct runfile_rows *rows, const char *long_name)
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
               &(struct store_variable){.group = rows->group,
                                        .name = "row",
                                        .type = STORE_INT64,
                                        .unit = "1",
                                        .long_name = long_name},
               rows->count, numbers);
    free(numbers);
}

size_t runfile_rows_stored(struct store *store, const char *group, size_t most)
{
    size_t shape[STORE_AXES_MAX] = {0};
    char object[RUNFILE_OBJECT_BYTES];
    runfile_object(group, "row", object);
    store_shape(store, object, shape);
    if (shape[0] > most) {
        store_damaged(store, object, "has an impossible length");
    }
    return store_status(store) == 0 ? shape[0] : 0;
}

bool runfile_rows_init(struct runfile_rows *rows)
{
    rows->column = calloc(rows->count + 1, sizeof *rows->column);
    rows->texts = calloc(rows->count + 1, sizeof *rows->texts);
    if (!rows->column || !rows->texts) {
        store_no_memory(rows->store);
        return false;
    }
    return true;
}

void runfile_rows_finish(struct runfile_rows *rows)
{
    free(rows->column);
    free(rows->texts);
}
