#include "machine/surroundings.h"

#include "machine/cgroup.h"
#include "system/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH_BYTES = 8300,
    CPUS_MOST = TOPO_MASK_WORDS * 64,
    GROUPS_MOST = 32,
    LINE_BYTES_EACH = 2048, /* of /proc/schedstat for one CPU and its domains */
    SMALL_BYTES = 512
};

/* One of the files that tell the CPU time of all; the best that is there is taken. */
struct source {
    const char *path;
    /* One that stands beside it when it counts for the whole machine; NULL: it always does. */
    const char *beside;
    /* CPU time in ns of the CPUs of the first `cores` cores, NAN where it is not told. */
    double (*busy_ns)(const struct surroundings *s, const char *text, int cores, int64_t at_ns);
    double step_s;  /* how finely it is told, for each CPU */
    bool at_switch; /* a process's time is only added when the CPU leaves it */
};

struct surroundings {
    char *text; /* what is read */
    size_t text_bytes;
    const struct source *source; /* NULL: none */
    int source_file, stat_file;
    int group_file[GROUPS_MOST]; /* cpu.stat of our cgroup and of those above it */
    int groups;
    int cores;
    int16_t core_of[CPUS_MOST];      /* by the CPU's number; -1: not ours */
    int *cpus;                       /* by core: CPUs of all cores up to this one */
    int *heat_file, *frequency_file; /* by core, of its first CPU */
    clockid_t *clock;                /* of each of our processes */
    int processes;
};

/* -- files -- */

/* All of a file, as far as it fits, ended by a zero. NULL when there is none. */
static const char *text_of(struct surroundings *s, int file)
{
    size_t used = 0;
    if (file < 0) {
        return NULL;
    }
    while (used + 1 < s->text_bytes) {
        ssize_t got = pread(file, s->text + used, s->text_bytes - 1 - used, (off_t)used);
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
    }
    s->text[used] = '\0';
    return used > 0 ? s->text : NULL;
}

static int open_below(const char *root, const char *name)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s%s", root, name);
    return length < (int)sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static void close_file(int file)
{
    if (file >= 0) {
        close(file);
    }
}

static double number_in(struct surroundings *s, int file)
{
    char *end;
    const char *text = text_of(s, file);
    double number = text ? strtod(text, &end) : NAN;
    return text && end != text ? number : NAN;
}

/* -- CPU time of all -- */

static bool is_among(const struct surroundings *s, unsigned long cpu, int cores)
{
    return cpu < CPUS_MOST && s->core_of[cpu] >= 0 && s->core_of[cpu] < cores;
}

/* Sums a value over the lines "cpuN field field …" of these cores; NAN when one is missing.
 * `value` takes the text after the CPU's number. */
static double sum_over_lines(const struct surroundings *s, const char *text, int cores,
                             double (*value)(const char *fields))
{
    double sum = 0;
    int found = 0;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        char *end;
        line += *line == '\n';
        if (strncmp(line, "cpu", 3) != 0 || line[3] < '0' || line[3] > '9') {
            continue;
        }
        unsigned long cpu = strtoul(line + 3, &end, 10);
        if (is_among(s, cpu, cores)) {
            sum += value(end);
            found++;
        }
    }
    return found == s->cpus[cores - 1] ? sum : NAN;
}

/* Field number `number` from 1, which the kernel counts up in 64 bits; NAN when the line ends
 * before it. */
static double field(const char *fields, int number)
{
    for (int f = 1;; f++) {
        fields += strspn(fields, " ");
        size_t digits = strspn(fields, "0123456789");
        if (digits == 0 || digits > 20) {
            return NAN;
        }
        if (f == number) {
            return strtod(fields, NULL);
        }
        fields += digits;
    }
}

static double running_ns(const char *fields)
{
    return field(fields, 7);
}

/* Since version 15 in ns. */
static double busy_by_schedstat(const struct surroundings *s, const char *text, int cores,
                                int64_t at_ns)
{
    (void)at_ns;
    bool known = strncmp(text, "version ", 8) == 0 && strtol(text + 8, NULL, 10) >= 15;
    return known ? sum_over_lines(s, text, cores, running_ns) : NAN;
}

/* One number for each CPU that could be there. */
static double busy_by_cpuacct(const struct surroundings *s, const char *text, int cores,
                              int64_t at_ns)
{
    (void)at_ns;
    double sum = 0;
    int found = 0;
    unsigned long cpu = 0;
    for (char *end; found < s->cpus[cores - 1]; cpu++, text = end) {
        double used_ns = strtod(text, &end);
        if (end == text) {
            return NAN;
        }
        if (is_among(s, cpu, cores)) {
            sum += used_ns;
            found++;
        }
    }
    return sum;
}

static double ticks_ns(double ticks)
{
    return ticks * 1e9 / (double)sysconf(_SC_CLK_TCK);
}

/* user nice system idle iowait irq softirq steal … */
static double not_running_ns(const char *fields)
{
    return ticks_ns(field(fields, 4) + field(fields, 5) + field(fields, 8));
}

