/* Clock and usage: what waits waits long enough, and what was used is counted. */
#include "machine/probe.h"
#include "system/clock.h"
#include "worker/memory.h"
#include "worker/usage.h"

#include "unit/place.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
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

/* Only what holds however busy the machine is. */
static void services_of_the_kernel_cost_something(void)
{
    struct place place = place_take();
    double switch_s = probe_switch_s(place.topo, 0);
    CU_ASSERT(switch_s > 50e-9);
    CU_ASSERT(switch_s < 0.2);
    CU_ASSERT(probe_thread_s() > 500e-9);
    struct probe_lateness late = probe_lateness();
    CU_ASSERT(late.median_s > 0);
    CU_ASSERT(late.p90_s >= late.median_s);
    cpu_set_t after;
    sched_getaffinity(0, sizeof after, &after);
    CU_ASSERT(CPU_EQUAL(&after, &place.mask)); /* only threads of its own were bound */
    place_give_back(&place);
}

static int64_t thread_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *burn_30_ms(void *unused)
{
    int64_t start_ns = thread_cpu_ns();
    while (thread_cpu_ns() - start_ns < 30 * MILLISECOND_NS) {
    }
    return unused;
}

/* The kernel may tell in ticks of 10 ms and less. */
static void cpu_time_of_every_thread_counts(void)
{
    struct usage before = usage_now();
    burn_30_ms(NULL);
    double alone_s = usage_since(&before).cpu_s;
    CU_ASSERT(alone_s >= 0.019);
    before = usage_now();
    pthread_t thread;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, burn_30_ms, NULL), 0);
    pthread_join(thread, NULL);
    CU_ASSERT(usage_since(&before).cpu_s >= 0.019);
}

static void sleeping_is_switching_and_no_cpu_time(void)
{
    struct usage before = usage_now();
    for (int i = 0; i < 50; i++) {
        clock_sleep_until_ns(clock_now_ns() + MILLISECOND_NS);
    }
    struct usage used = usage_since(&before);
    CU_ASSERT(used.switches_voluntary >= 45);
    CU_ASSERT(used.cpu_s < 0.04);
    CU_ASSERT(used.switches_involuntary >= 0);
}

static void the_start_of_a_process_is_found_behind_any_name(void)
{
    static const char tail[] = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 ";
    static const struct {
        const char *name, *start;
        double ticks;
    } stats[] = {
        {"1 (cual)", "4711 20 21\n", 4711},
        {"1 (a b) S 1 2 (c))", "4711 20\n", 4711}, /* the name is "a b) S 1 2 (c)" */
        {"1 ()", "0\n", 0},
        {"1 (cual)", "", NAN},
        {"1 (cual)", "x\n", NAN},
        {"1 (cual)", "12x 5\n", NAN},
        {"1 (cual)", "-5 3\n", NAN},
        {"1 (cual)", "inf 3\n", NAN},
        {"1 cual", "4711 20 21\n", NAN},
        {"", "", NAN},
    };
    for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "%s%s%s", stats[i].name, tail, stats[i].start);
        double ticks = usage_start_ticks(text);
        CU_ASSERT(isnan(stats[i].ticks) ? isnan(ticks) : ticks == stats[i].ticks);
    }
    CU_ASSERT(isnan(usage_start_ticks("")));
    CU_ASSERT(isnan(usage_start_ticks("1 (cual")));
    CU_ASSERT(isnan(usage_start_ticks("1 (cual)")));
    CU_ASSERT(isnan(usage_start_ticks("1 (cual) S 1 2 3")));
}

/* In steps of 10 ms, and a child starts later than we did. */
static void the_time_since_the_start_goes_on(void)
{
    double before_s = usage_since_start_s();
    CU_ASSERT(before_s >= 0);
    clock_sleep_until_ns(clock_now_ns() + 30 * MILLISECOND_NS);
    double after_s = usage_since_start_s();
    CU_ASSERT(after_s - before_s >= 0.029);
    pid_t child = fork();
    if (child == 0) {
        double own_s = usage_since_start_s();
        _exit(!(own_s >= 0 && own_s < after_s));
    }
    int status = -1;
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
}

static char *map(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_FATAL(memory != MAP_FAILED);
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    return memory;
}

static void touched_pages_are_faults_and_memory(void)
{
    enum { PAGES = 4096, PAGE_BYTES = 4096, BYTES = PAGES * PAGE_BYTES };
    char *memory = map(BYTES);
    struct memory measured = {0};
    memory_measure_shared(&measured);
    double before_bytes = memory_in_use_bytes(&measured);
    CU_ASSERT(before_bytes > 0);
    struct usage before = usage_now();
    memset(memory, 1, BYTES);
    CU_ASSERT(usage_since(&before).faults >= 0.9 * BYTES / 65536); /* pages of up to 64 KiB */
    double touched_bytes = memory_in_use_bytes(&measured);
    munmap(memory, BYTES);
    double freed_bytes = memory_in_use_bytes(&measured);
    CU_ASSERT(touched_bytes - before_bytes >= 0.95 * BYTES);
    CU_ASSERT(touched_bytes - before_bytes <= 1.5 * BYTES);
    CU_ASSERT(touched_bytes - freed_bytes >= 0.95 * BYTES);
}

CU_TestInfo clock_tests[] = {
    {"the clock is the monotonic one, in ns", the_clock_is_the_monotonic_one_in_nanoseconds},
    {"a sleep lasts until its deadline", sleeps_until_the_deadline},
    {"a past deadline is no wait", a_past_deadline_is_no_wait},
    {"a long sleep is cut short", a_long_sleep_is_cut_short},
    {"signals do not end a sleep", signals_do_not_end_a_sleep},
    {"least slack is 1 ns, for the calling thread",
     least_slack_is_a_nanosecond_for_the_calling_thread},
    {"a reading of the clock has a cost", reading_the_clock_costs_something_but_little},
    {"the clock has a least step", the_least_step_is_one},
    {"a switch, a thread and a timer cost something, and nothing stays bound",
     services_of_the_kernel_cost_something},
    {"CPU time of every thread counts", cpu_time_of_every_thread_counts},
    {"sleeping is switching and no CPU time", sleeping_is_switching_and_no_cpu_time},
    {"the start of a process is found behind any name",
     the_start_of_a_process_is_found_behind_any_name},
    {"the time since the start goes on", the_time_since_the_start_goes_on},
    {"touched pages are faults and memory", touched_pages_are_faults_and_memory},
    CU_TEST_INFO_NULL,
};
