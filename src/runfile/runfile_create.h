/* A run file made at full size, before the first sample. */
#ifndef CUAL_RUNFILE_RUNFILE_CREATE_H
#define CUAL_RUNFILE_RUNFILE_CREATE_H

#include "runfile/runfile_content.h"
#include "system/error.h"

#include <stdbool.h>

struct runfile;

/* Checks that `path` could be made, so that a run can be refused early. Leaves nothing behind. 0,
 * STATUS_USAGE or STATUS_STORAGE. */
int runfile_check_path(const char *path, bool force, struct error *error);

/* Makes the file under a name of its own beside `path` and moves it to `path` when it is whole, so
 * that `path` is never a file that stock tools cannot open. Refuses when `path` exists, unless
 * `force`. The file is closed between writes. The caller frees it with runfile_free. NULL with
 * STATUS_USAGE (path exists, folder missing) or STATUS_STORAGE in `error`. */
struct runfile *runfile_create(const char *path, bool force, const struct runfile_content *content,
                               struct error *error);

#endif
