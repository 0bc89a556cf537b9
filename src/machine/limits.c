#include "machine/limits.h"

#include "machine/cgroup.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

#define MIB 1048576.0

/* What the kernel keeps for itself at the lower end (RESERVED_PIDS in kernel/pid.c). */
#define RESERVED_NUMBERS 300.0
/* How a limit counts and is told: "BEFORE 4096 UNIT, 120 are in use; raise it: RAISE10440". */
static const struct limit_kind {
    double each;  /* of it, for a thread; 0: the stack */
    double spare; /* to be left for what else runs */
    double scale, raise_scale;
    const char *before, *unit, *raise;
} kinds[LIMITS] = {
    [LIMIT_MAPPINGS] = {2, 1024, 1, 1, "a process may have",
                        "memory mappings and a thread needs two", "sysctl -w vm.max_map_count="},
    [LIMIT_ADDRESSES] = {0, 512 * MIB, MIB, 1024, "a process may have",
                         "MiB of addresses, for stacks, too (OMP_STACKSIZE makes them smaller)",
                         "ulimit -v "},
    [LIMIT_DATA] = {0, 128 * MIB, MIB, 1024, "a process may have",
                    "MiB of data, for stacks, too (OMP_STACKSIZE makes them smaller)",
                    "ulimit -d "},
    [LIMIT_USER] = {1, 64, 1, 1, "this user may have", "processes and threads", "ulimit -u "},
    [LIMIT_THREADS] = {1, 128, 1, 1, "Linux allows", "threads", "sysctl -w kernel.threads-max="},
    [LIMIT_NUMBERS] = {1, 128 + RESERVED_NUMBERS, 1, 1, "Linux has",
                       "numbers for processes and threads", "sysctl -w kernel.pid_max="},
    [LIMIT_GROUP] = {1, 64, 1, 1, "the cgroup allows", "processes and threads", "pids.max="},
    [LIMIT_GROUP_MEMORY] = {LIMITS_THREAD_BYTES, 128 * MIB, MIB, MIB, "the cgroup allows",
                            "MiB of memory", "memory.max or memory.limit_in_bytes in MiB="},
    [LIMIT_COMMITMENTS] = {0, 512 * MIB, MIB, 1, "Linux promises",
                           "MiB, for stacks, too (OMP_STACKSIZE makes them smaller)", NULL},
    [LIMIT_MEMORY] = {LIMITS_THREAD_BYTES, 256 * MIB, MIB, 1, "there are", "MiB of free memory",
                      NULL},
};

/* The number a file begins with; `otherwise` where it says "max" or is not there. */
static double number_below(const char *root, const char *name, double otherwise)
{
    double number = otherwise;
    char path[PATH_BYTES], line[64] = "", *end;
    snprintf(path, sizeof path, "%s%s", root, name);
    FILE *file = fopen(path, "r");
    if (file && fgets(line, sizeof line, file)) {
        number = strtod(line, &end);
        number = end == line ? otherwise : number;
    }
    if (file) {
        fclose(file);
    }
    return number;
}

/* What a file of /proc says in kB behind a word and a colon, in bytes; NAN where it does not. */
static double kib_bytes(const char *root, const char *name, const char *key)
{
    enum { LINES_MOST = 256 };
    char path[PATH_BYTES], line[256];
    double found = NAN;
    snprintf(path, sizeof path, "%s%s", root, name);
    FILE *file = fopen(path, "r");
    for (int i = 0; file && i < LINES_MOST && fgets(line, sizeof line, file); i++) {
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':') {
            found = strtod(line + strlen(key) + 1, NULL) * 1024;
            break;
        }
    }
    if (file) {
        fclose(file);
    }
    return found;
}

/* Threads of the whole machine, the kernel's included. */
static double threads_there(const char *root)
{
    char path[PATH_BYTES];
    double threads = 0;
    snprintf(path, sizeof path, "%s/proc/loadavg", root);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%*f %*f %*f %*d/%lf", &threads) != 1) {
        threads = 0;
    }
    if (file) {
        fclose(file);
    }
    return threads;
}

