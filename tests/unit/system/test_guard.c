/* The guard ends a process in time that was asked to end, or whose launcher has gone. */
#include "system/clock.h"
#include "system/guard.h"
#include "system/interrupt.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_NS INT64_C(100000000)

/* Says through the pipe with which status it ends. */
static void leave(void *context, const struct error *error)
{
    const int *said = context;
    char status = (char)error->status;
    ssize_t written = write(*said, &status, 1);
    _exit(written == 1 ? 0 : 1);
}

/* A guarded process that never ends by itself. */
static void be_guarded(int *said)
{
    interrupt_catch();
    guard_start(PATIENCE_NS, leave, said);
    for (;;) {
        pause();
    }
}

/* What was said within so long; −1: nothing, 0: all have gone in silence. */
static int heard(int said, int within_ms)
{
    char status = 0;
    struct pollfd word = {.fd = said, .events = POLLIN};
    if (poll(&word, 1, within_ms) <= 0) {
        return -1;
    }
    return read(said, &status, 1) == 1 ? status : 0;
}

static void who_is_asked_to_end_ends(void)
{
    int said[2];
    if (suite_lacks_signals()) {
        return;
    }
    CU_ASSERT_EQUAL_FATAL(pipe(said), 0);
    pid_t child = fork();
    if (child == 0) {
        be_guarded(&said[1]);
    }
    close(said[1]);
    CU_ASSERT_EQUAL(heard(said[0], 300), -1);
    kill(child, SIGTERM);
    CU_ASSERT_EQUAL(heard(said[0], 30000), STATUS_INTERRUPTED);
    CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
    close(said[0]);
}

static void whose_launcher_has_gone_ends(void)
{
    int said[2];
    if (suite_lacks_signals()) {
        return;
    }
    CU_ASSERT_EQUAL_FATAL(pipe(said), 0);
    pid_t launcher = fork();
    if (launcher == 0) {
        if (fork() == 0) {
            be_guarded(&said[1]);
        }
        clock_sleep_until_ns(clock_now_ns() + PATIENCE_NS);
        _exit(0);
    }
    close(said[1]);
    CU_ASSERT_EQUAL(waitpid(launcher, NULL, 0), launcher);
    CU_ASSERT_EQUAL(heard(said[0], 30000), STATUS_INTERRUPTED);
    close(said[0]);
}

static const CU_TestInfo tests[] = {
    {"who is asked to end ends", who_is_asked_to_end_ends},
    {"whose launcher has gone ends", whose_launcher_has_gone_ends},
    CU_TEST_INFO_NULL,
};

SUITE("guard", tests);
