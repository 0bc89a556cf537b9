#include "store/store_copy.h"

#include "store/store_hdf5.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "system/path.h"

#include <errno.h>
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFLATE_LEVEL 4
#define PART_BYTES ((size_t)1 << 20) /* that are copied at once, or a piece */
#define DEPTH_MOST 8                 /* groups within groups */

struct copying {
    struct store *to, *from;
    bool compressed;
    const char *const *without;
    const char *group; /* whose members are copied */
    int depth;
};

bool store_is_of_axes(const char *attribute)
{
    static const char *const names[] = {"DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(attribute, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool copying_failed(const struct copying *copying)
{
    return store_failed(copying->to) || store_failed(copying->from);
}

/* -- attributes -- */

/* An attribute or a dataset as it is read and written, element by element as it lies in memory. */
struct values {
    hid_t type; /* in memory */
    void *bytes;
};

static struct values values_of(struct store *store, hid_t type, size_t count)
{
    struct values values = {.type = H5Tget_native_type(type, H5T_DIR_DEFAULT)};
    values.bytes = calloc(count + 1, H5Tget_size(values.type));
    if (!values.bytes) {
        store_no_memory(store);
    }
    return values;
}

/* Frees texts that were read, too; those of `space`. */
static void free_values(struct values *values, hid_t space)
{
    if (values->bytes && H5Tis_variable_str(values->type) > 0) {
        H5Dvlen_reclaim(values->type, space, H5P_DEFAULT, values->bytes);
    }
    free(values->bytes);
    store_close_id(values->type);
}

/* An object on both sides. */
struct pair {
    const struct copying *copying;
    const char *object;
    hid_t from, to;
};

static void write_attribute(const struct pair *pair, const char *name, hid_t from)
{
    struct store *to = pair->copying->to;
    hid_t type = H5Aget_type(from), space = H5Aget_space(from);
    struct values values = values_of(to, type, (size_t)H5Sget_simple_extent_npoints(space));
    if (values.bytes && store_worked(pair->copying->from, H5Aread(from, values.type, values.bytes),
                                     "read the attribute", name)) {
        hid_t copy = H5Acreate2(pair->to, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        if (store_worked(to, copy, "create the attribute", name)) {
            store_worked(to, H5Awrite(copy, values.type, values.bytes), "write the attribute",
                         name);
        }
        store_close_id(copy);
    }
    free_values(&values, space);
    store_close_id(space);
    store_close_id(type);
}

static herr_t copy_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    const struct pair *pair = context;
    struct store_value value; /* its size and type can be */
    (void)object;
    (void)info;
    if (!store_is_of_axes(name) &&
        store_read_value(pair->copying->from, pair->object, name, false, &value)) {
        hid_t from = H5Aopen(pair->from, name, H5P_DEFAULT);
        if (store_worked(pair->copying->from, from, "open the attribute", name)) {
            write_attribute(pair, name, from);
        }
        store_close_id(from);
    }
    return copying_failed(pair->copying) ? -1 : 0;
}

static void copy_attributes(struct pair *pair)
{
    herr_t found =
        H5Aiterate2(pair->from, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, copy_attribute, pair);
    if (!copying_failed(pair->copying)) {
        store_worked(pair->copying->from, found, "list the attributes of", pair->object);
    }
}

/* -- axes -- */

static herr_t attach_axis(hid_t dataset, unsigned axis, hid_t scale, void *context)
{
    const struct pair *pair = context;
    struct store *to = pair->copying->to;
    char path[STORE_OBJECT_BYTES] = "";
    (void)dataset;
    if (H5Iget_name(scale, path, sizeof path) <= 0 || !store_has(to, path)) {
        store_damaged(pair->copying->from, pair->object, "has an axis that is not in the file");
        return -1;
    }
    hid_t copy = store_open_dataset(to, path);
    store_worked(to, H5DSattach_scale(pair->to, copy, axis), "attach the axes of", pair->object);
    store_close_id(copy);
    return copying_failed(pair->copying) ? -1 : 0;
}

static void copy_axes(struct pair *pair, size_t axes)
{
    struct store *to = pair->copying->to;
    if (H5DSis_scale(pair->from) > 0) {
        char name[STORE_OBJECT_BYTES] = "";
        H5DSget_scale_name(pair->from, name, sizeof name);
        store_worked(to, H5DSset_scale(pair->to, name), "make an axis of", pair->object);
        return;
    }
    for (unsigned axis = 0; axis < axes && !copying_failed(pair->copying); axis++) {
        int scales = H5DSget_num_scales(pair->from, axis);
        herr_t found =
            scales > 0 ? H5DSiterate_scales(pair->from, axis, NULL, attach_axis, pair) : scales;
        if (!copying_failed(pair->copying)) {
            store_worked(pair->copying->from, found, "find the axes of", pair->object);
        }
    }
}

/* -- datasets -- */

/* Lengths of the pieces that a dataset lies in, or of the whole dataset. Returns whether it lies in
 * pieces. */
static bool piece_of(hid_t from, const struct store_value *value, hsize_t piece[STORE_AXES_MAX])
{
    hid_t creation = H5Dget_create_plist(from);
    bool in_pieces = H5Pget_layout(creation) == H5D_CHUNKED;
    if (in_pieces) {
        H5Pget_chunk(creation, STORE_AXES_MAX, piece);
    }
    for (size_t i = 0; i < value->axes; i++) {
        bool within = in_pieces && piece[i] < value->shape[i];
        piece[i] = within ? piece[i] : value->shape[i];
    }
    store_close_id(creation);
    return in_pieces;
}

static hid_t dataset_properties(const struct copying *copying, hid_t from)
{
    hid_t creation = H5Dget_create_plist(from);
    bool in_pieces = H5Pget_layout(creation) == H5D_CHUNKED;
    if (in_pieces && H5Pget_nfilters(creation) > 0) {
        H5Premove_filter(creation, H5Z_FILTER_ALL);
    }
    if (in_pieces && copying->compressed) {
        H5Pset_alloc_time(creation, H5D_ALLOC_TIME_INCR);
        H5Pset_shuffle(creation); /* the bytes of like worth lie together */
        H5Pset_deflate(creation, DEFLATE_LEVEL);
    } else {
        H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    }
    store_keep_order(creation);
    return creation;
}

/* Copies what is selected in `space`, the same on both sides. `length` is that of each axis: the
 * library is several times as fast when the axes in memory are those of the file. */
static void copy_selected(const struct pair *pair, hid_t type, hid_t space, const hsize_t *length)
{
    hid_t memory = H5Screate_simple(H5Sget_simple_extent_ndims(space), length, NULL);
    size_t count = (size_t)H5Sget_select_npoints(space);
    struct values values = values_of(pair->copying->to, type, count);
    if (values.bytes &&
        store_worked(pair->copying->from,
                     H5Dread(pair->from, values.type, memory, space, H5P_DEFAULT, values.bytes),
                     "read", pair->object)) {
        store_worked(pair->copying->to,
                     H5Dwrite(pair->to, values.type, memory, space, H5P_DEFAULT, values.bytes),
                     "write", pair->object);
    }
    free_values(&values, memory);
    store_close_id(memory);
}

/* Copies piece by piece, or part by part what does not lie in pieces. */
static void copy_values(const struct pair *pair, hid_t type, const struct store_value *value)
{
    hsize_t piece[STORE_AXES_MAX] = {0}, parts[STORE_AXES_MAX] = {0}, count = value->count > 0;
    size_t bytes = value->count * H5Tget_size(type);
    bool in_pieces = piece_of(pair->from, value, piece);
    if (!in_pieces && value->axes > 0 && bytes > PART_BYTES) {
        size_t step = bytes / value->shape[0];
        piece[0] = step < PART_BYTES ? PART_BYTES / step : 1;
    }
    for (size_t i = 0; i < value->axes && count > 0; i++) {
        parts[i] = (value->shape[i] + piece[i] - 1) / piece[i];
        count *= parts[i];
    }
    hid_t space = H5Dget_space(pair->from);
    for (hsize_t n = 0; n < count && !copying_failed(pair->copying); n++) {
        hsize_t start[STORE_AXES_MAX] = {0}, length[STORE_AXES_MAX] = {0}, rest = n;
        for (size_t i = value->axes; i-- > 0; rest /= parts[i]) {
            start[i] = rest % parts[i] * piece[i];
            hsize_t left = value->shape[i] - start[i];
            length[i] = left < piece[i] ? left : piece[i];
        }
        herr_t selected = value->axes == 0 ? H5Sselect_all(space)
                                           : H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL,
                                                                 length, NULL);
        if (store_worked(pair->copying->from, selected, "select from", pair->object)) {
            copy_selected(pair, type, space, length);
        }
    }
    store_close_id(space);
}

static void copy_dataset(const struct copying *copying, const char *object)
{
    struct store_value value; /* its shape */
    if (!store_read_value(copying->from, object, NULL, false, &value)) {
        return;
    }
    struct pair pair = {copying, object, store_open_dataset(copying->from, object), -1};
    hid_t type = H5Dget_type(pair.from), space = H5Dget_space(pair.from);
    hid_t creation = dataset_properties(copying, pair.from);
    pair.to =
        H5Dcreate2(copying->to->file, object, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (store_worked(copying->to, pair.to, "create", object)) {
        copy_values(&pair, type, &value);
        copy_axes(&pair, value.axes);
        copy_attributes(&pair);
        store_worked(copying->to, H5Dclose(pair.to), "write", object);
    }
    store_close_id(creation);
    store_close_id(space);
    store_close_id(type);
    store_close_id(pair.from);
}

/* -- groups -- */

static void copy_group(const struct copying *copying);

static bool is_left_out(const struct copying *copying, const char *object)
{
    const char *const *without = copying->without;
    while (without && *without && strcmp(*without, object) != 0) {
        without++;
    }
    return without && *without;
}

static herr_t copy_member(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    const struct copying *copying = context;
    char object[STORE_OBJECT_BYTES];
    (void)group;
    store_object(copying->group, name, object);
    if (info->type != H5L_TYPE_HARD) {
        store_damaged(copying->from, object, "does not stand in it");
    } else if (is_left_out(copying, object)) {
        return 0;
    } else if (!store_is_group(copying->from, object)) {
        copy_dataset(copying, object);
    } else if (copying->depth == DEPTH_MOST) {
        store_damaged(copying->from, object, "lies too deep");
    } else {
        struct copying inside = *copying;
        inside.group = object;
        inside.depth++;
        store_group(copying->to, object);
        copy_group(&inside);
    }
    return copying_failed(copying) ? -1 : 0;
}

static void copy_group(const struct copying *copying)
{
    struct pair pair = {copying, copying->group,
                        H5Gopen2(copying->from->file, copying->group, H5P_DEFAULT),
                        H5Gopen2(copying->to->file, copying->group, H5P_DEFAULT)};
    struct copying here = *copying;
    if (store_worked(copying->from, pair.from, "open", copying->group) &&
        store_worked(copying->to, pair.to, "open", copying->group)) {
        copy_attributes(&pair);
        herr_t found = copying_failed(copying) ? 0
                                               : H5Literate(pair.from, H5_INDEX_CRT_ORDER,
                                                            H5_ITER_INC, NULL, copy_member, &here);
        if (!copying_failed(copying)) {
            store_worked(copying->from, found, "list", copying->group);
        }
    }
    store_close_id(pair.to);
    store_close_id(pair.from);
}

void store_copy(struct store *to, struct store *from, bool compressed, const char *const *without)
{
    struct stat original;
    if (fstat(from->descriptor, &original) != 0 ||
        fchmod(to->descriptor, original.st_mode & 07777) != 0) {
        path_set_errno(&to->error, to->path, errno, to->bytes);
    }
    struct copying all = {to, from, compressed, without, "/", 0};
    if (!copying_failed(&all)) {
        copy_group(&all);
    }
    if (store_failed(from)) {
        error_set(&to->error, (enum status)from->error.status, "%s", from->error.text);
    }
}
