/* cual run: measures a job on all ranks and says which model to use. */
#include "launch/launch.h"
#include "launch/mpirun.h"
#include "launch/resume_command.h"
#include "launch/settle.h"
#include "launch/told.h"
#include "ranks/comm.h"
#include "run/lead.h"
#include "run/lead_past.h"
#include "run/nodes.h"
#include "run/study.h"
#include "runfile/runfile.h"
#include "sweep/sweep.h"
#include "system/clock.h"
#include "system/guard.h"
#include "system/interrupt.h"
#include "system/lock.h"
#include "system/scratch.h"
#include "system/watchdog.h"
#include "terminal/answer_text.h"
#include "worker/memory.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RANK_0_SPEAKS_NS = 200000000 };

/* A rank that was killed may still be at a write when mpirun has gone. */
enum { ENDING_MOST_S = 5 };

/* How long a process has from the request to end until it is ended, whatever it is doing. Rank 0
 * has less, so that it reports before the others end. */
enum { PATIENCE_0_NS = 500000000, PATIENCE_NS = 650000000 };

static const struct command_option run_options[] = {
    {"--output", 'o', "FILE", "where the samples go; default: the job's name with .h5"},
    STUDY_OPTIONS,
    {"--resume", 0, NULL, "resume the run in the output file; without that file, begin a new run"},
    {"--work-of", 0, "FILE",
     "tasks do the work that the run in this file was calibrated to, as shards of a study need"},
    {"--force", 0, NULL,
     "replace an output file that exists; with --resume, continue although something differs"},
    ANSWER_OPTIONS,
    {0},
};

/* The --output given, or the job file's name without folder and ending, with ".h5". */
static const char *output_path(const struct study *study, char path[TASK_PATH_BYTES])
{
    const char *given = arguments_value(&study->arguments, "--output");
    const char *base = strrchr(study->arguments.operand, '/');
    if (given) {
        return given;
    }
    base = base ? base + 1 : study->arguments.operand;
    const char *dot = strrchr(base, '.');
    int length = dot && dot > base ? (int)(dot - base) : (int)strlen(base);
    snprintf(path, TASK_PATH_BYTES, "%.*s.h5", length, base);
    return path;
}

/* How to resume the run, for a message of a process that does not know how far the run has come.
 * NULL when the output may be that of another run. */
static char *how_to_resume(const struct study *study, char **argv, const char *output)
{
    const struct arguments *given = &study->arguments;
    bool anew = arguments_value(given, "--force") && !arguments_value(given, "--resume");
    return anew ? NULL
                : resume_command_text("what was measured is safe", argv, output,
                                      arguments_value(given, "--output") != NULL);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* What a launcher keeps in $TMPDIR while a job runs, and some more: without that room Open MPI's
 * hangs. */
#define SESSION_BYTES (UINT64_C(16) << 20)

static const char *session_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

/* What dead runs have left of the launcher's files. */
static void clear_folders(void)
{
    const char *const folders[] = {session_folder(), "/dev/shm"};
    char text[SCRATCH_CLEARED_BYTES];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (*scratch_clear(folders[i], text)) {
            fprintf(stderr, "note: %s.\n", text);
        }
    }
}

/* Refuses folders that have no room for the scratch files or for those of the launcher. That is
 * done here because mpirun makes a missing folder by itself, and hangs on a full one. */
static int check_folders(const struct job *job, struct error *error)
{
    uint64_t bytes = 0;
    for (size_t w = 0; w < job->workload_count; w++) {
        const struct workload *workload = &job->workloads[w];
        bytes += workload->engine->file_bytes ? workload->engine->file_bytes(&workload->spec) : 0;
    }
    if (bytes > 0 && scratch_check(job->scratch, bytes, SCRATCH_REMEDY, error) != 0) {
        return error->status;
    }
    return scratch_check(session_folder(), SESSION_BYTES, "TMPDIR=FOLDER", error);
}

/* In the process that starts the ranks: refuses everything that can be refused before MPI starts,
 * then starts them. */
