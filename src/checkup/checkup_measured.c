/* What must be measured: what services of Linux cost, what the cores are worth, and which other
 * processes use them. */
#include "checkup/checkup_measured.h"

#include "job/job.h"
#include "job/job_parse.h"
#include "machine/probe.h"
#include "sweep/calibrate.h"
#include "sweep/calibrator.h"
#include "sweep/core_speeds.h"
#include "sweep/sweep_files.h"
#include "system/clock.h"
#include "system/scratch.h"
#include "text/words.h"
#include "worker/worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORTH_LEAST 0.9 /* of a core, each: less calls for an explanation */

/* What is measured, in the words of a job. */
static const char measured_job[] =
    "seed: 1\n"
    "workloads:\n"
    "  flops: {compute: flops, tasks: 1, task: 1 ms}\n"
    "  primes: {compute: primes, tasks: 1, task: 1 ms}\n"
    "  triad: {compute: triad, memory: 4 LLC, tasks: 1, task: 1 ms}\n"
    "  chase: {compute: chase, memory: 2 LLC, tasks: 1, task: 1 ms}\n"
    "  read: {wait: file, op: read, block: 4 KiB, file: 16 MiB, cache: cold, tasks: 2048}\n";

/* The workload of that name; the job is to be freed. NULL when there is none. */
static struct workload *open_workload(struct job *job, const char *name, const struct topo *topo)
{
    struct error error = {0};
    char *text = strdup(measured_job);
    struct job_source source = {.file = "doctor", .text = text, .extent = {.cores = 1}};
    topo_caches(topo, &source.extent.caches);
    if (!text || job_parse(job, &source, &error) != 0) {
        return NULL;
    }
    for (size_t w = 0; w < job->workload_count; w++) {
        if (strcmp(job->workloads[w].name, name) == 0) {
            return &job->workloads[w];
        }
    }
    return NULL;
}

void checkup_clock(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)context;
    (void)subject;
    const double most_s = 200e-9;
    char cost[WORDS_BYTES], resolution[WORDS_BYTES];
    double cost_s = clock_cost_s();
    words_time(cost_s, cost);
    words_time(clock_resolution_s(), resolution);
    if (cost_s > most_s) {
        finding_warn(finding, "a reading costs %s, the least step is %s", cost, resolution);
        finding_advise(finding, "short samples are refused: see 'clock source'");
    } else {
        finding_good(finding, "a reading costs %s, the least step is %s", cost, resolution);
    }
}

void checkup_switch(const struct checkup_context *context, const char *subject,
                    struct checkup_finding *finding)
{
    (void)subject;
    const double most_s = 20e-6;
    char text[WORDS_BYTES];
    double switch_s = probe_switch_s(context->input->topo, 0);
    words_time(switch_s, text);
    if (isnan(switch_s)) {
        finding_unknown(finding, "no thread can be started");
    } else if (switch_s > most_s) {
        finding_warn(finding, "%s from one thread to another on a core", text);
        finding_advise(finding,
                       "the cause may be Linux, a debugger, or others on this core: see 'others'");
    } else {
        finding_good(finding, "%s from one thread to another on a core", text);
    }
}

void checkup_thread(const struct checkup_context *context, const char *subject,
                    struct checkup_finding *finding)
{
    (void)context;
    (void)subject;
    char text[WORDS_BYTES];
    double thread_s = probe_thread_s();
    if (isnan(thread_s)) {
        finding_unknown(finding, "no thread can be started");
    } else {
        finding_good(finding, "%s to start and end one", words_time(thread_s, text));
    }
}

void checkup_timer(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)context;
    (void)subject;
    const double most_s = 0.5e-3;
    char median[WORDS_BYTES], p90[WORDS_BYTES];
    struct probe_lateness late = probe_lateness();
    words_time(late.median_s, median);
    words_time(late.p90_s, p90);
    if (isnan(late.median_s)) {
        finding_unknown(finding, "no thread can be started");
    } else if (late.p90_s > most_s) {
        finding_warn(finding, "a sleep of 1 ms ends %s late, one in ten more than %s", median, p90);
        finding_advise(finding,
                       "short waits take longer than a job asks for: see 'others' and 'steal'");
    } else {
        finding_good(finding, "a sleep of 1 ms ends %s late, one in ten more than %s", median, p90);
    }
}

/* Says which core is the slowest where they are not equally fast; false where they are. */
static bool say_unequal(const struct workload *workload, const struct topo *topo, double worth,
                        struct checkup_finding *finding)
{
    struct calibrator calibrator = {.workload = workload, .topo = topo};
    struct core_speeds speeds;
    int slowest = 0, fastest = 0, cores = topo_cores(topo);
    bool measured = core_speeds_create(&speeds, (size_t)cores) == 0;
    if (measured) {
        calibrator_find_work(&calibrator);
        measured = core_speeds_measure(&speeds, &calibrator) == 0;
    }
    const double *speed = measured ? core_speeds_unequal(&speeds) : NULL;
    for (int core = 0; speed && core < cores; core++) {
        slowest = speed[core] < speed[slowest] ? core : slowest;
        fastest = speed[core] > speed[fastest] ? core : fastest;
    }
    if (speed) {
        finding_warn(finding,
                     "%d cores are worth %.2f: they are not equally fast; CPU %d has %.2f of the "
                     "speed of CPU %d",
                     cores, worth, topo_core_cpu(topo, slowest), speed[slowest] / speed[fastest],
                     topo_core_cpu(topo, fastest));
        finding_advise(finding,
                       "serial runs on CPU %d; allow only cores of one kind, for example "
                       "by taskset, or expect all to wait for the slowest",
                       topo_core_cpu(topo, 0));
    }
    core_speeds_free(&speeds);
    return speed != NULL;
}

