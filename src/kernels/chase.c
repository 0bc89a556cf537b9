/* Memory latency: each load gives the address of the next. The cache lines of the memory form one
 * cycle in a scattered order, step 0 → 1 → 2 → … under a bijection of the numbers of the lines;
 * so the line that n steps lead to is known without walking, and no prefetcher can guess it. */
#include "model/kernel.h"
#include "system/pages.h"

#include <stdlib.h>

#define CHASE_LINE_BYTES 64

enum { CHASE_MEMORY };

struct chase_line {
    struct chase_line *next;
    char unused[CHASE_LINE_BYTES - sizeof(struct chase_line *)];
};

/* The order of the lines. They are 2^bits, so that arithmetic modulo their number is a mask. */
struct chase_order {
    uint64_t mask, offset;
    unsigned shift;
};

/* What the threads of a rank share: read-only once it stands. */
struct chase {
    struct chase_order order;
    void *memory; /* that the lines lie in */
    struct chase_line *lines;
    size_t bytes;
};

static struct chase_order chase_order(const struct task_spec *spec)
{
    uint64_t lines = (uint64_t)spec->kernel_option[CHASE_MEMORY] / CHASE_LINE_BYTES;
    unsigned bits = 63 - (unsigned)__builtin_clzll(lines);
    return (struct chase_order){
        .mask = ((uint64_t)1 << bits) - 1, .offset = task_mix(spec->seed), .shift = (bits + 1) / 2};
}

/* Odd multipliers and shifts by at least half of the bits: each step can be undone. */
#define CHASE_FIRST 0x9e3779b97f4a7c15u
#define CHASE_SECOND 0xbf58476d1ce4e5b9u
#define CHASE_THIRD 0x94d049bb133111ebu

/* The line at a step of the cycle; steps count modulo the number of lines. */
static uint64_t chase_line_at(struct chase_order order, uint64_t step)
{
    uint64_t line = (step + order.offset) * CHASE_FIRST & order.mask;
    line = (line ^ line >> order.shift) * CHASE_SECOND & order.mask;
    line = (line ^ line >> order.shift) * CHASE_THIRD & order.mask;
    return line;
}

/* Inverse of an odd number modulo 2^64, by Newton's iteration: each turn doubles the right bits. */
static uint64_t chase_inverse(uint64_t odd)
{
    uint64_t inverse = odd;
    for (int right_bits = 3; right_bits < 64; right_bits *= 2) {
        inverse *= 2 - odd * inverse;
    }
    return inverse;
}

/* Writes the cycle in the order of the memory, which needs the step of each line. */
static void chase_fill(const struct chase *chase)
{
    const struct chase_order order = chase->order;
    const uint64_t first = chase_inverse(CHASE_FIRST), second = chase_inverse(CHASE_SECOND),
                   third = chase_inverse(CHASE_THIRD);
    for (uint64_t line = 0; line <= order.mask; line++) {
        uint64_t step = line * third & order.mask;
        step = (step ^ step >> order.shift) * second & order.mask;
        step = (step ^ step >> order.shift) * first - order.offset;
        chase->lines[line].next = chase->lines + chase_line_at(order, step + 1);
    }
}

static int chase_share(const struct task_spec *spec, const struct kernel_sharing *sharing,
                       void **shared)
{
    (void)sharing;
    struct chase *chase = calloc(1, sizeof *chase);
    if (!chase) {
        return -ENOMEM;
    }
    chase->order = chase_order(spec);
    chase->bytes = (chase->order.mask + 1) * sizeof *chase->lines;
    void *lines = NULL;
    int error = pages_allocate(chase->bytes, &chase->memory, &lines);
    if (error) {
        free(chase);
        return error;
    }
    chase->lines = lines;
    chase_fill(chase);
    *shared = chase;
    return 0;
}

static int chase_unshare(void *shared, struct kernel_notes *notes)
{
    (void)notes;
    struct chase *chase = shared;
    free(chase->memory);
    free(chase);
    return 0;
}

static int chase_open(const struct task_spec *spec, unsigned workers, void *shared, void **state)
{
    (void)spec;
    (void)workers;
    *state = shared;
    return 0;
}

static int chase_close(void *state)
{
    (void)state;
    return 0;
}

/* An item begins where the item before it ends, so that no line is met again before all were. */
static uint64_t chase_compute(void *state, uint64_t item, uint64_t units)
{
    const struct chase *chase = state;
    const struct chase_line *line = chase->lines + chase_line_at(chase->order, item * units);
    for (uint64_t unit = 0; unit < units; unit++) {
        line = line->next;
    }
    return (uint64_t)(line - chase->lines);
}

static uint64_t chase_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    return chase_line_at(chase_order(spec), item * units + units);
}

static const struct option chase_options[] = {
    [CHASE_MEMORY] = {.name = "memory",
                      .kind = OPTION_BYTES,
                      .minimum = 65536,
                      .maximum = 68719476736,
                      .fallback = 67108864,
                      .help = "what each rank walks through; rounded down to a power of two"},
    {.name = NULL},
};

const struct kernel kernel_chase = {
    .name = "chase",
    .bound = KERNEL_BOUND_LATENCY,
    .help = "loads at random addresses, each dependent on the one before",
    .unit = "one load from another cache line",
    .options = chase_options,
    .bytes_per_unit = CHASE_LINE_BYTES,
    .share = chase_share,
    .unshare = chase_unshare,
    .open = chase_open,
    .compute = chase_compute,
    .close = chase_close,
    .expect = chase_expect,
};
