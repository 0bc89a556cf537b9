#include "system/clock.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void clock_sleep_until_ns(int64_t deadline_ns)
{
    struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / 1000000000),
                                .tv_nsec = (long)(deadline_ns % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR) {
    }
}

bool clock_sleep_unless(int64_t deadline_ns, const uint32_t *stop)
{
    enum { SHORT_NS = 50000000 };
    const struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / 1000000000),
                                      .tv_nsec = (long)(deadline_ns % 1000000000)};
    while (stop && !__atomic_load_n(stop, __ATOMIC_RELAXED) &&
           deadline_ns - clock_now_ns() > SHORT_NS) {
        /* The bit set is what makes the time absolute. */
        if (syscall(SYS_futex, stop, FUTEX_WAIT_BITSET_PRIVATE, 0, &deadline, NULL,
                    FUTEX_BITSET_MATCH_ANY) != 0 &&
            errno == ENOSYS) {
            break;
        }
    }
    bool stopped = stop && __atomic_load_n(stop, __ATOMIC_RELAXED);
    if (!stopped) {
        clock_sleep_until_ns(deadline_ns);
    }
    return stopped;
}

void clock_set_least_slack(void)
{
    prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
}

void clock_set_usual_slack(void)
{
    prctl(PR_SET_TIMERSLACK, 0ul, 0ul, 0ul, 0ul); /* 0: the one the thread began with */
}

double clock_cost_s(void)
{
    enum { BATCHES = 5, READINGS = 2000 };
    double cost[BATCHES];
    for (int b = 0; b < BATCHES; b++) {
        int64_t start = clock_now_ns();
        for (int i = 0; i < READINGS; i++) {
            clock_now_ns();
        }
        cost[b] = (double)(clock_now_ns() - start) / READINGS * 1e-9;
        for (int k = b; k > 0 && cost[k] < cost[k - 1]; k--) {
            double swap = cost[k];
            cost[k] = cost[k - 1];
            cost[k - 1] = swap;
        }
    }
    return cost[BATCHES / 2];
}

double clock_resolution_s(void)
{
    enum { READINGS = 10000 };
    int64_t least_ns = INT64_MAX, before_ns = clock_now_ns();
    for (int i = 0; i < READINGS || least_ns == INT64_MAX; i++) {
        int64_t now_ns = clock_now_ns(), step_ns = now_ns - before_ns;
        least_ns = step_ns > 0 && step_ns < least_ns ? step_ns : least_ns;
        before_ns = now_ns;
    }
    return (double)least_ns * 1e-9;
}
