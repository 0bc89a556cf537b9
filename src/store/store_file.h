/* HDF5 files made, opened and closed. A new file appears at its path whole or not at all. */
#ifndef CUAL_STORE_STORE_FILE_H
#define CUAL_STORE_STORE_FILE_H

#include "store/store.h"
#include "store/store_part.h"
#include "system/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Version of the library; a static string. */
const char *store_library(void);

/* Finds out what could stand in the way of making `path`, and leaves nothing behind. 0, or
 * STATUS_USAGE (the folder is missing, `path` is not a regular file, or it exists and `replace` is
 * false) or STATUS_STORAGE. */
int store_check_path(const char *path, bool replace, struct error *error);

/* Begins a new file of at most `bytes`: a part file beside `path` that nobody else has. The space
 * is asked for at once, so that a full disk shows here. It is that of `room`, which is left empty;
 * `room` may be NULL. NULL with STATUS_USAGE or STATUS_STORAGE. */
struct store *store_create(const char *path, struct store_room *room, uint64_t bytes,
                           struct error *error);

/* Ends what store_create began: the part file is synced, gives back what it does not take of its
 * space, and is moved to its path; or it is removed after an error. Without `replace` a file that
 * stands at the path stays there, whenever it came. Frees the store in any case. 0 or the status of
 * the first error. */
int store_commit(struct store *store, bool replace, struct error *error);

/* The same for a file that is written to later. `held` is open on the only file that may be
 * replaced, or −1, and then `replace` counts; it becomes a descriptor of the new file. */
int store_commit_held(struct store *store, bool replace, int *held, struct error *error);

/* Opens a file that is there, and all of which must stand in it (store/store_inside.h). While
 * another program has it locked, opening is tried again for two seconds. NULL with STATUS_USAGE
 * (not there, not a file, not HDF5) or STATUS_STORAGE. */
struct store *store_open(const char *path, bool write, struct error *error);

/* Opens a file that is there, so that no other one is taken for it later. A descriptor, or −1 with
 * STATUS_USAGE or STATUS_STORAGE. */
int store_hold(const char *path, struct error *error);

/* Opens the file that `held` is open on, for reading, as store_open does, as long as `path` is its
 * name. */
struct store *store_open_held(const char *path, int held, struct error *error);

/* Closes and frees a store; a part file that was not committed is removed. 0, or the status of the
 * first error with its text in `error`. NULL is no error. */
int store_close(struct store *store, struct error *error);

#endif
