/* What can be read: the machine as Linux describes it. */
#include "checkup/checkup_read.h"

#include "engines/engines.h"
#include "machine/storage.h"
#include "text/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define GIB 1073741824.0

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

void checkup_smt(const struct checkup_context *context, const char *subject,
                 struct checkup_finding *finding)
{
    (void)subject;
    bool virtual_machine = context->machine.virtual_machine == MACHINE_ON;
    switch (context->machine.smt) {
    case MACHINE_OFF:
        finding_good(finding, "one for each core%s",
                     virtual_machine ? ", as the virtual machine reports; see the worths below"
                                     : "");
        return;
    case MACHINE_ON:
        finding_good(finding, "several for each core, of which cual uses one");
        return;
    case MACHINE_UNKNOWN:
        finding_unknown(finding, "Linux does not report it; see the worths below");
    }
}

void checkup_governor(const struct checkup_context *context, const char *subject,
                      struct checkup_finding *finding)
{
    (void)subject;
    const char *governor = context->machine.governor;
    if (!governor[0]) {
        finding_unknown(finding, "Linux does not set the frequency on this machine");
    } else if (strcmp(governor, "performance") == 0) {
        finding_good(finding, "performance");
    } else {
        finding_warn(finding, "the frequency governor is %s: the frequency follows the load",
                     governor);
        finding_advise(finding, "set it with 'cpupower frequency-set -g performance'");
    }
}

void checkup_turbo(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)subject;
    switch (context->machine.turbo) {
    case MACHINE_OFF:
        finding_good(finding, "off");
        return;
    case MACHINE_ON:
        finding_warn(finding, "on: one busy core may be faster than each of many");
        finding_advise(finding, "for scaling studies, switch it off with 'echo 1 > "
                                "/sys/devices/system/cpu/intel_pstate/no_turbo' or 'echo 0 > "
                                "/sys/devices/system/cpu/cpufreq/boost'");
        return;
    case MACHINE_UNKNOWN:
        finding_unknown(finding, "Linux does not set the frequency on this machine");
    }
}

void checkup_huge_pages(const struct checkup_context *context, const char *subject,
                        struct checkup_finding *finding)
{
    (void)subject;
    const char *pages = context->machine.huge_pages;
    if (!pages[0]) {
        finding_unknown(finding, "Linux does not report it");
    } else if (strcmp(pages, "never") == 0) {
        finding_warn(finding, "transparent huge pages are never used: looking up addresses slows "
                              "down work on much memory");
        finding_advise(finding, "switch them on with 'echo madvise > "
                                "/sys/kernel/mm/transparent_hugepage/enabled'");
    } else {
        finding_good(finding, "%s", pages);
    }
}

void checkup_nodes(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)subject;
    double nodes = context->machine.nodes;
    if (isnan(nodes)) {
        finding_unknown(finding, "Linux does not report it");
    } else if (nodes > 1 && context->machine.balancing == MACHINE_ON) {
        finding_warn(finding,
                     "there are %.0f, and Linux moves pages of memory between them during the work",
                     nodes);
        finding_advise(finding, "switch that off with 'sysctl -w kernel.numa_balancing=0'");
    } else {
        finding_good(finding, "%.0f%s", nodes,
                     nodes > 1 ? ", pages stay where they were touched first" : "");
    }
}

/* Clocks that are read without a system call. */
static const char *const quick_clocks[] = {"tsc", "arch_sys_counter", "timebase", "tod",
                                           "riscv_clocksource"};

void checkup_clock_source(const struct checkup_context *context, const char *subject,
                          struct checkup_finding *finding)
{
    (void)subject;
    const char *source = context->machine.clock_source;
    if (!source[0]) {
        finding_unknown(finding, "Linux does not report it");
        return;
    }
    for (size_t i = 0; i < sizeof quick_clocks / sizeof quick_clocks[0]; i++) {
        if (strcmp(source, quick_clocks[i]) == 0) {
            finding_good(finding, "%s", source);
            return;
        }
    }
    finding_warn(finding, "the clock source is %s, not the processor's counter", source);
    finding_advise(finding,
                   "'clock' in cual doctor says what a reading costs; others are listed in "
                   "/sys/devices/system/clocksource/clocksource0/available_clocksource");
}

void checkup_virtual_machine(const struct checkup_context *context, const char *subject,
                             struct checkup_finding *finding)
{
    (void)subject;
    switch (context->machine.virtual_machine) {
    case MACHINE_OFF:
        finding_good(finding, "no");
        return;
    case MACHINE_ON:
        finding_unknown(finding, "yes: what else the host does cannot be seen from inside");
        return;
    case MACHINE_UNKNOWN:
        finding_unknown(finding, "the processor does not report it");
    }
}

void checkup_container(const struct checkup_context *context, const char *subject,
                       struct checkup_finding *finding)
{
    (void)subject;
    if (context->machine.container[0]) {
        finding_unknown(finding, "yes (%s): processes and limits outside may be hidden",
                        context->machine.container);
    } else {
        finding_good(finding, "no sign of one");
    }
}

