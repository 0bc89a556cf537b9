/* A wait of a given latency: asleep until a deadline, as a request to a remote service would be. */
#include "engines/engines.h"
#include "system/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum timer_option { TIMER_LATENCY };

static const struct option timer_options[] = {
    {"latency", OPTION_TIME, 0, 3600, NAN, NULL, "how long each wait takes"},
    {0},
};

/* A heap of four children per node: half the levels of a binary one, its children in one line of
 * the cache. */
enum { CHILDREN = 4 };

struct timer_entry {
    int64_t deadline_ns;
    uint32_t slot;
};

struct timer {
    int64_t latency_ns;
    uint32_t count;
    struct timer_entry heap[];
};

static int timer_open(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                      void *shared, void **state)
{
    unsigned depth = cell->depth;
    (void)shared, (void)thread;
    struct timer *timer = malloc(sizeof *timer + depth * sizeof timer->heap[0]);
    if (!timer) {
        return -ENOMEM;
    }
    timer->latency_ns = llround(spec->engine_option[TIMER_LATENCY] * 1e9);
    timer->count = 0;
    for (unsigned i = 0; i < depth; i++) {
        timer->heap[i] = (struct timer_entry){.deadline_ns = INT64_MAX};
    }
    *state = timer;
    clock_set_least_slack();
    return 0;
}

static int timer_wait(void *state, uint64_t item, uint64_t *result)
{
    (void)item;
    const struct timer *timer = state;
    if (timer->latency_ns > 0) {
        clock_sleep_until_ns(clock_now_ns() + timer->latency_ns);
    }
    *result = 0;
    return 0;
}

static int timer_submit(void *state, uint32_t slot, uint64_t item)
{
    (void)item;
    struct timer *timer = state;
    struct timer_entry entry = {clock_now_ns() + timer->latency_ns, slot};
    uint32_t at = timer->count++;
    while (at > 0 && entry.deadline_ns < timer->heap[(at - 1) / CHILDREN].deadline_ns) {
        timer->heap[at] = timer->heap[(at - 1) / CHILDREN];
        at = (at - 1) / CHILDREN;
    }
    timer->heap[at] = entry;
    return 0;
}

static void remove_first(struct timer *timer)
{
    struct timer_entry last = timer->heap[--timer->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t first = at * CHILDREN + 1, least = first;
        uint32_t end = timer->count - first < CHILDREN ? timer->count : first + CHILDREN;
        if (first >= timer->count) {
            break;
        }
        for (uint32_t child = first + 1; child < end; child++) {
            if (timer->heap[child].deadline_ns < timer->heap[least].deadline_ns) {
                least = child;
            }
        }
        if (timer->heap[least].deadline_ns >= last.deadline_ns) {
            break;
        }
        timer->heap[at] = timer->heap[least];
        at = least;
    }
    timer->heap[at] = last;
}

static int timer_reap(void *state, uint32_t most, struct completion *done)
{
    struct timer *timer = state;
    uint32_t count = 0;
    int64_t now = clock_now_ns();
    if (timer->heap[0].deadline_ns > now) {
        clock_sleep_until_ns(timer->heap[0].deadline_ns);
        now = clock_now_ns();
    }
    while (count < most && timer->count > 0 && timer->heap[0].deadline_ns <= now) {
        done[count++] = (struct completion){.slot = timer->heap[0].slot, .result = 0};
        remove_first(timer);
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
    .in_flight = "one heap of deadlines per thread",
    .help = "a fixed latency, like a request to a service that is always ready",
    .options = timer_options,
    .waits = true,
    .open = timer_open,
    .wait = timer_wait,
    .submit = timer_submit,
    .reap = timer_reap,
    .close = free,
    .expect = timer_expect,
    .latency_s = timer_latency_s,
};
