/* Preloaded into a run: fails one of its writes, or records all of them. What counts is what rank 0
 * does to files below the folder FAIL_FOLDER.
 *   FAIL_AT=N, FAIL_WITH=ENOSPC|EIO|SHORT|…ON  the Nth operation fails, with …ON all after it too;
 *     SHORT: it writes half of the bytes
 *   FAIL_SLOW=FILE  while there is this file, a sync takes ten seconds and makes FILE.at
 *   FAIL_WAITS=FILE  who opens this file to read it makes FILE.at and waits for a signal with a handler
 *   FAIL_COUNT=FILE  the number of operations so far is kept there
 *   FAIL_LOG=FILE  a line each: "w INODE OFFSET BYTES" and the bytes, "t INODE LENGTH",
 *     "s INODE" when a sync is done, "n INODE PATH" when a file got a name, "d PATH" */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int operations;
static int log_descriptor = -2;

static int is_mine(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    rank = rank ? rank : getenv("PMI_RANK"); /* of MPICH */
    return getenv("FAIL_FOLDER") && rank && strcmp(rank, "0") == 0;
}

static int is_below(const char *path)
{
    const char *folder = getenv("FAIL_FOLDER");
    return folder && is_mine() && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_watched(int descriptor)
{
    char link[64], path[4096];
    if (!is_mine()) {
        return 0;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t bytes = readlink(link, path, sizeof path - 1);
    path[bytes > 0 ? bytes : 0] = '\0';
    return is_below(path) && descriptor != log_descriptor;
}

/* Counts; 0, or the errno that this operation fails with; -1: it is to be cut short. */
static int verdict(void)
{
    const char *at = getenv("FAIL_AT"), *with = getenv("FAIL_WITH"), *count = getenv("FAIL_COUNT");
    operations++;
    if (count) {
        char text[32];
        int descriptor = open(count, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        int bytes = snprintf(text, sizeof text, "%d\n", operations);
        if (syscall(SYS_write, descriptor, text, (size_t)bytes) != bytes) {
            abort();
        }
        close(descriptor);
    }
    if (!at || !with) {
        return 0;
    }
    int on = strlen(with) > 2 && strcmp(with + strlen(with) - 2, "ON") == 0;
    if (operations != atoi(at) && !(on && operations > atoi(at))) {
        return 0;
    }
    return strncmp(with, "ENOSPC", 6) == 0 ? ENOSPC : strncmp(with, "EIO", 3) == 0 ? EIO : -1;
}

static void log_bytes(const void *bytes, size_t count)
{
    if (syscall(SYS_write, log_descriptor, bytes, count) != (long)count) {
        abort();
    }
}

__attribute__((format(printf, 1, 2))) static void log_line(const char *format, ...)
{
    char text[4600];
    if (log_descriptor == -2) {
        const char *path = getenv("FAIL_LOG");
        log_descriptor = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    }
    if (log_descriptor >= 0) {
        va_list arguments;
        va_start(arguments, format);
        int bytes = vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        log_bytes(text, (size_t)bytes);
    }
}

static unsigned long inode_of(int descriptor)
{
    struct stat found = {0};
    fstat(descriptor, &found);
    return (unsigned long)found.st_ino;
}

static void log_write(int descriptor, const void *bytes, ssize_t count, off_t offset)
{
    if (count > 0) {
        log_line("w %lu %lld %zd\n", inode_of(descriptor), (long long)offset, count);
        if (log_descriptor >= 0) {
            log_bytes(bytes, (size_t)count);
        }
    }
}

int open(const char *path, int flags, ...)
{
    const char *waits = getenv("FAIL_WAITS");
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (waits && strcmp(path, waits) == 0) {
        char at[4096];
        snprintf(at, sizeof at, "%s.at", waits);
        close((int)syscall(SYS_openat, AT_FDCWD, at, O_WRONLY | O_CREAT, 0666));
        return pause();
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    if (is_watched(descriptor)) {
        int failed = verdict();
        if (failed > 0) {
            errno = failed;
            return -1;
        }
        count = failed < 0 && count > 1 ? count / 2 : count;
        ssize_t done = syscall(SYS_pwrite64, descriptor, bytes, count, offset);
        log_write(descriptor, bytes, done, offset);
        return done;
    }
    return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset)
{
    return pwrite(descriptor, bytes, count, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    if (is_watched(descriptor)) {
        off_t at = lseek(descriptor, 0, SEEK_CUR);
        int failed = verdict();
        if (failed > 0) {
            errno = failed;
            return -1;
        }
        count = failed < 0 && count > 1 ? count / 2 : count;
        ssize_t done = syscall(SYS_write, descriptor, bytes, count);
        log_write(descriptor, bytes, done, at);
        return done;
    }
    return syscall(SYS_write, descriptor, bytes, count);
}

ssize_t writev(int descriptor, const struct iovec *piece, int count)
{
    if (is_watched(descriptor)) {
        int failed = verdict();
        if (failed > 0) {
            errno = failed;
            return -1;
        }
    }
    return syscall(SYS_writev, descriptor, piece, count);
}

static void be_slow(void)
{
    const char *slow = getenv("FAIL_SLOW");
    char at[4096];
    if (slow && access(slow, F_OK) == 0) {
        snprintf(at, sizeof at, "%s.at", slow);
        close(open(at, O_WRONLY | O_CREAT, 0666));
    }
    for (int naps = 0; naps < 1000 && slow && access(slow, F_OK) == 0; naps++) {
        usleep(10000); /* signals cut them short */
    }
}

static int sync_as(long call, int descriptor)
{
    int watched = is_watched(descriptor);
    if (watched) {
        be_slow();
    }
    int failed = watched ? verdict() : 0;
    if (failed > 0) {
        errno = failed;
        return -1;
    }
    int result = (int)syscall(call, descriptor);
    if (watched && result == 0) {
        log_line("s %lu\n", inode_of(descriptor));
    }
    return result;
}

int fsync(int descriptor)
{
    return sync_as(SYS_fsync, descriptor);
}

int fdatasync(int descriptor)
{
    return sync_as(SYS_fdatasync, descriptor);
}

int ftruncate(int descriptor, off_t length)
{
    int watched = is_watched(descriptor);
    int failed = watched ? verdict() : 0;
    if (failed > 0) {
        errno = failed;
        return -1;
    }
    int result = (int)syscall(SYS_ftruncate, descriptor, length);
    if (watched && result == 0) {
        log_line("t %lu %lld\n", inode_of(descriptor), (long long)length);
    }
    return result;
}

int ftruncate64(int descriptor, off64_t length)
{
    return ftruncate(descriptor, length);
}

int posix_fallocate(int descriptor, off_t offset, off_t length)
{
    int failed = is_watched(descriptor) ? verdict() : 0;
    if (failed > 0) {
        return failed;
    }
    return syscall(SYS_fallocate, descriptor, 0, offset, length) == 0 ? 0 : errno;
}

int posix_fallocate64(int descriptor, off64_t offset, off64_t length)
{
    return posix_fallocate(descriptor, offset, length);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    int failed = is_watched(descriptor) ? verdict() : 0;
    if (failed > 0) {
        errno = failed;
        return -1;
    }
    return (int)syscall(SYS_fallocate, descriptor, mode, offset, length);
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t length)
{
    return fallocate(descriptor, mode, offset, length);
}

static void log_name(const char *path)
{
    struct stat found;
    if (lstat(path, &found) == 0) {
        log_line("n %lu %s\n", (unsigned long)found.st_ino, path);
    }
}

static int rename_as(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned flags)
{
    int watched = is_below(to);
    int aside = strstr(to, "/.cual-") != NULL; /* to be removed, which goes without that, too */
    int failed = watched && !aside ? verdict() : 0;
    if (failed > 0) {
        errno = failed;
        return -1;
    }
    int result = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
    if (watched && result == 0) {
        log_name(to);
        log_line("d %s\n", from);
        if (flags & RENAME_EXCHANGE) {
            log_name(from);
        }
    }
    return result;
}

int rename(const char *from, const char *to)
{
    return rename_as(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return rename_as(from_folder, from, to_folder, to, flags);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    int failed = is_below(to) ? verdict() : 0;
    if (failed > 0) {
        errno = failed;
        return -1;
    }
    int result = (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
    if (is_below(to) && result == 0) {
        log_name(to);
    }
    return result;
}
