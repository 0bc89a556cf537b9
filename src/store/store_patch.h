/* Numbers of a file overwritten in place, past the library. Nothing but the numbers changes, and
 * readers that have the file open neither wait nor are waited for. */
#ifndef CUAL_STORE_STORE_PATCH_H
#define CUAL_STORE_STORE_PATCH_H

#include "store/store.h"
#include "system/error.h"

#include <stddef.h>
#include <stdint.h>

/* Tells a file from what it becomes when others have written to it. */
struct store_stamp {
    uint64_t bytes;
    int64_t changed_ns;
};

/* Reads the stamp of the file that `held` is open on; `path` is for the error. 0, or
 * STATUS_STORAGE. */
int store_stamp(const char *path, int held, struct store_stamp *stamp, struct error *error);

/* A file open for overwriting; its first error sticks, as the error of a store does. */
struct store_patch;

/* Begins to overwrite the file that `held` is open on. NULL with STATUS_STORAGE, also when `path`
 * is not its name any more; NULL without an error when the file is not as the stamp says. */
struct store_patch *store_patch_open(const char *path, int held, const struct store_stamp *stamp,
                                     struct error *error);

/* Writes numbers from memory of a type, little-endian, at a place that store_place found; `values`
 * are changed. */
void store_patch_write(struct store_patch *patch, uint64_t place, enum store_type type,
                       size_t count, void *values);

/* Syncs and frees; `held` stays open. 0 with a new stamp, or the status of the first error. */
int store_patch_close(struct store_patch *patch, struct store_stamp *stamp, struct error *error);

#endif