static void say_worth(const struct workload *workload, int cores, double worth,
                      struct checkup_finding *finding)
{
    const double most = 1.1; /* of a core, each; more is not possible */
    if (cores == 1) {
        finding_good(finding, "1 core is allowed");
    } else if (worth > most * cores) {
        finding_unknown(finding, "%d cores cannot be worth %.2f: others disturbed the measurement",
                        cores, worth);
    } else if (worth >= WORTH_LEAST * cores || kernel_bound_is_memory(workload->kernel->bound)) {
        finding_good(finding, "%d cores are worth %.2f%s", cores, worth,
                     worth < WORTH_LEAST * cores ? ": they share the memory" : "");
    } else {
        finding_warn(finding, "%d cores are worth %.2f: they share %s", cores, worth,
                     kernel_bound_words[workload->kernel->bound]);
        finding_advise(finding,
                       "hardware threads sold as cores, turbo, a quota or others may be the cause: "
                       "expect no more from %d cores for such work",
                       cores);
    }
}

void checkup_worth(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    const double budget_s = 1;
    const struct topo *topo = context->input->topo;
    int cores = topo_cores(topo), error = 0;
    struct job job = {0};
    struct workload *workload = open_workload(&job, subject, topo);
    double worth = !workload    ? NAN
                   : cores == 1 ? 1
                                : calibrate_worth(workload, cores, budget_s, topo, &error);
    if (!workload || error) {
        finding_unknown(finding, "%s", error ? strerror(error) : "no memory for it");
    } else {
        bool is_less =
            worth < WORTH_LEAST * cores && !kernel_bound_is_memory(workload->kernel->bound);
        if (!is_less || !say_unequal(workload, topo, worth, finding)) {
            say_worth(workload, cores, worth, finding);
        }
    }
    topo_bind_process(topo, cores);
    job_free(&job);
}

/* How many tasks are done in a second at a depth; NAN with the reason in mpi->why. */
static double read_rate(struct checkup_mpi *mpi, const struct workload *workload, int depth,
                        const struct topo *topo, void **shared)
{
    struct worker_cell cell = {
        .kernel = workload->kernel,
        .engine = workload->engine,
        .spec = &workload->spec,
        .tasks = workload->spec.tasks,
        .point = {.ranks = 1, .threads = 1, .depth = depth, .cores = 1},
        .topo = topo,
        .shared = shared,
        .visit = (uint64_t)depth,
    };
    struct worker_result result;
    worker_run(&cell, &result);
    if (result.error) {
        snprintf(mpi->why, sizeof mpi->why, "reading a file: %s", strerror(result.error));
        return NAN;
    }
    if (depth > 1) {
        mpi->helpers = isfinite(result.helpers) ? result.helpers : NAN;
    }
    return (double)cell.tasks / ((double)(result.end_ns - result.start_ns) * 1e-9);
}

/* By turns, so that a disturbance meets both; the fastest of each counts. */
static void read_by_turns(struct checkup_mpi *mpi, const struct workload *workload,
                          const struct topo *topo)
{
    enum { TURNS = 3, MOST_NS = 700000000 };
    void *shared = NULL;
    int64_t end_ns = clock_now_ns() + MOST_NS;
    mpi->alone_per_s = mpi->in_flight_per_s = 0;
    for (int turn = 0; turn < TURNS && !mpi->why[0] && (turn == 0 || clock_now_ns() < end_ns);
         turn++) {
        mpi->alone_per_s = fmax(mpi->alone_per_s, read_rate(mpi, workload, 1, topo, &shared));
        if (!mpi->why[0]) {
            mpi->in_flight_per_s =
                fmax(mpi->in_flight_per_s, read_rate(mpi, workload, CHECKUP_DEPTH, topo, &shared));
        }
    }
    if (workload->engine->detach) {
        workload->engine->detach(shared);
    }
    if (mpi->why[0]) {
        mpi->alone_per_s = mpi->in_flight_per_s = NAN;
    }
}

void checkup_measure_mpi(struct checkup_mpi *mpi, const struct topo *topo, const char *folder)
{
    struct job job = {0};
    struct error error = {0};
    struct workload *workload = open_workload(&job, "read", topo);
    struct scratch *scratch = workload ? scratch_create(folder, &error) : NULL;
    mpi->alone_per_s = mpi->in_flight_per_s = mpi->helpers = NAN;
    if (scratch && sweep_make_file(scratch, workload, &error) == 0) {
        read_by_turns(mpi, workload, topo);
        topo_bind_process(topo, topo_cores(topo));
    } else {
        snprintf(mpi->why, sizeof mpi->why, "%.250s",
                 error.status ? error.text : "no memory for it");
    }
    scratch_remove(scratch);
    job_free(&job);
}