/* Threads of this user: each process has a folder of them, whose links count its subfolders. */
static double threads_of_user(const char *root)
{
    char path[PATH_BYTES];
    double threads = 0;
    struct stat folder;
    snprintf(path, sizeof path, "%s/proc", root);
    DIR *processes = opendir(path);
    for (struct dirent *entry; processes && (entry = readdir(processes));) {
        int number = atoi(entry->d_name);
        snprintf(path, sizeof path, "%s/proc/%d/task", root, number);
        if (number > 0 && stat(path, &folder) == 0 && folder.st_uid == getuid()) {
            threads += (double)folder.st_nlink - 2;
        }
    }
    if (processes) {
        closedir(processes);
    }
    return threads;
}

/* Linux takes these pages back before it kills: files that were read or written, and its own lists.
 * Version 1 counts the groups below in words of their own. */
static const char *const given_back_2[] = {"inactive_file", "active_file", "slab_reclaimable",
                                           NULL};
static const char *const given_back_1[] = {"total_inactive_file", "total_active_file", NULL};

/* A file that limits a group, in one of the versions, and how much of it is in use. */
static const struct group_limit {
    enum limit limit;
    const char *controller, *allowed, *used;
    const char *const *given_back; /* words of memory.stat: not in use; NULL: all is */
} group_limits[] = {
    {LIMIT_GROUP, "pids", "pids.max", "pids.current", NULL},
    {LIMIT_GROUP_MEMORY, "memory", "memory.max", "memory.current", given_back_2},
    {LIMIT_GROUP_MEMORY, "memory", "memory.high", "memory.current", given_back_2},
    {LIMIT_GROUP_MEMORY, "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", given_back_1},
};

struct group_search {
    const struct group_limit *limit;
    struct limit_found *tightest;
};

static void look_at_group(void *context, const char *folder)
{
    const struct group_search *search = context;
    const struct group_limit *limit = search->limit;
    struct limit_found here = {.allowed = cgroup_number(folder, limit->allowed, INFINITY)};
    if (isfinite(here.allowed)) {
        here.used = cgroup_number(folder, limit->used, 0);
    }
    if (isfinite(here.allowed) && limit->given_back) {
        here.used = fmax(0, here.used - cgroup_sum(folder, "memory.stat", limit->given_back));
    }
    if (here.allowed - here.used < search->tightest->allowed - search->tightest->used) {
        *search->tightest = here;
    }
}

static void read_groups(struct limits *limits, const char *root)
{
    for (size_t i = 0; i < sizeof group_limits / sizeof group_limits[0]; i++) {
        struct group_search search = {&group_limits[i], &limits->found[group_limits[i].limit]};
        cgroup_each(root, search.limit->controller, look_at_group, &search);
    }
}

/* What the OpenMP library asks for: OMP_STACKSIZE, in KiB unless it says otherwise, or else the
 * system's size; a page to guard it comes on top. */
static double stack_bytes(void)
{
    static const char units[] = "bkmg";
    size_t size = 0, guard = 0;
    pthread_attr_t attributes;
    if (pthread_getattr_default_np(&attributes) == 0) {
        pthread_attr_getstacksize(&attributes, &size);
        pthread_attr_getguardsize(&attributes, &guard);
        pthread_attr_destroy(&attributes);
    }
    const char *text = getenv("OMP_STACKSIZE");
    char *end = NULL;
    double asked = text ? strtod(text, &end) : 0;
    if (end && asked > 0) {
        end += strspn(end, " ");
        const char *unit = *end ? strchr(units, tolower((unsigned char)*end)) : &units[1];
        return unit ? ldexp(asked, 10 * (int)(unit - units)) + (double)guard
                    : (double)(size + guard);
    }
    return (double)(size + guard);
}

/* INFINITY without a limit. */
static double resource_limit(__rlimit_resource_t resource)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
               ? (double)limit.rlim_cur
               : INFINITY;
}

