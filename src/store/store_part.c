#include "store/store_part.h"

#include "system/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PART_NAME_BYTES 200 /* of the file's own name in a part file's: the rest must fit 255 */
#define PART_TRIES 100      /* other hosts may have the same process id */
#define COPY_BYTES ((size_t)1 << 20)

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

bool store_is_named(int descriptor, const char *path)
{
    return path_is_of(AT_FDCWD, path, descriptor);
}

const char *store_descriptor_path(int descriptor, const char *name,
                                  char path[STORE_DESCRIPTOR_BYTES])
{
    struct stat there;
    snprintf(path, STORE_DESCRIPTOR_BYTES, "/proc/self/fd/%d", descriptor);
    return lstat(path, &there) == 0 ? path : name;
}

/* Opens the file of a descriptor anew by its name, which the kernel then knows it by, and closes
 * the old one. The new one, or -errno. */
static int reopen(int descriptor, const char *path)
{
    char own[STORE_DESCRIPTOR_BYTES];
    struct stat named, known;
    int seen = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC); /* whatever it is */
    bool same = seen >= 0 && fstat(seen, &named) == 0 && fstat(descriptor, &known) == 0 &&
                named.st_dev == known.st_dev && named.st_ino == known.st_ino;
    int again = same ? open(store_descriptor_path(seen, path, own), O_RDWR | O_CLOEXEC) : -1;
    int failed = same ? -errno : -ESTALE;
    if (seen >= 0) {
        close(seen);
    }
    if (again >= 0) {
        close(descriptor);
    }
    return again >= 0 ? again : failed;
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

int store_part_fill(int from, int to, const struct stat *original)
{
    char *buffer = malloc(COPY_BYTES);
    int number = buffer ? 0 : ENOMEM;
    for (off_t at = 0; number == 0 && at < original->st_size;) {
        ssize_t bytes = pread(from, buffer, COPY_BYTES, at);
        ssize_t done = bytes > 0 ? pwrite(to, buffer, (size_t)bytes, at) : bytes;
        if (done > 0) {
            at += done;
        } else if (bytes == 0) {
            number = EIO; /* it became shorter under our hands */
        } else if (errno != EINTR) {
            number = errno;
        }
    }
    free(buffer);
    return number == 0 && fchmod(to, original->st_mode & 07777) != 0 ? errno : number;
}

/* -- moved to its path -- */

static bool is_unknown(int number)
{
    return number == EINVAL || number == ENOSYS || number == EOPNOTSUPP || number == EPERM;
}

/* A second name never replaces a file, and is given to the file itself, whatever its first name
 * leads to by now. 0 or errno. */
static int place(int descriptor, const char *part, const char *path)
{
    char text[STORE_DESCRIPTOR_BYTES];
    const char *own = store_descriptor_path(descriptor, part, text);
    if (linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0) {
        path_remove(part, descriptor);
        return 0;
    }
    /* Not every file system has hard links. */
    return is_unknown(errno) && renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0
               ? 0
               : errno;
}

/* The part file and the file that it replaces change places. What comes out is removed if it is
 * that one; else they change back. 0 or errno. */
static int exchange(const char *part, const char *path, int replaced)
{
    if (!store_is_named(replaced, path)) {
        return ESTALE;
    }
    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_EXCHANGE) != 0) {
        /* NFS for one cannot do that. */
        return is_unknown(errno) && rename(part, path) == 0 ? 0 : errno;
    }
    if (!store_is_named(replaced, part)) {
        renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_EXCHANGE);
        return ESTALE;
    }
    path_remove(part, replaced);
    return 0;
}

int store_part_move(int descriptor, const char *part, const char *path, int replaced)
{
    int number = ESTALE;
    if (replaced == STORE_REPLACE_NONE) {
        number = place(descriptor, part, path);
    } else if (store_is_named(descriptor, part)) {
        number = replaced >= 0             ? exchange(part, path, replaced)
                 : rename(part, path) == 0 ? 0
                                           : errno;
    }
    return number ? -number : reopen(descriptor, path);
}

/* The name by which the kernel knows the file of a descriptor; NULL when it has none, or that of a
 * part file. */
static char *name_of(int descriptor)
{
    char own[STORE_DESCRIPTOR_BYTES], name[PATH_MAX];
    ssize_t bytes = readlink(store_descriptor_path(descriptor, "", own), name, sizeof name - 1);
    name[bytes > 0 ? bytes : 0] = '\0';
    const char *slash = strrchr(name, '/');
    bool is_part = slash && slash[1] == '.';
    return !is_part && store_is_named(descriptor, name) ? strdup(name) : NULL;
}

/* A copy under a name that nothing has: "out.h5.kept", "out.h5.kept2" … Its descriptor or -errno.
 */
static int copy_beside(int descriptor, const char *path, char **name)
{
    struct stat about;
    char *part = NULL;
    int copy = store_part_make(path, &part);
    if (copy < 0) {
        return copy;
    }
    int number = fstat(descriptor, &about) == 0 ? store_part_fill(descriptor, copy, &about) : errno;
    int moved = number ? -number : -EEXIST;
    for (int i = 1; moved == -EEXIST && i <= PART_TRIES; i++) {
        char again[16] = "";
        if (i > 1) {
            snprintf(again, sizeof again, "%d", i);
        }
        free(*name);
        moved = asprintf(name, "%s.kept%s", path, again) < 0
                    ? -ENOMEM
                    : store_part_move(copy, part, *name, STORE_REPLACE_NONE);
    }
    if (moved < 0) {
        path_remove(part, copy);
        close(copy);
    }
    free(part);
    return moved;
}

int store_part_rescue(int descriptor, const char *path, char **name)
{
    *name = name_of(descriptor);
    int again = *name ? descriptor : copy_beside(descriptor, path, name);
    if (again < 0) {
        free(*name);
        *name = NULL;
    } else if (again != descriptor) {
        close(descriptor);
    }
    return again;
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
        path_remove(room->part, room->descriptor);
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
    char text[STORE_DESCRIPTOR_BYTES];
    const char *from = store_descriptor_path(descriptor, "", text);
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
    int named = reopen(descriptor, room->part);
    if (named < 0) {
        return named; /* the room keeps what it has */
    }
    *part = room->part;
    *room = (struct store_room){.descriptor = -1};
    return named;
}
