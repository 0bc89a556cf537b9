/* Known answers: they hold here, and what is wrong is not believed. Where the node is too busy
 * to tell, there must be a note. */
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "sweep/known.h"
#include "system/clock.h"
#include "unit/place.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define LATENCY_NS 1000000

static int try_with(const struct engine *timer, const struct kernel *flops, int threads,
                    struct known *known, struct error *error)
{
    struct place place = place_take();
    *error = (struct error){0};
    int status = known_try(known, timer ? timer : engines_find("timer"),
                           flops ? flops : kernels_find("flops"), threads, place.topo, error);
    place_give_back(&place);
    return status;
}

static void refused(const struct engine *timer, const struct kernel *flops, int threads,
                    const char *text)
{
    struct known known;
    struct error error;
    CU_ASSERT_EQUAL(try_with(timer, flops, threads, &known, &error), STATUS_WRONG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "not credible: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, text));
}

static void known_answers_hold(void)
{
    for (int threads = 1; threads <= 4; threads += 3) {
        struct known known;
        struct error error;
        int64_t start_ns = clock_now_ns();
        CU_ASSERT_EQUAL(try_with(NULL, NULL, threads, &known, &error), 0);
        CU_ASSERT(clock_now_ns() - start_ns < INT64_C(30000000000));
        double waiting = 0, computing = 0;
        CU_ASSERT_EQUAL(sscanf(known.waiting, "%lf of 64", &waiting), 1);
        CU_ASSERT_EQUAL(sscanf(known.computing, "%lf of 1", &computing), 1);
        CU_ASSERT((waiting >= 32 && waiting <= 65.3) || known.note[0]);
        CU_ASSERT((computing > 0 && computing <= 1.05) || known.note[0]);
    }
}

static void the_slack_of_timers_is_as_before(void)
{
    struct known known;
    struct error error;
    prctl(PR_SET_TIMERSLACK, 0ul);
    int before = prctl(PR_GET_TIMERSLACK);
    CU_ASSERT_EQUAL(try_with(NULL, NULL, 1, &known, &error), 0);
    CU_ASSERT_EQUAL(prctl(PR_GET_TIMERSLACK), before);
}

/* -- a timer with one fault at a time -- */

static struct {
    double serial, together; /* times as long as asked */
    bool one_by_one, wrong;
} timer_fault;

struct waits {
    uint32_t count, slot[64];
    int64_t began_ns;
};

static int waits_open(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                      void *shared, void **state)
{
    (void)thread, (void)shared;
    CU_ASSERT_DOUBLE_EQUAL(spec->engine_option[0], LATENCY_NS * 1e-9, 1e-12);
    CU_ASSERT(cell->depth <= 64);
    *state = calloc(1, sizeof(struct waits));
    return 0;
}

static int waits_wait(void *state, uint64_t item, uint64_t *result)
{
    (void)state, (void)item;
    clock_sleep_until_ns(clock_now_ns() + (int64_t)(timer_fault.serial * LATENCY_NS));
    *result = timer_fault.wrong;
    return 0;
}

static int waits_submit(void *state, uint32_t slot, uint64_t item)
{
    (void)item;
    struct waits *waits = state;
    waits->began_ns = waits->count == 0 ? clock_now_ns() : waits->began_ns;
    waits->slot[waits->count++] = slot;
    return 0;
}

static int waits_reap(void *state, uint32_t most, struct completion *done)
{
    struct waits *waits = state;
    uint32_t count = timer_fault.one_by_one ? 1 : waits->count;
    CU_ASSERT(count <= most);
    int64_t from_ns = timer_fault.one_by_one ? clock_now_ns() : waits->began_ns;
    clock_sleep_until_ns(from_ns + (int64_t)(timer_fault.together * LATENCY_NS));
    for (uint32_t i = 0; i < count; i++) {
        done[i] = (struct completion){.slot = waits->slot[--waits->count]};
    }
    return (int)count;
}

static uint64_t waits_expect(const struct task_spec *spec, uint64_t item)
{
    (void)spec, (void)item;
    return 0;
}

static const struct engine faulty_timer = {
    .name = "faulty",
    .waits = true,
    .open = waits_open,
    .wait = waits_wait,
    .submit = waits_submit,
    .reap = waits_reap,
    .close = free,
    .expect = waits_expect,
};

static void a_timer_that_ends_early_is_not_believed(void)
{
    timer_fault.serial = 1, timer_fault.together = 0;
    refused(&faulty_timer, NULL, 1, "in flight together");
    timer_fault.serial = 0, timer_fault.together = 1;
    refused(&faulty_timer, NULL, 1, "one after the other");
}

static void a_wait_with_a_wrong_result_is_not_believed(void)
{
    timer_fault.serial = timer_fault.together = 1, timer_fault.wrong = true;
    refused(&faulty_timer, NULL, 1, "faulty at 1×1×1@1");
    timer_fault.wrong = false;
}

static void waits_that_do_not_overlap_are_not_believed(void)
{
    struct known known;
    struct error error;
    timer_fault.serial = timer_fault.together = 1, timer_fault.one_by_one = true;
    int status = try_with(&faulty_timer, NULL, 1, &known, &error);
    timer_fault.one_by_one = false;
    CU_ASSERT(status == STATUS_WRONG || status == 0);
    CU_ASSERT_PTR_NOT_NULL(status ? strstr(error.text, "they do not overlap")
                                  : strstr(known.note, "too busy to tell"));
}

static void late_waits_in_flight_together_are_no_fault(void)
{
    struct known known;
    struct error error;
    timer_fault.serial = 1.9, timer_fault.together = 1;
    CU_ASSERT_EQUAL(try_with(&faulty_timer, NULL, 1, &known, &error), 0);
}

/* -- a kernel that skips work where several compute -- */

static bool skipping_shows; /* in the result */

static int skips_open(const struct task_spec *spec, const struct kernel_worker *worker,
                      void *shared, void **state)
{
    (void)spec, (void)shared;
    bool *several = malloc(sizeof *several);
    *several = worker->workers > 1;
    *state = several;
    return 0;
}

static uint64_t skips_compute(void *state, uint64_t item, uint64_t units)
{
    const struct kernel *flops = kernels_find("flops");
    const bool *several = state;
    if (!*several) {
        return flops->compute(NULL, item, units);
    }
    uint64_t some = flops->compute(NULL, item, units / 4);
    return skipping_shows ? some : flops->expect(NULL, item, units);
}

static uint64_t skips_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    return kernels_find("flops")->expect(spec, item, units);
}

