/* A simulated rank that waits for a futex to change sleeps until another one wakes it: who looks at
 * it between yields does so for a simulated microsecond, who sleeps needs ten to wake up. */
#include "ranks/futex.h"

#include "simulated.h"

#include <simgrid/cond.h>
#include <simgrid/mutex.h>
#include <stddef.h>
#include <time.h>

enum { FUTEXES_MOST = 1 << 17, LOOK_NS = 1000, WAKE_NS = 10000 };

static struct sleeper {
    const uint32_t *futex;
    sg_mutex_t mutex;
    sg_cond_t woken;
} sleepers[FUTEXES_MOST];

/* The entry of the futex, or a free one. */
static struct sleeper *find(const uint32_t *futex)
{
    size_t i = ((uintptr_t)futex >> 7) % FUTEXES_MOST;
    while (sleepers[i].futex && sleepers[i].futex != futex) {
        i = (i + 1) % FUTEXES_MOST;
    }
    return &sleepers[i];
}

static struct sleeper *sleeper_at(const uint32_t *futex)
{
    if (!find(futex)->futex) { /* others may run while SimGrid makes these */
        const struct sleeper made = {futex, sg_mutex_init(), sg_cond_init()};
        struct sleeper *entry = find(futex);
        *entry = entry->futex ? *entry : made;
    }
    return find(futex);
}

static void await(const uint32_t *futex, uint32_t old, long late_ns)
{
    const struct timespec late = {.tv_nsec = late_ns};
    struct sleeper *sleeper = sleeper_at(futex);
    sg_mutex_lock(sleeper->mutex);
    if (*futex == old) {
        sg_cond_wait(sleeper->woken, sleeper->mutex);
    }
    sg_mutex_unlock(sleeper->mutex);
    nanosleep(&late, NULL);
}

void futex_yield(const uint32_t *futex, uint32_t old)
{
    await(futex, old, LOOK_NS);
}

/* Without the most that it may take: nobody's call is lost here. */
void futex_sleep(const uint32_t *futex, uint32_t old, int64_t most_ns)
{
    (void)most_ns;
    await(futex, old, WAKE_NS);
}

void futex_wake(const uint32_t *futex)
{
    struct sleeper *sleeper = sleeper_at(futex);
    sg_mutex_lock(sleeper->mutex);
    sg_cond_notify_all(sleeper->woken);
    sg_mutex_unlock(sleeper->mutex);
}
