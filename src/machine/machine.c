#include "machine/machine.h"

#include "machine/topo.h"
#include "system/error.h"
#include "system/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4352, FILE_BYTES = 16384, CPUS_MOST = TOPO_MASK_WORDS * 64 };

/* The beginning of a file, as a string; bytes that are 0 become blanks. Never waits for a pipe or a
 * device that stands there instead. How many bytes it has, or -errno. */
static long read_file(const char *root, const char *path, char *text, size_t text_bytes)
{
    char whole[PATH_BYTES];
    size_t used = 0;
    text[0] = '\0';
    if (snprintf(whole, sizeof whole, "%s%s", root, path) >= (int)sizeof whole) {
        return -ENAMETOOLONG;
    }
    int file = open(whole, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (file < 0) {
        return -errno;
    }
    ssize_t got = 1;
    while (used < text_bytes - 1 && got > 0) {
        got = read(file, text + used, text_bytes - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    int failed = got < 0 ? -errno : 0;
    close(file);
    for (size_t i = 0; i < used; i++) {
        text[i] = text[i] ? text[i] : ' ';
    }
    text[used] = '\0';
    return failed ? failed : (long)used;
}

int machine_line(const char *root, const char *path, char *text, size_t text_bytes)
{
    char line[1024];
    text[0] = '\0';
    long length = read_file(root, path, line, sizeof line);
    line[strcspn(line, "\n")] = '\0';
    error_escape(line, text, text_bytes);
    return length < 0 ? (int)length : line[0] ? 0 : -ENODATA;
}

/* A number ≥ 0 that is the text's first word, NAN when there is none. */
static double number_at(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    bool whole = end != text && (*end == '\0' || *end == ' ');
    return whole && isfinite(number) && number >= 0 ? number : NAN;
}

static double number_in(const char *root, const char *path)
{
    char line[64];
    return machine_line(root, path, line, sizeof line) == 0 ? number_at(line) : NAN;
}

static enum machine_state state_of(double number)
{
    return isnan(number) ? MACHINE_UNKNOWN : number > 0 ? MACHINE_ON : MACHINE_OFF;
}

/* How many numbers a list such as "0-3,8" holds; NAN when it is none. */
static double list_count(const char *list)
{
    double count = 0;
    char *end;
    for (;;) {
        if (!isdigit((unsigned char)*list)) {
            return NAN;
        }
        unsigned long first = strtoul(list, &end, 10), last = first;
        if (*end == '-') {
            if (!isdigit((unsigned char)end[1])) {
                return NAN;
            }
            last = strtoul(end + 1, &end, 10);
        }
        if (last < first || last > 1u << 20) {
            return NAN;
        }
        count += (double)(last - first + 1);
        if (*end != ',') {
            return *end == '\0' ? count : NAN;
        }
        list = end + 1;
    }
}

static double count_in(const char *root, const char *path)
{
    char line[1024];
    return machine_line(root, path, line, sizeof line) == 0 ? list_count(line) : NAN;
}

static void read_governor(struct machine *machine, const char *root)
{
    char path[128], other[MACHINE_TEXT_BYTES];
    for (int cpu = 0; cpu < CPUS_MOST && cpu < machine->cpus_online; cpu++) {
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", cpu);
        if (machine_line(root, path, other, sizeof other) != 0) {
            return;
        }
        if (cpu > 0 && strcmp(machine->governor, other) != 0) {
            snprintf(machine->governor, sizeof machine->governor, "mixed");
            return;
        }
        memcpy(machine->governor, other, sizeof other);
    }
}

static enum machine_state turbo(const char *root)
{
    double no_turbo = number_in(root, "/sys/devices/system/cpu/intel_pstate/no_turbo");
    return isnan(no_turbo) ? state_of(number_in(root, "/sys/devices/system/cpu/cpufreq/boost"))
           : no_turbo > 0  ? MACHINE_OFF
                           : MACHINE_ON;
}

/* The chosen one of "always [madvise] never". */
static void read_huge_pages(struct machine *machine, const char *root)
{
    char line[256];
    machine_line(root, "/sys/kernel/mm/transparent_hugepage/enabled", line, sizeof line);
    char *from = strchr(line, '['), *to = from ? strchr(from, ']') : NULL;
    if (to) {
        snprintf(machine->huge_pages, sizeof machine->huge_pages, "%.*s", (int)(to - from - 1),
                 from + 1);
    }
}

/* "some avg10=1.25 avg60=…". */
static double pressure(const char *root)
{
    static const char before[] = "some avg10=";
    char line[256];
    if (machine_line(root, "/proc/pressure/cpu", line, sizeof line) != 0 ||
        strncmp(line, before, strlen(before)) != 0) {
        return NAN;
    }
    double percent = number_at(line + strlen(before));
    return percent <= 100 ? percent / 100 : NAN;
}

/* Processors say themselves whether they are virtual, where they are of a kind that can. */
static enum machine_state virtual_machine(const char *root)
{
    char text[FILE_BYTES], type[MACHINE_TEXT_BYTES];
    if (machine_line(root, "/sys/hypervisor/type", type, sizeof type) == 0) {
        return MACHINE_ON;
    }
    read_file(root, "/proc/cpuinfo", text, sizeof text);
    char *flags = strstr(text, "\nflags");
    if (!flags) {
        return MACHINE_UNKNOWN;
    }
    flags[1 + strcspn(flags + 1, "\n")] = '\0';
    return strstr(flags, " hypervisor") ? MACHINE_ON : MACHINE_OFF;
}

/* Whether there are cgroups, and what tells of a container. */
static void read_container(struct machine *machine, const char *root)
{
    static const char *const files[] = {"/.dockerenv", "/run/.containerenv",
                                        "/run/systemd/container"};
    static const char *const groups[] = {"docker", "kubepods", "containerd", "libpod", "lxc"};
    char text[4096], file[2];
    machine->groups = read_file(root, "/proc/self/cgroup", text, sizeof text) > 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (read_file(root, files[i], file, sizeof file) >= 0) {
            snprintf(machine->container, sizeof machine->container, "%s", files[i]);
            return;
        }
    }
    for (size_t i = 0; machine->groups && i < sizeof groups / sizeof groups[0]; i++) {
        if (strstr(text, groups[i])) {
            snprintf(machine->container, sizeof machine->container, "a cgroup of %s", groups[i]);
            return;
        }
    }
}

void machine_read(struct machine *machine, const char *root)
{
    *machine = (struct machine){
        .cpus_online = count_in(root, "/sys/devices/system/cpu/online"),
        .smt = state_of(number_in(root, "/sys/devices/system/cpu/smt/active")),
        .turbo = turbo(root),
        .nodes = count_in(root, "/sys/devices/system/node/online"),
        .balancing = state_of(number_in(root, "/proc/sys/kernel/numa_balancing")),
        .load = number_in(root, "/proc/loadavg"),
        .pressure = pressure(root),
        .virtual_machine = virtual_machine(root),
    };
    read_governor(machine, root);
    read_huge_pages(machine, root);
    machine_line(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
                 machine->clock_source, sizeof machine->clock_source);
    read_container(machine, root);
}

static bool read_process(const char *root, int pid, struct machine_process *found)
{
    char path[PATH_BYTES], text[1024];
    struct process process;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_file(root, path, text, sizeof text) <= 0 || !process_parse(text, &process)) {
        return false;
    }
    *found = (struct machine_process){
        .pid = pid,
        .started_ticks = process.started_ticks,
        .used_s = process.used_ticks / (double)sysconf(_SC_CLK_TCK),
    };
    error_escape(process.name, found->name, sizeof found->name);
    return true;
}

static int by_pid(const void *a, const void *b)
{
    const struct machine_process *p = a, *q = b;
    return (p->pid > q->pid) - (p->pid < q->pid);
}

void machine_processes_read(struct machine_processes *processes, const char *root)
{
    enum { MOST = 8192 };
    char path[PATH_BYTES];
    int own = process_own(root);
    *processes = (struct machine_processes){0};
    snprintf(path, sizeof path, "%s/proc", root);
    DIR *folder = opendir(path);
    processes->process = folder ? malloc(MOST * sizeof *processes->process) : NULL;
    for (struct dirent *entry;
         processes->process && processes->count < MOST && (entry = readdir(folder));) {
        int pid = atoi(entry->d_name);
        if (pid > 0 && pid != own &&
            read_process(root, pid, &processes->process[processes->count])) {
            processes->count++;
        }
    }
    if (folder) {
        closedir(folder);
    }
    if (processes->process) {
        qsort(processes->process, processes->count, sizeof *processes->process, by_pid);
    }
}

bool machine_busiest(const struct machine_processes *before, const struct machine_processes *after,
                     struct machine_process *busiest)
{
    busiest->used_s = 0;
    for (size_t i = 0; i < after->count; i++) {
        struct machine_process now = after->process[i];
        const struct machine_process *then =
            before->count > 0
                ? bsearch(&now, before->process, before->count, sizeof *before->process, by_pid)
                : NULL;
        now.used_s -= then && then->started_ticks == now.started_ticks ? then->used_s : 0;
        if (now.used_s > busiest->used_s) {
            *busiest = now;
        }
    }
    return busiest->used_s > 0;
}
