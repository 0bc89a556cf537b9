#include "store/store_write.h"

#include "store/store_hdf5.h"
#include "store/store_read.h"
#include "system/utf8.h"

#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTE_BYTES_MAX 32768

/* A copy that every reader can decode; NULL when there is no memory. */
static char *utf8_copy(const char *text)
{
    char *copy = strdup(text ? text : "");
    for (char *at = copy; at && *at;) {
        size_t bytes = utf8_bytes(at);
        if (bytes == 0) {
            *at = '?';
            bytes = 1;
        }
        at += bytes;
    }
    return copy;
}

void store_group(struct store *store, const char *group)
{
    if (store_failed(store)) {
        return;
    }
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    store_keep_order(creation);
    hid_t id = H5Gcreate2(store->file, group, H5P_DEFAULT, creation, H5P_DEFAULT);
    store_worked(store, id, "create", group);
    store_close_id(id);
    store_close_id(creation);
}

static hid_t dataset_properties(const struct store_variable *variable)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (variable->chunk) {
        hsize_t lengths[STORE_AXES_MAX] = {0};
        for (size_t i = 0; i < variable->axes; i++) {
            lengths[i] = variable->chunk[i];
        }
        H5Pset_chunk(creation, (int)variable->axes, lengths);
    } else {
        H5Pset_layout(creation, H5D_CONTIGUOUS);
    }
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    store_keep_order(creation);
    if (variable->type != STORE_TEXT) {
        H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, &variable->fill);
    }
    return creation;
}

/* Creates a dataset with its describing attributes. */
static void create_dataset(struct store *store, const struct store_variable *variable,
                           size_t dimensions, const hsize_t *lengths)
{
    char object[STORE_OBJECT_BYTES];
    store_object(variable->group, variable->name, object);
    hid_t type = store_file_type(variable->type);
    hid_t space =
        dimensions == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple((int)dimensions, lengths, NULL);
    hid_t creation = dataset_properties(variable);
    hid_t id = H5Dcreate2(store->file, object, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (store_worked(store, id, "create", object)) {
        store_worked(store, H5Dclose(id), "create", object);
    }
    store_close_id(creation);
    store_close_id(space);
    store_close_id(type);
    if (variable->long_name) {
        store_text(store, object, "long_name", variable->long_name);
    }
    if (variable->unit) {
        store_text(store, object, "units", variable->unit);
    }
}

void store_axis(struct store *store, const struct store_variable *axis, size_t count,
                const void *values)
{
    if (store_failed(store)) {
        return;
    }
    char object[STORE_OBJECT_BYTES];
    store_object(axis->group, axis->name, object);
    create_dataset(store, axis, 1, (const hsize_t[]){count});
    store_write(store, object, axis->type, values);
    if (!store_failed(store)) {
        hid_t id = store_open_dataset(store, object);
        store_worked(store, H5DSset_scale(id, axis->name), "make an axis of", object);
        store_close_id(id);
    }
}

/* Sets the dimensions of a variable to the lengths of its axes. */
static void find_lengths(struct store *store, const struct store_variable *variable,
                         hsize_t lengths[STORE_AXES_MAX])
{
    for (size_t i = 0; i < variable->axes && !store_failed(store); i++) {
        char object[STORE_OBJECT_BYTES];
        size_t shape[STORE_AXES_MAX] = {0};
        store_object(variable->group, variable->axis[i], object);
        store_shape(store, object, shape);
        lengths[i] = shape[0];
    }
}

static void attach_axes(struct store *store, const struct store_variable *variable)
{
    char object[STORE_OBJECT_BYTES], axis[STORE_OBJECT_BYTES];
    store_object(variable->group, variable->name, object);
    hid_t id = store_open_dataset(store, object);
    for (size_t i = 0; i < variable->axes && !store_failed(store); i++) {
        store_object(variable->group, variable->axis[i], axis);
        hid_t scale = store_open_dataset(store, axis);
        store_worked(store, H5DSattach_scale(id, scale, (unsigned)i), "attach the axes of", object);
        store_close_id(scale);
    }
    store_close_id(id);
}

void store_variable(struct store *store, const struct store_variable *variable)
{
    hsize_t lengths[STORE_AXES_MAX] = {0};
    find_lengths(store, variable, lengths);
    if (!store_failed(store)) {
        create_dataset(store, variable, variable->axes, lengths);
    }
    if (!store_failed(store)) {
        attach_axes(store, variable);
    }
}

/* Writes memory of a type to what is selected of a dataset. */
static void write_selected(struct store *store, const char *object, hid_t id, hid_t selection,
                           enum store_type type, const void *values)
{
    hid_t memory = H5S_ALL;
    if (selection != H5S_ALL) {
        hsize_t count = (hsize_t)H5Sget_select_npoints(selection);
        memory = H5Screate_simple(1, &count, NULL);
    }
    hid_t kind = store_memory_type(type);
    store_worked(store, H5Dwrite(id, kind, memory, selection, H5P_DEFAULT, values), "write",
                 object);
    store_close_id(kind);
    if (memory != H5S_ALL) {
        store_close_id(memory);
    }
}

/* Copies of texts that every reader can decode; NULL when there is no memory. */
static char **utf8_copies(const char *const *texts, size_t count)
{
    char **copies = calloc(count + 1, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i] = utf8_copy(texts[i]);
        if (!copies[i]) {
            store_free_texts(copies, count);
            return NULL;
        }
    }
    return copies;
}