static void read_memory(struct limits *limits, const char *root)
{
    double available = kib_bytes(root, "/proc/meminfo", "MemAvailable");
    if (available >= 0) {
        limits->found[LIMIT_MEMORY].allowed = available;
    }
    double promised = kib_bytes(root, "/proc/meminfo", "Committed_AS");
    double most = kib_bytes(root, "/proc/meminfo", "CommitLimit");
    if (number_below(root, "/proc/sys/vm/overcommit_memory", 0) == 2 && most >= 0 &&
        promised >= 0) {
        limits->found[LIMIT_COMMITMENTS] = (struct limit_found){most, promised};
    }
    limits->found[LIMIT_ADDRESSES].allowed = resource_limit(RLIMIT_AS);
    limits->found[LIMIT_ADDRESSES].used =
        number_below(root, "/proc/self/statm", 0) * (double)sysconf(_SC_PAGESIZE);
    double data = kib_bytes(root, "/proc/self/status", "VmData");
    limits->found[LIMIT_DATA] =
        (struct limit_found){resource_limit(RLIMIT_DATA), data >= 0 ? data : 0};
}

void limits_read(struct limits *limits, const char *root)
{
    *limits = (struct limits){.stack_bytes = stack_bytes()};
    for (int l = 0; l < LIMITS; l++) {
        limits->found[l].allowed = INFINITY;
    }
    struct limit_found *found = limits->found;
    found[LIMIT_MAPPINGS].allowed = number_below(root, "/proc/sys/vm/max_map_count", INFINITY);
    found[LIMIT_THREADS].allowed = number_below(root, "/proc/sys/kernel/threads-max", INFINITY);
    found[LIMIT_NUMBERS].allowed = number_below(root, "/proc/sys/kernel/pid_max", INFINITY);
    found[LIMIT_THREADS].used = found[LIMIT_NUMBERS].used = threads_there(root);
    if (getuid() != 0 && isfinite(resource_limit(RLIMIT_NPROC))) {
        found[LIMIT_USER] =
            (struct limit_found){resource_limit(RLIMIT_NPROC), threads_of_user(root)};
    }
    read_groups(limits, root);
    read_memory(limits, root);
}

bool limits_is_of_memory(enum limit limit)
{
    return limit == LIMIT_ADDRESSES || limit == LIMIT_DATA || limit == LIMIT_GROUP_MEMORY ||
           limit == LIMIT_COMMITMENTS || limit == LIMIT_MEMORY;
}

/* What would be needed of a limit. */
static double needed(const struct limits *limits, const struct limits_wanted *wanted, enum limit l)
{
    bool of_one = l <= LIMIT_DATA;
    double each = kinds[l].each > 0 ? kinds[l].each : limits->stack_bytes;
    double threads = (double)(of_one ? 1 : wanted->ranks) * wanted->threads;
    double bytes = of_one ? wanted->process_bytes : wanted->node_bytes;
    return limits->found[l].used + kinds[l].spare + threads * each +
           (limits_is_of_memory(l) ? bytes : 0);
}

enum limit limits_tightest(const struct limits *limits, const struct limits_wanted *wanted)
{
    double worst = 1;
    enum limit tightest = LIMITS;
    for (enum limit l = 0; l < LIMITS; l++) {
        double share = needed(limits, wanted, l) / limits->found[l].allowed;
        if (share > worst) {
            worst = share;
            tightest = l;
        }
    }
    return tightest;
}

const char *limits_text(const struct limits *limits, const struct limits_wanted *wanted,
                        enum limit limit, char *text, size_t text_bytes)
{
    const struct limit_kind *kind = &kinds[limit];
    const struct limit_found *found = &limits->found[limit];
    int length = snprintf(text, text_bytes, "%s %.0f %s", kind->before,
                          found->allowed / kind->scale, kind->unit);
    if (found->used > 0 && length > 0 && (size_t)length < text_bytes) {
        length += snprintf(text + length, text_bytes - (size_t)length, ", %.0f are in use",
                           found->used / kind->scale);
    }
    if (kind->raise && length > 0 && (size_t)length < text_bytes) {
        snprintf(text + length, text_bytes - (size_t)length, "; raise it: %s%.0f", kind->raise,
                 ceil(needed(limits, wanted, limit) / kind->raise_scale));
    }
    return text;
}
