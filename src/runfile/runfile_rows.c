/* Rows in a run file: an array of structs in memory, a dataset per field along the axis `row`. */
#include "runfile/runfile_internal.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum store_type types[] = {
    [FIELD_DOUBLE] = STORE_FLOAT64, [FIELD_BOUND] = STORE_FLOAT64, [FIELD_INT] = STORE_INT32,
    [FIELD_SIZE] = STORE_UINT64,    [FIELD_BOOL] = STORE_UINT8,    [FIELD_TEXT] = STORE_TEXT};

void *rows_at(const struct rows *rows, size_t i, size_t offset)
{
    return (char *)rows->first + i * rows->row_bytes + offset;
}

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
        return *(const bool *)at;
    case FIELD_TEXT:
        break;
    }
    return NAN;
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
    case FIELD_TEXT:
        break;
    }
    return true;
}

static void make(struct rows *rows, const char *name, const char *unit, enum field_kind kind)
{
    static const char *const row[] = {"row"};
    store_variable(rows->store, &(struct store_variable){.group = rows->group,
                                                         .name = name,
                                                         .type = types[kind],
                                                         .unit = unit,
                                                         .axes = 1,
                                                         .axis = row});
}

void rows_write_texts(struct rows *rows, const char *name)
{
    char object[OBJECT_BYTES];
    runfile_object(rows->group, name, object);
    make(rows, name, NULL, FIELD_TEXT);
    store_write(rows->store, object, STORE_TEXT, rows->texts);
}

static void write_numbers(struct rows *rows, const struct field *field, const char *name,
                          size_t offset)
{
    char object[OBJECT_BYTES];
    runfile_object(rows->group, name, object);
    for (size_t i = 0; i < rows->count; i++) {
        rows->column[i] = field_get(field, rows_at(rows, i, offset));
    }
    make(rows, name, field->unit, field->kind);
    store_write(rows->store, object, STORE_FLOAT64, rows->column);
}

void rows_write(struct rows *rows, const struct field *fields, const char *prefix, size_t base)
{
    for (const struct field *field = fields; field->name; field++) {
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%s%s", prefix, field->name);
        if (field->kind != FIELD_TEXT) {
            write_numbers(rows, field, name, base + field->offset);
            continue;
        }
        for (size_t i = 0; i < rows->count; i++) {
            rows->texts[i] = rows_at(rows, i, base + field->offset);
        }
        rows_write_texts(rows, name);
    }
}

static void read_numbers(struct rows *rows, const struct field *field, const char *object,
                         size_t offset)
{
    store_read(rows->store, object, STORE_FLOAT64, rows->count, rows->column);
    for (size_t i = 0; i < rows->count && store_status(rows->store) == 0; i++) {
        if (!field_set(field, rows_at(rows, i, offset), rows->column[i])) {
            store_damaged(rows->store, object, "holds an impossible number");
        }
    }
}

static void read_texts(struct rows *rows, const struct field *field, const char *object,
                       size_t offset)
{
    char **texts = store_read_texts(rows->store, object, rows->count);
    for (size_t i = 0; texts && i < rows->count; i++) {
        error_escape(texts[i], rows_at(rows, i, offset), field->bytes);
    }
    free(texts);
}

void rows_read(struct rows *rows, const struct field *fields, const char *prefix, size_t base)
{
    for (const struct field *field = fields; field->name; field++) {
        char name[NAME_BYTES], object[OBJECT_BYTES];
        snprintf(name, sizeof name, "%s%s", prefix, field->name);
        runfile_object(rows->group, name, object);
        (field->kind == FIELD_TEXT ? read_texts : read_numbers)(rows, field, object,
                                                                base + field->offset);
    }
}

void rows_write_axis(struct rows *rows, const char *long_name)
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

size_t rows_stored(struct store *store, const char *group, size_t most)
{
    size_t shape[STORE_AXES_MAX] = {0};
    char object[OBJECT_BYTES];
    runfile_object(group, "row", object);
    store_shape(store, object, shape);
    if (shape[0] > most) {
        store_damaged(store, object, "has an impossible length");
    }
    return store_status(store) == 0 ? shape[0] : 0;
}

bool rows_open(struct rows *rows)
{
    rows->column = calloc(rows->count + 1, sizeof *rows->column);
    rows->texts = calloc(rows->count + 1, sizeof *rows->texts);
    if (!rows->column || !rows->texts) {
        store_no_memory(rows->store);
        return false;
    }
    return true;
}

void rows_close(struct rows *rows)
{
    free(rows->column);
    free(rows->texts);
}
