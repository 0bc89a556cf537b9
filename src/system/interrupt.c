#include "system/interrupt.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A signal handler can reach nothing but a global. */
static uint32_t first_signal;

static void note(int signal)
{
    int before = errno;
    uint32_t none = 0;
    if (__atomic_compare_exchange_n(&first_signal, &none, (uint32_t)signal, 0, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED)) {
        syscall(SYS_futex, &first_signal, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    }
    errno = before;
}

static const int asking[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
enum { ASKING = sizeof asking / sizeof asking[0] };

static void set_mask(int how)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < ASKING; i++) {
        sigaddset(&set, asking[i]);
    }
    sigprocmask(how, &set, NULL);
}

void interrupt_hold(void)
{
    set_mask(SIG_BLOCK);
}

void interrupt_let_through(void)
{
    set_mask(SIG_UNBLOCK);
}

bool interrupt_waits(void)
{
    sigset_t pending;
    bool waits = false;
    sigpending(&pending);
    for (int i = 0; i < ASKING; i++) {
        waits = waits || sigismember(&pending, asking[i]) == 1;
    }
    return waits;
}

void interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < ASKING; i++) {
        sigaction(asking[i], &action, NULL);
    }
    interrupt_let_through();
}

int interrupt_signal(void)
{
    return (int)__atomic_load_n(&first_signal, __ATOMIC_ACQUIRE);
}

const uint32_t *interrupt_word(void)
{
    return &first_signal;
}
