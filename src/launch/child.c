#include "launch/child.h"

#include "system/clock.h"
#include "system/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char *child_find(const char *const *names, char *path, size_t path_bytes)
{
    const char *from = getenv("PATH");
    from = from ? from : "/bin:/usr/bin"; /* as execvp does */
    while (*from) {
        size_t length = strcspn(from, ":");
        for (const char *const *name = names; *name; name++) {
            int written = snprintf(path, path_bytes, "%.*s/%s", (int)length, from, *name);
            if (written > 0 && (size_t)written < path_bytes && access(path, X_OK) == 0) {
                return *name;
            }
        }
        from += length + (from[length] == ':');
    }
    return NULL;
}

/* The child: becomes the program. */
static void become(char *const *words, int output)
{
    int nothing = open("/dev/null", O_RDWR);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(nothing, 2) < 0) {
        _exit(126);
    }
    execvp(words[0], words);
    _exit(126);
}

/* Reads until the other end is closed. 0, -ETIMEDOUT or -EINTR. */
static int read_all(int input, int64_t end_ns, char *text, size_t text_bytes)
{
    enum { LOOK_MS = 20 };
    size_t used = 0;
    char rest[512];
    for (;;) {
        struct pollfd ready = {.fd = input, .events = POLLIN};
        if (poll(&ready, 1, LOOK_MS) > 0) {
            size_t left = text_bytes - 1 - used;
            ssize_t got = read(input, left ? text + used : rest, left ? left : sizeof rest);
            if (got <= 0 && !(got < 0 && errno == EINTR)) {
                return 0;
            }
            used += left && got > 0 ? (size_t)got : 0;
            text[used] = '\0';
        }
        if (interrupt_signal()) {
            return -EINTR;
        }
        if (clock_now_ns() > end_ns) {
            return -ETIMEDOUT;
        }
    }
}

/* Waits for the child's end, and ends it and what it has started when that takes too long or this
 * program was asked to end: by SIGTERM, and four seconds later for good. `failed` is 0 or why it is
 * to be ended at once, and becomes so. Returns its exit status. */
static int wait_for(pid_t child, int64_t end_ns, int *failed)
{
    enum { LOOK_NS = 20000000 };
    const int64_t grace_ns = 4000000000; /* mpirun takes more than two seconds */
    int waited = 0, told = 0;
    while (waitpid(child, &waited, WNOHANG) != child) {
        if (!*failed && (interrupt_signal() || clock_now_ns() > end_ns)) {
            *failed = interrupt_signal() ? -EINTR : -ETIMEDOUT;
        }
        if (*failed && !told) {
            kill(-child, SIGTERM);
            told = 1;
            end_ns = clock_now_ns() + grace_ns;
        } else if (told && clock_now_ns() > end_ns) {
            kill(-child, SIGKILL);
        }
        clock_sleep_until_ns(clock_now_ns() + LOOK_NS);
    }
    kill(-child, SIGKILL); /* what it may have left in its group */
    return WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited);
}

int child_ask(char *const *words, double most_s, char *text, size_t text_bytes)
{
    int ends[2];
    char path[4096];
    text[0] = '\0';
    if (!child_find((const char *const[]){words[0], NULL}, path, sizeof path)) {
        return -ENOENT;
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -errno;
    }
    pid_t child = fork();
    if (child == 0) {
        become(words, ends[1]);
    }
    if (child > 0) {
        setpgid(child, child); /* whoever comes first */
    }
    int failed = child < 0 ? -errno : 0;
    close(ends[1]);
    if (!failed) {
        int64_t end_ns = clock_now_ns() + (int64_t)(most_s * 1e9);
        failed = read_all(ends[0], end_ns, text, text_bytes);
        int status = wait_for(child, end_ns, &failed);
        failed = failed ? failed : status;
    }
    close(ends[0]);
    return failed;
}

/* A crash leaves no core file and no message. */
static void limit_itself(unsigned most_s)
{
    const struct rlimit no_core = {0, 0}, time = {most_s, most_s};
    setrlimit(RLIMIT_CORE, &no_core);
    setrlimit(RLIMIT_CPU, &time);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    signal(SIGFPE, SIG_DFL);
}

/* Nothing is limited where a sanitizer has reserved more than there can be: it has limits itself.
 */
static void limit_memory(uint64_t most_bytes)
{
    const uint64_t reserved = UINT64_C(1) << 40;
    unsigned long pages = 0;
    FILE *sizes = fopen("/proc/self/statm", "r");
    if (!sizes) {
        return;
    }
    bool known = fscanf(sizes, "%lu", &pages) == 1;
    fclose(sizes);
    uint64_t now = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
    struct rlimit memory;
    if (known && now < reserved && getrlimit(RLIMIT_AS, &memory) == 0 &&
        memory.rlim_cur > now + most_bytes) {
        memory.rlim_cur = now + most_bytes;
        setrlimit(RLIMIT_AS, &memory);
    }
}

int child_call(int (*work)(void *context), void *context, unsigned most_s, uint64_t most_bytes)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        limit_itself(most_s);
        limit_memory(most_bytes);
        int status = work(context);
        fflush(NULL);
        _exit(status);
    }
    int waited = 0;
    while (child > 0 && waitpid(child, &waited, 0) != child && errno == EINTR) {
    }
    if (child < 0 || WIFEXITED(waited)) {
        return child < 0 ? -errno : WEXITSTATUS(waited);
    }
    int by = WTERMSIG(waited);
    return by == SIGKILL || by == SIGXCPU ? -ETIMEDOUT : -EFAULT;
}

uint64_t child_reading_bytes(uint64_t bytes)
{
    return (UINT64_C(256) << 20) + 4 * bytes;
}

int child_read(int (*work)(void *context), void *context, const char *path, uint64_t expanded_bytes,
               struct error *error)
{
    enum { READING_S = 5, BYTES_PER_S = 1 << 28, READING_MOST_S = 60 }; /* of CPU time */
    char shown[300];
    struct stat file = {0};
    stat(path, &file);
    uint64_t size = (uint64_t)file.st_size, bytes = size > expanded_bytes ? size : expanded_bytes;
    uint64_t wanted_s = READING_S + bytes / BYTES_PER_S;
    unsigned most_s = wanted_s < READING_MOST_S ? (unsigned)wanted_s : READING_MOST_S;
    int status = child_call(work, context, most_s, child_reading_bytes(bytes));
    error_escape(path, shown, sizeof shown);
    if (status == -EFAULT || status == -ETIMEDOUT) {
        return error_set(error, STATUS_STORAGE, "%s: is damaged: the HDF5 library %s", shown,
                         status == -EFAULT ? "crashes on it" : "does not finish reading it");
    }
    return status >= 0 ? status
                       : error_set(error, STATUS_ENVIRONMENT,
                                   "%s: no process can be started to read it: %s", shown,
                                   strerror(-status));
}
