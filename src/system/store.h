/* HDF5 files: axes, variables, attributes, texts, slabs, sync, and files that appear whole or not
 * at all. The only room that knows the library, and it knows nothing of what the numbers mean.
 *
 * Objects are named by full path ("/group/name"). The first error sticks to the store: every later
 * call on it does nothing and reads give nothing, so that a caller may write a whole file and ask
 * once, at store_commit or store_close. One thread at a time. */
#ifndef CUAL_SYSTEM_STORE_H
#define CUAL_SYSTEM_STORE_H

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
};

/* What could stand in the way of making `path` is found out without leaving anything behind: 0, or
 * STATUS_USAGE (folder missing, not a regular file, exists and no `replace`) or STATUS_STORAGE. */
int store_check_path(const char *path, bool replace, struct error *error);

/* Begins a new file of about `bytes`, or a copy of `path` that will take about `more_bytes` more,
 * in a part file beside `path` that nobody else has. The space is asked for at once, so that a full
 * disk shows here. NULL with STATUS_USAGE or STATUS_STORAGE. */
struct store *store_create(const char *path, uint64_t bytes, struct error *error);
struct store *store_copy(const char *path, uint64_t more_bytes, struct error *error);

/* Ends what store_create or store_copy began: the part file is synced and moved to its path, or
 * removed. Without `replace` a file that stands at the path wins, whenever it came there. Frees the
 * store in any case. 0 or the status of the first error. */
int store_commit(struct store *store, bool replace, struct error *error);

/* Opens a file that is there. While another program has it locked it is tried again for two
 * seconds. NULL with STATUS_USAGE (not there, not a file, not HDF5) or STATUS_STORAGE. */
struct store *store_open(const char *path, bool write, struct error *error);

/* Brings all that was written to the device. */
void store_sync(struct store *store);

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

/* Attributes. A text too long for one (> 32 KiB) becomes a dataset of that name; then `object` must
 * be a group. */
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

#endif
