#include "system/watchdog.h"

#include "system/clock.h"
#include "system/guard.h"
#include "system/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STALE_NS (3 * GUARD_TICK_NS) /* without a sign of life */
#define AWAY_NS (2 * GUARD_TICK_NS)  /* between two ticks of one's own */
#define GRACE_S 5.0                  /* until rank 0 speaks for other nodes */

/* What a rank shows of itself, on cache lines of its own. */
struct beat {
    _Alignas(128) uint64_t progress;
    int64_t tick_ns;      /* CLOCK_MONOTONIC, which all processes of a node share */
    double started_ticks; /* of the process: tells it from another one that gets its number */
    int32_t process;      /* 0: no such rank on this node */
    int32_t left;
};

struct page {
    _Alignas(128) int32_t ended; /* 1: one rank has judged */
    int32_t asked;               /* 1: one rank has passed on the request to end */
    struct beat beat[];
};

struct watchdog {
    struct page *page;
    int rank, ranks;
    const int *number;    /* by rank, in messages; NULL: the same */
    int64_t tick_ns;      /* the last, or when it was opened */
    int64_t anew_ns;      /* signs of life are waited for from here on */
    pthread_mutex_t lock; /* covers the cell */
    bool in_cell;
    int64_t begun_ns;
    struct watchdog_cell cell;
};

size_t watchdog_bytes(int ranks)
{
    return sizeof(struct page) + (size_t)ranks * sizeof(struct beat);
}

/* -- what the kernel says of a process or a thread -- */

/* The process of that number; {0} when there is none. */
static struct process look_at(int number)
{
    char path[64];
    struct process found = {0};
    snprintf(path, sizeof path, "/proc/%d/stat", number);
    process_read(path, &found);
    return found;
}

/* The state of the rank's process; 0 when it has ended. */
static char state_of(const struct beat *beat)
{
    struct process found = look_at(beat->process);
    bool is_alive = found.state != 'Z' && found.state != 'X';
    return found.started_ticks == beat->started_ticks && is_alive ? found.state : 0;
}

/* What its threads are at, this one not counted; NULL when a debugger holds one of them. */
static const char *activity_of(const struct beat *beat)
{
    char path[400];
    bool computes = false, waits_for_disk = false, stopped = false, held = false;
    snprintf(path, sizeof path, "/proc/%d/task", beat->process);
    DIR *threads = opendir(path);
    for (struct dirent *entry; threads && (entry = readdir(threads));) {
        int thread = atoi(entry->d_name);
        if (thread <= 0 || thread == gettid()) {
            continue;
        }
        snprintf(path, sizeof path, "/proc/%d/task/%d/stat", beat->process, thread);
        struct process found = {0};
        process_read(path, &found);
        computes |= found.state == 'R';
        waits_for_disk |= found.state == 'D';
        stopped |= found.state == 'T';
        held |= found.state == 't';
    }
    if (threads) {
        closedir(threads);
    }
    return held             ? NULL
           : stopped        ? "stopped"
           : computes       ? "computing"
           : waits_for_disk ? "waiting for a disk"
                            : "waiting";
}

/* -- this rank -- */

struct watchdog *watchdog_open(void *shared, int rank, int ranks, const int *number)
{
    struct watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (!watchdog) {
        return NULL;
    }
    *watchdog = (struct watchdog){.page = shared, .rank = rank, .ranks = ranks, .number = number};
    pthread_mutex_init(&watchdog->lock, NULL);
    struct beat *own = &watchdog->page->beat[rank];
    own->started_ticks = look_at(getpid()).started_ticks;
    own->tick_ns = watchdog->tick_ns = clock_now_ns();
    __atomic_store_n(&own->process, getpid(), __ATOMIC_RELEASE); /* the others look from now on */
    return watchdog;
}

void watchdog_close(struct watchdog *watchdog)
{
    if (watchdog) {
        __atomic_store_n(&watchdog->page->beat[watchdog->rank].left, 1, __ATOMIC_RELEASE);
        pthread_mutex_destroy(&watchdog->lock);
        free(watchdog);
    }
}

