/* HDF5 files: axes, variables, attributes, texts, slabs, sync, and files that appear whole or not
 * at all. The only room that knows the library, and it knows nothing of what the numbers mean.
 *
 * Objects are named by full path ("/group/name"). The first error sticks to the store: every later
 * call on it does nothing and reads give nothing, so that a caller may write a whole file and ask
 * once, at store_commit or store_close. One thread at a time. */
#ifndef CUAL_STORE_STORE_H
#define CUAL_STORE_STORE_H

#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are UTF-8 of any length; bytes that are not become '?'. */
enum store_type {
    STORE_FLOAT64,
    STORE_INT64,
    STORE_INT32,
    STORE_UINT64,
    STORE_UINT32,
    STORE_UINT8,
    STORE_TEXT /* values are char * */
};

#define STORE_AXES_MAX 8

/* Version of the library; a static string. */
const char *store_library(void);

struct store; /* an open file */

/* What a dataset is called and is made of. */
struct store_variable {
    const char *group; /* "/" or "/name" */
    const char *name;
    enum store_type type; /* in the file */
    const char *unit;     /* attributes; NULL: none */
    const char *long_name;
    size_t axes;             /* 0: one value */
    const char *const *axis; /* names of axes of the same group, slowest first */
    double fill;             /* of every element until it is written; not for texts */
    const size_t *chunk;     /* lengths along the axes of the pieces that lie together in the file;
                                NULL: all of it does */
};

/* What could stand in the way of making `path` is found out without leaving anything behind: 0, or
 * STATUS_USAGE (folder missing, not a regular file, exists and no `replace`) or STATUS_STORAGE. */
int store_check_path(const char *path, bool replace, struct error *error);

/* Room for a copy of `path` of about `bytes`, kept on its disk until it is closed or this process
 * ends, where the file system can promise space. NULL with STATUS_USAGE or STATUS_STORAGE. */
struct store_room;
struct store_room *store_room_open(const char *path, uint64_t bytes, struct error *error);
void store_room_close(struct store_room *room);

/* Begins a new file of about `bytes`, or a copy of `path` that will take about `more_bytes` more,
 * in a part file beside `path` that nobody else has. The space is asked for at once, so that a full
 * disk shows here; a copy takes up `room`, which may be NULL, and leaves it empty. NULL with
 * STATUS_USAGE or STATUS_STORAGE. */
struct store *store_create(const char *path, uint64_t bytes, struct error *error);
struct store *store_copy(const char *path, struct store_room *room, uint64_t more_bytes,
                         struct error *error);

/* Ends what store_create or store_copy began: the part file is synced and moved to its path, or
 * removed. Without `replace` a file that stands at the path wins, whenever it came there. Frees the
 * store in any case. 0 or the status of the first error. */
int store_commit(struct store *store, bool replace, struct error *error);

/* Opens a file that is there. While another program has it locked it is tried again for two
 * seconds. NULL with STATUS_USAGE (not there, not a file, not HDF5) or STATUS_STORAGE. */
struct store *store_open(const char *path, bool write, struct error *error);

/* Closes and frees; a part file that was not committed is removed. 0, or the status of the first
 * error with its text in `error`. NULL is no error. */
int store_close(struct store *store, struct error *error);

/* The first error so far: its status, 0 when there is none. */
int store_status(const struct store *store);

/* Remember an error that the caller found: in what was read; no memory. */
void store_damaged(struct store *store, const char *object, const char *what);
void store_no_memory(struct store *store);

/* -- writing -- */

void store_group(struct store *store, const char *group);

/* An axis: a one-dimensional variable (its `axis` is ignored) that gives a dimension its length
 * `count` and its values; `values` are of `type` STORE_INT64 or STORE_TEXT. */
void store_axis(struct store *store, const struct store_variable *axis, size_t count,
                const void *values);

/* A dataset of full size, space allocated and filled, with its axes attached. */
void store_variable(struct store *store, const struct store_variable *variable);

