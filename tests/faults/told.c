/* -- told: a kernel and engines that are right, and take as much as they are told to. What is slow
 * sleeps, so that the answer is known on any machine; what stands for a core, for a process or for
 * all of them is a lock that is held meanwhile. -- */
#include "faults.h"

#include "system/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define UNIT_NS 200000    /* what a unit takes … */
#define UNIT_CPU_NS 40000 /* … and how long it computes meanwhile */
#define SWITCH_NS 20000   /* asleep, and … */
#define SWITCH_CPU_NS 20000
#define RESTLESS_CPU_NS 1000000
#define OPENING_NS 200000
#define OPENING_ALONE_NS 100000000
#define OPENING_LESS_NS 250000 /* for each further worker */

static void nap_until(int64_t deadline_ns)
{
    clock_sleep_until_ns(deadline_ns);
}

static int64_t cpu_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void compute_until(int64_t cpu_ns)
{
    while (cpu_now_ns() < cpu_ns) {
    }
}

/* A lock of all processes of a run, by a file in its folder; each worker opens it by itself. -errno
 * when that cannot be. */
static int open_turn(const char *name)
{
    char path[512];
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/told.%s", folder ? folder : "/tmp", name);
    int turn = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    return turn < 0 ? -errno : turn;
}

/* ---- the kernel ---- */

enum told_option { TURNS, EASE, MOST, HOARD, RESTLESS, GUARD, ODD, OPENING };
enum turns { TURNS_NONE, TURNS_CORE, TURNS_PROCESS, TURNS_ALL };
enum odd { ODD_NONE, ODD_LOSES, ODD_SLOW_PROCESSES };
enum opening { OPENING_FREE, OPENING_DEAR, OPENING_CHEAP };

static const char *const turns_choices[] = {"none", "core", "process", "all", NULL};
static const char *const guard_choices[] = {"absent", "none", "atomic", "lock", NULL};
static const char *const odd_choices[] = {"none", "loses", "slow_processes", NULL};
static const char *const opening_choices[] = {"free", "dear", "cheap", NULL};

static const struct option told_options[] = {
    {"turns", OPTION_CHOICE, 0, 3, 0, turns_choices, "who computes one after the other"},
    {"ease", OPTION_FLAG, 0, 1, 0, NULL, "more workers compute less"},
    {"most", OPTION_COUNT, 1, 1e6, 1e6, NULL, "more workers than these take three times as long"},
    {"hoard", OPTION_BYTES, 0, 1e9, 0, NULL, "memory of each worker"},
    {"restless", OPTION_FLAG, 0, 1, 0, NULL, "each worker more is one more switch in each unit"},
    {"guard", OPTION_CHOICE, 0, 3, 0, guard_choices, "of a list that there is not"},
    {"odd", OPTION_CHOICE, 0, 2, 0, odd_choices, "what several workers do to that list"},
    {"opening", OPTION_CHOICE, 0, 2, 0, opening_choices, "what each worker takes to begin"},
    {0},
};

struct told_process {
    pthread_mutex_t turn;
    struct kernel_sharing sharing;
    bool loses;
};

struct told {
    const struct task_spec *spec;
    struct told_process *process;
    unsigned workers;
    int core, all; /* files, locked in turns */
    char *hoard;
};

static enum turns turns_of(const struct told *told)
{
    return (enum turns)told->spec->kernel_option[TURNS];
}

static enum kernel_guard told_guard(const struct task_spec *spec)
{
    return (enum kernel_guard)spec->kernel_option[GUARD];
}

static int told_share(const struct task_spec *spec, const struct kernel_sharing *sharing,
                      void **shared)
{
    struct told_process *process = malloc(sizeof *process);
    if (!process) {
        return -ENOMEM;
    }
    *process = (struct told_process){.sharing = *sharing,
                                     .loses = (enum odd)spec->kernel_option[ODD] == ODD_LOSES};
    pthread_mutex_init(&process->turn, NULL);
    *shared = process;
    return 0;
}

static int told_unshare(void *shared, struct kernel_notes *notes)
{
    struct told_process *process = shared;
    notes->lost = process->loses && process->sharing.workers > 1 ? 3 : 0;
    free(process);
    return 0;
}

/* A team that is made dear has one worker begin after the other; a cheap one has them begin the
 * sooner, the more there are. */
static void begin(const struct told *told)
{
    enum opening opening = (enum opening)told->spec->kernel_option[OPENING];
    if (opening == OPENING_DEAR) {
        pthread_mutex_lock(&told->process->turn);
        nap_until(clock_now_ns() + OPENING_NS);
        pthread_mutex_unlock(&told->process->turn);
    } else if (opening == OPENING_CHEAP) {
        nap_until(clock_now_ns() + OPENING_ALONE_NS - OPENING_LESS_NS * (int64_t)told->workers);
    }
}

