/* Memory latency: each load gives the address of the next. The cache lines of the memory form one
 * cycle in a scattered order, step 0 → 1 → 2 → … under a bijection of the numbers of the lines;
 * so the line that n steps lead to is known without walking, and no prefetcher can guess it. The
 * threads of a rank walk through one cycle, each from places of its own, and each rank has a cycle
 * of its own.
 *
 * A cycle that no cache holds comes from the memory from the first line on: it is written past the
 * caches. A smaller one lies in the caches from the first line on. */
#include "model/kernel.h"
#include "system/pages.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#define CHASE_LINE_BYTES 64

enum { CHASE_MEMORY };

struct chase_line {
    struct chase_line *next;
    char unused[CHASE_LINE_BYTES - sizeof(struct chase_line *)];
};

/* The order of the lines. A bijection of 2^bits numbers, of which the lines are the first, becomes
 * one of the lines by going on until it leads to a line (cycle walking; Black and Rogaway, CT-RSA
 * 2002). Arithmetic modulo 2^bits is a mask. */
struct chase_order {
    uint64_t lines, mask, offset;
    unsigned shift;
};

/* What the threads of a rank share: read-only once it stands. */
struct chase {
    struct chase_order order;
    void *memory; /* that the lines lie in */
    struct chase_line *lines;
};

static struct chase_order chase_order(const struct task_spec *spec)
{
    uint64_t lines = (uint64_t)spec->kernel_option[CHASE_MEMORY] / CHASE_LINE_BYTES;
    unsigned bits = 64 - (unsigned)__builtin_clzll(lines - 1);
    return (struct chase_order){.lines = lines,
                                .mask = ((uint64_t)1 << bits) - 1,
                                .offset = task_mix(spec->seed) % lines,
                                .shift = (bits + 1) / 2};
}

/* Odd multipliers and shifts by at least half of the bits: each step can be undone. */
#define CHASE_FIRST 0x9e3779b97f4a7c15u
#define CHASE_SECOND 0xbf58476d1ce4e5b9u
#define CHASE_THIRD 0x94d049bb133111ebu

static inline uint64_t chase_mix(struct chase_order order, uint64_t number)
{
    number = number * CHASE_FIRST & order.mask;
    number = (number ^ number >> order.shift) * CHASE_SECOND & order.mask;
    return (number ^ number >> order.shift) * CHASE_THIRD & order.mask;
}

/* Of two numbers the first, unless it is none of the lines'; without a branch, because no processor
 * can predict it. */
static inline uint64_t chase_first_line(struct chase_order order, uint64_t once, uint64_t twice)
{
    uint64_t takes_twice = -(uint64_t)(once >= order.lines);
    return once ^ ((once ^ twice) & takes_twice);
}

/* The line at a place of the cycle. */
static uint64_t chase_line_at(struct chase_order order, uint64_t place)
{
    uint64_t line = place;
    do {
        uint64_t once = chase_mix(order, line);
        line = chase_first_line(order, once, chase_mix(order, once));
    } while (line >= order.lines);
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

/* What undoes chase_mix. */
struct chase_undo {
    uint64_t first, second, third;
};

static inline uint64_t chase_unmix(struct chase_order order, const struct chase_undo *undo,
                                   uint64_t number)
{
    number = number * undo->third & order.mask;
    number = (number ^ number >> order.shift) * undo->second & order.mask;
    return (number ^ number >> order.shift) * undo->first & order.mask;
}

/* The place of a line in the cycle. */
static uint64_t chase_place_of(struct chase_order order, const struct chase_undo *undo,
                               uint64_t line)
{
    uint64_t place = line;
    do {
        uint64_t once = chase_unmix(order, undo, place);
        place = chase_first_line(order, once, chase_unmix(order, undo, once));
    } while (place >= order.lines);
    return place;
}

/* The place of an item's first line, and of the line after `more` steps; the lines fit 32 bits. */
static uint64_t chase_place(struct chase_order order, uint64_t item, uint64_t units, uint64_t more)
{
    uint64_t steps = item % order.lines * (units % order.lines) % order.lines;
    return (steps + more % order.lines + order.offset) % order.lines;
}

#if defined(__x86_64__)
static void chase_stream(struct chase_line *line, struct chase_line *next)
{
    __m128i *part = (__m128i *)line;
    _mm_stream_si128(part, _mm_set_epi64x(0, (long long)(uintptr_t)next));
    for (int i = 1; i < CHASE_LINE_BYTES / (int)sizeof *part; i++) {
        _mm_stream_si128(part + i, _mm_setzero_si128());
    }
}
#else
static void chase_stream(struct chase_line *line, struct chase_line *next)
{
    line->next = next;
}
#endif

/* Writes the cycle in the order of the memory, which needs the place of each line. */
static void chase_fill(const struct chase *chase, bool streams)
{
    const struct chase_order order = chase->order;
    const struct chase_undo undo = {chase_inverse(CHASE_FIRST), chase_inverse(CHASE_SECOND),
                                    chase_inverse(CHASE_THIRD)};
    for (uint64_t line = 0; line < order.lines; line++) {
        uint64_t after = chase_place_of(order, &undo, line) + 1;
        struct chase_line *next =
            chase->lines + chase_line_at(order, after < order.lines ? after : 0);
        if (streams) {
            chase_stream(&chase->lines[line], next);
        } else {
            chase->lines[line].next = next;
        }
    }
}

static struct footprint chase_footprint(const struct task_spec *spec)
{
    return (struct footprint){.bytes = spec->kernel_option[CHASE_MEMORY], .is_common = true};
}

static int chase_share(const struct task_spec *spec, const struct kernel_sharing *sharing,
                       void **shared)
{
    double memory = spec->kernel_option[CHASE_MEMORY];
    struct chase *chase = calloc(1, sizeof *chase);
    if (!chase) {
        return -ENOMEM;
    }
    chase->order = chase_order(spec);
    void *lines = NULL;
    int error = pages_allocate(chase->order.lines * sizeof *chase->lines, sharing->layout,
                               &chase->memory, &lines);
    if (error) {
        free(chase);
        return error;
    }
    chase->lines = lines;
    chase_fill(chase, memory > caches_last_bytes(&spec->caches));
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

static int chase_open(const struct task_spec *spec, const struct kernel_worker *worker,
                      void *shared, void **state)
{
    (void)spec;
    (void)worker;
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
    const struct chase_order order = chase->order;
    const struct chase_line *line =
        chase->lines + chase_line_at(order, chase_place(order, item, units, 0));
    for (uint64_t unit = 0; unit < units; unit++) {
        line = line->next;
    }
    return (uint64_t)(line - chase->lines);
}

static uint64_t chase_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    const struct chase_order order = chase_order(spec);
    return chase_line_at(order, chase_place(order, item, units, units));
}

static const struct option chase_options[] = {
    [CHASE_MEMORY] = {.name = "memory",
                      .kind = OPTION_BYTES,
                      .minimum = 16384,
                      .maximum = 68719476736,
                      .fallback = 67108864,
                      .help = "what the threads of each rank walk through"},
    {.name = NULL},
};

const struct kernel kernel_chase = {
    .name = "chase",
    .bound = KERNEL_BOUND_LATENCY,
    .help = "loads at random addresses, each dependent on the one before",
    .unit = "one load from another cache line",
    .options = chase_options,
    .bytes_per_unit = CHASE_LINE_BYTES,
    .footprint = chase_footprint,
    .share = chase_share,
    .unshare = chase_unshare,
    .open = chase_open,
    .compute = chase_compute,
    .close = chase_close,
    .expect = chase_expect,
};
