#include "system/scratch_folder.h"

#include "system/boot.h"
#include "system/path.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 100, KERNEL_DIGITS = 16, DEPTH_MOST = 32 };

enum { OPEN_FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

enum { BEGIN_BYTES = 32, RANDOM_DIGITS = 8 };

/* "cual-", and digits of the running kernel. False where they are not known. */
static bool begin_name(bool others, char begin[BEGIN_BYTES])
{
    char id[BOOT_ID_BYTES], digits[KERNEL_DIGITS + 1] = "";
    size_t count = 0;
    boot_id(id);
    for (const char *at = id; *at && count < KERNEL_DIGITS; at++) {
        if (isxdigit((unsigned char)*at)) {
            digits[count++] = *at;
        }
    }
    snprintf(begin, BEGIN_BYTES, "%s%s-", others ? ".cual-mpi-" : "cual-", digits);
    return count == KERNEL_DIGITS;
}

/* A group with the number of the user is taken for the user's own, as Debian and others make them.
 */
static bool others_may_rename(const struct stat *folder)
{
    bool own_group = folder->st_gid == geteuid();
    mode_t others = S_IWOTH | (own_group ? 0 : S_IWGRP);
    return (folder->st_mode & others) && !(folder->st_mode & S_ISVTX);
}

int scratch_folder_open_parent(const char *path)
{
    struct stat about;
    int parent = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) {
        return -errno;
    }
    int failed = fstat(parent, &about) != 0                    ? -errno
                 : others_may_rename(&about)                   ? -EPERM
                 : faccessat(parent, ".", W_OK | X_OK, 0) != 0 ? -errno
                                                               : 0;
    if (failed) {
        close(parent);
    }
    return failed ? failed : parent;
}

