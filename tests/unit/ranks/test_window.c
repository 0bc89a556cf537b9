/* Windows of one rank: its threads reach them as those of other ranks would. */
#include "ranks/window.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

enum { THREADS = 4, TURNS = 5000 };

/* Words of the window that the threads use. */
enum { COUNTER, GUARDED, LOCK, WORDS = 10000 };

static void a_new_window_holds_zeros_and_what_is_put(void)
{
    struct window *window = NULL;
    static uint64_t put[WORDS], got[WORDS]; /* large: not for the stack */
    uint64_t value = 1, others = 0;
    CU_ASSERT_EQUAL_FATAL(window_create(NULL, 1, WORDS, 0, &window), 0);
    memset(got, 0xff, sizeof got);
    CU_ASSERT_EQUAL(window_get(window, 0, got, WORDS), 0);
    for (size_t i = 0; i < WORDS; i++) {
        others += got[i] != 0;
        put[i] = ~(uint64_t)i;
    }
    CU_ASSERT_EQUAL(others, 0);
    CU_ASSERT_EQUAL(window_put(window, 1, put, WORDS - 2), 0);
    CU_ASSERT_EQUAL(window_meet(window), 0);
    CU_ASSERT_EQUAL(window_get(window, 1, got, WORDS - 2), 0);
    CU_ASSERT_EQUAL(memcmp(put, got, (WORDS - 2) * sizeof *put), 0);
    CU_ASSERT_EQUAL(window_load(window, 0, &value), 0);
    CU_ASSERT_EQUAL(value, 0);
    CU_ASSERT_EQUAL(window_load(window, WORDS - 1, &value), 0);
    CU_ASSERT_EQUAL(value, 0);
    CU_ASSERT_EQUAL(window_store(window, WORDS - 1, 7), 0);
    CU_ASSERT_EQUAL(window_fetch_add(window, WORDS - 1, 5, &value), 0);
    CU_ASSERT_EQUAL(value, 7);
    CU_ASSERT_EQUAL(window_load(window, WORDS - 1, &value), 0);
    CU_ASSERT_EQUAL(value, 12);
    window_free(window);
}

/* Adds to a counter in one step, and to another in two under the lock. */
static void *count(void *argument)
{
    struct window *window = argument;
    size_t failed = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        uint64_t value;
        failed += window_fetch_add(window, COUNTER, 1, &value) != 0;
        failed += window_lock(window, LOCK) != 0;
        failed += window_get(window, GUARDED, &value, 1) != 0;
        value++;
        sched_yield(); /* let others come in between, who must not */
        failed += window_put(window, GUARDED, &value, 1) != 0;
        failed += window_unlock(window, LOCK) != 0;
    }
    CU_ASSERT_EQUAL(failed, 0);
    return NULL;
}

static void threads_count_together(void)
{
    struct window *window = NULL;
    pthread_t thread[THREADS];
    uint64_t value[3];
    CU_ASSERT_EQUAL_FATAL(window_create(NULL, 1, 3, 0, &window), 0);
    for (int t = 0; t < THREADS; t++) {
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[t], NULL, count, window), 0);
    }
    for (int t = 0; t < THREADS; t++) {
        pthread_join(thread[t], NULL);
    }
    CU_ASSERT_EQUAL(window_get(window, 0, value, 3), 0);
    CU_ASSERT_EQUAL(value[COUNTER], THREADS * TURNS);
    CU_ASSERT_EQUAL(value[GUARDED], THREADS * TURNS);
    CU_ASSERT_EQUAL(value[LOCK], 0);
    window_free(window);
}

static void a_rank_that_cannot_take_part_says_why(void)
{
    struct window *window = NULL;
    CU_ASSERT_EQUAL(window_create(NULL, 1, 10, -EMFILE, &window), -EMFILE);
    CU_ASSERT_PTR_NULL(window);
}

static void a_window_that_does_not_fit_is_refused(void)
{
    struct window *window = NULL;
    CU_ASSERT_EQUAL(window_create(NULL, 1, (size_t)1 << 45, 0, &window), -ENOMEM);
    CU_ASSERT_EQUAL(window_create(NULL, 1, SIZE_MAX, 0, &window), -ENOMEM);
    CU_ASSERT_PTR_NULL(window);
}

static size_t allocated_bytes(void)
{
    struct mallinfo2 now = mallinfo2();
    return now.uordblks + now.hblkhd;
}

static void windows_leave_nothing(void)
{
    enum { MANY = 300, LARGE = 100000 };
    size_t before = 0;
    for (int i = 0; i < MANY; i++) {
        struct window *window = NULL;
        CU_ASSERT_EQUAL_FATAL(window_create(NULL, 1, LARGE, 0, &window), 0);
        window_free(window);
        before = i == 0 ? allocated_bytes() : before;
    }
    window_free(NULL);
    CU_ASSERT(allocated_bytes() < before + 10 * LARGE * sizeof(uint64_t));
}

static const CU_TestInfo tests[] = {
    {"a new window holds zeros, and then what is put", a_new_window_holds_zeros_and_what_is_put},
    {"threads count together, by one atomic step and under a lock", threads_count_together},
    {"a rank that cannot take part says why", a_rank_that_cannot_take_part_says_why},
    {"a window that does not fit is refused", a_window_that_does_not_fit_is_refused},
    {"hundreds of windows leave nothing allocated", windows_leave_nothing},
    CU_TEST_INFO_NULL,
};

SUITE_MPI("window", tests);