static int told_open(const struct task_spec *spec, const struct kernel_worker *worker, void *shared,
                     void **state)
{
    char core[32];
    size_t hoard = (size_t)spec->kernel_option[HOARD];
    struct told *told = malloc(sizeof *told);
    if (!told) {
        return -ENOMEM;
    }
    snprintf(core, sizeof core, "core%d", sched_getcpu());
    *told = (struct told){
        .spec = spec,
        .process = shared,
        .workers = worker->workers,
        .core = open_turn(core),
        .all = open_turn("all"),
        .hoard = malloc(hoard + 1),
    };
    if (told->core < 0 || told->all < 0 || !told->hoard) {
        free(told->hoard);
        free(told);
        return -EIO;
    }
    memset(told->hoard, 1, hoard);
    clock_set_least_slack();
    begin(told);
    *state = told;
    return 0;
}

static int told_close(void *state)
{
    struct told *told = state;
    close(told->core);
    close(told->all);
    free(told->hoard);
    free(told);
    return 0;
}

static void take_turn(const struct told *told, bool taken)
{
    enum turns turns = turns_of(told);
    if (turns == TURNS_PROCESS && taken) {
        pthread_mutex_lock(&told->process->turn);
    }
    if (turns != TURNS_NONE) {
        flock(turns == TURNS_ALL ? told->all : told->core, taken ? LOCK_EX : LOCK_UN);
    }
    if (turns == TURNS_PROCESS && !taken) {
        pthread_mutex_unlock(&told->process->turn);
    }
}

/* CPU time of a unit in all. One that is restless computes for longer than its switches could take.
 */
static int64_t unit_cpu_ns(const struct told *told)
{
    const double *option = told->spec->kernel_option;
    int64_t alone_ns = option[RESTLESS] > 0 ? RESTLESS_CPU_NS : UNIT_CPU_NS;
    int64_t switches_ns = option[RESTLESS] > 0 ? SWITCH_CPU_NS * (int64_t)told->workers : 0;
    return option[EASE] > 0 && told->workers > 0 ? alone_ns / told->workers
                                                 : alone_ns + switches_ns;
}

/* One unit: some switches, then computing for the rest of its CPU time, and asleep for the rest of
 * its time. */
static void take_time(const struct told *told)
{
    const double *option = told->spec->kernel_option;
    int64_t begun_ns = clock_now_ns(), cpu_ns = cpu_now_ns();
    bool slow = told->workers > option[MOST] ||
                ((enum odd)option[ODD] == ODD_SLOW_PROCESSES && told->process->sharing.ranks > 1);
    for (unsigned i = 0; option[RESTLESS] > 0 && i < told->workers; i++) {
        nap_until(clock_now_ns() + SWITCH_NS);
    }
    compute_until(cpu_ns + unit_cpu_ns(told));
    nap_until(begun_ns + (slow ? 3 : 1) * UNIT_NS);
}

static uint64_t told_compute(void *state, uint64_t item, uint64_t units)
{
    const struct told *told = state;
    take_turn(told, true);
    for (uint64_t i = 0; i < units; i++) {
        take_time(told);
    }
    take_turn(told, false);
    return task_mix(item);
}

static uint64_t told_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    (void)spec, (void)units;
    return task_mix(item);
}

const struct kernel fault_told = {
    .name = "told",
    .bound = KERNEL_BOUND_INTEGER,
    .help = "sleeps as it is told to",
    .unit = "0.2 ms",
    .options = told_options,
    .guard = told_guard,
    .share = told_share,
    .unshare = told_unshare,
    .open = told_open,
    .compute = told_compute,
    .close = told_close,
    .expect = told_expect,
};

/* ---- the engines ---- */

enum wait_option { LATENCY, IN_LINE, DEAR, BURN, SHUFFLED };
enum dear { DEAR_NONE, DEAR_BLOCKING, DEAR_IN_FLIGHT };
enum burn { BURN_NONE, BURN_SAME, BURN_SHARE };

#define BURN_NS 100000
#define BURN_PART 50 /* of the latency */

static const char *const dear_choices[] = {"none", "blocking", "in_flight", NULL};
static const char *const burn_choices[] = {"none", "same", "share", NULL};

static const struct option wait_options[] = {
    {"latency", OPTION_TIME, 1e-6, 1, NAN, NULL, "how long each wait takes"},
    {"in_line", OPTION_FLAG, 0, 1, 0, NULL, "waits come one after the other"},
    {"dear", OPTION_CHOICE, 0, 2, 0, dear_choices,
     "which waits take 3 or, in flight, 20 times as long"},
    {"burn", OPTION_CHOICE, 0, 2, 0, burn_choices, "CPU time of a wait: the same, or its share"},
    {"shuffled", OPTION_FLAG, 0, 1, 0, NULL, "waits in flight end in any order"},
    {0},
};

