/* What may be used of the machine, by whom that was granted, and what is set for this program. */
#include "checkup/checkup_granted.h"

#include "machine/limits.h"
#include "text/words.h"

#include <math.h>
#include <stdlib.h>

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

static bool is_batch_job(const struct checkup_context *context)
{
    return context->input->batch && context->input->batch->known;
}

/* What may be used, beside what a batch system has granted. */
static enum batch_match compare_grant(const struct checkup_context *context)
{
    const struct topo *topo = context->input->topo;
    bool whole = !(checkup_cpus(context) < context->machine.cpus_online);
    return batch_compare(context->input->batch, topo_cores(topo), topo_smt(topo), whole);
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
    } else if (cpus < online && is_batch_job(context) &&
               compare_grant(context) == BATCH_AS_GRANTED) {
        finding_good(finding,
                     "%d, with %d of this machine's %.0f CPUs, as the batch system granted", cores,
                     cpus, online);
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
    char quota[WORDS_BYTES];
    words_number(input->quota, quota);
    if (!isfinite(input->quota) && !context->machine.groups) {
        finding_unknown(finding, "there is no /proc/self/cgroup, which would name one");
    } else if (input->quota < cores) {
        finding_warn(finding, "a quota grants %s CPUs of time; %d of %d cores are used", quota,
                     input->cores_used, cores);
        finding_advise(finding, "%s",
                       input->quota < 1 ? "even one core is stopped again and again: ask for a "
                                          "whole CPU (cpu.max, docker --cpus)"
                                        : "ask for as many CPUs of time as cores (cpu.max, docker "
                                          "--cpus, the batch system)");
    } else if (isfinite(input->quota)) {
        finding_good(finding, "%s CPUs of time, enough for all cores", quota);
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
    if (batch->reserved_cores > 0) {
        words_add(&words, "; %d core%s reserved for the system", batch->reserved_cores,
                  batch->reserved_cores == 1 ? " is" : "s are");
    }
}

/* Says what is wrong with the cores of a grant; false when nothing is, or cannot be known. */
static bool say_wrong_cores(const struct checkup_context *context, const char *grant,
                            struct checkup_finding *finding)
{
    int cpus = checkup_cpus(context), cores = topo_cores(context->input->topo);
    enum batch_match match = compare_grant(context);
    if (match == BATCH_MORE) {
        finding_warn(finding,
                     "%s; but %d CPUs may be used, %d core%s: jobs are not confined to "
                     "their own",
                     grant, cpus, cores, plural(cores));
        finding_advise(finding,
                       "cores of other jobs would be measured, too: use sbatch --exclusive, or "
                       "TaskPlugin=task/affinity,task/cgroup in slurm.conf");
    } else if (match == BATCH_FEWER && !context->input->bound) {
        finding_warn(finding, "%s; but only %d CPU%s may be used", grant, cpus, plural(cpus));
        finding_advise(finding,
                       "srun gives each task one CPU: set it with 'export SRUN_CPUS_PER_TASK=%d', "
                       "or use --cpu-bind=none",
                       context->input->batch->cpus);
    }
    return finding->advice[0] != '\0';
}

/* Says that a grant is a good one, or what of it cannot be known or will not be used. */
static void say_grant(const struct checkup_context *context, const char *grant,
                      struct checkup_finding *finding)
{
    int cpus = checkup_cpus(context), cores = topo_cores(context->input->topo);
    int components = context->input->batch->components;
    if (components > 1) {
        finding_warn(finding, "%s; the job is heterogeneous: only one of its %d components is used",
                     grant, components);
        finding_advise(finding, "measure each component in a job of its own: the nodes of a run "
                                "are of one kind");
    } else if (compare_grant(context) == BATCH_UNTOLD) {
        finding_unknown(finding,
                        "%s; %d hardware threads may be used, %d cores: that is as granted if CPUs "
                        "of Slurm are cores on this node (ThreadsPerCore=1 in slurm.conf)",
                        grant, cpus, cores);
    } else {
        finding_good(finding, "%s", grant);
    }
}

void checkup_batch(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)subject;
    const double as_granted = 0.95; /* of the memory; the rest is the batch system's own */
    const struct batch *batch = context->input->batch;
    if (!is_batch_job(context)) {
        finding_good(finding, "none has started this program");
        return;
    }
    char grant[256], bytes[WORDS_BYTES];
    struct limits limits;
    limits_read(&limits, context->input->root);
    double allowed_bytes = limits.found[LIMIT_GROUP_MEMORY].allowed;
    describe_grant(batch, grant, sizeof grant);
    if (say_wrong_cores(context, grant, finding)) {
        return;
    }
    if (allowed_bytes < as_granted * batch->memory_bytes) {
        finding_warn(finding, "%s; but its cgroup allows %s", grant,
                     words_bytes(allowed_bytes, bytes));
        finding_advise(finding,
                       "a process that needs more is killed: ask for memory with --mem-per-cpu and "
                       "--cpus-per-task, or --mem=0 for all of the node");
    } else {
        say_grant(context, grant, finding);
    }
}

void checkup_launcher(const struct checkup_context *context, const char *subject,
                      struct checkup_finding *finding)
{
    (void)subject;
    if (context->input->launch_failed) {
        finding_warn(finding, "%s", context->input->launch_failed);
        finding_advise(finding, "%s", context->input->launch_remedy);
    } else if (context->input->launcher) {
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