uint64_t *watchdog_progress(struct watchdog *watchdog)
{
    return watchdog ? &watchdog->page->beat[watchdog->rank].progress : NULL;
}

void watchdog_begin(struct watchdog *watchdog, const struct watchdog_cell *cell)
{
    if (watchdog) {
        pthread_mutex_lock(&watchdog->lock);
        watchdog->cell = *cell;
        watchdog->begun_ns = clock_now_ns();
        watchdog->in_cell = true;
        pthread_mutex_unlock(&watchdog->lock);
    }
}

void watchdog_end(struct watchdog *watchdog)
{
    if (watchdog) {
        pthread_mutex_lock(&watchdog->lock);
        watchdog->in_cell = false;
        pthread_mutex_unlock(&watchdog->lock);
    }
}

/* -- the others -- */

static bool is_there(const struct beat *beat)
{
    return __atomic_load_n(&beat->process, __ATOMIC_ACQUIRE) != 0 &&
           !__atomic_load_n(&beat->left, __ATOMIC_ACQUIRE);
}

static bool is_stale(const struct watchdog *watchdog, const struct beat *beat, int64_t now_ns)
{
    int64_t from_ns = __atomic_load_n(&beat->tick_ns, __ATOMIC_RELAXED);
    from_ns = from_ns > watchdog->anew_ns ? from_ns : watchdog->anew_ns;
    return now_ns - from_ns > STALE_NS;
}

/* Without a sign of life and stopped. One that a debugger holds is in another state, and so is one
 * that only finds no core to run on. */
static bool is_stopped(const struct watchdog *watchdog, int rank, int64_t now_ns)
{
    const struct beat *beat = &watchdog->page->beat[rank];
    return is_there(beat) && is_stale(watchdog, beat, now_ns) && state_of(beat) == 'T';
}

/* No lower rank could judge. */
static bool is_judge(const struct watchdog *watchdog, int64_t now_ns)
{
    for (int r = 0; r < watchdog->rank; r++) {
        const struct beat *beat = &watchdog->page->beat[r];
        if (!is_there(beat)) {
            continue;
        }
        char state = is_stale(watchdog, beat, now_ns) ? state_of(beat) : 'S';
        if (state != 'T' && state != 0) {
            return false;
        }
    }
    return true;
}

static int name_rank(const struct watchdog *watchdog, int rank, const char *what,
                     struct error *error)
{
    char host[65] = "", shown[65];
    gethostname(host, sizeof host - 1);
    return error_set(error, STATUS_ENVIRONMENT,
                     "rank %d (process %d on host %s) does not answer: %s; the run is ended, and "
                     "what was measured is kept",
                     watchdog->number ? watchdog->number[rank] : rank,
                     watchdog->page->beat[rank].process, error_escape(host, shown, sizeof shown),
                     what);
}

static int judge_stopped(const struct watchdog *watchdog, int64_t now_ns, struct error *error)
{
    for (int r = 0; r < watchdog->ranks; r++) {
        if (r != watchdog->rank && is_stopped(watchdog, r, now_ns)) {
            return name_rank(watchdog, r, "stopped", error);
        }
    }
    return 0;
}

/* The rank of the cell that has come least far. */
static int slowest(const struct watchdog *watchdog, const struct watchdog_cell *cell)
{
    uint64_t least = UINT64_MAX;
    int found = watchdog->rank;
    for (int r = 0; r < watchdog->ranks; r++) {
        const struct beat *beat = &watchdog->page->beat[r];
        uint64_t progress = __atomic_load_n(&beat->progress, __ATOMIC_RELAXED);
        if ((r < cell->ranks || r == cell->service) && is_there(beat) && progress < least) {
            least = progress;
            found = r;
        }
    }
    return found;
}

