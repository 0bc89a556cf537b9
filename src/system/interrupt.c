#include "system/interrupt.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
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

static void let_through_to(void (*handler)(int signal), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < ASKING; i++) {
        sigaction(asking[i], &action, NULL);
    }
    interrupt_let_through();
}

void interrupt_let_through_to(void (*handler)(int signal))
{
    let_through_to(handler, 0);
}

void interrupt_catch(void)
{
    let_through_to(note, SA_RESTART);
}

void interrupt_after(double seconds)
{
    const double least_s = 1e-6; /* 0 means never */
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    struct itimerval alarm = {0};
    sigemptyset(&action.sa_mask);
    if (isfinite(seconds)) {
        double whole_s = floor(fmax(least_s, seconds));
        alarm.it_value.tv_sec = (time_t)whole_s;
        alarm.it_value.tv_usec = (suseconds_t)(1e6 * (fmax(least_s, seconds) - whole_s));
    }
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &alarm, NULL);
}

bool interrupt_was_alarm(void)
{
    return interrupt_signal() == SIGALRM;
}

int interrupt_signal(void)
{
    return (int)__atomic_load_n(&first_signal, __ATOMIC_ACQUIRE);
}

const uint32_t *interrupt_word(void)
{
    return &first_signal;
}
