#include "system/guard.h"

#include "system/clock.h"
#include "system/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* A write that takes longer is hung, and what it writes is not acknowledged. */
enum { HELD_MOST_S = 5, STACK_BYTES = 256 << 10 };

#define SAYING_NS 100000000 /* for the caller of guard_hush */
#define LOOK_NS 50000000

struct guard {
    int64_t patience_ns;
    void (*leave)(void *context, const struct error *error);
    void *context;
    pthread_mutex_t at_duties; /* covers the next two */
    const struct guard_duties *duties;
    bool told; /* they know that the program is asked to end */
    pthread_mutex_t held;
    bool hushed;
    /* Of its thread: */
    bool asked;
    pid_t parent;            /* that has started the process */
    int64_t tick_ns, end_ns; /* the next one; the end of its patience */
};

/* What is being written is waited for, but not for ever. */
static void leave(struct guard *guard, struct error *error)
{
    struct timespec most;
    clock_gettime(CLOCK_MONOTONIC, &most);
    most.tv_sec += HELD_MOST_S;
    pthread_mutex_clocklock(&guard->held, CLOCK_MONOTONIC, &most);
    if (__atomic_load_n(&guard->hushed, __ATOMIC_ACQUIRE)) {
        clock_sleep_until_ns(clock_now_ns() + SAYING_NS);
        error->text[0] = '\0';
    }
    guard->leave(guard->context, error);
}

/* A rank whose launcher has died may wait for it for ever, in the library: the program is asked to
 * end. (PR_SET_PDEATHSIG would tell of the launcher's thread.) */
static void ask_when_left_alone(const struct guard *guard)
{
    if (getppid() != guard->parent) {
        kill(getpid(), SIGTERM);
    }
}

static void do_duties(struct guard *guard, int64_t now_ns)
{
    struct error error = {0};
    pthread_mutex_lock(&guard->at_duties);
    if (guard->duties && guard->asked && !guard->told) {
        guard->told = true;
        guard->duties->asked(guard->duties->context);
    }
    if (now_ns >= guard->tick_ns) {
        guard->tick_ns = now_ns + GUARD_TICK_NS;
        if (guard->duties && guard->duties->tick(guard->duties->context, &error) != 0) {
            leave(guard, &error);
        }
    }
    pthread_mutex_unlock(&guard->at_duties);
}

static void *watch(void *argument)
{
    struct guard *guard = argument;
    for (;;) {
        int64_t now_ns = clock_now_ns();
        if (!guard->asked && interrupt_signal()) {
            guard->asked = true;
            guard->end_ns = now_ns + guard->patience_ns;
        }
        if (guard->asked && now_ns >= guard->end_ns) {
            struct error error = {0};
            error_set(&error, STATUS_INTERRUPTED, "interrupted%s; what was measured is kept",
                      interrupt_was_alarm() ? ": the budget was over" : "");
            leave(guard, &error);
        }
        if (!guard->asked) {
            ask_when_left_alone(guard);
        }
        do_duties(guard, now_ns);
        if (guard->asked) {
            clock_sleep_until_ns(now_ns + LOOK_NS);
        } else {
            clock_sleep_unless(guard->tick_ns, interrupt_word());
        }
    }
    return NULL;
}

struct guard *guard_start(int64_t patience_ns,
                          void (*leaves)(void *context, const struct error *error), void *context)
{
    struct guard *guard = calloc(1, sizeof *guard);
    if (!guard) {
        return NULL;
    }
    *guard = (struct guard){
        .patience_ns = patience_ns, .leave = leaves, .context = context, .parent = getppid()};
    pthread_mutex_init(&guard->at_duties, NULL);
    pthread_mutex_init(&guard->held, NULL);
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int failed = pthread_create(&thread, &attributes, watch, guard);
    pthread_attr_destroy(&attributes);
    if (failed) {
        free(guard);
        return NULL;
    }
    return guard;
}

void guard_attend(struct guard *guard, const struct guard_duties *duties)
{
    if (guard) {
        pthread_mutex_lock(&guard->at_duties);
        guard->duties = duties;
        guard->told = false;
        pthread_mutex_unlock(&guard->at_duties);
    }
}

void guard_hold(struct guard *guard)
{
    if (guard) {
        pthread_mutex_lock(&guard->held);
    }
}

void guard_let_go(struct guard *guard)
{
    if (guard) {
        pthread_mutex_unlock(&guard->held);
    }
}

void guard_hush(struct guard *guard)
{
    if (guard) {
        __atomic_store_n(&guard->hushed, true, __ATOMIC_RELEASE);
    }
}