static int skips_close(void *state)
{
    free(state);
    return 0;
}

static const struct kernel skips = {
    .name = "skips",
    .unit = "one",
    .open = skips_open,
    .compute = skips_compute,
    .close = skips_close,
    .expect = skips_expect,
};

static void work_that_is_skipped_is_not_believed(void)
{
    skipping_shows = true;
    refused(NULL, &skips, 4, "skips at 1×4×1@1");
}

/* The same with a result that lies. On a busy machine not even one core's worth may be reached. */
static void more_than_one_core_can_do_is_not_believed(void)
{
    struct known known;
    struct error error;
    double found = 0;
    skipping_shows = false;
    int status = try_with(NULL, &skips, 4, &known, &error);
    CU_ASSERT_EQUAL(sscanf(known.computing, "%lf of 1", &found), 1);
    bool too_slow = strstr(known.note, "too slow to tell") != NULL;
    CU_ASSERT_EQUAL(found > 1.05, status == STATUS_WRONG || too_slow);
    CU_ASSERT_EQUAL(status != 0, strstr(error.text, "1×4×1@1 is") != NULL);
}

static const CU_TestInfo tests[] = {
    {"they hold", known_answers_hold},
    {"the slack of timers is as before", the_slack_of_timers_is_as_before},
    {"a timer that ends early is not believed", a_timer_that_ends_early_is_not_believed},
    {"a wait with a wrong result is not believed", a_wait_with_a_wrong_result_is_not_believed},
    {"waits that do not overlap are not believed", waits_that_do_not_overlap_are_not_believed},
    {"serial waits that end late are no fault", late_waits_in_flight_together_are_no_fault},
    {"work that is skipped is not believed", work_that_is_skipped_is_not_believed},
    {"more than one core can do is not believed", more_than_one_core_can_do_is_not_believed},
    CU_TEST_INFO_NULL,
};

SUITE("known answers", tests);
