#include "ranks/word.h"

#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void word_yield(const uint32_t *word, uint32_t old)
{
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == old) {
        sched_yield();
    }
}

void word_sleep(const uint32_t *word, uint32_t old, int64_t most_ns)
{
    const struct timespec most = {.tv_sec = (time_t)(most_ns / 1000000000),
                                  .tv_nsec = (long)(most_ns % 1000000000)};
    syscall(SYS_futex, word, FUTEX_WAIT, old, &most, NULL, 0);
}

void word_wake(const uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