static double stolen_ns(const char *fields)
{
    return ticks_ns(field(fields, 8));
}

static double counted_ns(const char *fields)
{
    double ticks = 0;
    for (int f = 1; f <= 8; f++) {
        ticks += field(fields, f);
    }
    return ticks_ns(ticks);
}

/* The kernel counts what is idle to the nanosecond and what runs by looking now and then. Sandboxes
 * that count nothing show zeros. */
static double busy_by_stat(const struct surroundings *s, const char *text, int cores, int64_t at_ns)
{
    double idle_ns = sum_over_lines(s, text, cores, not_running_ns);
    return idle_ns > 0 ? (double)at_ns * s->cpus[cores - 1] - idle_ns : NAN;
}

/* Best first. The cgroup of a container knows nothing of others: only the root has a release
 * agent. */
static const struct source sources[] = {
    {"/proc/schedstat", NULL, busy_by_schedstat, 1e-9, true},
    {"/sys/fs/cgroup/cpuacct/cpuacct.usage_percpu", "/sys/fs/cgroup/cpuacct/release_agent",
     busy_by_cpuacct, 1e-9, false},
    {"/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage_percpu", "/sys/fs/cgroup/cpu,cpuacct/release_agent",
     busy_by_cpuacct, 1e-9, false},
    {"/proc/stat", NULL, busy_by_stat, 1e-2, false},
};

static double busy_ns(struct surroundings *s, int cores, int64_t at_ns)
{
    const char *text = s->source ? text_of(s, s->source_file) : NULL;
    return text ? s->source->busy_ns(s, text, cores, at_ns) : NAN;
}

static bool is_there(const char *root, const char *name)
{
    int file = open_below(root, name);
    close_file(file);
    return file >= 0;
}

static void choose_source(struct surroundings *s, const char *root)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (sources[i].beside && !is_there(root, sources[i].beside)) {
            continue;
        }
        s->source = &sources[i];
        s->source_file = open_below(root, sources[i].path);
        if (!isnan(busy_ns(s, s->cores, 0))) {
            return;
        }
        close_file(s->source_file);
        s->source = NULL;
        s->source_file = -1;
    }
}

/* -- quotas -- */

/* The line "key number", in ns; NAN without one. */
static double line_ns(const char *text, const char *key, double unit_ns)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == ' ') {
            return unit_ns * field(line + length, 1);
        }
    }
    return NAN;
}

/* Version 2 tells µs, version 1 ns. */
static double throttled_ns(struct surroundings *s)
{
    double sum = NAN;
    for (int g = 0; g < s->groups; g++) {
        const char *text = text_of(s, s->group_file[g]);
        double here_ns = text ? line_ns(text, "throttled_usec", 1e3) : NAN;
        here_ns = text && isnan(here_ns) ? line_ns(text, "throttled_time", 1) : here_ns;
        if (!isnan(here_ns)) {
            sum = isnan(sum) ? here_ns : sum + here_ns;
        }
    }
    return sum;
}

static void open_group(void *context, const char *folder)
{
    struct surroundings *s = context;
    int file = s->groups < GROUPS_MOST ? open_below(folder, "/cpu.stat") : -1;
    if (file >= 0) {
        s->group_file[s->groups++] = file;
    }
}

/* -- opening -- */

static void open_core(struct surroundings *s, const char *root, int core, int first_cpu)
{
    char path[128];
    snprintf(path, sizeof path,
             "/sys/devices/system/cpu/cpu%d/thermal_throttle/core_throttle_count", first_cpu);
    s->heat_file[core] = open_below(root, path);
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq",
             first_cpu);
    s->frequency_file[core] = open_below(root, path);
}

/* Which core each CPU belongs to. */
static void take_cores(struct surroundings *s, const char *root, const struct topo_mask *core)
{
    int cpus = 0;
    memset(s->core_of, -1, sizeof s->core_of);
    for (int c = 0; c < s->cores; c++) {
        int first = -1;
        for (int cpu = 0; cpu < CPUS_MOST; cpu++) {
            if ((core[c].word[cpu / 64] >> (cpu % 64) & 1) && s->core_of[cpu] < 0) {
                s->core_of[cpu] = (int16_t)c;
                first = first < 0 ? cpu : first;
                cpus++;
            }
        }
        s->cpus[c] = cpus;
        open_core(s, root, c, first);
    }
}

static bool allocate(struct surroundings *s)
{
    long configured = sysconf(_SC_NPROCESSORS_CONF);
    size_t cpus = configured > 0 && configured < CPUS_MOST ? (size_t)configured : CPUS_MOST;
    size_t cores = (size_t)s->cores;
    s->text_bytes = SMALL_BYTES + cpus * LINE_BYTES_EACH;
    s->text = malloc(s->text_bytes);
    s->cpus = calloc(3 * cores + 1, sizeof *s->cpus);
    s->heat_file = s->cpus + cores;
    s->frequency_file = s->heat_file + cores;
    return s->text && s->cpus;
}

