/* Blocks of a scratch file: what stands in them, which one an item reads, and whether that is what
 * it got. Shared by the engines that wait for storage; their options begin with BLOCKS_OPTIONS. */
#ifndef CUAL_ENGINES_BLOCKS_H
#define CUAL_ENGINES_BLOCKS_H

#include "model/task.h"

#include <stddef.h>

enum blocks_option { BLOCKS_OP, BLOCKS_BLOCK, BLOCKS_FILE, BLOCKS_ORDER, BLOCKS_OPTION_COUNT };
enum blocks_order { BLOCKS_RANDOM, BLOCKS_SEQUENTIAL };

static const char *const blocks_ops[] = {"read", NULL};
static const char *const blocks_orders[] = {"random", "sequential", NULL};

#define BLOCKS_KIB 1024.0
#define BLOCKS_MIB (BLOCKS_KIB * BLOCKS_KIB)
#define BLOCKS_OPTIONS                                                                             \
    {"op", OPTION_CHOICE, 0, 0, 0, blocks_ops, "what is done"},                                    \
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
    {                                                                                              \
        "order", OPTION_CHOICE, 0, 1, BLOCKS_RANDOM, blocks_orders, "places in the file"           \
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

static inline const char *blocks_check(const struct task_spec *spec)
{
    if (blocks_bytes(spec) % 512 != 0) {
        return "block: is not a multiple of 512 B; allowed: 512 B, 4 KiB, 1 MiB and so on";
    }
    return blocks_count(spec) == 0
               ? "file: is smaller than one block; allowed: from the size of `block`"
               : NULL;
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

/* A page's words are an arithmetic progression from a start that depends on seed and page, so that
 * a block is written and checked at memory speed and a wrong bit or a wrong page is always found.
 */
static inline uint64_t blocks_page_start(const struct task_spec *spec, uint64_t page)
{
    return task_mix(spec->seed ^ task_mix(page));
}

static inline void blocks_fill(const struct task_spec *spec, uint64_t offset, void *buffer,
                               size_t bytes)
{
    uint64_t *word = buffer;
    for (size_t at = 0; at < bytes; at += BLOCKS_PAGE) {
        uint64_t value = blocks_page_start(spec, (offset + at) / BLOCKS_PAGE);
        for (size_t k = 0; k < BLOCKS_PAGE / sizeof *word; k++) {
            *word++ = value;
            value += BLOCKS_WORD_STEP;
        }
    }
}

/* The or of all differences from what must stand at `offset`: 0 when every bit is right. */
static inline uint64_t blocks_difference(const struct task_spec *spec, uint64_t offset,
                                         const void *buffer, uint64_t bytes)
{
    const uint64_t *word = buffer;
    uint64_t wrong = 0;
    for (uint64_t end = offset + bytes; offset < end;) {
        uint64_t page_end = (offset / BLOCKS_PAGE + 1) * BLOCKS_PAGE;
        uint64_t words = ((page_end < end ? page_end : end) - offset) / sizeof *word;
        uint64_t value = blocks_page_start(spec, offset / BLOCKS_PAGE) +
                         offset % BLOCKS_PAGE / sizeof *word * BLOCKS_WORD_STEP;
        for (uint64_t k = 0; k < words; k++) {
            wrong |= word[k] ^ (value + k * BLOCKS_WORD_STEP);
        }
        word += words;
        offset += words * sizeof *word;
    }
    return wrong;
}

/* Where in the file an item's block is. */
static inline uint64_t blocks_offset(const struct task_spec *spec, uint64_t item)
{
    uint64_t place = spec->engine_option[BLOCKS_ORDER] == BLOCKS_RANDOM
                         ? task_mix(spec->seed + task_mix(item))
                         : item;
    return place % blocks_count(spec) * blocks_bytes(spec);
}

static inline uint64_t blocks_expect(const struct task_spec *spec, uint64_t item)
{
    return blocks_page_start(spec, blocks_offset(spec, item) / BLOCKS_PAGE);
}

/* What an item's block gives when `buffer` is what was read: as expected if every bit is right. */
static inline uint64_t blocks_result(const struct task_spec *spec, uint64_t item,
                                     const void *buffer)
{
    return blocks_expect(spec, item) ^
           blocks_difference(spec, blocks_offset(spec, item), buffer, blocks_bytes(spec));
}

#endif
