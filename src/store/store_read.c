#include "store/store_read.h"

#include "store/store_hdf5.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 65536     /* members of a group, attributes of an object */
#define EXPANSION_MOST 1032 /* deflate makes nothing smaller (zlib.net, Technical Details) */
#define TEXTS_BYTES_MAX (64u << 20) /* of all texts of a dataset that is read */

bool store_has(struct store *store, const char *object)
{
    return !store_failed(store) && H5Lexists(store->file, object, H5P_DEFAULT) > 0;
}

/* Bytes of the whole file, more than which none of its datasets can take. */
static uint64_t file_bytes(struct store *store, const char *object)
{
    hsize_t bytes = 0;
    store_worked(store, H5Fget_filesize(store->file, &bytes), "measure", object);
    return bytes;
}

/* True for pieces that are not compressed, or as store_copy does it. */
static bool is_known_packing(hid_t creation, int filters)
{
    int deflates = 0, others = 0;
    for (int i = 0; i < filters; i++) {
        H5Z_filter_t filter = store_filter(creation, i);
        deflates += filter == H5Z_FILTER_DEFLATE;
        others += filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE;
    }
    return deflates <= 1 && others == 0;
}

/* The most bytes that a dataset or an attribute can hold: no more than the file does or, where it
 * is compressed, so many times what it takes there. */
static uint64_t most_bytes(struct store *store, const char *object, hid_t id)
{
    uint64_t most = file_bytes(store, object);
    if (H5Iget_type(id) == H5I_ATTR) {
        return most;
    }
    hid_t creation = H5Dget_create_plist(id);
    int filters = H5Pget_nfilters(creation);
    if (!is_known_packing(creation, filters)) {
        store_damaged(store, object, "is packed in a way that no run file is");
    } else if (filters > 0) {
        uint64_t takes = H5Dget_storage_size(id);
        most = (takes < most ? takes : most) * EXPANSION_MOST;
    }
    store_close_id(creation);
    return most;
}

/* Of a dataset or an attribute, as an id of either. */
static hid_t value_space(hid_t id)
{
    return H5Iget_type(id) == H5I_ATTR ? H5Aget_space(id) : H5Dget_space(id);
}

static hid_t value_type(hid_t id)
{
    return H5Iget_type(id) == H5I_ATTR ? H5Aget_type(id) : H5Dget_type(id);
}

/* Lengths of a dataset or an attribute that is open; what claims more than its file can hold is
 * damaged. */
static size_t checked_shape(struct store *store, const char *object, hid_t id,
                            size_t shape[STORE_AXES_MAX])
{
    hsize_t lengths[STORE_AXES_MAX] = {0};
    hid_t space = value_space(id), type = value_type(id);
    int axes = H5Sget_simple_extent_ndims(space);
    uint64_t bytes = H5Tget_size(type), most = most_bytes(store, object, id);
    bool sane = axes >= 0 && axes <= STORE_AXES_MAX && bytes > 0;
    if (sane && axes > 0) {
        sane = H5Sget_simple_extent_dims(space, lengths, NULL) >= 0;
    }
    for (int i = 0; sane && i < axes; i++) { /* an axis of length 0 does not excuse the others */
        uint64_t length = lengths[i] ? lengths[i] : 1;
        sane = !__builtin_mul_overflow(bytes, length, &bytes) && bytes <= most;
        shape[i] = (size_t)lengths[i];
    }
    if (!sane) {
        store_damaged(store, object, "has an impossible size");
    }
    store_close_id(type);
    store_close_id(space);
    return store_failed(store) ? 0 : (size_t)axes;
}

size_t store_shape(struct store *store, const char *object, size_t shape[STORE_AXES_MAX])
{
    hid_t id = store_failed(store) ? -1 : store_open_dataset(store, object);
    if (id < 0) {
        return 0;
    }
    size_t axes = checked_shape(store, object, id, shape);
    store_close_id(id);
    return axes;
}

/* Opens a dataset of exactly `count` elements; negative after an error. */
static hid_t open_checked(struct store *store, const char *object, size_t count)
{
    size_t shape[STORE_AXES_MAX] = {0}, found = 1;
    hid_t id = store_failed(store) ? -1 : store_open_dataset(store, object);
    if (id < 0) {
        return -1;
    }
    size_t axes = checked_shape(store, object, id, shape);
    for (size_t i = 0; i < axes; i++) {
        found *= shape[i];
    }
    if (found != count) {
        store_damaged(store, object, "has the wrong length");
    }
    if (store_failed(store)) {
        store_close_id(id);
        return -1;
    }
    return id;
}

void store_read(struct store *store, const char *object, enum store_type type, size_t count,
                void *values)
{
    hid_t id = open_checked(store, object, count);
    if (id < 0) {
        return;
    }
    hid_t memory = store_memory_type(type);
    store_worked(store, H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "read", object);
    store_close_id(memory);
    store_close_id(id);
}

