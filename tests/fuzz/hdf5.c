/* Stands in for the HDF5 library where a file is read: the objects are what the input says, so that
 * all code of ours that reads a run file (the rooms store, runfile and what prints it) meets every
 * answer that the library can give, with sanitizers and without the library's own time and crashes.
 * What the library does with damaged bytes is none of this; `cual show` lets it do that in a
 * process of its own.
 *
 * An object is a line of fields between tabs: its path (attributes: "/machine@summary"), its type
 * (a letter of type_letters), its lengths ("2,3"; "-": one value), its values (the last one fills
 * up). Values that begin with a letter say how it is kept: l, a link to elsewhere; v or e, a
 * dataset in other files; z, compressed; y, by a filter that nobody knows. The line "size" and a
 * number says how large the file is; without it, as large as the input.
 */
#include "hdf5_lines.h"

#include "fuzz.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MOST 512
#define BYTES_MOST                                                                                 \
    262144           /* of a file: a few bytes of input must not stand for minutes of reading */
#define AXES_MOST 32 /* of HDF5 */

static const char type_letters[] = "dilubtx"; /* double, int64, int32, uint64, uint8, text, other */
static const size_t type_bytes[] = {8, 8, 4, 8, 1, 16, 13};
enum type { TYPE_TEXT = 5, TYPE_OTHER = 6 };

struct line {
    const char *path, *values; /* NULL: none */
    enum type type;
    int axes;
    hsize_t length[AXES_MOST];
};

static struct line lines[LINES_MOST];
static int line_count;
static hsize_t bytes_of_file;

/* What an identifier stands for: its kind, and the type or the line. */
enum kind { KIND_FILE = 1, KIND_TYPE, KIND_SPACE, KIND_OBJECT, KIND_PROPERTIES };
#define KIND_SHIFT 32

static hid_t make_id(enum kind kind, int index)
{
    return (hid_t)kind << KIND_SHIFT | index;
}

static int index_of(hid_t id, enum kind kind)
{
    fuzz_must(id >> KIND_SHIFT == (hid_t)kind, "an identifier is of the kind that a call takes",
              "");
    return (int)(id & 0xffffffff);
}

/* -- the lines -- */

/* The field at *text, which moves behind it; NULL at the end. */
static char *next_field(char **text)
{
    char *field = *text;
    char *end = field ? strchr(field, '\t') : NULL;
    *text = end ? end + 1 : NULL;
    if (end) {
        *end = '\0';
    }
    return field;
}

static void read_lengths(struct line *line, const char *text)
{
    while (line->axes < AXES_MOST && *text >= '0' && *text <= '9') {
        char *end;
        line->length[line->axes++] = strtoull(text, &end, 10);
        text = *end == ',' ? end + 1 : "";
    }
}

static void read_line(char *text)
{
    char *path = next_field(&text), *type = next_field(&text), *lengths = next_field(&text);
    if (strcmp(path, "size") == 0) {
        bytes_of_file = type ? strtoull(type, NULL, 10) : 0;
        bytes_of_file = bytes_of_file < BYTES_MOST ? bytes_of_file : BYTES_MOST;
        return;
    }
    const char *letter = type && *type ? strchr(type_letters, *type) : NULL;
    struct line *line = &lines[line_count++];
    *line = (struct line){.path = path,
                          .type = letter ? (enum type)(letter - type_letters) : TYPE_OTHER,
                          .values = text};
    read_lengths(line, lengths ? lengths : "");
}

void hdf5_lines(char *text)
{
    line_count = 0;
    bytes_of_file = strlen(text);
    while (text && line_count < LINES_MOST) {
        char *end = strchr(text, '\n');
        if (end) {
            *end++ = '\0';
        }
        read_line(text);
        text = end;
    }
}

static int find(const char *path)
{
    for (int i = 0; i < line_count; i++) {
        if (strcmp(lines[i].path, path) == 0) {
            return i;
        }
    }
    return -1;
}

static int find_attribute(const char *object, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s@%s", object, name);
    return find(path);
}

static hsize_t elements(const struct line *line)
{
    hsize_t count = 1;
    for (int i = 0; i < line->axes; i++) {
        count *= line->length[i];
    }
    return count;
}

/* The next value at *text, which stays at the last one; its end in *end. */
static const char *next_value(const char **text, size_t *bytes)
{
    const char *value = *text;
    *bytes = value ? strcspn(value, "\t") : 0;
    if (value && value[*bytes] == '\t') {
        *text = value + *bytes + 1;
    }
    return value;
}

static double within(double value, double least, double most)
{
    return value >= least ? value <= most ? value : most : least;
}

static void put_number(void *values, hsize_t i, enum type type, double value)
{
    switch (type_letters[type]) {
    case 'd':
        ((double *)values)[i] = value;
        break;
    case 'i':
        ((int64_t *)values)[i] = (int64_t)within(value, -0x1p62, 0x1p62);
        break;
    case 'l':
        ((int32_t *)values)[i] = (int32_t)within(value, INT32_MIN, INT32_MAX);
        break;
    case 'u':
        ((uint64_t *)values)[i] = (uint64_t)within(value, 0, 0x1p63);
        break;
    case 'b':
        ((uint8_t *)values)[i] = (uint8_t)within(value, 0, UINT8_MAX);
        break;
    default:
        break;
    }
}

