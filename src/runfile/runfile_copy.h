/* A run file made anew beside itself, laid out for what comes next. */
#ifndef CUAL_RUNFILE_RUNFILE_COPY_H
#define CUAL_RUNFILE_RUNFILE_COPY_H

#include "runfile/runfile_file.h"
#include "store/store_file.h"
#include "system/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Begins a copy of the run file, which still has its name, that will replace it. It holds all but
 * the answer; hashes are copied, not made, so that what was damaged stays known as damaged. Samples
 * are `compressed`, or lie so that rounds can be written. `more_bytes` is what will be added. The
 * copy takes the space of `room`, which may be NULL. store_commit_held ends it. NULL with
 * STATUS_USAGE or STATUS_STORAGE. */
struct store *runfile_copy(const struct runfile *file, bool compressed, struct store_room *room,
                           uint64_t more_bytes, struct error *error);

#endif
