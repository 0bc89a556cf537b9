#include "launch/told.h"

#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define VARIABLE "CUAL_TOLD" /* holds the path of the file */
#define OUTPUT "CUAL_OUTPUT" /* holds the path of the pipe, a blank, and what its link says */
#define FILE_NAME "cual-told"
#define LINK_BEGIN "/memfd:" FILE_NAME /* what a link to it begins with */

/* Numbers in it: the status, 1 when MPI has started, then the process of each rank; 0: it has noted
 * none. */
enum { STATUS_AT, STARTED_AT, PROCESSES_AT, RANKS_MOST = 1 << 16, NUMBER_BYTES = sizeof(int) };

int told_open(void)
{
    char path[64];
    int none = -1, descriptor = memfd_create(FILE_NAME, MFD_CLOEXEC);
    if (descriptor >= 0 && pwrite(descriptor, &none, NUMBER_BYTES, STATUS_AT) != NUMBER_BYTES) {
        close(descriptor);
        descriptor = -1;
    }
    if (descriptor >= 0) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), descriptor);
        setenv(VARIABLE, path, 1);
    }
    return descriptor;
}

/* What the link to an open file says. */
static bool read_link(const char *path, char *text, size_t text_bytes)
{
    ssize_t bytes = readlink(path, text, text_bytes - 1);
    text[bytes > 0 ? bytes : 0] = '\0';
    return bytes > 0;
}

void told_name_output(int reader)
{
    char path[64], pipe[64], text[sizeof path + sizeof pipe];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), reader);
    unsetenv(OUTPUT);
    if (read_link(path, pipe, sizeof pipe)) {
        snprintf(text, sizeof text, "%s %s", path, pipe);
        setenv(OUTPUT, text, 1);
    }
}

void told_take_output(void)
{
    const char *text = getenv(OUTPUT), *pipe = text ? strchr(text, ' ') : NULL;
    char path[64], now[64];
    if (!pipe) {
        return;
    }
    snprintf(path, sizeof path, "%.*s", (int)(pipe - text), text);
    if (!read_link(path, now, sizeof now) || strcmp(now, pipe + 1) != 0) {
        return; /* elsewhere, or that process has ended and its number is another one's */
    }
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        signal(SIGPIPE, SIG_IGN); /* a starter that has gone is a lost output, not an end */
        fflush(stdout);
        dup2(descriptor, STDOUT_FILENO);
        close(descriptor);
    }
}

static void note(int at, int number)
{
    const char *path = getenv(VARIABLE);
    char file[sizeof LINK_BEGIN] = "";
    if (!path || !read_link(path, file, sizeof file) || strcmp(file, LINK_BEGIN) != 0) {
        return; /* elsewhere, or that process has ended and its number is another one's */
    }
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        ssize_t noted = pwrite(descriptor, &number, NUMBER_BYTES, (off_t)at * NUMBER_BYTES);
        (void)noted; /* else what mpirun says has to do */
        close(descriptor);
    }
}

void told_note_process(int rank)
{
    if (rank >= 0 && rank < RANKS_MOST) {
        note(PROCESSES_AT + rank, process_own(""));
    }
}

void told_note_started(void)
{
    note(STARTED_AT, 1);
}

void told_note_status(int status)
{
    note(STATUS_AT, status);
}

void told_note_request(void)
{
    note(STATUS_AT, TOLD_REQUEST);
}

static int read_number(int descriptor, int at, int otherwise)
{
    int number;
    off_t from = (off_t)at * NUMBER_BYTES;
    return descriptor >= 0 && pread(descriptor, &number, NUMBER_BYTES, from) == NUMBER_BYTES
               ? number
               : otherwise;
}

bool told_started(int descriptor)
{
    return read_number(descriptor, STARTED_AT, 0) == 1;
}

int told_status(int descriptor)
{
    return read_number(descriptor, STATUS_AT, -1);
}

/* One that was not waited for is gone, too; one that cannot be looked at is not. */
static bool is_gone(int number)
{
    char path[64];
    struct process process = {0};
    snprintf(path, sizeof path, "/proc/%d/stat", number);
    int failed = process_read(path, &process);
    return failed == -ENOENT || failed == -ESRCH || process.state == 'Z' || process.state == 'X';
}

bool told_all_gone(int descriptor)
{
    int noted = 0;
    for (int at = PROCESSES_AT, process; (process = read_number(descriptor, at, -1)) >= 0; at++) {
        if (process > 0 && !is_gone(process)) {
            return false;
        }
        noted += process > 0;
    }
    return noted > 0;
}