struct surroundings *surroundings_open(const char *root, const struct topo_mask *core, int cores)
{
    struct surroundings *s = calloc(1, sizeof *s);
    if (!s) {
        return NULL;
    }
    s->cores = cores;
    s->source_file = s->stat_file = -1;
    if (!allocate(s)) {
        free(s->text);
        free(s->cpus);
        free(s);
        return NULL;
    }
    take_cores(s, root, core);
    choose_source(s, root);
    s->stat_file = open_below(root, "/proc/stat");
    cgroup_each(root, "cpu", open_group, s);
    return s;
}

void surroundings_close(struct surroundings *s)
{
    if (!s) {
        return;
    }
    close_file(s->source_file);
    close_file(s->stat_file);
    for (int g = 0; g < s->groups; g++) {
        close_file(s->group_file[g]);
    }
    for (int c = 0; c < s->cores; c++) {
        close_file(s->heat_file[c]);
        close_file(s->frequency_file[c]);
    }
    free(s->text);
    free(s->cpus);
    free(s->clock);
    free(s);
}

int surroundings_ours(struct surroundings *s, const pid_t *process, int count)
{
    clockid_t *clocks = calloc((size_t)count + 1, sizeof *clocks);
    if (!clocks) {
        return -ENOMEM;
    }
    s->processes = 0;
    for (; s->processes < count; s->processes++) {
        if (clock_getcpuclockid(process[s->processes], &clocks[s->processes]) != 0) {
            break; /* that rank's time, and so that of others, will be unknown */
        }
    }
    free(s->clock);
    s->clock = clocks;
    return 0;
}

const char *surroundings_source(const struct surroundings *s)
{
    return s->source ? s->source->path : "";
}

double surroundings_steal_share(struct surroundings *s)
{
    const char *stat = text_of(s, s->stat_file);
    return stat ? sum_over_lines(s, stat, s->cores, stolen_ns) /
                      sum_over_lines(s, stat, s->cores, counted_ns)
                : NAN;
}

/* -- reading -- */

static double cpu_time_ns(const struct surroundings *s, int process)
{
    struct timespec used;
    return process < s->processes && clock_gettime(s->clock[process], &used) == 0
               ? (double)used.tv_sec * 1e9 + (double)used.tv_nsec
               : NAN;
}

static double ours_ns(const struct surroundings *s, const struct surroundings_scope *scope)
{
    double sum = scope->also_the > 0 ? cpu_time_ns(s, scope->also_the) : 0;
    for (int r = 0; r < scope->ranks; r++) {
        sum += cpu_time_ns(s, r);
    }
    return sum;
}

static double sum_over_cores(struct surroundings *s, const int *file, int cores)
{
    double sum = 0;
    for (int c = 0; c < cores; c++) {
        sum += number_in(s, file[c]);
    }
    return sum;
}

void surroundings_read(struct surroundings *s, const struct surroundings_scope *scope,
                       struct surroundings_reading *reading)
{
    if (s->source && s->source->at_switch) {
        clock_sleep_until_ns(clock_now_ns() + 1000); /* so that our own time is added, too */
    }
    reading->at_ns = clock_now_ns();
    /* Ours first: asking for it brings the kernel's other accounts up to date. */
    reading->ours_ns = ours_ns(s, scope);
    reading->all_ns = busy_ns(s, scope->cores, reading->at_ns);
    const char *stat = text_of(s, s->stat_file);
    reading->steal_ns = stat ? sum_over_lines(s, stat, scope->cores, stolen_ns) : NAN;
    reading->throttled_ns = throttled_ns(s);
    reading->overheated = sum_over_cores(s, s->heat_file, scope->cores);
    reading->frequency_hz =
        1e3 * sum_over_cores(s, s->frequency_file, scope->cores) / scope->cores; /* kHz */
}

struct surroundings_change surroundings_between(const struct surroundings *s,
                                                const struct surroundings_scope *scope,
                                                const struct surroundings_reading *before,
                                                const struct surroundings_reading *after)
{
    int cpus = s->cpus[scope->cores - 1];
    double ours = after->ours_ns - before->ours_ns;
    double others = after->all_ns - before->all_ns - ours;
    return (struct surroundings_change){
        .window_s = (double)(after->at_ns - before->at_ns) * 1e-9,
        .ours_s = ours * 1e-9,
        /* Clocks that are read one after the other may differ by a little the other way. */
        .others_s = others < 0 ? 0 : others * 1e-9,
        /* Each CPU's count is off by up to a step, this way or that. */
        .others_step_s = s->source ? s->source->step_s * sqrt(cpus) : NAN,
        .steal_s = (after->steal_ns - before->steal_ns) * 1e-9,
        .steal_step_s = 1.0 / (double)sysconf(_SC_CLK_TCK),
        .throttled_s = (after->throttled_ns - before->throttled_ns) * 1e-9,
        .overheated = after->overheated - before->overheated,
        .frequency_hz = after->frequency_hz,
    };
}
