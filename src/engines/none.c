/* No wait at all: what is left is the tool's own cost. */
#include "model/engine.h"

#include <errno.h>
#include <stdlib.h>

/* Slots that have "ended", last in first out. */
struct none {
    uint32_t ready;
    uint32_t slot[];
};

static int none_open(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                     void *shared, void **state)
{
    (void)spec, (void)shared, (void)thread;
    struct none *none = calloc(1, sizeof *none + cell->depth * sizeof none->slot[0]);
    *state = none;
    return none ? 0 : -ENOMEM;
}

static int none_wait(void *state, uint64_t item, uint64_t *result)
{
    (void)state, (void)item;
    *result = 0;
    return 0;
}

static int none_submit(void *state, uint32_t slot, uint64_t item)
{
    (void)item;
    struct none *none = state;
    none->slot[none->ready++] = slot;
    return 0;
}

static int none_reap(void *state, uint32_t most, struct completion *done)
{
    struct none *none = state;
    uint32_t count = none->ready < most ? none->ready : most;
    for (uint32_t i = 0; i < count; i++) {
        done[i] = (struct completion){.slot = none->slot[--none->ready], .result = 0};
    }
    return (int)count;
}

static uint64_t none_expect(const struct task_spec *spec, uint64_t item)
{
    (void)spec, (void)item;
    return 0;
}

const struct engine engine_none = {
    .name = "none",
    .blocking = "returns at once",
    .in_flight = "the same",
    .help = "nothing: what is left is the cost of cual itself",
    .open = none_open,
    .wait = none_wait,
    .submit = none_submit,
    .reap = none_reap,
    .close = free,
    .expect = none_expect,
};
