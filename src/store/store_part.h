/* Part files: a file is written under another name beside its path before it moves there, on space
 * that was asked for beforehand. From the moment it was made it is known by its descriptor: another
 * file may take its name, but is neither written to nor removed. Nothing here calls the library. */
#ifndef CUAL_STORE_STORE_PART_H
#define CUAL_STORE_STORE_PART_H

#include "system/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Whether `path` itself, which is no link, is the name of the file that the descriptor is open on.
 */
bool store_is_named(int descriptor, const char *path);

#define STORE_DESCRIPTOR_BYTES 32

/* Writes the path by which the library opens the very file that the descriptor is open on, and
 * returns it; `name`, which the file has, where there is no /proc. */
const char *store_descriptor_path(int descriptor, const char *name,
                                  char path[STORE_DESCRIPTOR_BYTES]);

/* Makes an empty part file of `path`, which nobody else has. Returns its descriptor and, for the
 * caller to free, its name; or -errno. */
int store_part_make(const char *path, char **part);

/* Asks for `bytes` of space at once, where the file system can promise it; the size of the file
 * stays as it is. 0, or the status that is set in `error`. */
int store_part_reserve(int descriptor, const char *path, uint64_t bytes, struct error *error);

/* Copies all of a file, with its mode. 0 or errno. */
int store_part_fill(int from, int to, const struct stat *original);

/* Which file a part file may replace. */
enum { STORE_REPLACE_NONE = -1, STORE_REPLACE_ANY = -2 };

/* Moves a part file of this name to its path. There it replaces nothing, whatever stands there, or
 * only the file that the descriptor `replaced` is open on. Returns its descriptor, which takes the
 * place of `descriptor`; or -errno: -EEXIST, or -ESTALE when another file has taken the name of one
 * of them. */
int store_part_move(int descriptor, const char *part, const char *path, int replaced);

/* For a file that has lost its name `path`: finds the one that it has now, or copies it to a new
 * one beside it. Returns a descriptor, which takes the place of `descriptor`, and, for the caller
 * to free, its name; or -errno. */
int store_part_rescue(int descriptor, const char *path, char **name);

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
