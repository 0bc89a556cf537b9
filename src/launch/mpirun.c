#include "launch/mpirun.h"

#include "launch/launch.h"
#include "launch/launcher.h"
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
static void become_mpirun(char **words, const struct session *session, int output)
{
    if (!words) {
        _exit(STATUS_ENVIRONMENT);
    }
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    launch_note_terminals();
    name_folder(session->launcher->files, session->files);
    name_folder(session->launcher->memory, session->memory);
    dup2(output, STDOUT_FILENO);
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

/* Writes all of it, or returns why not. */
static int write_on(const char *text, size_t bytes, struct watched *mpirun)
{
    for (size_t at = 0; at < bytes;) {
        pass_on(mpirun);
        ssize_t done = write(STDOUT_FILENO, text + at, bytes - at);
        if (done < 0 && errno != EINTR) {
            return errno;
        }
        at += done > 0 ? (size_t)done : 0;
    }
    return 0;
}

/* Hands on what mpirun prints, which itself would not tell when nobody takes it. Returns 0, or why
 * some of it is lost. */
static int hand_on(int input, struct watched *mpirun)
{
    char text[4096];
    int lost = 0;
    for (;;) {
        struct pollfd printed = {.fd = input, .events = POLLIN};
        bool has_come = poll(&printed, 1, LOOK_MS) > 0;
        ssize_t bytes = has_come ? read(input, text, sizeof text) : -1;
        if (bytes == 0 || (has_come && bytes < 0 && errno != EINTR)) {
            return lost;
        }
        pass_on(mpirun);
        if (bytes > 0) {
            mpirun->alone_looks = 0;
            lost = lost ? lost : write_on(text, (size_t)bytes, mpirun);
        } else if (mpirun->stayed) {
            return lost; /* whoever else holds the other end */
        } else {
            end_when_alone(mpirun);
        }
    }
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

/* `noted`: what rank 0 has noted, as told_status gives it; `can_note`: it could note one. What was
 * noted counts: with many ranks on a busy machine mpirun may take one that ended as it should for
 * one that did not, when it hears of its farewell later than the library waits. */
static int exit_status(const struct watched *mpirun, int waited, int noted, bool can_note,
                       struct error *error)
{
    int code = WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited);
    char remedy[LAUNCHER_REMEDY_BYTES];
    bool held_words = requested && WIFSIGNALED(waited) && !mpirun->stayed; /* which were lost */
    if (noted >= 0 && !held_words) {
        return noted;
    }
    const char *name = mpirun->launcher->name;
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
    if (requested || noted == TOLD_REQUEST ||
        code == STATUS_INTERRUPTED) { /* rank 0 was killed before it reported */
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    }
    return error_set(error, STATUS_ENVIRONMENT,
                     "a rank exited without reporting a status (%s reports status %d%s)", name,
                     code, code > 128 ? ", ended by a signal" : "");
}

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

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
    interrupt_let_through();
}

/* No MPI survives a limit on the files in which it keeps what its ranks share. */
static int check_file_limit(const struct launcher *launcher, struct error *error)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < launcher->largest_file_bytes
               ? error_set(error, STATUS_ENVIRONMENT,
                           "files may not grow beyond %llu KiB (ulimit -f); %s needs "
                           "%llu KiB for what its ranks share",
                           (unsigned long long)limit.rlim_cur >> 10, launcher->product,
                           (unsigned long long)launcher->largest_file_bytes >> 10)
               : 0;
}

static int not_started(const struct launcher *launcher, struct error *error)
{
    return error_set(error, STATUS_ENVIRONMENT, "%s cannot be started: %s", launcher->name,
                     strerror(errno));
}

int mpirun_run(int ranks, int nodes, char **argv, struct error *error)
{
    const char *program;
    const struct launcher *launcher = launcher_own(&program);
    if (check_file_limit(launcher, error) != 0) {
        return error->status;
    }
    if (interrupt_waits()) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    }
    int ends[2], told = told_open();
    if (pipe2(ends, O_CLOEXEC) != 0) {
        close(told);
        return not_started(launcher, error);
    }
    const struct session session = create_session(launcher, nodes);
    fflush(NULL);
    told_name_output(ends[0]);
    catch_requests();
    pid_t child = fork();
    if (child == 0) {
        restore_signals();
        become_mpirun(mpirun_words(ranks, nodes, argv), &session, ends[1]);
    }
    setpgid(child, child);    /* before anything is sent there */
    signal(SIGPIPE, SIG_IGN); /* a reader that left is a lost output, not an end of the run */
    interrupt_let_through();
    close(ends[1]);
    struct watched mpirun = {launcher, .process = child, .told = nodes == 1 ? told : -1};
    int lost = child < 0 ? 0 : hand_on(ends[0], &mpirun);
    close(ends[0]);
    alarm(LOOK_MS / 1000);
    int waited = child < 0 ? 0 : wait_for(&mpirun);
    scratch_remove(session.files);
    scratch_remove(session.memory);
    if (child < 0) {
        return not_started(launcher, error);
    }
    int status = exit_status(&mpirun, waited, told_status(told), told >= 0 && nodes == 1, error);
    close(told);
    return lost && !status
               ? error_set(error, STATUS_STORAGE, "the table cannot be written: %s", strerror(lost))
               : status;
}
