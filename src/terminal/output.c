#include "terminal/output.h"

#include "terminal/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void output_open(void)
{
    for (int d = STDIN_FILENO; d <= STDERR_FILENO; d++) {
        if (fcntl(d, F_GETFD) < 0) { /* the lowest that is free is the one that open takes */
            (void)!open("/dev/null", d == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF,
            BUFSIZ); /* in a file with stderr, too, in order and whole lines */
}

static bool has_reader(int descriptor)
{
    struct pollfd written = {.fd = descriptor, .events = POLLOUT};
    return poll(&written, 1, 0) <= 0 || !(written.revents & POLLERR);
}

/* Why stdout cannot be written, which only another try tells. */
static const char *why_lost(void)
{
    clearerr(stdout);
    return putchar('\n') == EOF || fflush(stdout) != 0 ? strerror(errno) : "a part of it is lost";
}

int output_close(int status)
{
    struct error error = {0};
    bool is_lost = fflush(stdout) != 0 || ferror(stdout);
    if (!status && is_lost && has_reader(STDOUT_FILENO)) {
        error_set(&error, STATUS_STORAGE, "the output cannot be written: %s", why_lost());
        return command_fail(&error);
    }
    is_lost = is_lost || ferror(stderr); /* which is not buffered */
    return status || !is_lost ? status : STATUS_STORAGE;
}
