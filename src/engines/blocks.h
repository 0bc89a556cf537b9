/* Blocks of a scratch file: which one an item reads or writes, what stands in it, and whether that
 * is what was found. Shared by the engines that wait for storage; their options begin with
 * BLOCKS_OPTIONS. */
#ifndef CUAL_ENGINES_BLOCKS_H
#define CUAL_ENGINES_BLOCKS_H

#include "model/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

enum blocks_option {
    BLOCKS_OP,
    BLOCKS_BLOCK,
    BLOCKS_FILE,
    BLOCKS_ORDER,
    BLOCKS_SYNC,
    BLOCKS_CACHE,
    BLOCKS_OPTION_COUNT
};
enum blocks_op { BLOCKS_READ, BLOCKS_WRITE };
enum blocks_order { BLOCKS_RANDOM, BLOCKS_SEQUENTIAL };
enum blocks_sync { BLOCKS_SYNC_NONE, BLOCKS_SYNC_END, BLOCKS_SYNC_EACH };
enum blocks_cache { BLOCKS_WARM, BLOCKS_COLD };

static const char *const blocks_ops[] = {"read", "write", NULL};
static const char *const blocks_orders[] = {"random", "sequential", NULL};
static const char *const blocks_syncs[] = {"none", "end", "each", NULL};
static const char *const blocks_caches[] = {"warm", "cold", NULL};

#define BLOCKS_KIB 1024.0
#define BLOCKS_MIB (BLOCKS_KIB * BLOCKS_KIB)
#define BLOCKS_OPTIONS                                                                             \
    {"op", OPTION_CHOICE, 0, 1, BLOCKS_READ, blocks_ops, "what is done to a block"},               \
        {"block",                                                                                  \
         OPTION_BYTES,                                                                             \
         512,                                                                                      \
         64 * BLOCKS_MIB,                                                                          \
         4 * BLOCKS_KIB,                                                                           \
         NULL,                                                                                     \
         "bytes of one operation, a multiple of 512 B"},                                           \
        {"file",                                                                                   \
         OPTION_BYTES,                                                                             \
         4 * BLOCKS_KIB,                                                                           \
         BLOCKS_MIB * BLOCKS_MIB,                                                                  \
         64 * BLOCKS_MIB,                                                                          \
         NULL,                                                                                     \
         "size of the scratch file"},                                                              \
        {"order",                                                                                  \
         OPTION_CHOICE,                                                                            \
         0,                                                                                        \
         1,                                                                                        \
         BLOCKS_RANDOM,                                                                            \
         blocks_orders,                                                                            \
         "order of the blocks; random: each block once before any twice"},                         \
        {"sync",                                                                                   \
         OPTION_CHOICE,                                                                            \
         0,                                                                                        \
         2,                                                                                        \
         BLOCKS_SYNC_NONE,                                                                         \
         blocks_syncs,                                                                             \
         "when writes reach the device: at the end of the work, or with each write"},              \
    {                                                                                              \
        "cache", OPTION_CHOICE, 0, 1, BLOCKS_WARM, blocks_caches,                                  \
            "file in the page cache when a sample begins (warm) or not (cold)"                     \
    }

enum { BLOCKS_PAGE = 4096 };
#define BLOCKS_WORD_STEP UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t blocks_bytes(const struct task_spec *spec)
{
    return (uint64_t)spec->engine_option[BLOCKS_BLOCK];
}

static inline uint64_t blocks_count(const struct task_spec *spec)
{
    return (uint64_t)spec->engine_option[BLOCKS_FILE] / blocks_bytes(spec);
}

static inline bool blocks_writes(const struct task_spec *spec)
{
    return spec->engine_option[BLOCKS_OP] == BLOCKS_WRITE;
}

static inline bool blocks_syncs_each(const struct task_spec *spec)
{
    return spec->engine_option[BLOCKS_SYNC] == BLOCKS_SYNC_EACH;
}

static inline uint64_t blocks_whole_pages(uint64_t bytes)
{
    return (bytes + BLOCKS_PAGE - 1) / BLOCKS_PAGE * BLOCKS_PAGE;
}

static inline uint64_t blocks_file_bytes(const struct task_spec *spec)
{
    return blocks_whole_pages(blocks_count(spec) * blocks_bytes(spec));
}

static inline double blocks_operation_bytes(const struct task_spec *spec)
{
    return spec->engine_option[BLOCKS_BLOCK];
}

/* -- what stands in the file: `version` 0 from the beginning, and the number of the visit where a
 * cell has written -- */

/* A page's words are an arithmetic progression from a start that depends on seed, version and page,
 * so that a block is written and checked at memory speed, a wrong bit, a wrong page and an old one
 * are always found, and no device can make it smaller. */
static inline uint64_t blocks_page_start(const struct task_spec *spec, uint64_t version,
                                         uint64_t page)
{
    return task_mix(spec->seed ^ task_mix(page + (version << 40)));
}

