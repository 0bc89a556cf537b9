#include "job/job_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The whole of an open file. NULL with errno; EFBIG when it is too large. */
static char *read_all(int descriptor)
{
    struct stat stat;
    if (fstat(descriptor, &stat) != 0) {
        return NULL;
    }
    if (S_ISDIR(stat.st_mode) || stat.st_size > JOB_FILE_BYTES_MAX) {
        errno = S_ISDIR(stat.st_mode) ? EISDIR : EFBIG;
        return NULL;
    }
    /* One byte more than is allowed shows that a pipe is too large. */
    char *text = calloc(1, JOB_FILE_BYTES_MAX + 2);
    size_t used = 0;
    ssize_t got = text ? 1 : -1;
    while (got > 0 && used <= JOB_FILE_BYTES_MAX) {
        got = read(descriptor, text + used, JOB_FILE_BYTES_MAX + 1 - used);
        if (got < 0 && errno == EINTR) {
            got = 1;
            continue;
        }
        used += got > 0 ? (size_t)got : 0;
    }
    if (got >= 0 && used > JOB_FILE_BYTES_MAX) {
        got = -1;
        errno = EFBIG;
    }
    if (got >= 0 && memchr(text, '\0', used)) {
        got = -1;
        errno = EILSEQ;
    }
    if (got < 0) {
        int reason = errno;
        free(text);
        errno = reason;
        return NULL;
    }
    return text;
}

static const char *read_error_text(int reason)
{
    switch (reason) {
    case EISDIR:
        return "is a directory";
    case EFBIG:
        return "is larger than a job file can be";
    case EILSEQ:
        return "holds a NUL byte, as binary files do";
    default:
        return strerror(reason);
    }
}

char *job_file_read(const char *file, struct error *error)
{
    char quote[256];
    int descriptor = open(file, O_RDONLY | O_CLOEXEC);
    char *text = descriptor >= 0 ? read_all(descriptor) : NULL;
    int reason = errno;
    if (descriptor >= 0) {
        close(descriptor);
    }
    if (!text) {
        error_set(error, STATUS_USAGE,
                  "%s: cannot be read as a job: %s; allowed: a YAML file of "
                  "at most 1 MiB, or the name of a job that cual list shows",
                  error_escape(file, quote, sizeof quote), read_error_text(reason));
    }
    return text;
}
