#include "system/path.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/statvfs.h>

#define SHOWN_BYTES 512 /* of a path in a message */

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