void checkup_load(const struct checkup_context *context, const char *subject,
                  struct checkup_finding *finding)
{
    (void)subject;
    const double most = 0.5; /* of the cores */
    double load = context->machine.load;
    int cores = topo_cores(context->input->topo);
    if (isnan(load)) {
        finding_unknown(finding, "there is no /proc/loadavg");
    } else if (load > most * cores) {
        finding_warn(finding, "%.2f in the last minute, %d core%s", load, cores, plural(cores));
        finding_advise(finding, "wait until the machine is quiet; 'others' says what runs now");
    } else {
        finding_good(finding, "%.2f in the last minute, %d core%s", load, cores, plural(cores));
    }
}

void checkup_pressure(const struct checkup_context *context, const char *subject,
                      struct checkup_finding *finding)
{
    (void)subject;
    const double most = 0.1;
    double pressure = context->machine.pressure;
    if (isnan(pressure)) {
        finding_unknown(finding, "there is no /proc/pressure/cpu");
    } else if (pressure > most) {
        finding_warn(finding, "in %.0f %% of the last ten seconds something waited for a CPU",
                     100 * pressure);
        finding_advise(finding, "wait until the machine is quiet; 'others' says what runs now");
    } else {
        finding_good(finding, "in %.0f %% of the last ten seconds something waited for a CPU",
                     100 * pressure);
    }
}

static bool is_network(const char *type)
{
    static const char *const types[] = {"nfs",    "cifs",     "smb",    "lustre", "gpfs",
                                        "beegfs", "ceph",     "9p",     "afs",    "panfs",
                                        "pvfs",   "orangefs", "gluster"};
    type += strncmp(type, "fuse.", 5) == 0 ? 5 : 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strncmp(type, types[i], strlen(types[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Writes the file system of a folder and its free bytes into the finding. False when they are
 * unknown. */
static bool describe_folder(const char *folder, struct storage_filesystem *found,
                            double *free_bytes, struct checkup_finding *finding)
{
    char text[STORAGE_TEXT_BYTES], bytes[WORDS_BYTES];
    struct statvfs space;
    if (storage_filesystem(folder, found) != 0 || statvfs(folder, &space) != 0) {
        finding_unknown(finding, "%.200s: Linux does not report its file system", folder);
        return false;
    }
    *free_bytes = (double)space.f_bavail * (double)space.f_frsize;
    finding_good(finding, "%.200s: %s, %s free", folder,
                 storage_filesystem_text(found, text, sizeof text),
                 words_bytes(*free_bytes, bytes));
    return true;
}

void checkup_scratch(const struct checkup_context *context, const char *subject,
                     struct checkup_finding *finding)
{
    (void)subject;
    const char *folder = context->input->scratch;
    struct storage_filesystem found;
    double free_bytes;
    if (access(folder, W_OK | X_OK) != 0) {
        finding_warn(finding, "%.200s: cannot be written", folder);
        finding_advise(finding, "TMPDIR or --set scratch=FOLDER names another; MPI needs "
                                "TMPDIR, too");
        return;
    }
    if (!describe_folder(folder, &found, &free_bytes, finding)) {
        return;
    }
    if (found.memory) {
        finding->state = FINDING_WARNING;
        finding_advise(finding, "files there measure memory; for a disk: --set scratch=FOLDER");
    } else if (is_network(found.type)) {
        finding->state = FINDING_WARNING;
        finding_advise(finding,
                       "others use this network, too, which disturbs samples; for a local folder: "
                       "--set scratch=FOLDER");
    } else if (free_bytes < GIB) {
        finding->state = FINDING_WARNING;
        finding_advise(finding, "file work needs room: --set scratch=FOLDER names another");
    }
}

void checkup_folder(const struct checkup_context *context, const char *subject,
                    struct checkup_finding *finding)
{
    (void)context;
    (void)subject;
    struct storage_filesystem found;
    double free_bytes;
    if (describe_folder(".", &found, &free_bytes, finding) &&
        (access(".", W_OK) != 0 || free_bytes < GIB / 16)) {
        finding->state = FINDING_WARNING;
        finding_advise(finding, "a run has no room for its run file there: -o FILE names another "
                                "place");
    }
}

void checkup_uring(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)context;
    (void)subject;
    char why[256] = "";
    const struct engine *engine = engines_find("uring");
    if (engine->available && engine->available(why, sizeof why) != 0) {
        finding_warn(finding, "unavailable: %s", why);
        finding_advise(finding, "workloads with wait: uring are infeasible; wait: file works");
    } else {
        finding_good(finding, "available");
    }
}

void checkup_mpi_threads(const struct checkup_context *context, const char *subject,
                         struct checkup_finding *finding)
{
    (void)subject;
    const struct checkup_mpi *mpi = context->input->mpi;
    if (!mpi || !mpi->known) {
        finding_unknown(finding, "%s", mpi ? mpi->why : "it was not looked at");
    } else if (mpi->several_threads) {
        finding_good(finding, "several threads of a rank may call MPI");
    } else {
        finding_warn(finding, "only one thread of a rank may call MPI");
        finding_advise(finding,
                       "points with threads are infeasible where the engine calls MPI: use "
                       "an MPI built with MPI_THREAD_MULTIPLE");
    }
}
