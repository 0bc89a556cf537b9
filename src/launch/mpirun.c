#include "launch/mpirun.h"

#include "launch/launch.h"
#include "launch/launcher.h"
#include "launch/reason.h"
#include "launch/relay.h"
#include "launch/said.h"
#include "launch/told.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "system/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 1000 }; /* between looks at mpirun */

char **mpirun_words(int ranks, int nodes, char **argv)
{
    const char *program;
    const struct launcher *launcher = launcher_own(&program);
    for (const char *const *obeys = launcher->obeys; obeys && *obeys && geteuid() == 0; obeys++) {
        setenv(*obeys, "1", 1);
    }
    setenv("HOME", "/dev/null", 0); /* a user who is not known has none, and Open MPI crashes */
    return launcher_words(launcher, program, ranks, nodes, argv);
}

/* Where a launcher keeps its files, and what its ranks share: folders that are gone after the run,
 * however that ends. NULL: where it likes, as on several nodes: the others do not have them. */
struct session {
    const struct launcher *launcher;
    struct scratch *files, *memory;
};

static struct session create_session(const struct launcher *launcher, int nodes)
{
    const char *folder = getenv("TMPDIR");
    struct session session = {.launcher = launcher};
    if (nodes == 1 && launcher->files) {
        session.files = scratch_create_for_others(folder && *folder ? folder : "/tmp");
    }
    if (nodes == 1 && launcher->memory) {
        session.memory = scratch_create_for_others("/dev/shm");
    }
    return session;
}

/* What the user has set stays. */
static void name_folder(const char *const *variables, const struct scratch *folder)
{
    for (; variables && *variables && folder; variables++) {
        setenv(*variables, scratch_path(folder), 0);
    }
}

/* The child: becomes mpirun. Its own process group, so that Ctrl-C at a terminal reaches only this
 * program, which asks for an orderly end; mpirun itself would kill the ranks within two seconds. */
static void become_mpirun(char **words, const struct session *session, const int outputs[])
{
    if (!words) {
        _exit(STATUS_ENVIRONMENT);
    }
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    launch_note_outputs();
    name_folder(session->launcher->files, session->files);
    name_folder(session->launcher->memory, session->memory);
    dup2(outputs[0], STDOUT_FILENO);
    dup2(outputs[1], STDERR_FILENO);
    execvp(words[0], words);
    _exit(errno == ENOENT ? 127 : 126);
}

/* A request to stop has come; a signal handler can reach nothing but a global. */
static volatile sig_atomic_t requested;

/* The alarm wakes the wait again, in case the signal came just before it. */
static void note_request(int signal)
{
    if (signal != SIGALRM) {
        requested = 1;
    }
    alarm(1);
}

/* mpirun, or another launcher, at work in a process group of its own. */
struct watched {
    const struct launcher *launcher;
    pid_t process;
    int told;             /* what its ranks tell; -1: nothing */
    int64_t requested_ns; /* since when a request was passed on; 0: none was */
    int signal;           /* as which */
    int alone_looks;      /* since its ranks are gone and it prints nothing; 0: it is at work */
    int64_t alone_ns;     /* when that began */
    bool stayed;          /* so long that it was ended */
    struct said said;
};

/* A request is passed on as SIGUSR1, which mpirun hands to the ranks at once and which kills
 * nothing, again every second: while mpirun starts it is lost. Only time makes it more urgent, not
 * further signals. */
static void pass_on(struct watched *mpirun)
{
    const int64_t term_ns = 5000000000, kill_ns = 10000000000;
    if (!requested) {
        return;
    }
    mpirun->requested_ns = mpirun->requested_ns ? mpirun->requested_ns : clock_now_ns();
    int64_t waited_ns = clock_now_ns() - mpirun->requested_ns;
    int now = waited_ns < term_ns ? SIGUSR1 : waited_ns < kill_ns ? SIGTERM : SIGKILL;
    if (now == SIGUSR1 || now != mpirun->signal) { /* a second SIGTERM is an abort to mpirun */
        kill(now == SIGKILL ? -mpirun->process : mpirun->process, now);
    }
    mpirun->signal = now;
}

