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

void interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

int interrupt_signal(void)
{
    return (int)__atomic_load_n(&first_signal, __ATOMIC_ACQUIRE);
}

const uint32_t *interrupt_word(void)
{
    return &first_signal;
}
