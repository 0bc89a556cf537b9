/* Scratch files. They are made only in a private folder that this program has made; a file that was
 * there before is never touched. The folder is known by descriptors: whoever gives its name to
 * something else changes nothing (system/scratch_folder.h). */
#ifndef CUAL_SYSTEM_SCRATCH_H
#define CUAL_SYSTEM_SCRATCH_H

#include "system/error.h"

#include <stddef.h>
#include <stdint.h>

struct scratch;

#define SCRATCH_REMEDY "--set scratch=FOLDER" /* what names another folder */

/* 0 when a private folder with files of `bytes` in all can be made below `parent`; else
 * STATUS_STORAGE in `error`, which names the remedy. */
int scratch_check(const char *parent, uint64_t bytes, const char *remedy, struct error *error);

/* Makes a private folder (mode 0700 whatever the umask says) below `parent`, which may be a
 * symbolic link. A parent in which others may rename it is refused. NULL with STATUS_STORAGE in
 * `error`. For one process of a run, which owns it.
 *
 * Beside it a guard is started (system/scratch_guard.h), which removes the files and the folder
 * when this process has ended in whatever way, SIGKILL of all processes of the run included. Where
 * it cannot be started the run continues without one, and only scratch_remove removes the folder.
 * The folder stays when the guard is killed as well, as batch systems do with SIGKILL to a whole
 * cgroup; then scratch_clear of a later run removes it. When the node goes down it stays. */
struct scratch *scratch_create(const char *parent, struct error *error);

/* Makes a private folder below `parent` for the files of another program, with a guard of its own.
 * All that is in the folder is removed with it, some seconds later when this process was killed.
 * NULL when the folder cannot be made or its guard cannot be started. SIGPIPE must be ignored when
 * the folder is removed. */
struct scratch *scratch_create_for_others(const char *parent);

/* The path of the folder, which is its name and no more; owned by the scratch. */
const char *scratch_path(const struct scratch *scratch);

/* The content of a file: `fill` writes its `bytes` bytes from `offset` on into the buffer. */
struct scratch_content {
    void (*fill)(const void *context, uint64_t offset, void *buffer, size_t bytes);
    const void *context;
};

/* Makes a new file of `bytes` (a multiple of 4096) in the folder, piece by piece. Free
 * space is checked first and reserved. The file is created exclusively (a file or link that stands
 * there is an error), mode 0600 whatever the umask says. Writes a path by which the processes of
 * this node open it as long as this one lives: it leads through the open folder of this process, so
 * that no other file can take its place. Returns 0, or in `error`
 * STATUS_STORAGE, or STATUS_INTERRUPTED when the program was asked to end (system/interrupt.h);
 * then the file is gone again. */
int scratch_make_file(struct scratch *scratch, uint64_t bytes,
                      const struct scratch_content *content, char *path, size_t path_bytes,
                      struct error *error);

/* Removes the files and the folder (which stays if others put something into it), and waits until
 * the guard has ended. */
void scratch_remove(struct scratch *scratch);

#define SCRATCH_CLEARED_BYTES 512

/* Removes the private folders below `parent` that runs of this user on this node have left there
 * and that no longer live: all of their processes were killed at once. Writes what was removed, a
 * sentence without its full stop, or nothing. Returns `text`. */
const char *scratch_clear(const char *parent, char text[SCRATCH_CLEARED_BYTES]);

#endif