static int start_ranks(struct study *study, char **argv, struct error *error)
{
    char path[TASK_PATH_BYTES];
    const char *output = output_path(study, path);
    int ranks = plan_ranks_wanted(&study->job), nodes = launch_nodes(&ranks);
    bool resumes = lead_past_is_wanted(study, output);
    bool replace = resumes || arguments_value(&study->arguments, "--force");
    if ((nodes == 1 && study_plan(study, ranks, error) != 0) ||
        (nodes == 1 && !resumes && study_check_budget(study, error) != 0) ||
        check_folders(&study->job, error) != 0 || runfile_check_path(output, replace, error) != 0 ||
        lock_check(output, error) != 0) {
        return error->status;
    }
    clear_folders();
    int status = mpirun_run(ranks, nodes, argv, error);
    lock_clear(output, ENDING_MOST_S);
    if (error->text[0] && is_there(output)) { /* no rank has reported */
        char *resume = how_to_resume(study, argv, output);
        fprintf(stderr, "%s%s", resume ? resume : "", resume ? "\n" : "");
        free(resume);
    }
    return status;
}

static int greatest(const struct job_axis_values *values)
{
    return values->value[values->count - 1];
}

/* True when the threads of a rank call MPI. Those of a kernel do so only where several ranks reach
 * its list through such calls. */
static bool workers_call_mpi(const struct workload *workload)
{
    const struct kernel *kernel = workload->kernel;
    return workload->engine->calls_mpi ||
           (kernel->through && kernel->through(&workload->spec) == KERNEL_THROUGH_RMA &&
            greatest(&workload->axes[JOB_AXIS_RANKS]) > 1);
}

/* Calibration computes with as many threads as cores, in one rank; helpers are threads, too. */
static enum comm_threads comm_threads_of(const struct study *study)
{
    const struct job *job = &study->job;
    enum comm_threads needed = study->stands_in ? COMM_SEVERAL_CALL : COMM_ONE_THREAD;
    for (size_t w = 0; w < job->workload_count; w++) {
        const struct workload *workload = &job->workloads[w];
        bool team = greatest(&workload->axes[JOB_AXIS_THREADS]) > 1;
        bool others = workload->engine->helped || (kernel_computes(workload->kernel) &&
                                                   greatest(&job->axes[JOB_AXIS_CORES]) > 1);
        if (team && workers_call_mpi(workload)) {
            return COMM_SEVERAL_CALL;
        }
        needed = needed == COMM_ONE_THREAD && (team || others) ? COMM_ONE_CALLS : needed;
    }
    return needed;
}

/* What the guard calls to end a process that does not end by itself. Rank 0 says that the run was
 * interrupted; a rank that has found another one that does not answer names that one. */
static void leave(void *context, const struct error *error)
{
    const struct way_out *out = context;
    bool silent = launch_is_own() && !launch_spans_nodes() && !out->started;
    bool speaks = !silent && (error->status != STATUS_INTERRUPTED || launch_rank() == 0);
    if (speaks && error->text[0]) {
        error_print(error, STDERR_FILENO);
        if (out->how_to_resume && out->output && is_there(out->output)) {
            dprintf(STDERR_FILENO, "%s\n", out->how_to_resume);
        }
    }
    if (speaks && (error->text[0] || launch_rank() == 0)) {
        told_note_status(error->status);
    }
    lock_abandon(out->lock);
    _exit(error->status);
}

/* A launcher that was asked to end itself may give ranks no time: that of Open MPI 5 a quarter of a
 * second. Who asked is known then all the same. */
static void ask_others(void *watchdog)
{
    if (launch_rank() == 0) {
        told_note_request();
    }
    watchdog_ask_others(watchdog);
}

/* Ranks that do not answer are killed by a child, a moment after this process has ended: then it is
 * this one's status that the launcher reports. */
static int watch_others(void *watchdog, struct error *error)
{
    const int64_t moment_ns = 1000000000;
    int status = watchdog_tick(watchdog, clock_now_ns(), error);
    if (status && error->text[0] && fork() == 0) {
        close_range(0, ~0u, 0);
        clock_sleep_until_ns(clock_now_ns() + moment_ns);
        watchdog_kill_others(watchdog);
        _exit(status);
    }
    return status;
}

/* The ranks of a node watch each other. NULL when they share no memory. */
static struct watchdog *open_watchdog(struct comm *comm)
{
    int node = comm_node(comm), ranks = comm_node_size(comm, node);
    void *page = comm_share(comm, watchdog_bytes(ranks));
    return page ? watchdog_open(page, comm_local(comm), ranks, comm_node_ranks(comm, node)) : NULL;
}