/* Writes a whole dataset, or the slab of `count` elements from `start` along each axis, from
 * memory of `type`; numbers are converted to the file's type. Changes no metadata but for texts. */
void store_write(struct store *store, const char *object, enum store_type type, const void *values);
void store_write_slab(struct store *store, const char *object, enum store_type type,
                      const size_t *start, const size_t *count, const void *values);

/* Removes a group with all that is in it, or a dataset. */
void store_remove(struct store *store, const char *object);

/* Attributes, in place of one of that name. A text too long for one (> 32 KiB) becomes a dataset of
 * that name; then `object` must be a group. */
void store_text(struct store *store, const char *object, const char *name, const char *text);
void store_numbers(struct store *store, const char *object, const char *name, enum store_type type,
                   size_t count, const void *values);

/* -- reading; no size in the file is believed before it is checked against the file's own -- */

bool store_has(struct store *store, const char *object);

/* Lengths of a dataset's axes. Returns how many axes, 0 for one value or after an error. */
size_t store_shape(struct store *store, const char *object, size_t shape[STORE_AXES_MAX]);

/* Reads a dataset of exactly `count` numbers, converted to `type`. */
void store_read(struct store *store, const char *object, enum store_type type, size_t count,
                void *values);

/* The texts of a dataset of exactly `count`, as one block that the caller frees: an array of
 * pointers and, behind it, the texts. NULL after an error. */
char **store_read_texts(struct store *store, const char *object, size_t count);

/* The text attribute of an object, freed by the caller; NULL when there is none or after an
 * error. */
char *store_read_text(struct store *store, const char *object, const char *name);

/* Names of what is in a group, or of the attributes of an object, in the order of their bytes, as
 * one block that the caller frees. NULL after an error. */
char **store_members(struct store *store, const char *group, size_t *count);
char **store_attributes(struct store *store, const char *object, size_t *count);

bool store_is_group(struct store *store, const char *object);

/* A dataset or an attribute, whatever it is. Numbers as words of 64 bits: of a float the bits of
 * the double, of an integer its two's complement. */
enum store_class {
    STORE_CLASS_OTHER,
    STORE_CLASS_FLOAT,
    STORE_CLASS_SIGNED,
    STORE_CLASS_UNSIGNED,
    STORE_CLASS_TEXT
};

struct store_value {
    enum store_class class;
    size_t axes, shape[STORE_AXES_MAX], count;
    uint64_t *words;
    char **texts; /* one block */
};

/* Reads an attribute of an object, or with NULL the object itself, a dataset; without `all` its
 * class and shape alone. False after an error; to be freed in any case. */
bool store_read_value(struct store *store, const char *object, const char *attribute, bool all,
                      struct store_value *value);
void store_value_free(struct store_value *value);

/* -- overwriting numbers in place, past the library: nothing but the numbers changes, and readers
 * that have the file open neither wait nor are waited for -- */

/* Where the piece of a dataset that begins at `start` lies, in bytes from the file's beginning; it
 * must take `bytes`. 0 after an error. A place stays valid as long as nobody writes the file with
 * the library. */
uint64_t store_place(struct store *store, const char *object, const size_t *start, uint64_t bytes);

/* Tells a file from one that took its place or that others have written to. */
struct store_stamp {
    uint64_t device, inode, bytes;
    int64_t changed_ns;
};

/* 0, or STATUS_STORAGE. */
int store_stamp(const char *path, struct store_stamp *stamp, struct error *error);

struct store_patch; /* a file open for overwriting; its first error sticks, as a store's does */

/* NULL with STATUS_STORAGE; NULL without an error when the file is not as the stamp says. */
struct store_patch *store_patch_open(const char *path, const struct store_stamp *stamp,
                                     struct error *error);

/* Writes numbers from memory of a type, little-endian, at a place; `values` are changed. */
void store_patch_write(struct store_patch *patch, uint64_t place, enum store_type type,
                       size_t count, void *values);

/* Syncs, closes and frees. 0 with a new stamp, or the status of the first error. */
int store_patch_close(struct store_patch *patch, struct store_stamp *stamp, struct error *error);

#endif
