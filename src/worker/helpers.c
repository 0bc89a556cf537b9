#include "worker/helpers.h"

#include "system/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Fewer looks say nothing about a mean: five take 25 ms. */
enum { FIRST_LOOK_NS = 1000000, MOST_NS = 10000000, LOOKS_LEAST = 5 };

struct helpers {
    const int *team;
    size_t team_count;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t end;
    bool ending; /* under the lock */
    /* Of the watching thread: */
    size_t looks, told; /* threads whose call could be read */
    double sum, most;
};

/* Calls in which an operation on a file is carried out. */
static const long file_calls[] = {
    SYS_read,    SYS_write,   SYS_pread64,  SYS_pwrite64,  SYS_preadv,
    SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_fdatasync, SYS_fsync,
};

/* Whether a thread has an operation in hand, by what the kernel says of its present call: its
 * number, or "running" when it is not blocked in one. -1 when it does not say. */
static int has_in_hand(const char *thread)
{
    char path[300], text[32];
    snprintf(path, sizeof path, "/proc/self/task/%s/syscall", thread);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return -1;
    }
    ssize_t got = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    if (got <= 0) {
        return -1;
    }
    text[got] = '\0';
    if (strncmp(text, "running", 7) == 0) {
        return 1;
    }
    long call = strtol(text, NULL, 10);
    for (size_t i = 0; i < sizeof file_calls / sizeof *file_calls; i++) {
        if (call == file_calls[i]) {
            return 1;
        }
    }
    return 0;
}

static bool is_left_out(const struct helpers *helpers, int thread)
{
    for (size_t i = 0; i < helpers->team_count; i++) {
        if (helpers->team[i] == thread) {
            return true;
        }
    }
    return thread <= 0 || thread == gettid();
}

static void look(struct helpers *helpers)
{
    double in_hand = 0;
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *entry; threads && (entry = readdir(threads));) {
        int found = is_left_out(helpers, atoi(entry->d_name)) ? -1 : has_in_hand(entry->d_name);
        helpers->told += found >= 0;
        in_hand += found > 0;
    }
    if (threads) {
        closedir(threads);
    }
    helpers->looks++;
    helpers->sum += in_hand;
    helpers->most = fmax(helpers->most, in_hand);
}

static struct timespec later(int64_t wait_ns)
{
    int64_t at_ns = clock_now_ns() + wait_ns;
    return (struct timespec){.tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000};
}

static void *watch(void *argument)
{
    struct helpers *helpers = argument;
    int64_t wait_ns = FIRST_LOOK_NS;
    pthread_mutex_lock(&helpers->lock);
    while (!helpers->ending) {
        struct timespec next = later(wait_ns);
        if (pthread_cond_timedwait(&helpers->end, &helpers->lock, &next) != 0) {
            look(helpers);
            wait_ns = 2 * wait_ns < MOST_NS ? 2 * wait_ns : MOST_NS;
        }
    }
    pthread_mutex_unlock(&helpers->lock);
    return NULL;
}

struct helpers *helpers_watch(const int *team, size_t count)
{
    struct helpers *helpers = calloc(1, sizeof *helpers);
    if (!helpers) {
        return NULL;
    }
    helpers->team = team;
    helpers->team_count = count;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&helpers->end, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&helpers->lock, NULL);
    if (pthread_create(&helpers->thread, NULL, watch, helpers) != 0) {
        free(helpers);
        return NULL;
    }
    return helpers;
}

double helpers_end(struct helpers *helpers, double *most)
{
    *most = INFINITY;
    if (!helpers) {
        return INFINITY;
    }
    pthread_mutex_lock(&helpers->lock);
    helpers->ending = true;
    pthread_cond_signal(&helpers->end);
    pthread_mutex_unlock(&helpers->lock);
    pthread_join(helpers->thread, NULL);
    double mean = INFINITY;
    if (helpers->looks >= LOOKS_LEAST && helpers->told > 0) {
        mean = helpers->sum / (double)helpers->looks;
        *most = helpers->most;
    }
    pthread_cond_destroy(&helpers->end);
    pthread_mutex_destroy(&helpers->lock);
    free(helpers);
    return mean;
}