static bool is_private(int descriptor)
{
    struct stat about;
    return fstat(descriptor, &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == geteuid() &&
           (about.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static bool is_named(const struct scratch_folder *folder)
{
    return path_is_of(folder->parent, folder->name, folder->descriptor);
}

/* The listing of an open folder, which stays open. */
static DIR *list(int folder)
{
    int again = openat(folder, ".", OPEN_FOLDER);
    DIR *listing = again >= 0 ? fdopendir(again) : NULL;
    if (again >= 0 && !listing) {
        close(again);
    }
    return listing;
}

static bool is_inside(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool is_empty(int folder)
{
    DIR *listing = list(folder);
    bool empty = listing != NULL;
    for (struct dirent *entry; empty && (entry = readdir(listing));) {
        empty = !is_inside(entry->d_name);
    }
    if (listing) {
        closedir(listing);
    }
    return empty;
}

/* The umask may have taken rights away that the user needs. */
static bool make_usable(int folder)
{
    char path[48];
    struct stat about;
    snprintf(path, sizeof path, "/proc/self/fd/%d", folder);
    return fstat(folder, &about) == 0 &&
           ((about.st_mode & S_IRWXU) == S_IRWXU || chmod(path, S_IRWXU) == 0);
}

/* Opens the folder that was just made, and nothing else that may have taken its name since. */
static int open_made(int parent, const char *name)
{
    int seen = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (seen < 0) {
        return -errno;
    }
    bool ours = is_private(seen) && make_usable(seen);
    int descriptor = ours ? openat(seen, ".", OPEN_FOLDER) : -1;
    if (descriptor < 0 && is_private(seen) && path_is_of(parent, name, seen)) {
        unlinkat(parent, name, AT_REMOVEDIR);
    }
    close(seen);
    if (descriptor >= 0 && !is_empty(descriptor)) {
        close(descriptor);
        descriptor = -1;
    }
    return descriptor >= 0 ? descriptor : -EBUSY;
}

/* 0 or -errno; -EBUSY when it is no longer there, or another run clears it up. */
static int make_once(struct scratch_folder *folder)
{
    char begin[BEGIN_BYTES];
    uint32_t number = 0;
    begin_name(folder->others, begin);
    (void)!getrandom(&number, sizeof number, 0);
    snprintf(folder->name, sizeof folder->name, "%s%0*x", begin, RANDOM_DIGITS, (unsigned)number);
    if (mkdirat(folder->parent, folder->name, 0700) != 0) {
        return errno == EEXIST ? -EBUSY : -errno;
    }
    folder->descriptor = open_made(folder->parent, folder->name);
    if (folder->descriptor < 0) {
        return -EBUSY;
    }
    bool taken = flock(folder->descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (taken || !is_named(folder)) {
        close(folder->descriptor);
        return -EBUSY;
    }
    return 0;
}

int scratch_folder_make(struct scratch_folder *folder, int parent, bool others)
{
    *folder = (struct scratch_folder){.parent = parent, .descriptor = -1, .others = others};
    int failed = -EBUSY;
    for (int i = 0; failed == -EBUSY && i < TRIES; i++) {
        failed = make_once(folder);
    }
    if (failed) {
        close(parent);
    }
    return failed;
}

void scratch_folder_end(struct scratch_folder *folder, bool remove)
{
    if (remove && is_named(folder)) {
        unlinkat(folder->parent, folder->name, AT_REMOVEDIR);
    }
    close(folder->descriptor);
    close(folder->parent);
}

/* -- what was left behind -- */

/* "3", or "3.data.0" and "3.metadata.0", which Open MPI puts beside it: as the script of the guard
 * says it (system/scratch_guard.c). */
static bool is_scratch_file(const char *name)
{
    size_t digits = strspn(name, "0123456789");
    const char *rest = name + digits;
    return digits > 0 && (*rest == '\0' || strncmp(rest, ".data.", 6) == 0 ||
                          strncmp(rest, ".metadata.", 10) == 0);
}

/* Removes what is in a folder: all of it, or only scratch files. Nothing on another file system,
 * and nothing that a link leads to. */
static void empty(int folder, bool all, dev_t device, int depth)
{
    DIR *listing = list(folder);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        struct stat about;
        const char *name = entry->d_name;
        if (!is_inside(name) || (!all && !is_scratch_file(name)) ||
            unlinkat(folder, name, 0) == 0 || !all || depth == DEPTH_MOST) {
            continue;
        }
        int inner = openat(folder, name, OPEN_FOLDER);
        if (inner >= 0 && fstat(inner, &about) == 0 && about.st_dev == device) {
            empty(inner, all, device, depth + 1);
            unlinkat(folder, name, AT_REMOVEDIR);
        }
        if (inner >= 0) {
            close(inner);
        }
    }
    if (listing) {
        closedir(listing);
    }
}

static bool has_name(const char *name, const char *begin)
{
    size_t length = strlen(begin);
    return strncmp(name, begin, length) == 0 &&
           strspn(name + length, "0123456789abcdef") == RANDOM_DIGITS &&
           name[length + RANDOM_DIGITS] == '\0';
}

/* Whether there was such a folder, which is gone now. */
static bool clear(int parent, const char *name, bool others)
{
    struct stat about;
    struct scratch_folder folder = {.parent = parent, .others = others};
    folder.descriptor = openat(parent, name, OPEN_FOLDER);
    if (folder.descriptor < 0) {
        return false;
    }
    snprintf(folder.name, sizeof folder.name, "%.40s", name);
    bool left = is_private(folder.descriptor) && fstat(folder.descriptor, &about) == 0 &&
                flock(folder.descriptor, LOCK_EX | LOCK_NB) == 0 && is_named(&folder);
    if (left) {
        empty(folder.descriptor, others, about.st_dev, 0);
        left = is_named(&folder) && unlinkat(parent, name, AT_REMOVEDIR) == 0;
    }
    close(folder.descriptor);
    return left;
}

unsigned scratch_folder_clear(int parent, char last[SCRATCH_NAME_BYTES])
{
    unsigned count = 0;
    char own[BEGIN_BYTES], others[BEGIN_BYTES];
    bool known = begin_name(false, own) && begin_name(true, others);
    DIR *listing = known ? list(parent) : NULL;
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        bool is_others = has_name(entry->d_name, others);
        if ((is_others || has_name(entry->d_name, own)) &&
            clear(parent, entry->d_name, is_others)) {
            snprintf(last, SCRATCH_NAME_BYTES, "%.40s", entry->d_name);
            count++;
        }
    }
    if (listing) {
        closedir(listing);
    }
    return count;
}