/* All ranks of the cell on this node are done: whom it waits for is on another one, whose own
 * judge names the rank, unless nobody there can. */
static int judge_elsewhere(const struct watchdog_cell *cell, double takes_s, struct error *error)
{
    if (!cell->elsewhere[0] || takes_s <= cell->limit_s + GRACE_S) {
        return 0;
    }
    return error_set(error, STATUS_ENVIRONMENT,
                     "no rank on %s answers for %.0f s at %s, whose limit is %.6g s; the run is "
                     "ended, and what was measured is kept",
                     cell->elsewhere, takes_s, cell->what, cell->limit_s);
}

static int judge_cell(struct watchdog *watchdog, int64_t now_ns, struct error *error)
{
    pthread_mutex_lock(&watchdog->lock);
    struct watchdog_cell cell = watchdog->cell;
    int64_t from_ns = watchdog->begun_ns;
    bool in_cell = watchdog->in_cell;
    pthread_mutex_unlock(&watchdog->lock);
    double takes_s = (double)(now_ns - from_ns) * 1e-9;
    if (!in_cell || takes_s <= cell.limit_s) {
        return 0;
    }
    int rank = slowest(watchdog, &cell);
    uint64_t progress = __atomic_load_n(&watchdog->page->beat[rank].progress, __ATOMIC_RELAXED);
    if (cell.done > 0 && progress >= cell.done) {
        return judge_elsewhere(&cell, takes_s, error);
    }
    const char *activity = activity_of(&watchdog->page->beat[rank]);
    char what[300];
    if (!activity) {
        return 0;
    }
    snprintf(what, sizeof what, "%s for %.0f s at %s, whose limit is %.6g s", activity, takes_s,
             cell.what, cell.limit_s);
    return name_rank(watchdog, rank, what, error);
}

/* Time in which this process did not run, nor, as it seems, the others, is nobody's. */
static void wait_anew(struct watchdog *watchdog, int64_t now_ns)
{
    if (now_ns - watchdog->tick_ns > AWAY_NS) {
        watchdog->anew_ns = now_ns;
        pthread_mutex_lock(&watchdog->lock);
        watchdog->begun_ns += now_ns - watchdog->tick_ns;
        pthread_mutex_unlock(&watchdog->lock);
    }
    watchdog->tick_ns = now_ns;
}

int watchdog_tick(struct watchdog *watchdog, int64_t now_ns, struct error *error)
{
    if (!watchdog) {
        return 0;
    }
    struct page *page = watchdog->page;
    wait_anew(watchdog, now_ns);
    __atomic_store_n(&page->beat[watchdog->rank].tick_ns, now_ns, __ATOMIC_RELAXED);
    int status = 0;
    if (__atomic_load_n(&page->ended, __ATOMIC_ACQUIRE)) {
        status = error_set(error, STATUS_ENVIRONMENT, " ");
    } else if (is_judge(watchdog, now_ns)) {
        status = judge_stopped(watchdog, now_ns, error);
        status = status ? status : judge_cell(watchdog, now_ns, error);
    }
    if (status && __atomic_exchange_n(&page->ended, 1, __ATOMIC_ACQ_REL)) {
        error->text[0] = '\0'; /* another one reports it */
    }
    return status;
}

static void signal_others(const struct watchdog *watchdog, int signal)
{
    for (int r = 0; r < watchdog->ranks; r++) {
        const struct beat *beat = &watchdog->page->beat[r];
        if (r != watchdog->rank && is_there(beat) && state_of(beat) != 0) {
            kill(beat->process, signal);
        }
    }
}

void watchdog_ask_others(struct watchdog *watchdog)
{
    if (watchdog && !__atomic_exchange_n(&watchdog->page->asked, 1, __ATOMIC_ACQ_REL)) {
        signal_others(watchdog, SIGUSR1);
    }
}

void watchdog_kill_others(struct watchdog *watchdog)
{
    if (watchdog) {
        signal_others(watchdog, SIGKILL);
    }
}
