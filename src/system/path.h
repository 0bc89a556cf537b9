/* Paths of files that the user has named, and the errors of files that cannot be written. */
#ifndef CUAL_SYSTEM_PATH_H
#define CUAL_SYSTEM_PATH_H

#include "system/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Opens a regular file of the user for reading. Nothing else is opened: a pipe would keep the
 * program waiting for a writer, and some devices act when they are opened. The descriptor; or -1
 * with `*why`, the end of "FILE: cannot be read: …", which lasts until the next call. */
int path_open_regular(const char *path, const char **why);

/* Splits a path into its folder and the name of the file, which is returned and points into the
 * path. `folder` must have room for strlen(path) + 2 bytes. */
const char *path_split(const char *path, char *folder);

/* Whether a name in an open folder (AT_FDCWD: a path) is that of the file or folder itself that the
 * descriptor is open on. A link that leads there is not. */
bool path_is_of(int folder, const char *name, int descriptor);

/* Removes the file of a descriptor, if this path is its name, and no other file that has taken it,
 * however late. Neither allocates nor locks. */
void path_remove(const char *path, int descriptor);

/* Sets the error that the disk of `path` has no room for `bytes`, with how much is free there.
 * Returns the status of the error, STATUS_STORAGE unless there was one already. */
int path_set_full(struct error *error, const char *path, uint64_t bytes);

/* Sets the error that the errno `number` means for writing `path`: STATUS_USAGE where another path
 * would help, else STATUS_STORAGE. `bytes` is what the file takes, which the error names when the
 * disk is full. Returns the status of the error. */
int path_set_errno(struct error *error, const char *path, int number, uint64_t bytes);

#endif
