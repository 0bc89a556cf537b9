#include "faults.h"

#include "engines/engines.h"
#include "kernels/kernels.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t right_result(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    (void)spec, (void)units;
    return task_mix(item);
}

static int free_shared(void *shared, struct kernel_notes *notes)
{
    (void)notes;
    free(shared);
    return 0;
}

/* -- loses_task: all workers together fill a table, each its part. The table is one per process,
 * and the parts of the workers in other processes are never filled. -- */

enum { TABLE = 240 }; /* divides by every number of workers up to 6, and by 8 */

struct table {
    atomic_uint workers; /* that have filled their part */
    uint64_t filled[TABLE];
};

static int table_share(const struct task_spec *spec, const struct kernel_sharing *sharing,
                       void **shared)
{
    (void)spec, (void)sharing;
    *shared = calloc(1, sizeof(struct table));
    return *shared ? 0 : -ENOMEM;
}

static int table_open(const struct task_spec *spec, const struct kernel_worker *worker,
                      void *shared, void **state)
{
    (void)spec;
    struct table *table = shared;
    unsigned part = atomic_fetch_add(&table->workers, 1);
    for (unsigned i = TABLE * part / worker->workers; i < TABLE * (part + 1) / worker->workers;
         i++) {
        table->filled[i] = ~UINT64_C(0);
    }
    *state = table;
    return 0;
}

static uint64_t table_compute(void *state, uint64_t item, uint64_t units)
{
    (void)units;
    const struct table *table = state;
    return task_mix(item) & table->filled[item % TABLE];
}

const struct kernel fault_loses_task = {
    .name = "loses_task",
    .bound = KERNEL_BOUND_INTEGER,
    .help = "wrong with more than one rank",
    .share = table_share,
    .unshare = free_shared,
    .open = table_open,
    .compute = table_compute,
    .expect = right_result,
};

/* -- races: the result goes through one place per process, as with strtok. Another thread needs
 * but to come in between; the nap sees to that. -- */

static int place_share(const struct task_spec *spec, const struct kernel_sharing *sharing,
                       void **shared)
{
    (void)spec, (void)sharing;
    *shared = calloc(1, sizeof(atomic_ullong));
    return *shared ? 0 : -ENOMEM;
}

static int place_open(const struct task_spec *spec, const struct kernel_worker *worker,
                      void *shared, void **state)
{
    (void)spec, (void)worker;
    *state = shared;
    return 0;
}

static uint64_t place_compute(void *state, uint64_t item, uint64_t units)
{
    (void)units;
    atomic_ullong *place = state;
    atomic_store(place, item);
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    return task_mix(atomic_load(place));
}

const struct kernel fault_races = {
    .name = "races",
    .bound = KERNEL_BOUND_INTEGER,
    .help = "wrong with more than one thread",
    .share = place_share,
    .unshare = free_shared,
    .open = place_open,
    .compute = place_compute,
    .expect = right_result,
};

/* -- drops: what one segment found is kept for the next one of the same task. With others in
 * flight the next segment is not of the same task. -- */

static int carry_open(const struct task_spec *spec, const struct kernel_worker *worker,
                      void *shared, void **state)
{
    (void)spec, (void)worker, (void)shared;
    *state = calloc(1, sizeof(uint64_t));
    return *state ? 0 : -ENOMEM;
}

static int carry_close(void *state)
{
    free(state);
    return 0;
}

/* Two segments per task: the second returns what the first one found. */
static uint64_t carry_compute(void *state, uint64_t item, uint64_t units)
{
    (void)units;
    uint64_t *found = state;
    if (item % 2 == 0) {
        *found = task_mix(item);
    }
    return *found;
}

static uint64_t carry_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    return right_result(spec, item - item % 2, units);
}

const struct kernel fault_drops = {
    .name = "drops",
    .bound = KERNEL_BOUND_INTEGER,
    .help = "wrong with more than one in flight; for one wait per task",
    .open = carry_open,
    .compute = carry_compute,
    .close = carry_close,
    .expect = carry_expect,
};

/* -- mixes_up: an engine that remembers one item where it needs one per slot. -- */

struct mixed_up {
    uint64_t item; /* submitted last */
    uint32_t ready;
    uint32_t slot[];
};

static int mixed_up_open(const struct task_spec *spec, const struct engine_cell *cell,
                         unsigned thread, void *shared, void **state)
{
    (void)spec, (void)shared, (void)thread;
    struct mixed_up *mixed_up =
        calloc(1, sizeof *mixed_up + cell->depth * sizeof mixed_up->slot[0]);
    *state = mixed_up;
    return mixed_up ? 0 : -ENOMEM;
}

static int mixed_up_wait(void *state, uint64_t item, uint64_t *result)
{
    (void)state;
    *result = task_mix(item);
    return 0;
}

static int mixed_up_submit(void *state, uint32_t slot, uint64_t item)
{
    struct mixed_up *mixed_up = state;
    mixed_up->item = item;
    mixed_up->slot[mixed_up->ready++] = slot;
    return 0;
}

static int mixed_up_reap(void *state, uint32_t most, struct completion *done)
{
    (void)most;
    struct mixed_up *mixed_up = state;
    *done = (struct completion){mixed_up->slot[--mixed_up->ready], task_mix(mixed_up->item)};
    return 1;
}

