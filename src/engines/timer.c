/* A wait of a given latency: asleep until a deadline, as a request to a remote service would be. */
#include "engines/deadlines.h"
#include "model/engine.h"
#include "system/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum timer_option { TIMER_LATENCY };

static const struct option timer_options[] = {
    {"latency", OPTION_TIME, 0, 3600, NAN, NULL, "how long each wait takes"},
    {0},
};

struct timer {
    int64_t latency_ns;
    const uint32_t *stop;
    struct deadlines waiting;
};

static int timer_open(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                      void *shared, void **state)
{
    (void)shared, (void)thread;
    struct timer *timer = malloc(sizeof *timer);
    if (!timer) {
        return -ENOMEM;
    }
    timer->latency_ns = llround(spec->engine_option[TIMER_LATENCY] * 1e9);
    timer->stop = cell->stop;
    int failed = deadlines_create(&timer->waiting, cell->depth);
    if (failed) {
        free(timer);
        return failed;
    }
    *state = timer;
    clock_set_least_slack();
    return 0;
}

static void timer_close(void *state)
{
    struct timer *timer = state;
    deadlines_free(&timer->waiting);
    free(timer);
}

static int timer_wait(void *state, uint64_t item, uint64_t *result)
{
    (void)item;
    const struct timer *timer = state;
    if (timer->latency_ns > 0 &&
        clock_sleep_unless(clock_now_ns() + timer->latency_ns, timer->stop)) {
        return -ECANCELED;
    }
    *result = 0;
    return 0;
}

static int timer_submit(void *state, uint32_t slot, uint64_t item)
{
    (void)item;
    struct timer *timer = state;
    deadlines_add(&timer->waiting, clock_now_ns() + timer->latency_ns, slot);
    return 0;
}

static int timer_reap(void *state, uint32_t most, struct completion *done)
{
    struct timer *timer = state;
    uint32_t count = 0;
    int64_t first_ns = deadlines_first_ns(&timer->waiting), now_ns = clock_now_ns();
    if (first_ns > now_ns) {
        if (clock_sleep_unless(first_ns, timer->stop)) {
            return -ECANCELED;
        }
        now_ns = clock_now_ns();
    }
    while (count < most && deadlines_take(&timer->waiting, now_ns, &done[count].slot)) {
        done[count++].result = 0;
    }
    return (int)count;
}

static uint64_t timer_expect(const struct task_spec *spec, uint64_t item)
{
    (void)spec, (void)item;
    return 0;
}

static double timer_latency_s(const struct task_spec *spec)
{
    return spec->engine_option[TIMER_LATENCY];
}

const struct engine engine_timer = {
    .name = "timer",
    .blocking = "sleeps to a deadline",
    .in_flight = "one queue of deadlines per thread",
    .help = "a fixed latency, like that of a service that is always ready",
    .options = timer_options,
    .waits = true,
    .open = timer_open,
    .wait = timer_wait,
    .submit = timer_submit,
    .reap = timer_reap,
    .close = timer_close,
    .expect = timer_expect,
    .latency_s = timer_latency_s,
};
