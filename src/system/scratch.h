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

/* Makes a private folder (mode 0700) below `parent`. NULL with STATUS_STORAGE in `error`. */
struct scratch *scratch_create(const char *parent, struct error *error);

/* Makes a new file of `bytes` (a multiple of 4096) in the folder and fills it piece by piece with
 * what `fill` writes into the buffer for an offset. Free space is checked first. Writes its path.
 * 0, or STATUS_STORAGE in `error`; then the file is gone again. */
int scratch_make_file(struct scratch *scratch, uint64_t bytes,
                      void (*fill)(const void *context, uint64_t offset, void *buffer,
                                   size_t bytes),
                      const void *context, char *path, size_t path_bytes, struct error *error);

/* Removes the files and the folder. */
void scratch_remove(struct scratch *scratch);

#endif
