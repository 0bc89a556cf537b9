#include "store/store_part.h"

#include "system/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PART_NAME_BYTES 200 /* of the file's own name in a part file's: the rest must fit 255 */
#define PART_TRIES 100      /* other hosts may have the same process id */

/* The name of the part file of `path` at try `i`; NULL when there is no memory. */
static char *part_name(const char *path, int i)
{
    char folder[strlen(path) + 2], again[16] = "", *part = NULL;
    const char *name = path_split(path, folder);
    if (i > 0) {
        snprintf(again, sizeof again, ".%d", i);
    }
    return asprintf(&part, "%s/.%.*s.%ld%s.part", folder, PART_NAME_BYTES, name, (long)getpid(),
                    again) < 0
               ? NULL
               : part;
}

int store_part_make(const char *path, char **part)
{
    for (int i = 0; i < PART_TRIES; i++) {
        *part = part_name(path, i);
        if (!*part) {
            return -ENOMEM;
        }
        int descriptor = open(*part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        int number = errno;
        if (descriptor >= 0) {
            return descriptor;
        }
        free(*part);
        *part = NULL;
        if (number != EEXIST) {
            return -number;
        }
    }
    return -EEXIST;
}

int store_part_reserve(int descriptor, const char *path, uint64_t bytes, struct error *error)
{
    struct statvfs disk;
    struct stat has;
    uint64_t there = fstat(descriptor, &has) == 0 ? (uint64_t)has.st_blocks * 512 : 0;
    uint64_t more = bytes > there ? bytes - there : 0;
    if (fstatvfs(descriptor, &disk) == 0 && more / disk.f_frsize > disk.f_bfree) {
        return path_set_full(error, path, bytes);
    }
    if (bytes > 0 && fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) != 0 &&
        (errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO)) {
        return path_set_errno(error, path, errno, bytes);
    }
    return 0;
}

/* -- room kept for what will replace a file -- */

struct store_room {
    int descriptor;
    char *part; /* NULL: it has no name and goes with the process */
};

struct store_room *store_room_open(const char *path, uint64_t bytes, struct error *error)
{
    char folder[strlen(path) + 2];
    path_split(path, folder);
    struct store_room *room = calloc(1, sizeof *room);
    if (!room) {
        error_set(error, STATUS_STORAGE, "no memory for a run file");
        return NULL;
    }
    room->descriptor = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
    if (room->descriptor < 0) { /* NFS for one has no files without name */
        room->descriptor = store_part_make(path, &room->part);
    }
    int failed = room->descriptor < 0 ? path_set_errno(error, path, -room->descriptor, bytes)
                                      : store_part_reserve(room->descriptor, path, bytes, error);
    if (failed) {
        store_room_close(room);
        return NULL;
    }
    return room;
}

void store_room_close(struct store_room *room)
{
    if (!room) {
        return;
    }
    if (room->part) {
        unlink(room->part);
        free(room->part);
    }
    if (room->descriptor >= 0) {
        close(room->descriptor);
    }
    free(room);
}

int store_room_take(struct store_room *room, const char *path, char **part)
{
    if (!room || room->descriptor < 0) {
        return -ENOENT;
    }
    int descriptor = room->descriptor;
    char from[64];
    snprintf(from, sizeof from, "/proc/self/fd/%d", descriptor);
    for (int i = 0; !room->part && i < PART_TRIES; i++) {
        room->part = part_name(path, i);
        if (room->part && linkat(AT_FDCWD, from, AT_FDCWD, room->part, AT_SYMLINK_FOLLOW) != 0) {
            int number = errno;
            free(room->part);
            room->part = NULL;
            if (number != EEXIST) {
                return -number;
            }
        }
    }
    if (!room->part) {
        return -EEXIST;
    }
    *part = room->part;
    *room = (struct store_room){.descriptor = -1};
    return descriptor;
}
