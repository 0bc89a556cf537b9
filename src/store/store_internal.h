/* What the files of the room `store` share. */
#ifndef CUAL_STORE_STORE_INTERNAL_H
#define CUAL_STORE_STORE_INTERNAL_H

#include "store/store.h"

/* An error of the system about `path`: what the user can mend by another path is usage. `bytes` are
 * what the file takes, for a full disk. Returns the status. */
int store_set_errno(struct error *error, const char *path, int number, uint64_t bytes);

/* The folder that a path lies in; `folder` holds strlen(path) + 2 bytes. Returns the file's name.
 */
const char *store_split_path(const char *path, char *folder);

#endif
