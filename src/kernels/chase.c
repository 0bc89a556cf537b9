/* Memory latency: each load gives the address of the next. The cache lines of the memory form one
 * cycle in a scattered order, so that no prefetcher can guess it. They are blocks of 2^bits lines:
 * the places of the cycle are dealt out to the blocks in turn, and in each block by a bijection of
 * its lines; so the line that n steps lead to is known without walking. The threads of a rank walk
 * through one cycle, each from places of its own, and each rank has a cycle of its own.
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

enum { CHASE_MEMORY };

struct chase_line {
    struct chase_line *next;
    char unused[CACHES_LINE_BYTES - sizeof(struct chase_line *)];
};

#define CHASE_PAGE_BITS 6    /* a block is at least a page of 64 lines */
#define CHASE_BLOCKS_MAX 127 /* and there are at most as many, so that little is rounded off */

/* The order of the lines. Arithmetic modulo the lines of a block is a mask. */
struct chase_order {
    uint64_t seed, lines, blocks, mask;
    unsigned bits, shift;
};

/* What the threads of a rank share: read-only once it stands. */
struct chase {
    struct chase_order order;
    void *memory; /* that the lines lie in */
    struct chase_line *lines;
};

/* Of the memory asked for, as many whole blocks as it has room for. */
static struct chase_order chase_order(const struct task_spec *spec)
{
    uint64_t lines = (uint64_t)spec->kernel_option[CHASE_MEMORY] / CACHES_LINE_BYTES;
    unsigned bits = CHASE_PAGE_BITS;
    while (lines >> bits > CHASE_BLOCKS_MAX) {
        bits++;
    }
    return (struct chase_order){.seed = task_mix(spec->seed),
                                .lines = lines >> bits << bits,
                                .blocks = lines >> bits,
                                .mask = ((uint64_t)1 << bits) - 1,
                                .bits = bits,
                                .shift = (bits + 1) / 2};
}

/* Odd multipliers and shifts by at least half of the bits: each step can be undone. */
#define CHASE_FIRST 0x9e3779b97f4a7c15u
#define CHASE_SECOND 0xbf58476d1ce4e5b9u
#define CHASE_THIRD 0x94d049bb133111ebu

/* The line of a block at the block's own place; each block begins elsewhere. */
static uint64_t chase_line_of(struct chase_order order, uint64_t block, uint64_t place)
{
    uint64_t line = (place + task_mix(order.seed + block)) * CHASE_FIRST & order.mask;
    line = (line ^ line >> order.shift) * CHASE_SECOND & order.mask;
    line = (line ^ line >> order.shift) * CHASE_THIRD & order.mask;
    return block << order.bits | line;
}

/* The line at a place of the cycle, counted modulo its length. */
static uint64_t chase_line_at(struct chase_order order, uint64_t place)
{
    return chase_line_of(order, place % order.blocks, place / order.blocks);
}

/* The place in the cycle that `more` steps lead to from where an item begins: items follow each
 * other, so that no line is met again before all were. The lines fit 32 bits. */
static uint64_t chase_place(struct chase_order order, uint64_t item, uint64_t units, uint64_t more)
{
    uint64_t steps = item % order.lines * (units % order.lines) % order.lines;
    return (steps + more % order.lines) % order.lines;
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

#if defined(__x86_64__)
static void chase_stream(struct chase_line *line, struct chase_line *next)
{
    __m128i *part = (__m128i *)line;
    _mm_stream_si128(part, _mm_set_epi64x(0, (long long)(uintptr_t)next));
    for (int i = 1; i < CACHES_LINE_BYTES / (int)sizeof *part; i++) {
        _mm_stream_si128(part + i, _mm_setzero_si128());
    }
}
#else
static void chase_stream(struct chase_line *line, struct chase_line *next)
{
    line->next = next;
}
#endif

/* Writes a block in the order of the memory, which needs the place of each of its lines. */
static void chase_fill(const struct chase *chase, uint64_t block, bool streams)
{
    const struct chase_order order = chase->order;
    const uint64_t first = chase_inverse(CHASE_FIRST), second = chase_inverse(CHASE_SECOND),
                   third = chase_inverse(CHASE_THIRD), begin = task_mix(order.seed + block);
    /* From the last block the cycle comes back to the next place of the first one. */
    uint64_t next_block = block + 1 < order.blocks ? block + 1 : 0, further = next_block == 0;
    struct chase_line *lines = chase->lines + (block << order.bits);
    for (uint64_t line = 0; line <= order.mask; line++) {
        uint64_t place = line * third & order.mask;
        place = (place ^ place >> order.shift) * second & order.mask;
        place = (place ^ place >> order.shift) * first - begin;
        struct chase_line *next = chase->lines + chase_line_of(order, next_block, place + further);
        if (streams) {
            chase_stream(&lines[line], next);
        } else {
            lines[line].next = next;
        }
    }
}

static struct footprint chase_footprint(const struct task_spec *spec)
{
    return (struct footprint){.bytes = (double)chase_order(spec).lines * CACHES_LINE_BYTES,
                              .is_common = true};
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
    bool streams = memory > caches_last_bytes(&spec->caches);
    for (uint64_t block = 0; block < chase->order.blocks; block++) {
        chase_fill(chase, block, streams);
    }
    *shared = chase;
    return 0;
}

static int chase_unshare(void *shared, struct kernel_notes *notes)
{
    (void)notes;
    struct chase *chase = shared;
    pages_free(chase->memory);
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
    .bytes_per_unit = CACHES_LINE_BYTES,
    .footprint = chase_footprint,
    .share = chase_share,
    .unshare = chase_unshare,
    .open = chase_open,
    .compute = chase_compute,
    .close = chase_close,
    .expect = chase_expect,
};