/* In each rank: from here on all ranks end together, with the status of rank 0. */
static int run_rank(struct study *study, char **argv, struct guard *guard, struct way_out *out,
                    struct memory *memory, struct error *error)
{
    char why[128];
    struct nodes nodes = {0};
    struct topo_mask allowed;
    if (topo_memory_nodes(study->topo) == 1) {
        memory_keep_freed(memory);
    }
    memory_start_counting(memory); /* what MPI takes, every process of a workload takes */
    struct comm *comm = comm_create(comm_threads_of(study), why, sizeof why);
    if (!comm) {
        return error_set(error, STATUS_ENVIRONMENT, "%s", why);
    }
    told_note_started();
    out->started = true;
    memory_stop_counting(memory);
    memory_measure_shared(memory, comm_node_size(comm, comm_node(comm)));
    struct watchdog *watchdog = open_watchdog(comm);
    const struct guard_duties duties = {watchdog, ask_others, watch_others};
    guard_attend(guard, &duties);
    int status = nodes_agree(&nodes, study, comm, &allowed, error);
    if (!status) {
        status = nodes_plan(study, comm, error);
    }
    struct sweep *sweep =
        status ? NULL
               : sweep_create(&study->job, &study->plan, study->topo, comm, memory, watchdog);
    if (sweep && comm_rank(comm) == 0) {
        const struct lead_given given = {study, sweep, comm, guard, out, argv, &nodes, &allowed};
        status = lead_run(&given, error);
        sweep_stop(sweep, status);
    } else if (sweep) {
        status = sweep_follow(sweep);
    } else if (!status) {
        status = error_no_memory(error, "the sweep");
    }
    sweep_free(sweep);
    guard_attend(guard, NULL);
    watchdog_close(watchdog);
    nodes_free(&nodes);
    comm_free(comm);
    return status;
}

/* Nothing has begun yet, so that there is nothing to end in order. */
static void end_at_once(int signal)
{
    static const char said[] = "cual: interrupted\n";
    (void)signal;
    _exit(write(STDERR_FILENO, said, sizeof said - 1) > 0 ? STATUS_INTERRUPTED : STATUS_STORAGE);
}

/* Reads the job. What asks for an end ends the process that starts the ranks also while it waits
 * for a file system. */
static int open_study(struct study *study, int argc, char **argv, struct error *error)
{
    if (!launch_is_rank()) {
        interrupt_let_through_to(end_at_once);
    }
    int status = study_open(study, &command_run, argc, argv, error);
    interrupt_hold();
    return status;
}

static int run(int argc, char **argv)
{
    static struct study study; /* large: not for the stack */
    static struct way_out out; /* the guard lasts as long as the process */
    struct error error = {0};
    struct guard *guard = NULL;
    struct memory memory = {0};
    char **program = argv - 1;
    launch_join_outputs();
    if (launch_check(&error) != 0) {
        return launch_rank() == 0 ? command_fail(&error) : error.status;
    }
    signal(SIGXFSZ, SIG_IGN); /* beyond a limit on files a write fails, as on a full disk */
    interrupt_hold();         /* across the restart, until somebody is there to catch them */
    int failed = settle_environment(program);
    if (failed) {
        error_set(&error, STATUS_ENVIRONMENT, "the program cannot restart itself: %s",
                  strerror(-failed));
        return command_fail(&error);
    }
    memory_stop_counting(&memory); /* the job and the plan are no part of a workload */
    int status = open_study(&study, argc, argv, &error);
    if (status && launch_rank() > 0 && launch_spans_nodes()) {
        status = study_stand_in(&study, &error);
    }
    if (!status && study.arguments.help) {
        command_print_help(&command_run);
    } else if (!status && launch_is_rank()) {
        interrupt_catch(); /* before MPI starts, which takes a while */
        told_note_process(launch_rank());
        if (launch_rank() == 0) {
            told_take_output();
        }
        out.output = output_path(&study, out.path);
        out.how_to_resume = how_to_resume(&study, program, out.output);
        guard = guard_start(launch_rank() == 0 ? PATIENCE_0_NS : PATIENCE_NS, leave, &out);
        status = run_rank(&study, program, guard, &out, &memory, &error);
    } else if (!status) {
        status = start_ranks(&study, program, &error);
    }
    study_free(&study);
    if (error.status && launch_rank() == 0) {
        guard_hush(guard);
        command_fail(&error);
    } else if (status && launch_rank() != 0) {
        /* mpirun ends all ranks once one has ended with a status: rank 0 must have spoken */
        clock_sleep_until_ns(clock_now_ns() + RANK_0_SPEAKS_NS);
    }
    if (launch_is_rank() && launch_rank() == 0) {
        told_note_status(status); /* besides the exit status */
    }
    return status;
}

const struct command command_run = {
    .name = "run",
    .operand = "JOB.yaml",
    .help = "measures a job and says which model to use",
    .options = run_options,
    .run = run,
};