/* As the library does: texts are of a type of their own, numbers are converted. */
static herr_t read_values(const struct line *line, enum type type, void *values)
{
    if ((line->type == TYPE_TEXT) != (type == TYPE_TEXT) || line->type == TYPE_OTHER) {
        return -1;
    }
    const char *at = line->values;
    double number = 0;
    for (hsize_t i = 0; i < elements(line); i++) {
        size_t bytes;
        const char *before = at, *value = next_value(&at, &bytes);
        if (type == TYPE_TEXT) { /* NULL where nothing was ever written */
            ((char **)values)[i] = value ? fuzz_text((const uint8_t *)value, bytes) : NULL;
            continue;
        }
        number = value && (i == 0 || at != before) ? strtod(value, NULL) : number;
        put_number(values, i, type, number);
    }
    return 0;
}

/* -- the library -- */

hid_t H5T_IEEE_F64LE_g = (hid_t)KIND_TYPE << KIND_SHIFT | 0;
hid_t H5T_STD_I64LE_g = (hid_t)KIND_TYPE << KIND_SHIFT | 1;
hid_t H5T_STD_I32LE_g = (hid_t)KIND_TYPE << KIND_SHIFT | 2;
hid_t H5T_STD_U64LE_g = (hid_t)KIND_TYPE << KIND_SHIFT | 3;
hid_t H5T_STD_U8LE_g = (hid_t)KIND_TYPE << KIND_SHIFT | 4;
hid_t H5T_C_S1_g = (hid_t)KIND_TYPE << KIND_SHIFT | TYPE_TEXT;
hid_t H5P_CLS_FILE_ACCESS_ID_g = (hid_t)KIND_PROPERTIES << KIND_SHIFT;

herr_t H5open(void)
{
    return 0;
}

herr_t H5check_version(unsigned major, unsigned minor, unsigned release)
{
    (void)major, (void)minor, (void)release;
    return 0;
}

herr_t H5dont_atexit(void)
{
    return 0;
}

herr_t H5Eset_auto2(hid_t stack, H5E_auto2_t function, void *data)
{
    (void)stack, (void)function, (void)data;
    return 0;
}

herr_t H5Ewalk2(hid_t stack, H5E_direction_t direction, H5E_walk2_t function, void *data)
{
    const H5E_error2_t entry = {.desc = "as the input says"};
    (void)stack, (void)direction;
    return function(0, &entry, data);
}

hid_t H5Pcreate(hid_t class)
{
    return class;
}

herr_t H5Pset_fclose_degree(hid_t access, H5F_close_degree_t degree)
{
    (void)degree;
    return index_of(access, KIND_PROPERTIES);
}

herr_t H5Pset_sieve_buf_size(hid_t access, size_t bytes)
{
    (void)bytes;
    return index_of(access, KIND_PROPERTIES);
}

/* How the dataset of a property list is kept. */
static char kept_as(hid_t creation)
{
    const char *values = lines[index_of(creation, KIND_PROPERTIES)].values;
    return values ? values[0] : '\0';
}

hid_t H5Dget_create_plist(hid_t dataset)
{
    return make_id(KIND_PROPERTIES, index_of(dataset, KIND_OBJECT));
}

H5D_layout_t H5Pget_layout(hid_t creation)
{
    return kept_as(creation) == 'v' ? H5D_VIRTUAL : H5D_CHUNKED;
}

int H5Pget_external_count(hid_t creation)
{
    return kept_as(creation) == 'e';
}

int H5Pget_nfilters(hid_t creation)
{
    return kept_as(creation) == 'y' || kept_as(creation) == 'z';
}

H5Z_filter_t __wrap_store_filter(hid_t creation, int place);
H5Z_filter_t __wrap_store_filter(hid_t creation, int place)
{
    (void)place;
    return kept_as(creation) == 'z' ? H5Z_FILTER_DEFLATE : H5Z_FILTER_RESERVED;
}

hsize_t H5Dget_storage_size(hid_t dataset)
{
    index_of(dataset, KIND_OBJECT);
    return bytes_of_file;
}

hid_t H5Oopen(hid_t file, const char *name, hid_t access)
{
    (void)access;
    index_of(file, KIND_FILE);
    for (int i = 0; i < line_count; i++) {
        if (lines[i].path[0] == '/' && strcmp(lines[i].path + 1, name) == 0) {
            return make_id(KIND_OBJECT, i);
        }
    }
    return -1;
}

herr_t H5Lvisit(hid_t file, H5_index_t index, H5_iter_order_t order, H5L_iterate_t look,
                void *context)
{
    (void)index, (void)order;
    herr_t found = index_of(file, KIND_FILE);
    for (int i = 0; i < line_count && found == 0; i++) {
        bool elsewhere = lines[i].values && lines[i].values[0] == 'l';
        const H5L_info_t link = {.type = elsewhere ? H5L_TYPE_SOFT : H5L_TYPE_HARD};
        if (lines[i].path[0] == '/' && lines[i].path[1] && !strchr(lines[i].path, '@')) {
            found = look(file, lines[i].path + 1, &link, context);
        }
    }
    return found;
}

