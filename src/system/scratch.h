/* Files for measuring on: only ever in a private folder that this program made, never a file that
 * was there before. */
#ifndef CUAL_SYSTEM_SCRATCH_H
#define CUAL_SYSTEM_SCRATCH_H

#include "system/error.h"

#include <stddef.h>
#include <stdint.h>

struct scratch;

/* 0 when a private folder with `bytes` in it could be made below `parent`, or STATUS_STORAGE in
 * `error`. */
int scratch_check(const char *parent, uint64_t bytes, struct error *error);

/* Makes a private folder (mode 0700 whatever the umask says) below `parent`, which may be a
 * symbolic link. NULL with STATUS_STORAGE in `error`. For one process of a run, which owns it.
 *
 * Beside it a guard is started (system/scratch_guard.h), which removes the files and the folder
 * when this process has ended in whatever way, SIGKILL of all processes of the run included. Where
 * it cannot be started the run goes on without one, and only scratch_remove removes. Nothing helps
 * when the guard is killed as well, as batch systems do with SIGKILL to a whole control group, or
 * when the machine goes down; nor, for an empty folder, when SIGKILL comes before the guard
 * stands. */
struct scratch *scratch_create(const char *parent, struct error *error);

/* A private folder below `parent` for what another program makes, with a guard of its own: all that
 * is in it goes with it, some seconds later when this process was killed. NULL where it or the
 * guard cannot be made. SIGPIPE must be ignored when it is removed. */
struct scratch *scratch_create_for_others(const char *parent);

/* Its path; owned by the scratch. */
const char *scratch_path(const struct scratch *scratch);

/* What is in a file: `fill` writes `bytes` bytes of it, from `offset` on, into the buffer. */
struct scratch_content {
    void (*fill)(const void *context, uint64_t offset, void *buffer, size_t bytes);
    const void *context;
};

/* Makes a new file of `bytes` (a multiple of 4096) in the folder, piece by piece. Free
 * space is checked first and reserved. The file is created exclusively (a file or link that stands
 * there is an error), mode 0600 whatever the umask says. Writes its path. Returns 0, or in `error`
 * STATUS_STORAGE, or STATUS_INTERRUPTED when the program was asked to end (system/interrupt.h);
 * then the file is gone again. */
int scratch_make_file(struct scratch *scratch, uint64_t bytes,
                      const struct scratch_content *content, char *path, size_t path_bytes,
                      struct error *error);

/* Removes the files and the folder (which stays if others put something into it), and waits until
 * the guard has ended. */
void scratch_remove(struct scratch *scratch);

#endif