void checkup_mpi_files(const struct checkup_context *context, const char *subject,
                       struct checkup_finding *finding)
{
    (void)subject;
    const double least = 1.3, least_helpers = 2;
    const struct checkup_mpi *mpi = context->input->mpi;
    char helpers[48] = "";
    if (!mpi || !mpi->known || isnan(mpi->in_flight_per_s)) {
        finding_unknown(finding, "%s", mpi ? mpi->why : "it was not looked at");
        return;
    }
    double gain = mpi->in_flight_per_s / mpi->alone_per_s;
    if (!isnan(mpi->helpers)) {
        snprintf(helpers, sizeof helpers, ", %.1f at a time", mpi->helpers);
    }
    if (gain >= least || mpi->helpers >= least_helpers) {
        finding_good(finding, "they overlap: %d in flight%s, %.1f times as fast as one",
                     CHECKUP_DEPTH, helpers, gain);
    } else {
        finding_warn(finding, "they do not overlap: %d in flight%s, %.1f times as fast as one",
                     CHECKUP_DEPTH, helpers, gain);
        finding_advise(finding, "async gains nothing with MPI's file calls on this storage: use "
                                "threads, processes or wait: uring");
    }
}

/* This process alone is ours: while it looks, it has no children that compute. */
static const struct surroundings_scope whole_scope = {.cores = 1, .ranks = 1};

void checkup_watch(struct checkup_context *context)
{
    const pid_t own = getpid();
    const struct checkup_input *input = context->input;
    context->surroundings = surroundings_open(input->root, &input->allowed, 1);
    if (context->surroundings) {
        surroundings_ours(context->surroundings, &own, 1);
        surroundings_read(context->surroundings, &whole_scope, &context->before);
    }
}

/* What has changed since the checkup began. */
static struct surroundings_change meanwhile(const struct checkup_context *context)
{
    struct surroundings_reading now;
    if (!context->surroundings) {
        return (struct surroundings_change){.others_s = NAN, .steal_s = NAN};
    }
    surroundings_read(context->surroundings, &whole_scope, &now);
    return surroundings_between(context->surroundings, &whole_scope, &context->before, &now);
}

void checkup_steal(const struct checkup_context *context, const char *subject,
                   struct checkup_finding *finding)
{
    (void)subject;
    enum { STEPS_LEAST = 100 }; /* of the clock, for a share that means something */
    const double most = 0.01;
    struct surroundings_change change = meanwhile(context);
    double all_s = change.window_s * checkup_cpus(context);
    double since_start =
        isnan(change.steal_s) ? NAN : surroundings_steal_share(context->surroundings);
    if (isnan(since_start)) {
        finding_unknown(finding, "/proc/stat does not report it");
    } else if (!(all_s >= STEPS_LEAST * change.steal_step_s)) {
        finding_good(finding, "%.1f %% since the machine was started", 100 * since_start);
    } else if (change.steal_s / all_s > most) {
        finding_warn(finding,
                     "other guests of the host took %.1f %% just now, %.1f %% since the "
                     "machine was started",
                     100 * change.steal_s / all_s, 100 * since_start);
        finding_advise(finding, "measure more rounds, at another hour or on a host of its own");
    } else {
        finding_good(finding, "%.1f %% just now, %.1f %% since the machine was started",
                     100 * change.steal_s / all_s, 100 * since_start);
    }
}

/* "; the busiest is sh (process 4711) with 0.93", or nothing. */
static void name_busiest(const struct checkup_context *context, double window_s, char *text,
                         size_t text_bytes)
{
    struct machine_processes now;
    struct machine_process busiest;
    text[0] = '\0';
    machine_processes_read(&now, context->input->root);
    if (machine_busiest(&context->processes, &now, &busiest)) {
        snprintf(text, text_bytes, "; the busiest is %s (process %d) with %.2f", busiest.name,
                 busiest.pid, busiest.used_s / window_s);
    }
    free(now.process);
}

void checkup_others(const struct checkup_context *context, const char *subject,
                    struct checkup_finding *finding)
{
    (void)subject;
    const double most = 0.05; /* of a core */
    char busiest[MACHINE_TEXT_BYTES + 64];
    struct surroundings_change change = meanwhile(context);
    double cores = change.others_s / change.window_s;
    if (isnan(cores)) {
        finding_unknown(finding, "neither /proc/schedstat nor cpuacct nor /proc/stat reports it");
    } else if (cores > most) {
        name_busiest(context, change.window_s, busiest, sizeof busiest);
        finding_warn(finding, "other processes use %.2f of these cores now%s", cores, busiest);
        finding_advise(finding, "end them, wait for them, or bind them elsewhere: samples beside "
                                "them are excluded");
    } else {
        finding_good(finding, "%.2f of these cores are used by other processes", cores);
    }
}
