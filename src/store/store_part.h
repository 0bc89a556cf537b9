/* Part files: a file is written under another name beside its path before it moves there, on space
 * that was asked for beforehand. Nothing here calls the library. */
#ifndef CUAL_STORE_STORE_PART_H
#define CUAL_STORE_STORE_PART_H

#include "system/error.h"

#include <stdint.h>

/* Makes an empty part file of `path`, which nobody else has. Returns its descriptor and, for the
 * caller to free, its name; or -errno. */
int store_part_make(const char *path, char **part);

/* Asks for `bytes` of space at once, where the file system can promise it; the size of the file
 * stays as it is. 0, or the status that is set in `error`. */
int store_part_reserve(int descriptor, const char *path, uint64_t bytes, struct error *error);

/* Space for a file of at most `bytes` that will replace `path`, kept on its disk until the room is
 * closed or this process ends, where the file system can promise space. NULL with STATUS_USAGE or
 * STATUS_STORAGE. Closing NULL is no error. */
struct store_room;
struct store_room *store_room_open(const char *path, uint64_t bytes, struct error *error);
void store_room_close(struct store_room *room);

/* Turns a room into a part file of `path` and leaves the room empty. Returns the descriptor and,
 * for the caller to free, the name; or -errno, as for a room that is NULL or empty. */
int store_room_take(struct store_room *room, const char *path, char **part);

#endif