static void write_texts(struct store *store, const char *object, hid_t id, const void *values)
{
    hid_t space = H5Dget_space(id);
    size_t count = (size_t)H5Sget_simple_extent_npoints(space);
    char **copies = utf8_copies(values, count);
    if (copies) {
        write_selected(store, object, id, H5S_ALL, STORE_TEXT, copies);
    } else {
        store_no_memory(store);
    }
    store_free_texts(copies, count);
    store_close_id(space);
}

/* Closes a dataset, which may only then write what it gathered. */
static void close_written(struct store *store, const char *object, hid_t id)
{
    store_worked(store, H5Dclose(id), "write", object);
}

void store_write(struct store *store, const char *object, enum store_type type, const void *values)
{
    hid_t id = store_failed(store) ? -1 : store_open_dataset(store, object);
    if (id < 0) {
        return;
    }
    if (type == STORE_TEXT) {
        write_texts(store, object, id, values);
    } else {
        write_selected(store, object, id, H5S_ALL, type, values);
    }
    close_written(store, object, id);
}

void store_write_slab(struct store *store, const char *object, enum store_type type,
                      const size_t *start, const size_t *count, const void *values)
{
    hid_t id = store_failed(store) ? -1 : store_open_dataset(store, object);
    if (id < 0) {
        return;
    }
    hsize_t from[STORE_AXES_MAX] = {0}, lengths[STORE_AXES_MAX] = {0};
    hid_t space = H5Dget_space(id);
    int axes = H5Sget_simple_extent_ndims(space);
    for (int i = 0; i < axes && i < STORE_AXES_MAX; i++) {
        from[i] = start[i];
        lengths[i] = count[i];
    }
    herr_t selected = H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, lengths, NULL);
    if (store_worked(store, selected, "select from", object)) {
        write_selected(store, object, id, space, type, values);
    }
    store_close_id(space);
    close_written(store, object, id);
}

/* Writes an attribute of `count` values of a type; SIZE_MAX: of a single one, without dimension. */
static void write_attribute(struct store *store, const char *object, const char *name,
                            enum store_type type, size_t count, const void *values)
{
    hid_t id = store_failed(store) ? -1 : H5Oopen(store->file, object, H5P_DEFAULT);
    if (store_failed(store) || !store_worked(store, id, "open", object)) {
        return;
    }
    hid_t in_file = store_file_type(type), in_memory = store_memory_type(type);
    hid_t space = count == SIZE_MAX ? H5Screate(H5S_SCALAR)
                                    : H5Screate_simple(1, (const hsize_t[]){count}, NULL);
    if (H5Aexists(id, name) > 0) {
        store_worked(store, H5Adelete(id, name), "replace the attribute", name);
    }
    hid_t attribute = H5Acreate2(id, name, in_file, space, H5P_DEFAULT, H5P_DEFAULT);
    if (store_worked(store, attribute, "create the attribute", name)) {
        store_worked(store, H5Awrite(attribute, in_memory, values), "write the attribute", name);
    }
    store_close_id(attribute);
    store_close_id(space);
    store_close_id(in_memory);
    store_close_id(in_file);
    store_close_id(id);
}

void store_text(struct store *store, const char *object, const char *name, const char *text)
{
    char *copy = utf8_copy(text);
    if (!copy) {
        store_no_memory(store);
    } else if (strlen(copy) <= ATTRIBUTE_BYTES_MAX) {
        write_attribute(store, object, name, STORE_TEXT, SIZE_MAX, &copy);
    } else {
        char dataset[STORE_OBJECT_BYTES];
        store_object(object, name, dataset);
        store_variable(store,
                       &(struct store_variable){.group = object, .name = name, .type = STORE_TEXT});
        store_write(store, dataset, STORE_TEXT, &copy);
    }
    free(copy);
}

void store_numbers(struct store *store, const char *object, const char *name, enum store_type type,
                   size_t count, const void *values)
{
    write_attribute(store, object, name, type, count, values);
}