struct told_wait {
    const struct task_spec *spec;
    int64_t latency_ns;
    int line;
    uint32_t pending, room;
    struct told_pending {
        int64_t deadline_ns;
        uint32_t slot;
    } waits[];
};

static int wait_open(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                     void *shared, void **state)
{
    (void)shared, (void)thread;
    struct told_wait *told = calloc(1, sizeof *told + cell->depth * sizeof told->waits[0]);
    if (!told) {
        return -ENOMEM;
    }
    enum dear dear = (enum dear)spec->engine_option[DEAR];
    bool is_dear = dear == (cell->depth > 1 ? DEAR_IN_FLIGHT : DEAR_BLOCKING);
    double factor = dear == DEAR_IN_FLIGHT ? 20 : 3; /* those in flight come together */
    told->spec = spec;
    told->latency_ns = llround(1e9 * (is_dear ? factor : 1) * spec->engine_option[LATENCY]);
    told->line = open_turn("line");
    clock_set_least_slack();
    *state = told;
    return told->line < 0 ? told->line : 0;
}

static void wait_close(void *state)
{
    struct told_wait *told = state;
    close(told->line);
    free(told);
}

/* What ends at a deadline ends then, or that much later than the wait before it. */
static void wait_for(const struct told_wait *told, int64_t deadline_ns)
{
    bool in_line = told->spec->engine_option[IN_LINE] > 0;
    if (in_line) {
        flock(told->line, LOCK_EX);
    }
    nap_until(in_line ? clock_now_ns() + told->latency_ns : deadline_ns);
    if (in_line) {
        flock(told->line, LOCK_UN);
    }
}

static int wait_wait(void *state, uint64_t item, uint64_t *result)
{
    const struct told_wait *told = state;
    int64_t cpu_ns = cpu_now_ns();
    enum burn burn = (enum burn)told->spec->engine_option[BURN];
    wait_for(told, clock_now_ns() + told->latency_ns);
    compute_until(burn == BURN_SHARE  ? cpu_ns + told->latency_ns / BURN_PART
                  : burn == BURN_SAME ? cpu_ns + BURN_NS
                                      : cpu_ns);
    (void)item;
    *result = 0;
    return 0;
}

static int wait_submit(void *state, uint32_t slot, uint64_t item)
{
    (void)item;
    struct told_wait *told = state;
    told->waits[told->pending++] = (struct told_pending){clock_now_ns() + told->latency_ns, slot};
    return 0;
}

/* One at a time, the oldest first; or any. */
static int wait_reap(void *state, uint32_t most, struct completion *done)
{
    (void)most;
    struct told_wait *told = state;
    int64_t cpu_ns = cpu_now_ns();
    wait_for(told, told->waits[0].deadline_ns);
    if (told->spec->engine_option[SHUFFLED] > 0) {
        uint32_t any = (uint32_t)(task_mix((uint64_t)clock_now_ns()) % told->pending);
        struct told_pending first = told->waits[0];
        told->waits[0].slot = told->waits[any].slot;
        told->waits[any].slot = first.slot;
    }
    compute_until(told->spec->engine_option[BURN] > 0 ? cpu_ns + BURN_NS : cpu_ns);
    done->slot = told->waits[0].slot;
    done->result = 0;
    memmove(&told->waits[0], &told->waits[1], --told->pending * sizeof told->waits[0]);
    return 1;
}

static uint64_t wait_expect(const struct task_spec *spec, uint64_t item)
{
    (void)spec, (void)item;
    return 0;
}

static double wait_latency_s(const struct task_spec *spec)
{
    return spec->engine_option[LATENCY];
}

#define TOLD_ENGINE(told_name, words, latency)                                                     \
    const struct engine fault_##told_name = {                                                      \
        .name = #told_name,                                                                        \
        .blocking = "sleeps as it is told to",                                                     \
        .in_flight = "the same",                                                                   \
        .help = (words),                                                                           \
        .options = wait_options,                                                                   \
        .waits = true,                                                                             \
        .open = wait_open,                                                                         \
        .wait = wait_wait,                                                                         \
        .submit = wait_submit,                                                                     \
        .reap = wait_reap,                                                                         \
        .close = wait_close,                                                                       \
        .expect = wait_expect,                                                                     \
        .latency_s = (latency),                                                                    \
    }

static double unknown_s(const struct task_spec *spec)
{
    (void)spec;
    return NAN;
}

TOLD_ENGINE(told_wait, "waits as it is told to", wait_latency_s);
TOLD_ENGINE(told_device, "the same, and does not say how long", unknown_s);