/* Open MPI 4.1's mpirun may wait for ever when its ranks have ended (in PMIx_server_finalize, once
 * in some hundred kills of rank 0); else it is gone two seconds after them. Looks count, too: time
 * passes also while this process is held up. */
static void end_when_alone(struct watched *mpirun)
{
    enum { LOOKS_MOST = 4 };
    const int64_t alone_most_ns = 3500000000;
    if (!told_all_gone(mpirun->told)) {
        mpirun->alone_looks = 0;
        return;
    }
    mpirun->alone_ns = mpirun->alone_looks == 0 ? clock_now_ns() : mpirun->alone_ns;
    mpirun->alone_looks++;
    if (mpirun->alone_looks > LOOKS_MOST && clock_now_ns() - mpirun->alone_ns > alone_most_ns) {
        mpirun->stayed = true;
        kill(-mpirun->process, SIGKILL);
    }
}

static void pass_on_meanwhile(void *mpirun)
{
    pass_on(mpirun);
}

enum { OUTPUTS = 2 }; /* stdout and stderr */

/* The pipes into which mpirun prints, and what hands on what comes out of them: mpirun itself would
 * not tell when nobody takes it. */
struct outputs {
    int into[OUTPUTS];
    struct relay relay[OUTPUTS];
};

/* 0 or -errno. */
static int open_outputs(struct outputs *outputs, struct watched *mpirun)
{
    int ends[OUTPUTS][2];
    if (pipe2(ends[0], O_CLOEXEC) != 0) {
        return -errno;
    }
    if (pipe2(ends[1], O_CLOEXEC) != 0) {
        int failed = -errno;
        close(ends[0][0]);
        close(ends[0][1]);
        return failed;
    }
    for (int i = 0; i < OUTPUTS; i++) {
        outputs->into[i] = ends[i][1];
        relay_open(&outputs->relay[i], ends[i][0], STDOUT_FILENO + i, pass_on_meanwhile, mpirun);
    }
    return 0;
}

/* Hands on what ranks print, until mpirun has ended, and keeps what mpirun says. */
static void hand_on(struct outputs *outputs, struct watched *mpirun)
{
    char text[RELAY_BYTES];
    struct relay *relay = outputs->relay;
    while (relay[0].from >= 0 || relay[1].from >= 0) {
        struct pollfd printed[OUTPUTS] = {{relay[0].from, POLLIN, 0}, {relay[1].from, POLLIN, 0}};
        int ready = poll(printed, OUTPUTS, LOOK_MS);
        pass_on(mpirun);
        for (int i = 0; i < OUTPUTS && ready > 0; i++) {
            if (printed[i].revents && i == 1) {
                said_take(&mpirun->said, text, relay_read(&relay[i], text), relay_add, &relay[i]);
            } else if (printed[i].revents) {
                relay_pass(&relay[i]);
            }
        }
        if (ready > 0) {
            mpirun->alone_looks = 0;
        } else if (mpirun->stayed) {
            break; /* whoever else holds the other ends */
        } else {
            end_when_alone(mpirun);
        }
    }
    said_end(&mpirun->said, relay_add, &relay[1]);
}

static void close_outputs(struct outputs *outputs)
{
    for (int i = 0; i < OUTPUTS; i++) {
        relay_end(&outputs->relay[i]);
    }
}

/* What is lost is no success, and is told where somebody is left to hear it. */
static int check_outputs(const struct outputs *outputs, struct error *error)
{
    int lost = outputs->relay[0].lost;
    if (lost && lost != EPIPE) {
        return error_set(error, STATUS_STORAGE, "the table cannot be written: %s", strerror(lost));
    }
    return lost || outputs->relay[1].lost ? STATUS_STORAGE : 0;
}

