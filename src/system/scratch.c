#include "system/scratch.h"

#include "system/interrupt.h"
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
    char folder[PATH_MAX];
    unsigned files; /* named 0, 1, … */
    bool others;    /* what is in the folder is others' */
    struct scratch_guard guard;
};

static bool has_space(const char *folder, uint64_t bytes, struct error *error)
{
    struct statvfs space;
    char shown[256];
    if (statvfs(folder, &space) == 0 && (uint64_t)space.f_bavail * space.f_frsize < bytes) {
        error_set(error, STATUS_STORAGE,
                  "scratch: %s: %.1f MiB are needed and %.1f MiB are free; choose another folder "
                  "with --set scratch=FOLDER or a smaller file",
                  error_escape(folder, shown, sizeof shown), (double)bytes / 1048576,
                  (double)space.f_bavail * (double)space.f_frsize / 1048576);
        return false;
    }
    return true;
}

static int refuse_parent(const char *parent, int failed, struct error *error)
{
    char shown[256];
    return error_set(error, STATUS_STORAGE,
                     "scratch: %s: no private folder can be made there: %s; choose another with "
                     "--set scratch=FOLDER",
                     error_escape(parent, shown, sizeof shown), strerror(failed));
}

int scratch_check(const char *parent, uint64_t bytes, struct error *error)
{
    struct stat found;
    if (stat(parent, &found) != 0) {
        return refuse_parent(parent, errno, error);
    }
    if (!S_ISDIR(found.st_mode)) {
        return refuse_parent(parent, ENOTDIR, error);
    }
    if (access(parent, W_OK | X_OK) != 0) {
        return refuse_parent(parent, errno, error);
    }
    return has_space(parent, bytes, error) ? 0 : error->status;
}

static struct scratch *make_folder(const char *parent, const char *name, struct error *error)
{
    struct scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch) {
        error_set(error, STATUS_STORAGE, "scratch: no memory");
        return NULL;
    }
    int length = snprintf(scratch->folder, sizeof scratch->folder, "%s/%sXXXXXX", parent, name);
    if (length >= (int)sizeof scratch->folder) {
        errno = ENAMETOOLONG;
    }
    if (length >= (int)sizeof scratch->folder || !mkdtemp(scratch->folder)) {
        refuse_parent(parent, errno, error);
        free(scratch);
        return NULL;
    }
    /* Whatever the umask says. */
    if (fchmodat(AT_FDCWD, scratch->folder, 0700, AT_SYMLINK_NOFOLLOW) != 0) {
        refuse_parent(parent, errno, error);
        rmdir(scratch->folder);
        free(scratch);
        return NULL;
    }
    return scratch;
}

struct scratch *scratch_create(const char *parent, struct error *error)
{
    struct scratch *scratch = make_folder(parent, "cual-", error);
    if (scratch) {
        scratch_guard_start(&scratch->guard, scratch->folder, false);
    }
    return scratch;
}

struct scratch *scratch_create_for_others(const char *parent)
{
    struct error ignored = {0};
    struct scratch *scratch = make_folder(parent, ".cual-mpi-", &ignored);
    if (scratch) {
        scratch->others = true;
        scratch_guard_start(&scratch->guard, scratch->folder, true);
    }
    if (scratch && scratch->guard.process == 0) {
        scratch_remove(scratch);
        scratch = NULL;
    }
    return scratch;
}

const char *scratch_path(const struct scratch *scratch)
{
    return scratch->folder;
}

static void file_path(const struct scratch *scratch, unsigned number, char *path, size_t bytes)
{
    snprintf(path, bytes, "%s/%u", scratch->folder, number);
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

static int refuse_file(const char *path, int failed, struct error *error)
{
    char shown[256];
    error_escape(path, shown, sizeof shown);
    return failed == EINTR
               ? error_set(error, STATUS_INTERRUPTED,
                           "interrupted while the scratch file was written")
               : error_set(error, STATUS_STORAGE,
                           "scratch: %s: %s; choose another folder with --set scratch=FOLDER%s",
                           shown, strerror(failed),
                           failed == ENOSPC || failed == EDQUOT ? " or a smaller file" : "");
}

int scratch_make_file(struct scratch *scratch, uint64_t bytes,
                      const struct scratch_content *content, char *path, size_t path_bytes,
                      struct error *error)
{
    if (!has_space(scratch->folder, bytes, error)) {
        return error->status;
    }
    if (strlen(scratch->folder) + 16 > path_bytes) {
        return refuse_file(scratch->folder, ENAMETOOLONG, error);
    }
    file_path(scratch, scratch->files, path, path_bytes);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return refuse_file(path, errno, error);
    }
    scratch->files++;
    int failed = write_filled(descriptor, bytes, content);
    if (close(descriptor) != 0 && !failed) {
        failed = -errno;
    }
    if (failed) {
        unlink(path);
        return refuse_file(path, -failed, error);
    }
    return 0;
}

void scratch_remove(struct scratch *scratch)
{
    if (!scratch) {
        return;
    }
    for (unsigned number = 0; number < scratch->files; number++) {
        char path[PATH_MAX + 16];
        file_path(scratch, number, path, sizeof path);
        unlink(path);
    }
    if (!scratch->others || !scratch_guard_tell(&scratch->guard)) {
        rmdir(scratch->folder);
    }
    scratch_guard_end(&scratch->guard);
    free(scratch);
}