/* Texts as one block: the pointers, then what they point to. */
static char **pack_texts(struct store *store, const char *object, char *const *texts, size_t count)
{
    size_t bytes = (count + 1) * sizeof(char *);
    for (size_t i = 0; i < count; i++) {
        bytes += texts[i] ? strlen(texts[i]) + 1 : 1;
        if (bytes > TEXTS_BYTES_MAX) {
            store_damaged(store, object, "holds too much text");
            return NULL;
        }
    }
    char **block = malloc(bytes);
    if (!block) {
        store_no_memory(store);
        return NULL;
    }
    char *at = (char *)(block + count + 1);
    for (size_t i = 0; i < count; i++) {
        block[i] = at;
        at = stpcpy(at, texts[i] ? texts[i] : "") + 1;
    }
    block[count] = NULL;
    return block;
}

char **store_read_texts(struct store *store, const char *object, size_t count)
{
    hid_t id = open_checked(store, object, count);
    if (id < 0) {
        return NULL;
    }
    char **block = NULL, **texts = calloc(count + 1, sizeof *texts);
    hid_t space = H5Dget_space(id), type = store_memory_type(STORE_TEXT);
    if (!texts) {
        store_no_memory(store);
    } else if (store_worked(store, H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts), "read",
                            object)) {
        block = pack_texts(store, object, texts, count);
    }
    if (texts) {
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    }
    free(texts);
    store_close_id(type);
    store_close_id(space);
    store_close_id(id);
    return block;
}

/* True for an attribute that is a single text of variable length. */
static bool is_one_text(hid_t attribute)
{
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    bool one = H5Tis_variable_str(type) > 0 && H5Sget_simple_extent_npoints(space) == 1;
    store_close_id(space);
    store_close_id(type);
    return one;
}

