#include "system/path.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SHOWN_BYTES 512 /* of a path in a message */

/* What a file is that is not a regular one; NULL for one that is. */
static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return NULL;
    case S_IFDIR:
        return "is a directory";
    case S_IFIFO:
        return "is a pipe";
    case S_IFSOCK:
        return "is a socket";
    default:
        return "is a device";
    }
}

/* It is looked at before, because some devices act when they are opened, and after, because another
 * file may have come to its place meanwhile: then O_NONBLOCK keeps the program from waiting. */
int path_open_regular(const char *path, const char **why)
{
    struct stat found;
    *why = stat(path, &found) == 0 ? kind_of(found.st_mode) : strerror(errno);
    int descriptor = *why ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor >= 0) {
        *why = fstat(descriptor, &found) == 0 ? kind_of(found.st_mode) : strerror(errno);
    } else if (!*why) {
        *why = strerror(errno);
    }
    if (descriptor >= 0 && *why) {
        close(descriptor);
        descriptor = -1;
    }
    return descriptor;
}

const char *path_split(const char *path, char *folder)
{
    const char *slash = strrchr(path, '/');
    if (!slash) {
        strcpy(folder, ".");
        return path;
    }
    size_t bytes = slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, path, bytes);
    folder[bytes] = '\0';
    return slash + 1;
}

bool path_is_of(int folder, const char *name, int descriptor)
{
    struct stat own, named;
    return fstat(descriptor, &own) == 0 &&
           fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && own.st_dev == named.st_dev &&
           own.st_ino == named.st_ino;
}

/* Between a look at a name and its removal another file may take it. So the file first gets a name
 * that nobody knows. */
void path_remove(const char *path, int descriptor)
{
    char aside[strlen(path) + 32];
    uint32_t number = 0;
    if (!path_is_of(AT_FDCWD, path, descriptor)) {
        return;
    }
    path_split(path, aside);
    (void)!getrandom(&number, sizeof number, GRND_NONBLOCK);
    sprintf(aside + strlen(aside), "/.cual-%08x", (unsigned)number);
    if (rename(path, aside) != 0) {
        unlink(path);
    } else if (path_is_of(AT_FDCWD, aside, descriptor)) {
        unlink(aside);
    } else {
        renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_NOREPLACE);
    }
}

int path_set_full(struct error *error, const char *path, uint64_t bytes)
{
    char text[SHOWN_BYTES];
    char folder[strlen(path) + 2];
    path_split(path, folder);
    struct statvfs disk;
    double free_bytes = NAN;
    if (statvfs(folder, &disk) == 0) {
        free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    }
    return error_set(error, STATUS_STORAGE,
                     "%s: no space left: the file takes %.2f MiB and %.2f MiB are free there. "
                     "Make room or choose another folder.",
                     error_escape(path, text, sizeof text), (double)bytes / (1 << 20),
                     free_bytes / (1 << 20));
}

int path_set_errno(struct error *error, const char *path, int number, uint64_t bytes)
{
    char text[SHOWN_BYTES];
    error_escape(path, text, sizeof text);
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return path_set_full(error, path, bytes);
    case ENOENT:
    case ENOTDIR:
        return error_set(error, STATUS_USAGE,
                         "%s: there is no such folder. Make it or choose another path.", text);
    case EEXIST:
        return error_set(error, STATUS_USAGE, "%s: exists and is kept; --force replaces it", text);
    case ENAMETOOLONG:
        return error_set(error, STATUS_USAGE, "%s: the name is too long", text);
    case ESTALE:
        return error_set(error, STATUS_STORAGE,
                         "%s: another file has taken its place, or it was removed; nothing is "
                         "written to another file",
                         text);
    default:
        return error_set(error, STATUS_STORAGE, "%s: cannot be written: %s", text,
                         strerror(number));
    }
}
