/* What the timer promises of its own: that it waits. */
#include "system/clock.h"
#include "unit/engines/engine.h"
#include "unit/suite.h"

/* The timer with a latency in seconds. */
static struct task_spec timer_spec(const struct engine *timer, double latency_s)
{
    struct task_spec spec = engine_small_spec(timer);
    spec.engine_option[engine_option_index(timer, "latency")] = latency_s;
    CU_ASSERT_EQUAL(timer->latency_s(&spec), latency_s);
    return spec;
}

static void a_timer_waits_its_latency(void)
{
    const struct engine *timer = engines_find("timer");
    struct engine_setting setting;
    engine_enter(&setting, timer, timer_spec(timer, 3e-3));
    int64_t start_ns = clock_now_ns();
    CU_ASSERT_EQUAL(engine_wrong_one_by_one(&setting, 10), 0);
    CU_ASSERT((double)(clock_now_ns() - start_ns) >= 10 * 3e6);
    engine_leave(&setting);
}

/* Waits that begin one after the other end in that order, none before its time. */
static void timers_in_flight_each_wait_their_latency(void)
{
    enum { DEPTH = 500 };
    const struct engine *timer = engines_find("timer");
    struct engine_setting setting;
    int64_t begun_ns[DEPTH], last_ns = 0;
    struct completion done[ENGINE_REAP_MOST];
    engine_enter(&setting, timer, timer_spec(timer, 5e-3));
    void *state = engine_open_worker(&setting, 0, DEPTH);
    for (uint32_t slot = 0; slot < DEPTH; slot++) {
        begun_ns[slot] = clock_now_ns();
        timer->submit(state, slot, slot);
    }
    uint32_t ended = 0, early = 0, out_of_order = 0;
    for (int count; ended < DEPTH; ended += (uint32_t)count) {
        count = timer->reap(state, ENGINE_REAP_MOST, done);
        CU_ASSERT_FATAL(count > 0);
        for (int i = 0; i < count; i++) {
            early += clock_now_ns() - begun_ns[done[i].slot] < 5000000;
            out_of_order += begun_ns[done[i].slot] < last_ns;
            last_ns = begun_ns[done[i].slot];
        }
    }
    CU_ASSERT_EQUAL(early, 0);
    CU_ASSERT_EQUAL(out_of_order, 0);
    timer->close(state);
    engine_leave(&setting);
}

static void a_timer_can_have_very_many_in_flight(void)
{
    const struct engine *timer = engines_find("timer");
    struct engine_setting setting;
    engine_enter(&setting, timer, timer_spec(timer, 1e-3));
    CU_ASSERT_EQUAL(engine_wrong_in_flight(&setting, 0, 100000, ENGINE_REAP_MOST, 250000), 0);
    engine_leave(&setting);
}

static void a_latency_of_nothing_is_no_wait(void)
{
    const struct engine *timer = engines_find("timer");
    struct engine_setting setting;
    engine_enter(&setting, timer, timer_spec(timer, 0));
    CU_ASSERT_EQUAL(engine_wrong_one_by_one(&setting, 1000), 0);
    CU_ASSERT_EQUAL(engine_wrong_in_flight(&setting, 0, 64, ENGINE_REAP_MOST, 1000), 0);
    engine_leave(&setting);
}

static const CU_TestInfo tests[] = {
    {"each wait takes its latency", a_timer_waits_its_latency},
    {"in flight, too, and in order", timers_in_flight_each_wait_their_latency},
    {"100 000 in flight", a_timer_can_have_very_many_in_flight},
    {"a latency of nothing is no wait", a_latency_of_nothing_is_no_wait},
    CU_TEST_INFO_NULL,
};

SUITE("timer", tests);
