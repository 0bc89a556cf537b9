#include "worker/worker_loop.h"

#include "system/clock.h"

#include <errno.h>

/* Computes the slot's present segment. */
static inline void compute(struct worker *worker, const struct worker_slot *slot)
{
    uint64_t units = slot->segment == 0 ? worker->first_units : worker->other_units;
    if (worker->lock) {
        pthread_mutex_lock(worker->lock);
    }
    uint64_t result = worker->compute(worker->kernel_state, slot->item, units);
    if (worker->lock) {
        pthread_mutex_unlock(worker->lock);
    }
    worker->sum += task_contribution(slot->item, result);
}

/* Notes the end of the slot's wait and moves it on to the next segment. */
static void end_wait(struct worker *worker, struct worker_slot *slot, uint64_t result)
{
    worker->sum += worker_wait_contribution(slot->item, result);
    slot->item++;
    slot->segment++;
}

/* Puts the next task of the share into the slot; false when there is none left. */
static bool begin_task(struct worker *worker, struct worker_slot *slot)
{
    if (worker->share.next == worker->share.end) {
        return false;
    }
    slot->item = worker->share.next++ * ((uint64_t)worker->waits + 1);
    slot->segment = 0;
    return true;
}

static inline void end_task(struct worker *worker, const struct worker_slot *slot)
{
    worker->share.ended++;
    if (worker->ended_ns) {
        uint64_t task = slot->item / ((uint64_t)worker->waits + 1);
        worker->ended_ns[task - worker->share.first] = clock_now_ns();
    }
}

/* D = 1: one task after the other, each wait in the engine's blocking form. */
static int run_blocking(struct worker *worker)
{
    int (*wait)(void *state, uint64_t item, uint64_t *result) = worker->cell->engine->wait;
    struct worker_slot slot;
    while (begin_task(worker, &slot)) {
        compute(worker, &slot);
        while (slot.segment < worker->waits) {
            uint64_t result;
            int failed = wait(worker->engine_state, slot.item, &result);
            if (failed || engine_is_stopped(worker->stop)) {
                return failed ? failed : -ECANCELED;
            }
            end_wait(worker, &slot, result);
            compute(worker, &slot);
        }
        end_task(worker, &slot);
        if (engine_is_stopped(worker->stop)) {
            return -ECANCELED;
        }
    }
    return 0;
}

/* Computes in a slot until its task has to wait or no task is left for it. 1 when it now waits, 0
 * when the slot is empty, or -errno. */
static int advance(struct worker *worker, uint32_t number)
{
    struct worker_slot *slot = &worker->slots[number];
    for (;;) {
        compute(worker, slot);
        if (slot->segment < worker->waits) {
            int failed = worker->cell->engine->submit(worker->engine_state, number, slot->item);
            return failed ? failed : 1;
        }
        end_task(worker, slot);
        if (engine_is_stopped(worker->stop)) {
            return -ECANCELED;
        }
        if (!begin_task(worker, slot)) {
            return 0;
        }
    }
}

/* D > 1: as many tasks as there are slots, their waits submitted and reaped. */
static int run_in_flight(struct worker *worker)
{
    const struct worker_cell *cell = worker->cell;
    uint32_t depth = (uint32_t)cell->point.depth, in_flight = 0;
    for (uint32_t s = 0; s < depth && begin_task(worker, &worker->slots[s]); s++) {
        int waits = advance(worker, s);
        if (waits < 0) {
            return waits;
        }
        in_flight += (uint32_t)waits;
    }
    int64_t last_ns = worker->start_ns;
    while (in_flight > 0) {
        if (in_flight > worker->in_flight.most) {
            worker->in_flight.most = in_flight;
        }
        int count = cell->engine->reap(worker->engine_state, WORKER_REAP_MOST, worker->done);
        if (count < 0 || engine_is_stopped(worker->stop)) {
            return count < 0 ? count : -ECANCELED;
        }
        int64_t now_ns = clock_now_ns();
        worker->in_flight.integral_ns += (double)in_flight * (double)(now_ns - last_ns);
        last_ns = now_ns;
        in_flight -= (uint32_t)count;
        for (int i = 0; i < count; i++) {
            uint32_t number = worker->done[i].slot;
            end_wait(worker, &worker->slots[number], worker->done[i].result);
            int waits = advance(worker, number);
            if (waits < 0) {
                return waits;
            }
            in_flight += (uint32_t)waits;
        }
    }
    return 0;
}

/* What is left to compute when the last task has ended. */
static int finish_computing(struct worker *worker)
{
    if (!worker->cell->kernel->finish) {
        return 0;
    }
    if (worker->lock) {
        pthread_mutex_lock(worker->lock);
    }
    int failed = worker->cell->kernel->finish(worker->kernel_state);
    if (worker->lock) {
        pthread_mutex_unlock(worker->lock);
    }
    return failed;
}

void worker_measure(struct worker *worker)
{
    const struct engine *engine = worker->cell->engine;
    worker->start_ns = clock_now_ns();
    worker->error = worker->cell->point.depth == 1 ? run_blocking(worker) : run_in_flight(worker);
    if (!worker->error) {
        worker->error = finish_computing(worker);
    }
    if (!worker->error && engine->finish) {
        worker->error = engine->finish(worker->engine_state);
    }
    worker->end_ns = clock_now_ns();
}