/* The words from `offset` to the end of its page or to `end`: how many, and the first of them. */
static inline size_t blocks_words(const struct task_spec *spec, uint64_t version, uint64_t offset,
                                  uint64_t end, uint64_t *first)
{
    uint64_t page = offset / BLOCKS_PAGE, page_end = (page + 1) * BLOCKS_PAGE;
    *first = blocks_page_start(spec, version, page) +
             offset % BLOCKS_PAGE / sizeof *first * BLOCKS_WORD_STEP;
    return ((page_end < end ? page_end : end) - offset) / sizeof *first;
}

/* Four words at a time, four times: the words of a page do not depend on each other. */
typedef uint64_t blocks_vector __attribute__((vector_size(32), aligned(8), may_alias));
enum { BLOCKS_LANES = 4, BLOCKS_VECTORS = 4, BLOCKS_STRIDE = BLOCKS_LANES * BLOCKS_VECTORS };

static inline void blocks_progression(uint64_t value, blocks_vector vector[BLOCKS_VECTORS])
{
    for (unsigned k = 0; k < BLOCKS_STRIDE; k++) {
        vector[k / BLOCKS_LANES][k % BLOCKS_LANES] = value + k * BLOCKS_WORD_STEP;
    }
}

#if defined(__clang__) /* its clones of static functions of two files get in each other's way */
#define BLOCKS_CLONES
#else
#define BLOCKS_CLONES __attribute__((target_clones("avx2", "default")))
#endif

/* Words of a page that begin with `value`. */
BLOCKS_CLONES static void blocks_write_words(uint64_t *word, size_t words, uint64_t value)
{
    blocks_vector next[BLOCKS_VECTORS];
    size_t at = 0;
    blocks_progression(value, next);
    for (; at + BLOCKS_STRIDE <= words; at += BLOCKS_STRIDE) {
        for (int i = 0; i < BLOCKS_VECTORS; i++) {
            *(blocks_vector *)(word + at + BLOCKS_LANES * i) = next[i];
            next[i] += BLOCKS_STRIDE * BLOCKS_WORD_STEP;
        }
    }
    for (; at < words; at++) {
        word[at] = value + at * BLOCKS_WORD_STEP;
    }
}

/* The or of their differences from what they should be. What a device has just written is in no
 * cache near the core: it is fetched ahead, beyond the end of a page, too. */
BLOCKS_CLONES static uint64_t blocks_compare_words(const uint64_t *word, size_t words,
                                                   uint64_t value)
{
    enum { AHEAD = 256, LINE = 8 }; /* words */
    blocks_vector next[BLOCKS_VECTORS], wrong[BLOCKS_VECTORS] = {{0}};
    size_t at = 0;
    blocks_progression(value, next);
    for (; at + BLOCKS_STRIDE <= words; at += BLOCKS_STRIDE) {
        __builtin_prefetch(word + at + AHEAD);
        __builtin_prefetch(word + at + AHEAD + LINE);
        for (int i = 0; i < BLOCKS_VECTORS; i++) {
            wrong[i] |= *(const blocks_vector *)(word + at + BLOCKS_LANES * i) ^ next[i];
            next[i] += BLOCKS_STRIDE * BLOCKS_WORD_STEP;
        }
    }
    blocks_vector all = wrong[0] | wrong[1] | wrong[2] | wrong[3];
    uint64_t found = all[0] | all[1] | all[2] | all[3];
    for (; at < words; at++) {
        found |= word[at] ^ (value + at * BLOCKS_WORD_STEP);
    }
    return found;
}

static inline void blocks_write_version(const struct task_spec *spec, uint64_t version,
                                        uint64_t offset, void *buffer, uint64_t bytes)
{
    uint64_t *word = buffer, value;
    for (uint64_t end = offset + bytes; offset < end;) {
        size_t words = blocks_words(spec, version, offset, end, &value);
        blocks_write_words(word, words, value);
        word += words;
        offset += words * sizeof *word;
    }
}

static inline void blocks_fill(const struct task_spec *spec, uint64_t offset, void *buffer,
                               size_t bytes)
{
    blocks_write_version(spec, 0, offset, buffer, bytes);
}

/* The or of all differences from what must stand at `offset`: 0 when every bit is right. */
static inline uint64_t blocks_difference(const struct task_spec *spec, uint64_t version,
                                         uint64_t offset, const void *buffer, uint64_t bytes)
{
    const uint64_t *word = buffer;
    uint64_t value, wrong = 0;
    for (uint64_t end = offset + bytes; offset < end;) {
        size_t words = blocks_words(spec, version, offset, end, &value);
        wrong |= blocks_compare_words(word, words, value);
        word += words;
        offset += words * sizeof *word;
    }
    return wrong;
}

/* -- which block an item is about -- */

/* A permutation of the numbers below 2^(2 × half): a Feistel network of four rounds (Luby and
 * Rackoff, SIAM J. Comput. 17, 1988), which can be walked in both directions. */
static inline uint64_t blocks_feistel(uint64_t seed, unsigned half, uint64_t number, bool forward)
{
    uint64_t mask = (UINT64_C(1) << half) - 1, left = number >> half, right = number & mask;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t round = forward ? i : 3 - i;
        uint64_t from = forward ? right : left;
        uint64_t mixed = ((seed ^ from ^ round << 56) * UINT64_C(0xd1342543de82ef95)) >> 32;
        if (forward) {
            right = left ^ (mixed & mask);
            left = from;
        } else {
            left = right ^ (mixed & mask);
            right = from;
        }
    }
    return left << half | right;
}