char *store_read_text(struct store *store, const char *object, const char *name)
{
    if (store_failed(store) || H5Aexists_by_name(store->file, object, name, H5P_DEFAULT) <= 0) {
        return NULL;
    }
    char *text = NULL, *copy = NULL;
    hid_t type = store_memory_type(STORE_TEXT);
    hid_t id = H5Aopen_by_name(store->file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    if (!store_worked(store, id, "open the attribute", name)) {
        store_close_id(type);
        return NULL;
    }
    if (!is_one_text(id)) {
        store_damaged(store, name, "is not a text");
    } else if (store_worked(store, H5Aread(id, type, &text), "read the attribute", name)) {
        copy = strdup(text ? text : "");
        H5free_memory(text);
    }
    store_close_id(id);
    store_close_id(type);
    return copy;
}

/* -- what there is, whatever it is called -- */

/* Names of a list as they are found. */
struct names {
    char **name;
    size_t count, room;
};

static herr_t add_name(struct names *names, const char *name)
{
    if (names->count == names->room) {
        size_t room = names->room ? 2 * names->room : 32;
        char **larger = room <= NAMES_MAX ? realloc(names->name, room * sizeof *larger) : NULL;
        if (!larger) {
            return -1;
        }
        names->name = larger;
        names->room = room;
    }
    names->name[names->count] = strdup(name);
    return names->name[names->count++] ? 0 : -1;
}

static herr_t add_member(hid_t group, const char *name, const H5L_info_t *info, void *names)
{
    (void)group;
    (void)info;
    return add_name(names, name);
}

static herr_t add_attribute(hid_t object, const char *name, const H5A_info_t *info, void *names)
{
    (void)object;
    (void)info;
    return add_name(names, name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts and packs the names that were found, and frees them. */
static char **pack_names(struct store *store, const char *object, herr_t found, struct names *names,
                         size_t *count)
{
    char **block = NULL;
    if (store_worked(store, found, "list", object)) {
        if (names->count > 1) {
            qsort(names->name, names->count, sizeof *names->name, compare_names);
        }
        block = pack_texts(store, object, names->name, names->count);
    }
    *count = block ? names->count : 0;
    store_free_texts(names->name, names->count);
    return block;
}

char **store_members(struct store *store, const char *group, size_t *count)
{
    struct names names = {0};
    *count = 0;
    hid_t id = store_failed(store) ? -1 : H5Gopen2(store->file, group, H5P_DEFAULT);
    if (store_failed(store) || !store_worked(store, id, "open", group)) {
        return NULL;
    }
    herr_t found = H5Literate(id, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_member, &names);
    char **block = pack_names(store, group, found, &names, count);
    store_close_id(id);
    return block;
}

char **store_attributes(struct store *store, const char *object, size_t *count)
{
    struct names names = {0};
    *count = 0;
    hid_t id = store_failed(store) ? -1 : H5Oopen(store->file, object, H5P_DEFAULT);
    if (store_failed(store) || !store_worked(store, id, "open", object)) {
        return NULL;
    }
    herr_t found = H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_attribute, &names);
    char **block = pack_names(store, object, found, &names, count);
    store_close_id(id);
    return block;
}

bool store_is_group(struct store *store, const char *object)
{
    hid_t id = store_failed(store) ? -1 : H5Oopen(store->file, object, H5P_DEFAULT);
    if (store_failed(store) || !store_worked(store, id, "open", object)) {
        return false;
    }
    bool group = H5Iget_type(id) == H5I_GROUP;
    store_close_id(id);
    return group;
}

static herr_t read_value(hid_t id, hid_t memory, void *values)
{
    return H5Iget_type(id) == H5I_ATTR ? H5Aread(id, memory, values)
                                       : H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

static enum store_class class_of(hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        return STORE_CLASS_FLOAT;
    case H5T_INTEGER:
        return H5Tget_sign(type) == H5T_SGN_NONE ? STORE_CLASS_UNSIGNED : STORE_CLASS_SIGNED;
    case H5T_STRING:
        return H5Tis_variable_str(type) > 0 ? STORE_CLASS_TEXT : STORE_CLASS_OTHER;
    default:
        return STORE_CLASS_OTHER;
    }
}

/* Shape and class of a value that is open; false, with the error set, when they cannot be. */
static bool measure_value(struct store *store, const char *object, hid_t id,
                          struct store_value *value)
{
    hid_t type = value_type(id);
    value->class = class_of(type);
    value->axes = checked_shape(store, object, id, value->shape);
    value->count = 1;
    for (size_t i = 0; i < value->axes; i++) {
        value->count *= value->shape[i];
    }
    store_close_id(type);
    if (value->class == STORE_CLASS_OTHER) {
        store_damaged(store, object, "has an unknown type");
    }
    return !store_failed(store);
}

static void fill_texts(struct store *store, const char *object, hid_t id, struct store_value *value)
{
    char **texts = calloc(value->count + 1, sizeof *texts);
    hid_t memory = store_memory_type(STORE_TEXT), space = value_space(id);
    if (!texts) {
        store_no_memory(store);
    } else if (store_worked(store, read_value(id, memory, texts), "read", object)) {
        value->texts = pack_texts(store, object, texts, value->count);
        H5Dvlen_reclaim(memory, space, H5P_DEFAULT, texts);
    }
    free(texts);
    store_close_id(space);
    store_close_id(memory);
}

static void fill_words(struct store *store, const char *object, hid_t id, struct store_value *value)
{
    static const enum store_type types[] = {[STORE_CLASS_FLOAT] = STORE_FLOAT64,
                                            [STORE_CLASS_SIGNED] = STORE_INT64,
                                            [STORE_CLASS_UNSIGNED] = STORE_UINT64};
    value->words = calloc(value->count + 1, sizeof *value->words);
    hid_t memory = store_memory_type(types[value->class]);
    if (!value->words) {
        store_no_memory(store);
    } else {
        store_worked(store, read_value(id, memory, value->words), "read", object);
    }
    store_close_id(memory);
}

bool store_read_value(struct store *store, const char *object, const char *attribute, bool all,
                      struct store_value *value)
{
    *value = (struct store_value){0};
    hid_t id = store_failed(store) ? -1
               : attribute
                   ? H5Aopen_by_name(store->file, object, attribute, H5P_DEFAULT, H5P_DEFAULT)
                   : H5Dopen2(store->file, object, H5P_DEFAULT);
    if (store_failed(store) || !store_worked(store, id, "open", object)) {
        return false;
    }
    if (measure_value(store, object, id, value) && all) {
        (value->class == STORE_CLASS_TEXT ? fill_texts : fill_words)(store, object, id, value);
    }
    store_close_id(id);
    return !store_failed(store);
}

void store_value_free(struct store_value *value)
{
    free(value->words);
    free(value->texts);
    *value = (struct store_value){0};
}

/* -- places -- */

uint64_t store_place(struct store *store, const char *object, const size_t *start, uint64_t bytes)
{
    hid_t id = store_failed(store) ? -1 : store_open_dataset(store, object);
    if (id < 0) {
        return 0;
    }
    haddr_t place = HADDR_UNDEF;
    hsize_t from[STORE_AXES_MAX] = {0}, takes = bytes;
    unsigned filters = 0;
    hid_t space = H5Dget_space(id), creation = H5Dget_create_plist(id);
    int axes = H5Sget_simple_extent_ndims(space);
    for (int i = 0; i < axes && i < STORE_AXES_MAX; i++) {
        from[i] = start[i];
    }
    if (H5Pget_layout(creation) == H5D_CONTIGUOUS) {
        place = H5Dget_offset(id);
        takes = H5Dget_storage_size(id);
    } else {
        store_worked(store, H5Dget_chunk_info_by_coord(id, from, &filters, &place, &takes), "find",
                     object);
    }
    store_close_id(creation);
    store_close_id(space);
    store_close_id(id);
    uint64_t most = file_bytes(store, object);
    if (!store_failed(store) && (place == HADDR_UNDEF || place == 0 || filters != 0 ||
                                 takes != bytes || place > most || bytes > most - place)) {
        store_damaged(store, object, "has no place of its own");
    }
    return store_failed(store) ? 0 : place;
}
