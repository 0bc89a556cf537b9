#include "system/scratch.h"

#include "system/interrupt.h"
#include "system/process.h"
#include "system/scratch_folder.h"
#include "system/scratch_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 20 };

struct scratch {
    struct scratch_folder folder;
    char path[PATH_MAX]; /* of the folder, for people and for programs of others */
    unsigned files;      /* named 0, 1, … */
    struct scratch_guard guard;
};

static bool has_space(int folder, const char *path, uint64_t bytes, const char *remedy,
                      struct error *error)
{
    struct statvfs space;
    char shown[256];
    if (fstatvfs(folder, &space) == 0 && (uint64_t)space.f_bavail * space.f_frsize < bytes) {
        error_set(error, STATUS_STORAGE,
                  "scratch: %s: %.1f MiB are needed and %.1f MiB are free; choose another folder "
                  "with %s or a smaller file",
                  error_escape(path, shown, sizeof shown), (double)bytes / 1048576,
                  (double)space.f_bavail * (double)space.f_frsize / 1048576, remedy);
        return false;
    }
    return true;
}

static int refuse_parent(const char *parent, int failed, const char *remedy, struct error *error)
{
    char shown[256];
    error_escape(parent, shown, sizeof shown);
    return failed == EPERM
               ? error_set(error, STATUS_STORAGE,
                           "scratch: %s: others may rename what is in it, because they may write "
                           "there and it has no sticky bit; make a folder in it that only you may "
                           "write to, and choose that with %s",
                           shown, remedy)
               : error_set(error, STATUS_STORAGE,
                           "scratch: %s: no private folder can be made there: %s; choose another "
                           "with %s",
                           shown, strerror(failed), remedy);
}

int scratch_check(const char *parent, uint64_t bytes, const char *remedy, struct error *error)
{
    int folder = scratch_folder_open_parent(parent);
    if (folder < 0) {
        return refuse_parent(parent, -folder, remedy, error);
    }
    bool fits = has_space(folder, parent, bytes, remedy, error);
    close(folder);
    return fits ? 0 : error->status;
}

static struct scratch *create(const char *parent, bool others, struct error *error)
{
    struct scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch) {
        error_set(error, STATUS_STORAGE, "scratch: no memory");
        return NULL;
    }
    int opened = strlen(parent) + SCRATCH_NAME_BYTES < sizeof scratch->path
                     ? scratch_folder_open_parent(parent)
                     : -ENAMETOOLONG;
    int failed = opened < 0 ? opened : scratch_folder_make(&scratch->folder, opened, others);
    if (failed) {
        refuse_parent(parent, -failed, SCRATCH_REMEDY, error);
        free(scratch);
        return NULL;
    }
    snprintf(scratch->path, sizeof scratch->path, "%s/%s", parent, scratch->folder.name);
    scratch_guard_start(&scratch->guard, scratch->folder.descriptor, scratch->path, others);
    return scratch;
}

struct scratch *scratch_create(const char *parent, struct error *error)
{
    return create(parent, false, error);
}

struct scratch *scratch_create_for_others(const char *parent)
{
    struct error ignored = {0};
    struct scratch *scratch = create(parent, true, &ignored);
    if (scratch && scratch->guard.process == 0) {
        scratch_remove(scratch);
        scratch = NULL;
    }
    return scratch;
}

const char *scratch_path(const struct scratch *scratch)
{
    return scratch->path;
}

/* 0 or -errno. */
static int write_all(int descriptor, const char *buffer, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(descriptor, buffer, bytes);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return written < 0 ? -errno : -EIO;
        }
        buffer += written;
        bytes -= (size_t)written;
    }
    return 0;
}

/* 0 or -errno; -EINTR when the program is asked to end. */
static int reserve(int descriptor, uint64_t bytes)
{
    int failed;
    do {
        failed = posix_fallocate(descriptor, 0, (off_t)bytes);
    } while (failed == EINTR && !interrupt_signal());
    return -failed;
}

