/* The clock: what waits waits long enough. */
#include "system/clock.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define MILLISECOND_NS 1000000

static int64_t monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 * MILLISECOND_NS + t.tv_nsec;
}

static void the_clock_is_the_monotonic_one_in_nanoseconds(void)
{
    int64_t outside = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t before_ns = monotonic_ns(), now_ns = clock_now_ns();
        outside += now_ns < before_ns || now_ns > monotonic_ns();
    }
    CU_ASSERT_EQUAL(outside, 0);
}

static void sleeps_until_the_deadline(void)
{
    for (int64_t wait_ns = 1000; wait_ns <= 10 * MILLISECOND_NS; wait_ns *= 10) {
        int64_t deadline_ns = clock_now_ns() + wait_ns;
        clock_sleep_until_ns(deadline_ns);
        CU_ASSERT(clock_now_ns() >= deadline_ns);
    }
}

static void a_past_deadline_is_no_wait(void)
{
    int64_t start_ns = clock_now_ns();
    clock_sleep_until_ns(start_ns - 1);
    clock_sleep_until_ns(0);
    CU_ASSERT(clock_now_ns() - start_ns < INT64_C(5000) * MILLISECOND_NS);
}

static void *wake_soon(void *stop)
{
    clock_sleep_until_ns(clock_now_ns() + 200 * (int64_t)MILLISECOND_NS);
    __atomic_store_n((uint32_t *)stop, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, stop, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    return NULL;
}

static void a_long_sleep_is_cut_short(void)
{
    uint32_t stop = 0;
    int64_t start_ns = clock_now_ns();
    for (int64_t wait_ms = 1; wait_ms <= 100; wait_ms *= 10) {
        int64_t deadline_ns = clock_now_ns() + wait_ms * MILLISECOND_NS;
        CU_ASSERT(!clock_sleep_unless(deadline_ns, wait_ms == 10 ? NULL : &stop));
        CU_ASSERT(clock_now_ns() >= deadline_ns);
    }
    pthread_t waker;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&waker, NULL, wake_soon, &stop), 0);
    CU_ASSERT(clock_sleep_unless(start_ns + INT64_C(100000) * MILLISECOND_NS, &stop));
    CU_ASSERT(clock_now_ns() - start_ns < INT64_C(50000) * MILLISECOND_NS);
    pthread_join(waker, NULL);
    CU_ASSERT(clock_sleep_unless(start_ns + INT64_C(100000) * MILLISECOND_NS, &stop));
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signal_number)
{
    (void)signal_number;
    alarms++;
}

static void signals_do_not_end_a_sleep(void)
{
    struct sigaction action = {.sa_handler = count_alarm}, before;
    struct itimerval every = {{0, 1000}, {0, 1000}}, never = {0};
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &every, NULL);
    alarms = 0;
    int64_t deadline_ns = clock_now_ns() + 20 * MILLISECOND_NS;
    clock_sleep_until_ns(deadline_ns);
    CU_ASSERT(clock_now_ns() >= deadline_ns);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    CU_ASSERT(alarms > 0);
}

static void *slack_of_a_thread(void *least)
{
    if (least) {
        clock_set_least_slack();
    }
    return (void *)(intptr_t)prctl(PR_GET_TIMERSLACK);
}

static intptr_t slack_ns(int least)
{
    pthread_t thread;
    void *slack;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, slack_of_a_thread, least ? &least : NULL),
                          0);
    pthread_join(thread, &slack);
    return (intptr_t)slack;
}

static void least_slack_is_a_nanosecond_for_the_calling_thread(void)
{
    unsigned long before = (unsigned long)prctl(PR_GET_TIMERSLACK);
    prctl(PR_SET_TIMERSLACK, 50000ul);
    CU_ASSERT_EQUAL(slack_ns(1), 1);
    CU_ASSERT_EQUAL(slack_ns(0), 50000);
    prctl(PR_SET_TIMERSLACK, before);
}

static void reading_the_clock_costs_something_but_little(void)
{
    double cost_s = clock_cost_s();
    CU_ASSERT(cost_s > 1e-10);
    CU_ASSERT(cost_s < 1e-5);
}

static void the_least_step_is_one(void)
{
    double step_s = clock_resolution_s();
    CU_ASSERT(step_s >= 0.999e-9);
    CU_ASSERT(step_s < 1e-3);
}

static const CU_TestInfo tests[] = {
    {"the clock is the monotonic one, in ns", the_clock_is_the_monotonic_one_in_nanoseconds},
    {"a sleep lasts until its deadline", sleeps_until_the_deadline},
    {"a past deadline is no wait", a_past_deadline_is_no_wait},
    {"a long sleep is cut short", a_long_sleep_is_cut_short},
    {"signals do not end a sleep", signals_do_not_end_a_sleep},
    {"least slack is 1 ns, for the calling thread",
     least_slack_is_a_nanosecond_for_the_calling_thread},
    {"a reading of the clock has a cost", reading_the_clock_costs_something_but_little},
    {"the clock has a least step", the_least_step_is_one},
    CU_TEST_INFO_NULL,
};

SUITE("clock", tests);