static int wait_for(struct watched *mpirun)
{
    int waited = 0;
    while (waitpid(mpirun->process, &waited, 0) < 0 && errno == EINTR) {
        pass_on(mpirun);
        end_when_alone(mpirun);
    }
    alarm(0);
    return waited;
}

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

static bool asks_to_stop(int signal)
{
    size_t i = 0, count = sizeof stopping / sizeof stopping[0];
    while (i < count && stopping[i] != signal) {
        i++;
    }
    return i < count;
}

/* The signal that has ended a rank, by the exit status of mpirun; NULL: none has. */
static const char *signal_of(int code)
{
    return code > 128 && code < 128 + SIGRTMIN ? sigabbrev_np(code - 128) : NULL;
}

/* The exit status that mpirun has ended with. */
static int code_of(int waited)
{
    return WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited);
}

/* Says why the ranks did not start, or why one of them has ended, and what to do about it. */
static int explain(const struct watched *mpirun, int waited, int nodes, bool started,
                   struct error *error)
{
    int code = code_of(waited);
    char reason[REASON_BYTES];
    const char *signal = signal_of(code);
    const char *name = mpirun->launcher->name;
    if (!reason_find(mpirun->said.text, reason)) {
        snprintf(reason, sizeof reason, "%s does not say why, and ends with status %d", name, code);
    }
    if (!started) {
        reason_remedy(mpirun->launcher, nodes, error->remedy);
        return error_set(error, STATUS_ENVIRONMENT, "%s could not start the ranks: %s", name,
                         reason);
    }
    if (signal) {
        return error_set(error, STATUS_ENVIRONMENT, "%s was ended by SIG%s%s",
                         WIFSIGNALED(waited) ? name : "a rank", signal,
                         strcmp(signal, "KILL") == 0
                             ? "; Linux does so where memory runs out: 'dmesg' would say it"
                             : "");
    }
    return error_set(error, STATUS_ENVIRONMENT, "a rank has ended before its time: %s", reason);
}

/* `told`: what the ranks have noted, of which the status counts: with many ranks on a busy machine
 * mpirun may take one that ended as it should for one that did not, when it hears of its farewell
 * later than the library waits. */
static int exit_status(const struct watched *mpirun, int waited, int told, int nodes,
                       struct error *error)
{
    int code = code_of(waited), noted = told_status(told);
    char remedy[LAUNCHER_REMEDY_BYTES];
    const char *name = mpirun->launcher->name;
    bool held_words = requested && WIFSIGNALED(waited) && !mpirun->stayed; /* which were lost */
    bool can_note = told >= 0 && nodes == 1, started = told_started(told);
    if (noted >= 0 && !held_words) {
        return noted;
    }
    if (code == 127) {
        return error_set(error, STATUS_ENVIRONMENT, "%s was not found; %s", name,
                         launcher_remedy(mpirun->launcher, remedy, sizeof remedy));
    }
    if (code == 126) {
        return error_set(error, STATUS_ENVIRONMENT, "%s was found but cannot be executed", name);
    }
    /* 1 is what mpirun ends with when it is ended itself */
    bool is_ours = code <= STATUS_ENVIRONMENT && code != STATUS_WRONG;
    if (code == STATUS_DONE || (is_ours && !can_note)) {
        return code;
    }
    bool asked = WIFSIGNALED(waited) && asks_to_stop(WTERMSIG(waited)); /* Hydra's dies of SIGHUP */
    /* or rank 0 was killed before it reported */
    if (requested || asked || noted == TOLD_REQUEST || (started && code == STATUS_INTERRUPTED)) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    }
    return explain(mpirun, waited, nodes, started, error);
}

/* Catches what asks for an end, held until the child has its own signals again; the alarm too. */
static void catch_requests(void)
{
    struct sigaction action = {.sa_handler = note_request}; /* without SA_RESTART: wakes the wait */
    sigemptyset(&action.sa_mask);
    interrupt_hold();
    for (size_t i = 0; i < sizeof stopping / sizeof stopping[0]; i++) {
        sigaction(stopping[i], &action, NULL);
    }
    sigaction(SIGALRM, &action, NULL);
}

