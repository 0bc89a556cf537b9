/* What was used is counted: CPU time, switches, faults and memory. */
#include "system/clock.h"
#include "unit/suite.h"
#include "worker/memory.h"
#include "worker/usage.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MILLISECOND_NS 1000000

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
    memory_measure_shared(&measured, 1);
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

static const CU_TestInfo tests[] = {
    {"CPU time of every thread counts", cpu_time_of_every_thread_counts},
    {"sleeping is switching and no CPU time", sleeping_is_switching_and_no_cpu_time},
    {"the time since the start goes on", the_time_since_the_start_goes_on},
    {"touched pages are faults and memory", touched_pages_are_faults_and_memory},
    CU_TEST_INFO_NULL,
};

SUITE("usage", tests);
