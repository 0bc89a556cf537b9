#include "machine/probe.h"

#include "system/clock.h"

#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The value below which a share of them lies; NAN of none. Reorders. */
static double quantile(double *values, size_t count, double share)
{
    if (count == 0) {
        return NAN;
    }
    qsort(values, count, sizeof *values, ascending);
    return values[(size_t)(share * (double)(count - 1) + 0.5)];
}

struct pair {
    const struct topo *topo;
    int core;
    sem_t turn[2];
    bool ended; /* written by the one before it hands over for the last time */
    double switch_s;
};

static void *answer(void *argument)
{
    struct pair *pair = argument;
    topo_bind(pair->topo, pair->core);
    for (;;) {
        sem_wait(&pair->turn[1]);
        if (pair->ended) {
            return NULL;
        }
        sem_post(&pair->turn[0]);
    }
}

static void *ask(void *argument)
{
    enum { BATCHES = 40, ROUND_TRIPS = 100, MOST_NS = 200000000 };
    struct pair *pair = argument;
    double time_s[BATCHES];
    size_t batches = 0;
    topo_bind(pair->topo, pair->core);
    int64_t start_ns = clock_now_ns(), now_ns = start_ns;
    while (batches < BATCHES && now_ns - start_ns < MOST_NS) {
        int64_t before_ns = now_ns;
        for (int i = 0; i < ROUND_TRIPS; i++) {
            sem_post(&pair->turn[1]);
            sem_wait(&pair->turn[0]);
        }
        now_ns = clock_now_ns();
        time_s[batches++] = (double)(now_ns - before_ns) * 1e-9 / (2 * ROUND_TRIPS);
    }
    pair->switch_s = quantile(time_s, batches, 0.5);
    pair->ended = true;
    sem_post(&pair->turn[1]);
    return NULL;
}

double probe_switch_s(const struct topo *topo, int core)
{
    struct pair pair = {.topo = topo, .core = core, .switch_s = NAN};
    pthread_t asking, answering;
    sem_init(&pair.turn[0], 0, 0);
    sem_init(&pair.turn[1], 0, 0);
    if (pthread_create(&answering, NULL, answer, &pair) == 0) {
        if (pthread_create(&asking, NULL, ask, &pair) == 0) {
            pthread_join(asking, NULL);
        } else {
            pair.ended = true;
            sem_post(&pair.turn[1]);
        }
        pthread_join(answering, NULL);
    }
    sem_destroy(&pair.turn[0]);
    sem_destroy(&pair.turn[1]);
    return pair.switch_s;
}

static void *nothing(void *unused)
{
    return unused;
}

double probe_thread_s(void)
{
    enum { THREADS = 200, MOST_NS = 100000000 };
    double time_s[THREADS];
    size_t count = 0;
    int64_t start_ns = clock_now_ns(), now_ns = start_ns;
    while (count < THREADS && now_ns - start_ns < MOST_NS) {
        int64_t before_ns = now_ns;
        pthread_t thread;
        if (pthread_create(&thread, NULL, nothing, NULL) != 0) {
            break;
        }
        pthread_join(thread, NULL);
        now_ns = clock_now_ns();
        time_s[count++] = (double)(now_ns - before_ns) * 1e-9;
    }
    return quantile(time_s, count, 0.5);
}

/* In a thread of its own, whose timer slack ends with it. */
static void *sleep_often(void *argument)
{
    enum { SLEEPS = 60, NAP_NS = 1000000, MOST_NS = 200000000 };
    struct probe_lateness *found = argument;
    double late_s[SLEEPS];
    size_t count = 0;
    clock_set_least_slack();
    int64_t start_ns = clock_now_ns(), now_ns = start_ns;
    while (count < SLEEPS && now_ns - start_ns < MOST_NS) {
        int64_t deadline_ns = now_ns + NAP_NS;
        clock_sleep_until_ns(deadline_ns);
        now_ns = clock_now_ns();
        late_s[count++] = (double)(now_ns - deadline_ns) * 1e-9;
    }
    *found = (struct probe_lateness){quantile(late_s, count, 0.5), quantile(late_s, count, 0.9)};
    return NULL;
}

struct probe_lateness probe_lateness(void)
{
    struct probe_lateness found = {NAN, NAN};
    pthread_t thread;
    if (pthread_create(&thread, NULL, sleep_often, &found) == 0) {
        pthread_join(thread, NULL);
    }
    return found;
}