/* A permutation of the numbers below `count`: walks on until the number is one of them again. */
static inline uint64_t blocks_permute(uint64_t seed, uint64_t count, uint64_t number, bool forward)
{
    unsigned half = (unsigned)(65 - __builtin_clzll((count - 1) | 1)) / 2;
    uint64_t key = task_mix(seed);
    do {
        number = blocks_feistel(key, half, number, forward);
    } while (number >= count);
    return number;
}

/* Waits of the workload are numbered from 0 without a gap; segments that end no wait are left out.
 */
static inline uint64_t blocks_wait_number(const struct task_spec *spec, uint64_t item)
{
    uint64_t segments = (uint64_t)spec->waits + 1;
    return item / segments * spec->waits + item % segments;
}

/* Where in the file an item's block is. */
static inline uint64_t blocks_offset(const struct task_spec *spec, uint64_t item)
{
    uint64_t count = blocks_count(spec), block = blocks_wait_number(spec, item) % count;
    if (spec->engine_option[BLOCKS_ORDER] == BLOCKS_RANDOM) {
        block = blocks_permute(spec->seed, count, block, true);
    }
    return block * blocks_bytes(spec);
}

/* -- results -- */

static inline uint64_t blocks_expect(const struct task_spec *spec, uint64_t item)
{
    return blocks_page_start(spec, 0, blocks_offset(spec, item) / BLOCKS_PAGE);
}

/* Before an item's operation: what is to be written, if so. */
static inline void blocks_begin(const struct task_spec *spec, uint64_t visit, uint64_t offset,
                                void *buffer)
{
    if (blocks_writes(spec)) {
        blocks_write_version(spec, visit, offset, buffer, blocks_bytes(spec));
    }
}

/* After it: what the item gives, which is as expected if every bit that was read is right. (What
 * was written is read back when the clock has stopped.) */
static inline uint64_t blocks_end(const struct task_spec *spec, uint64_t offset, const void *buffer)
{
    uint64_t expected = blocks_page_start(spec, 0, offset / BLOCKS_PAGE);
    return blocks_writes(spec)
               ? expected
               : expected ^ blocks_difference(spec, 0, offset, buffer, blocks_bytes(spec));
}

/* The end of a worker's work. 0 or -errno. */
static inline int blocks_finish(const struct task_spec *spec, int descriptor)
{
    bool syncs = spec->engine_option[BLOCKS_SYNC] == BLOCKS_SYNC_END;
    return syncs && fdatasync(descriptor) != 0 ? -errno : 0;
}

/* -- outside any timed section: in blocks.c -- */

/* How the scratch file is opened: it is one that this program has made. */
static inline int blocks_open_flags(const struct task_spec *spec)
{
    return (blocks_writes(spec) ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW;
}

/* What is wrong with the options together, as struct engine's `check`. */
const char *blocks_check(const struct task_spec *spec);

/* Zeroed memory for blocks, aligned for O_DIRECT; the caller frees it by pages_free(*memory). Large
 * ones are in huge pages: a device that gets 1 MiB in one piece of memory instead of 256 is up to
 * twice as fast. 0 or -ENOMEM. */
int blocks_allocate(uint64_t bytes, void **memory, char **buffer);

/* Finds out why an operation has not moved its block as a whole, where only that is known: tries it
 * again piece by piece, as far as that goes. -errno; -EIO at the end of the file, and when all goes
 * well now. */
int blocks_reason(const struct task_spec *spec, int descriptor, uint64_t offset, char *buffer);

/* Whether waits `first` to `end` − 1 of the workload were at the block. Each pass over the file is
 * there once. */
bool blocks_was_visited(const struct task_spec *spec, uint64_t block, uint64_t first, uint64_t end);

/* Whether the scratch file can be used past the page cache. 0, or -errno with the reason in `why`.
 */
int blocks_probe_direct(const struct task_spec *spec, char *why, size_t why_bytes);

/* Before a cell: puts the file into the page cache, or out of it, and looks whether it is so. A
 * file that is read past the cache must not be in it. Called by one rank of each node. 0 or -errno;
 * sets notes->flags. */
int blocks_prepare(const struct task_spec *spec, uint64_t tasks, int descriptor, bool direct,
                   struct engine_notes *notes);

/* After a cell: looks whether what went past the page cache has left nothing in it. 0 or -errno;
 * sets notes->flags. */
int blocks_prove_direct(const struct task_spec *spec, int descriptor, struct engine_notes *notes);

/* After a cell that wrote: waits until all of it is on the device, so that nothing is left to be
 * written while the next cell is measured, and checks that what stands in the file is what was
 * written. Each rank of a node reads an equal part of the file there. 0 or -errno; -EILSEQ when it
 * is wrong. */
int blocks_settle(const struct task_spec *spec, const struct engine_cell *cell, int descriptor);

#endif