/* Attributes are opened and read as datasets are. */
H5I_type_t H5Iget_type(hid_t id)
{
    index_of(id, KIND_OBJECT);
    return H5I_DATASET;
}

int H5Idec_ref(hid_t id)
{
    (void)id;
    return 0;
}

htri_t H5Fis_hdf5(const char *path)
{
    (void)path;
    return line_count > 0;
}

hid_t H5Fopen(const char *path, unsigned flags, hid_t access)
{
    (void)path, (void)flags, (void)access;
    return make_id(KIND_FILE, 0);
}

herr_t H5Fclose(hid_t file)
{
    return index_of(file, KIND_FILE);
}

herr_t H5Fget_filesize(hid_t file, hsize_t *bytes)
{
    *bytes = bytes_of_file;
    return index_of(file, KIND_FILE);
}

htri_t H5Lexists(hid_t file, const char *name, hid_t access)
{
    (void)access;
    index_of(file, KIND_FILE);
    for (int i = 0; i < line_count; i++) {
        if (strncmp(lines[i].path, name, strlen(name)) == 0) {
            return 1;
        }
    }
    return 0;
}

hid_t H5Dopen2(hid_t file, const char *name, hid_t access)
{
    (void)access;
    index_of(file, KIND_FILE);
    int line = find(name);
    return line < 0 ? -1 : make_id(KIND_OBJECT, line);
}

hid_t H5Dget_space(hid_t dataset)
{
    return make_id(KIND_SPACE, index_of(dataset, KIND_OBJECT));
}

hid_t H5Dget_type(hid_t dataset)
{
    return make_id(KIND_TYPE, (int)lines[index_of(dataset, KIND_OBJECT)].type);
}

herr_t H5Dread(hid_t dataset, hid_t type, hid_t memory, hid_t file, hid_t transfer, void *values)
{
    (void)memory, (void)file, (void)transfer;
    return read_values(&lines[index_of(dataset, KIND_OBJECT)], (enum type)index_of(type, KIND_TYPE),
                       values);
}

herr_t H5Dvlen_reclaim(hid_t type, hid_t space, hid_t transfer, void *values)
{
    (void)transfer;
    hsize_t count = elements(&lines[index_of(space, KIND_SPACE)]);
    for (hsize_t i = 0; index_of(type, KIND_TYPE) == TYPE_TEXT && i < count; i++) {
        free(((char **)values)[i]);
    }
    return 0;
}

int H5Sget_simple_extent_ndims(hid_t space)
{
    return lines[index_of(space, KIND_SPACE)].axes;
}

int H5Sget_simple_extent_dims(hid_t space, hsize_t *lengths, hsize_t *most)
{
    const struct line *line = &lines[index_of(space, KIND_SPACE)];
    (void)most;
    memcpy(lengths, line->length, (size_t)line->axes * sizeof *lengths);
    return line->axes;
}

hssize_t H5Sget_simple_extent_npoints(hid_t space)
{
    return (hssize_t)elements(&lines[index_of(space, KIND_SPACE)]);
}

hid_t H5Tcopy(hid_t type)
{
    return type;
}

hid_t H5Tget_native_type(hid_t type, H5T_direction_t direction)
{
    (void)direction;
    return type;
}

herr_t H5Tset_size(hid_t type, size_t bytes)
{
    (void)bytes;
    return index_of(type, KIND_TYPE) == TYPE_TEXT ? 0 : -1;
}

herr_t H5Tset_cset(hid_t type, H5T_cset_t set)
{
    (void)set;
    return index_of(type, KIND_TYPE) == TYPE_TEXT ? 0 : -1;
}

size_t H5Tget_size(hid_t type)
{
    return type_bytes[index_of(type, KIND_TYPE)];
}

htri_t H5Tis_variable_str(hid_t type)
{
    return index_of(type, KIND_TYPE) == TYPE_TEXT;
}

htri_t H5Aexists_by_name(hid_t file, const char *object, const char *name, hid_t access)
{
    (void)access;
    index_of(file, KIND_FILE);
    return find_attribute(object, name) >= 0;
}

hid_t H5Aopen_by_name(hid_t file, const char *object, const char *name, hid_t attribute_access,
                      hid_t access)
{
    (void)attribute_access, (void)access;
    index_of(file, KIND_FILE);
    int line = find_attribute(object, name);
    return line < 0 ? -1 : make_id(KIND_OBJECT, line);
}

hid_t H5Aget_type(hid_t attribute)
{
    return H5Dget_type(attribute);
}

hid_t H5Aget_space(hid_t attribute)
{
    return H5Dget_space(attribute);
}

herr_t H5Aread(hid_t attribute, hid_t type, void *values)
{
    return H5Dread(attribute, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

herr_t H5free_memory(void *memory)
{
    free(memory);
    return 0;
}
