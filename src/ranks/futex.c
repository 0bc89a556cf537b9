#include "ranks/futex.h"

#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void futex_yield(const uint32_t *futex, uint32_t old)
{
    if (__atomic_load_n(futex, __ATOMIC_ACQUIRE) == old) {
        sched_yield();
    }
}

void futex_sleep(const uint32_t *futex, uint32_t old, int64_t most_ns)
{
    const struct timespec most = {.tv_sec = (time_t)(most_ns / 1000000000),
                                  .tv_nsec = (long)(most_ns % 1000000000)};
    syscall(SYS_futex, futex, FUTEX_WAIT, old, &most, NULL, 0);
}

void futex_wake(const uint32_t *futex)
{
    syscall(SYS_futex, futex, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
