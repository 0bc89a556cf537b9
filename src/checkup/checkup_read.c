/* What can be read: the machine as Linux describes it, and the surroundings of the program. */
#include "checkup/checkup_read.h"

#include "engines/engines.h"
#include "machine/limits.h"
#include "machine/storage.h"
#include "system/error.h"
#include "text/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define GIB 1073741824.0

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

void checkup_cores(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)subject;
    int cpus = checkup_cpus(context), cores = topo_cores(context->input->topo);
    double online = context->machine.cpus_online;
    if (context->input->bound) {
        finding_warn(finding,
                     "%s has bound the ranks; together they may use %d of the machine's cores, "
                     "which are bound anew for every cell",
                     context->input->starter.name, cores);
        finding_advise(finding, "start with %s to have all of them",
                       context->input->starter.unbound);
    } else if (isnan(online)) {
        finding_unknown(finding, "%d core%s may be used; how many there are is unknown", cores,
                        plural(cores));
    } else if (cpus < online) {
        finding_warn(finding, "%d of this machine's %.0f CPUs may be used: %d core%s", cpus, online,
                     cores, plural(cores));
        finding_advise(finding, "taskset, a cpuset or the launcher withholds the rest; without it, "
                                "all are used");
    } else {
        finding_good(finding, "%d, with all %.0f CPUs of this machine", cores, online);
    }
}

void checkup_quota(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)subject;
    const struct checkup_input *input = context->input;
    int cores = topo_cores(input->topo);
    if (!isfinite(input->quota) && !context->machine.groups) {
        finding_unknown(finding, "there is no /proc/self/cgroup, which would name one");
    } else if (input->quota < cores) {
        finding_warn(finding, "a quota grants %.2g CPUs of time; %d of %d cores are used",
                     input->quota, input->cores_used, cores);
        finding_advise(finding, "%s",
                       input->quota < 1 ? "even one core is stopped again and again: ask for a "
                                          "whole CPU (cpu.max, docker --cpus)"
                                        : "ask for as many CPUs of time as cores (cpu.max, docker "
                                          "--cpus, the batch system)");
    } else if (isfinite(input->quota)) {
        finding_good(finding, "%.3g CPUs of time, enough for all cores", input->quota);
    } else {
        finding_good(finding, "none");
    }
}

void checkup_ranks(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)subject;
    int ranks = context->input->ranks, cores = topo_cores(context->input->topo);
    if (ranks > cores) {
        finding_warn(finding, "%d ranks are launched on %d core%s", ranks, cores, plural(cores));
        finding_advise(finding,
                       "points with more workers than cores are oversubscribed; to have none, "
                       "launch %d",
                       cores);
    } else if (ranks > 0) {
        finding_good(finding, "%d launched, %d core%s", ranks, cores, plural(cores));
    } else {
        finding_good(finding, "as many as a job needs are started");
    }
}

/* "job 12 of Slurm: 2 CPUs and 4.00 GiB of this node, one of 2 nodes; 55 min left". */
static void describe_grant(const struct batch *batch, char *text, size_t text_bytes)
{
    char bytes[WORDS_BYTES];
    struct words words = {text, text_bytes, 0};
    words_add(&words, "job %s of Slurm:", batch->job);
    if (batch->cpus > 0) {
        words_add(&words, " %d CPU%s", batch->cpus, plural(batch->cpus));
    }
    if (!isnan(batch->memory_bytes)) {
        words_add(&words, "%s %s", batch->cpus > 0 ? " and" : "",
                  words_bytes(batch->memory_bytes, bytes));
    }
    words_add(&words, " of %s", batch->nodes > 1 ? "each node" : "this node");
    if (batch->nodes > 1) {
        words_add(&words, ", %d nodes", batch->nodes);
    }
    if (isfinite(batch->end_s)) {
        words_add(&words, "; %.0f min left", fmax(0, batch_left_s(batch)) / 60);
    }
}

void checkup_batch(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)subject;
    const double as_granted = 0.95; /* of the memory; the rest is the batch system's own */
    const struct batch *batch = context->input->batch;
    if (!batch || !batch->known) {
        finding_good(finding, "none has started this program");
        return;
    }
    char grant[256], bytes[WORDS_BYTES];
    struct limits limits;
    int cpus = checkup_cpus(context);
    limits_read(&limits, context->input->root);
    double allowed_bytes = limits.found[LIMIT_GROUP_MEMORY].allowed;
    describe_grant(batch, grant, sizeof grant);
    if (batch->cpus > 0 && cpus > batch->cpus) {
        finding_warn(finding, "%s; but %d CPUs may be used: jobs are not confined to their own",
                     grant, cpus);
        finding_advise(finding,
                       "cores of other jobs would be measured, too: use sbatch --exclusive, or "
                       "TaskPlugin=task/affinity,task/cgroup in slurm.conf");
    } else if (cpus < batch->cpus && !context->input->bound) {
        finding_warn(finding, "%s; but only %d CPU%s may be used", grant, cpus, plural(cpus));
        finding_advise(finding,
                       "srun gives each task one CPU: set it with 'export SRUN_CPUS_PER_TASK=%d', "
                       "or use --cpu-bind=none",
                       batch->cpus);
    } else if (allowed_bytes < as_granted * batch->memory_bytes) {
        finding_warn(finding, "%s; but its cgroup allows %s", grant,
                     words_bytes(allowed_bytes, bytes));
        finding_advise(finding,
                       "a process that needs more is killed: ask for memory with --mem-per-cpu and "
                       "--cpus-per-task, or --mem=0 for all of the node");
    } else {
        finding_good(finding, "%s", grant);
    }
}

void checkup_launcher(const struct checkup_context *context, const char *subject,
                      struct checkup_finding *finding)
{
    (void)subject;
    if (context->input->launcher) {
        finding_good(finding, "%s", context->input->launcher);
    } else {
        finding_warn(finding, "neither %s nor srun was found", context->input->starter.name);
        finding_advise(finding, "without one there is only one rank: %s",
                       context->input->starter.remedy);
    }
}

/* Variables that act on any program and are left as they are. */
static const char *const acting[] = {"LD_PRELOAD", "MALLOC_CHECK_", "MALLOC_PERTURB_",
                                     "GLIBC_TUNABLES"};

void checkup_environment(const struct checkup_context *context, const char *subject,
                         struct checkup_finding *finding)
{
    (void)subject;
    char text[FINDING_VALUE_BYTES] = "";
    struct words words = {text, sizeof text, 0};
    const char *overruled = context->input->overruled;
    if (overruled[0]) {
        words_add(&words, "set aside for this run: %s", overruled);
    }
    for (size_t i = 0; i < sizeof acting / sizeof acting[0]; i++) {
        const char *value = getenv(acting[i]);
        if (value && *value) {
            words_add(&words, "%sleft as it is: %s=%s", text[0] ? "; " : "", acting[i], value);
        }
    }
    if (text[0]) {
        finding_warn(finding, "%s", text);
        finding_advise(finding, "unset what was not set on purpose: other programs obey it");
    } else {
        finding_good(finding, "no variable interferes");
    }
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