/* 0 or -errno; -EINTR when the program is asked to end. */
static int write_filled(int descriptor, uint64_t bytes, const struct scratch_content *content)
{
    char *buffer = aligned_alloc(4096, PIECE_BYTES);
    int failed = buffer ? reserve(descriptor, bytes) : -ENOMEM;
    if (!failed && fchmod(descriptor, 0600) != 0) { /* whatever the umask says */
        failed = -errno;
    }
    for (uint64_t offset = 0; !failed && offset < bytes; offset += PIECE_BYTES) {
        size_t piece = bytes - offset < PIECE_BYTES ? (size_t)(bytes - offset) : PIECE_BYTES;
        content->fill(content->context, offset, buffer, piece);
        failed = interrupt_signal() ? -EINTR : write_all(descriptor, buffer, piece);
    }
    free(buffer);
    /* What is still on its way to the device would disturb what is measured next. */
    return failed ? failed : fdatasync(descriptor) == 0 ? 0 : -errno;
}

static int refuse_file(const struct scratch *scratch, int failed, struct error *error)
{
    char shown[256];
    error_escape(scratch->path, shown, sizeof shown);
    return failed == EINTR
               ? error_set(error, STATUS_INTERRUPTED,
                           "interrupted while the scratch file was written")
               : error_set(error, STATUS_STORAGE,
                           "scratch: %s: %s; choose another folder with " SCRATCH_REMEDY "%s",
                           shown, strerror(failed),
                           failed == ENOSPC || failed == EDQUOT ? " or a smaller file" : "");
}

#define FILE_NAME_BYTES 16

int scratch_make_file(struct scratch *scratch, uint64_t bytes,
                      const struct scratch_content *content, char *path, size_t path_bytes,
                      struct error *error)
{
    int folder = scratch->folder.descriptor;
    if (!has_space(folder, scratch->path, bytes, SCRATCH_REMEDY, error)) {
        return error->status;
    }
    char name[FILE_NAME_BYTES];
    snprintf(name, sizeof name, "%u", scratch->files);
    int written = snprintf(path, path_bytes, "/proc/%d/fd/%d/%s", process_own(""), folder, name);
    if ((size_t)written >= path_bytes) {
        return refuse_file(scratch, ENAMETOOLONG, error);
    }
    int descriptor = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return refuse_file(scratch, errno, error);
    }
    scratch->files++;
    int failed = write_filled(descriptor, bytes, content);
    if (close(descriptor) != 0 && !failed) {
        failed = -errno;
    }
    if (failed) {
        unlinkat(folder, name, 0);
        return refuse_file(scratch, -failed, error);
    }
    return 0;
}

void scratch_remove(struct scratch *scratch)
{
    if (!scratch) {
        return;
    }
    for (unsigned number = 0; number < scratch->files; number++) {
        char name[FILE_NAME_BYTES];
        snprintf(name, sizeof name, "%u", number);
        unlinkat(scratch->folder.descriptor, name, 0);
    }
    bool leaves = scratch->folder.others && scratch_guard_tell(&scratch->guard);
    scratch_folder_end(&scratch->folder, !leaves);
    scratch_guard_end(&scratch->guard);
    free(scratch);
}

const char *scratch_clear(const char *parent, char text[SCRATCH_CLEARED_BYTES])
{
    char name[SCRATCH_NAME_BYTES] = "", shown[256];
    int folder = scratch_folder_open_parent(parent);
    unsigned count = folder >= 0 ? scratch_folder_clear(folder, name) : 0;
    error_escape(parent, shown, sizeof shown);
    text[0] = '\0';
    if (count == 1) {
        snprintf(text, SCRATCH_CLEARED_BYTES,
                 "%s/%s was left behind by a run that was killed, and is removed now", shown, name);
    } else if (count > 1) {
        snprintf(text, SCRATCH_CLEARED_BYTES,
                 "%u folders like %s/%s were left behind by runs that were killed, and are removed "
                 "now",
                 count, shown, name);
    }
    if (folder >= 0) {
        close(folder);
    }
    return text;
}
