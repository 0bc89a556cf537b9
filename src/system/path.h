/* Paths of files that a user has named, and what to say of one that cannot be written. */
#ifndef CUAL_SYSTEM_PATH_H
#define CUAL_SYSTEM_PATH_H

#include "system/error.h"

#include <stdint.h>

/* Splits a path into its folder and the name of the file, which is returned and points into the
 * path. `folder` must have room for strlen(path) + 2 bytes. */
const char *path_split(const char *path, char *folder);

/* Says that the disk of `path` has no room for `bytes`, and how much is free there. Returns
 * STATUS_STORAGE. */
int path_set_full(struct error *error, const char *path, uint64_t bytes);

/* Says what the errno `number` means for writing `path`. It is STATUS_USAGE where another path
 * would help, else STATUS_STORAGE; the status is returned. `bytes` is what the file takes, which is
 * told when the disk is full. */
int path_set_errno(struct error *error, const char *path, int number, uint64_t bytes);

#endif