static uint64_t mixed_up_expect(const struct task_spec *spec, uint64_t item)
{
    return right_result(spec, item, 0);
}

const struct engine fault_mixes_up = {
    .name = "mixes_up",
    .blocking = "returns at once",
    .in_flight = "returns another operation's result",
    .help = "wrong with more than one in flight",
    .waits = true,
    .open = mixed_up_open,
    .wait = mixed_up_wait,
    .submit = mixed_up_submit,
    .reap = mixed_up_reap,
    .close = free,
    .expect = mixed_up_expect,
};

/* -- hurries: the timer, whose waits end early when several are in flight. -- */

static int hurries_open(const struct task_spec *spec, const struct engine_cell *cell,
                        unsigned thread, void *shared, void **state)
{
    struct task_spec hurried = *spec;
    hurried.engine_option[0] *= cell->depth > 1 ? 0.1 : 1;
    return engine_timer.open(&hurried, cell, thread, shared, state);
}

static int hurries_wait(void *state, uint64_t item, uint64_t *result)
{
    return engine_timer.wait(state, item, result);
}

static int hurries_submit(void *state, uint32_t slot, uint64_t item)
{
    return engine_timer.submit(state, slot, item);
}

static int hurries_reap(void *state, uint32_t most, struct completion *done)
{
    return engine_timer.reap(state, most, done);
}

static uint64_t hurries_expect(const struct task_spec *spec, uint64_t item)
{
    return engine_timer.expect(spec, item);
}

static double hurries_latency_s(const struct task_spec *spec)
{
    return spec->engine_option[0];
}

static const struct option hurries_options[] = {
    {"latency", OPTION_TIME, 1e-6, 1, NAN, NULL, "how long each wait should take"},
    {0},
};

const struct engine fault_hurries = {
    .name = "hurries",
    .blocking = "sleeps to a deadline",
    .in_flight = "sleeps to a tenth of it",
    .help = "faster than can be with more than one in flight",
    .options = hurries_options,
    .waits = true,
    .open = hurries_open,
    .wait = hurries_wait,
    .submit = hurries_submit,
    .reap = hurries_reap,
    .close = free,
    .expect = hurries_expect,
    .latency_s = hurries_latency_s,
};

/* -- timer and flops, for the answers that are known before anything is measured -- */

static bool is_chosen(const char *name)
{
    const char *chosen = getenv("CUAL_FAULT");
    return chosen && strcmp(chosen, name) == 0;
}

static int early_open(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                      void *shared, void **state)
{
    struct task_spec early = *spec;
    early.engine_option[0] *= is_chosen("timer") ? 0.01 : 1;
    return engine_timer.open(&early, cell, thread, shared, state);
}

static void early_close(void *state)
{
    engine_timer.close(state);
}

const struct engine fault_timer = {
    .name = "timer",
    .blocking = "sleeps to a deadline",
    .in_flight = "the same",
    .help = "ends early when CUAL_FAULT is timer",
    .options = hurries_options,
    .waits = true,
    .open = early_open,
    .wait = hurries_wait,
    .submit = hurries_submit,
    .reap = hurries_reap,
    .close = early_close,
    .expect = hurries_expect,
    .latency_s = hurries_latency_s,
};

static int skips_open(const struct task_spec *spec, const struct kernel_worker *worker,
                      void *shared, void **state)
{
    (void)spec, (void)shared;
    bool *skips = malloc(sizeof *skips);
    *state = skips;
    if (!skips) {
        return -ENOMEM;
    }
    *skips = worker->workers > 1 && is_chosen("flops");
    return 0;
}

static uint64_t skips_compute(void *state, uint64_t item, uint64_t units)
{
    const bool *skips = state;
    return kernel_flops.compute(NULL, item, *skips ? units / 2 : units);
}

static int skips_close(void *state)
{
    free(state);
    return 0;
}

static uint64_t skips_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    return kernel_flops.expect(spec, item, units);
}

const struct kernel fault_flops = {
    .name = "flops",
    .bound = KERNEL_BOUND_FLOATING_POINT,
    .help = "skips work with more than one worker when CUAL_FAULT is flops",
    .unit = "480 multiply-adds of doubles",
    .flops_per_unit = 960,
    .open = skips_open,
    .compute = skips_compute,
    .close = skips_close,
    .expect = skips_expect,
};

/* -- stays_out: an engine that cannot begin in one rank, while the others go on. -- */

static int stays_out_enter(const struct task_spec *spec, const struct engine_cell *cell,
                           void **shared, struct engine_notes *notes)
{
    (void)spec, (void)shared, (void)notes;
    return cell->rank == 1 ? -EMFILE : 0;
}

const struct engine fault_stays_out = {
    .name = "stays_out",
    .blocking = "returns at once",
    .in_flight = "returns at once",
    .help = "cannot begin in rank 1",
    .waits = true,
    .enter = stays_out_enter,
    .open = mixed_up_open,
    .wait = mixed_up_wait,
    .submit = mixed_up_submit,
    .reap = mixed_up_reap,
    .close = free,
    .expect = mixed_up_expect,
};
