/* A simulated rank that waits for a word to change sleeps until another one wakes it: who looks at
 * it between yields does so for a simulated microsecond, who sleeps needs ten to wake up. */
#include "ranks/word.h"

#include "simulated.h"

#include <simgrid/cond.h>
#include <simgrid/mutex.h>
#include <stddef.h>
#include <time.h>

enum { WORDS_MOST = 1 << 17, LOOK_NS = 1000, WAKE_NS = 10000 };

static struct sleeper {
    const uint32_t *word;
    sg_mutex_t mutex;
    sg_cond_t woken;
} sleepers[WORDS_MOST];

/* The word's place, or a free one. */
static struct sleeper *find(const uint32_t *word)
{
    size_t i = ((uintptr_t)word >> 7) % WORDS_MOST;
    while (sleepers[i].word && sleepers[i].word != word) {
        i = (i + 1) % WORDS_MOST;
    }
    return &sleepers[i];
}

static struct sleeper *sleeper_at(const uint32_t *word)
{
    if (!find(word)->word) { /* others may run while SimGrid makes these */
        const struct sleeper made = {word, sg_mutex_init(), sg_cond_init()};
        struct sleeper *place = find(word);
        *place = place->word ? *place : made;
    }
    return find(word);
}

static void await(const uint32_t *word, uint32_t old, long late_ns)
{
    const struct timespec late = {.tv_nsec = late_ns};
    struct sleeper *sleeper = sleeper_at(word);
    sg_mutex_lock(sleeper->mutex);
    if (*word == old) {
        sg_cond_wait(sleeper->woken, sleeper->mutex);
    }
    sg_mutex_unlock(sleeper->mutex);
    nanosleep(&late, NULL);
}

void word_yield(const uint32_t *word, uint32_t old)
{
    await(word, old, LOOK_NS);
}

/* Without the most that it may take: nobody's call is lost here. */
void word_sleep(const uint32_t *word, uint32_t old, int64_t most_ns)
{
    (void)most_ns;
    await(word, old, WAKE_NS);
}

void word_wake(const uint32_t *word)
{
    struct sleeper *sleeper = sleeper_at(word);
    sg_mutex_lock(sleeper->mutex);
    sg_cond_notify_all(sleeper->woken);
    sg_mutex_unlock(sleeper->mutex);
}