/* In the child. SIGUSR1 must not kill before mpirun and the ranks have their handlers. */
static void restore_signals(void)
{
    for (size_t i = 0; i < sizeof stopping / sizeof stopping[0]; i++) {
        signal(stopping[i], stopping[i] == SIGUSR1 ? SIG_IGN : SIG_DFL);
    }
    signal(SIGALRM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    interrupt_let_through();
}

/* No MPI survives a limit on the files in which it keeps what its ranks share. */
static int check_file_size(const struct launcher *launcher, struct error *error)
{
    struct rlimit limit;
    uint64_t most = launcher->limits.file_bytes;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < most
               ? error_set(error, STATUS_ENVIRONMENT,
                           "files may not grow beyond %llu KiB (ulimit -f); %s needs "
                           "%llu KiB for what its ranks share",
                           (unsigned long long)limit.rlim_cur >> 10, launcher->product,
                           (unsigned long long)most >> 10)
               : 0;
}

/* A launcher may hang for ever without the pipes that it needs for each rank. */
static int allow_open_files(const struct launcher *launcher, int ranks, struct error *error)
{
    const rlim_t own = 48;
    struct rlimit limit;
    rlim_t least = own + launcher->limits.open_files * (rlim_t)ranks;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= least) {
        return 0;
    }
    limit.rlim_cur = least < limit.rlim_max ? least : limit.rlim_max;
    return limit.rlim_cur == least && setrlimit(RLIMIT_NOFILE, &limit) == 0
               ? 0
               : error_set(error, STATUS_ENVIRONMENT,
                           "a process may have %llu open files; %s needs %llu for %d ranks: raise "
                           "the limit with 'ulimit -n'",
                           (unsigned long long)limit.rlim_cur, launcher->name,
                           (unsigned long long)least, ranks);
}

static int not_started(const struct launcher *launcher, int reason, struct error *error)
{
    return error_set(error, STATUS_ENVIRONMENT, "%s cannot be started: %s", launcher->name,
                     strerror(reason));
}

int mpirun_run(int ranks, int nodes, char **argv, struct error *error)
{
    const char *program;
    const struct launcher *launcher = launcher_own(&program);
    if (check_file_size(launcher, error) != 0 || allow_open_files(launcher, ranks, error) != 0) {
        return error->status;
    }
    if (interrupt_waits()) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    }
    struct watched mpirun = {.launcher = launcher};
    struct outputs outputs;
    int told = told_open(), failed = open_outputs(&outputs, &mpirun);
    if (failed) {
        close(told);
        return not_started(launcher, -failed, error);
    }
    const struct session session = create_session(launcher, nodes);
    fflush(NULL);
    told_name_output(outputs.relay[0].from);
    catch_requests();
    pid_t child = fork();
    failed = child < 0 ? errno : 0;
    if (child == 0) {
        restore_signals();
        become_mpirun(mpirun_words(ranks, nodes, argv), &session, outputs.into);
    }
    setpgid(child, child); /* before anything is sent there */
    interrupt_let_through();
    for (int i = 0; i < OUTPUTS; i++) {
        close(outputs.into[i]);
    }
    mpirun.process = child;
    mpirun.told = nodes == 1 ? told : -1;
    int waited = 0;
    if (!failed) {
        hand_on(&outputs, &mpirun);
    }
    close_outputs(&outputs);
    if (!failed) {
        alarm(LOOK_MS / 1000);
        waited = wait_for(&mpirun);
    }
    scratch_remove(session.files);
    scratch_remove(session.memory);
    int status = failed ? not_started(launcher, failed, error)
                        : exit_status(&mpirun, waited, told, nodes, error);
    close(told);
    return status ? status : check_outputs(&outputs, error);
}
