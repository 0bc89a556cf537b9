/* Which level holds what workers walk through: by its size, by who shares a cache, by who takes
 * turns. */
#include "model/level.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stdint.h>
#include <stdio.h>

#define KIB 1024.0
#define MIB (1024 * KIB)

/* Two L3 caches of 32 MiB for four cores each, and the usual caches in front of them. */
static const struct caches node = {.bytes = {32 * KIB, 1 * MIB, 32 * MIB}, .cores = {1, 1, 4}};
/* Two cores share an L2 cache, and there is no L3 cache. */
static const struct caches small = {.bytes = {64 * KIB, 2 * MIB}, .cores = {1, 2}};
static const struct caches unknown;

#define SERIAL                                                                                     \
    {                                                                                              \
        1, 1, 1, 1                                                                                 \
    }

struct level_case {
    const struct caches *caches;
    struct footprint footprint;
    struct point point;
    enum level near, far;
};

static const struct level_case cases[] = {
    {&node, {16 * KIB, false}, SERIAL, LEVEL_L1, LEVEL_L1},
    {&node, {22 * KIB, false}, SERIAL, LEVEL_L1, LEVEL_L1},
    {&node, {23 * KIB, false}, SERIAL, LEVEL_L1, LEVEL_L2}, /* from 0.7 … */
    {&node, {48 * KIB, false}, SERIAL, LEVEL_L1, LEVEL_L2}, /* … to 1.5 times the L1 cache */
    {&node, {49 * KIB, false}, SERIAL, LEVEL_L2, LEVEL_L2},
    {&node, {1 * MIB, false}, SERIAL, LEVEL_L2, LEVEL_L3},
    {&node, {16 * MIB, false}, SERIAL, LEVEL_L3, LEVEL_L3},
    {&node, {32 * MIB, false}, SERIAL, LEVEL_L3, LEVEL_MEMORY},
    {&node, {64 * MIB, false}, SERIAL, LEVEL_MEMORY, LEVEL_MEMORY},
    /* Workers that take turns on a core have its L1 and L2 cache to themselves meanwhile. */
    {&node, {16 * KIB, false}, {1, 8, 1, 1}, LEVEL_L1, LEVEL_L1},
    {&node, {500 * KIB, false}, {8, 8, 1, 1}, LEVEL_L2, LEVEL_L2},
    /* Of the L3 cache each finds what the others have left of it. */
    {&node, {16 * MIB, false}, {1, 2, 1, 1}, LEVEL_L3, LEVEL_MEMORY},
    {&node, {2 * MIB, false}, {1, 8, 1, 1}, LEVEL_L3, LEVEL_L3},
    {&node, {16 * MIB, false}, {1, 8, 1, 1}, LEVEL_L3, LEVEL_MEMORY},
    /* Those on several cores share it, but no more of them than have one L3 cache. */
    {&node, {16 * MIB, false}, {1, 2, 1, 2}, LEVEL_L3, LEVEL_MEMORY},
    {&node, {16 * MIB, false}, {1, 4, 1, 4}, LEVEL_MEMORY, LEVEL_MEMORY},
    {&node, {5 * MIB, false}, {1, 4, 1, 4}, LEVEL_L3, LEVEL_L3},
    {&node, {5 * MIB, false}, {8, 1, 1, 8}, LEVEL_L3, LEVEL_L3},
    {&node, {5 * MIB, false}, {8, 2, 1, 8}, LEVEL_L3, LEVEL_MEMORY},
    /* Threads that walk through the same bytes do so from one place; ranks have their own. */
    {&node, {16 * MIB, true}, {1, 4, 1, 4}, LEVEL_L3, LEVEL_L3},
    {&node, {16 * MIB, true}, {4, 1, 1, 4}, LEVEL_MEMORY, LEVEL_MEMORY},
    {&node, {16 * MIB, true}, {2, 2, 1, 4}, LEVEL_L3, LEVEL_MEMORY},
    {&small, {1 * MIB, false}, SERIAL, LEVEL_L2, LEVEL_L2},
    {&small, {1 * MIB, false}, {1, 2, 1, 2}, LEVEL_L2, LEVEL_MEMORY},
    {&small, {2 * MIB, false}, {1, 2, 1, 2}, LEVEL_MEMORY, LEVEL_MEMORY},
    {&small, {4 * MIB, false}, SERIAL, LEVEL_MEMORY, LEVEL_MEMORY},
    {&unknown, {16 * KIB, false}, SERIAL, LEVEL_MEMORY, LEVEL_MEMORY},
    {&node, {0, false}, SERIAL, LEVEL_MEMORY, LEVEL_MEMORY},
};

static void a_footprint_lies_where_it_fits(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct level_case *one = &cases[i];
        struct level_range found = level_find(one->caches, one->footprint, one->point);
        if (found.near != one->near || found.far != one->far) {
            printf("\ncase %zu: %s … %s\n", i, level_names[found.near], level_names[found.far]);
        }
        CU_ASSERT(found.near == one->near && found.far == one->far);
    }
}

/* A larger footprint is never nearer, nor are more workers. */
static void more_is_never_nearer(void)
{
    for (int common = 0; common < 2; common++) {
        for (uint64_t size = 4096; size < UINT64_C(1) << 30; size += size / 3) {
            double bytes = (double)size;
            struct level_range last = {LEVEL_L1, LEVEL_L1};
            for (int workers = 4; workers <= 64; workers *= 2) {
                struct footprint footprint = {bytes, common};
                struct point point = {workers / 2, 2, 1, 4};
                struct level_range found = level_find(&node, footprint, point);
                struct level_range more =
                    level_find(&node, (struct footprint){2 * bytes, common}, point);
                CU_ASSERT(found.near <= found.far);
                CU_ASSERT(found.near >= last.near && found.far >= last.far);
                CU_ASSERT(more.near >= found.near && more.far >= found.far);
                last = found;
            }
        }
    }
}

static void threads_feed_each_other_by_the_last_cache(void)
{
    const struct footprint common = {16 * MIB, true}, near = {512 * KIB, true},
                           large = {128 * MIB, true}, own = {16 * MIB, false};
    const struct point pair = {1, 2, 1, 1}, ranks = {2, 1, 1, 1}, crowd = {1, 16, 1, 1};
    const double again = 40 * MIB;
    CU_ASSERT_TRUE(level_is_fed(&node, common, pair, again));
    CU_ASSERT_TRUE(level_is_fed(&node, common, (struct point){2, 2, 1, 1}, again));
    CU_ASSERT_FALSE(level_is_fed(&node, common, ranks, again)); /* each has a copy */
    CU_ASSERT_FALSE(level_is_fed(&node, own, pair, again));
    CU_ASSERT_FALSE(level_is_fed(&node, near, pair, again)); /* each has its own cache meanwhile */
    CU_ASSERT_FALSE(level_is_fed(&node, common, pair, 16 * MIB)); /* none comes there again */
    CU_ASSERT_FALSE(level_is_fed(&node, common, (struct point){4, 2, 1, 1}, again));
    CU_ASSERT_FALSE(level_is_fed(&node, large, pair, 1000 * MIB)); /* gone before another comes */
    CU_ASSERT_TRUE(level_is_fed(&node, large, crowd, 1000 * MIB));
    CU_ASSERT_TRUE(level_is_fed(&small, common, crowd, again));
}

static void the_last_cache_is_the_one_before_the_memory(void)
{
    CU_ASSERT_EQUAL(caches_last_bytes(&node), 32 * MIB);
    CU_ASSERT_EQUAL(caches_last_bytes(&small), 2 * MIB);
    CU_ASSERT_EQUAL(caches_last_bytes(&unknown), 32 * MIB);
}

static const CU_TestInfo tests[] = {
    {"a footprint lies where it fits", a_footprint_lies_where_it_fits},
    {"a larger footprint is never nearer, and neither are more workers", more_is_never_nearer},
    {"threads feed each other by the last cache", threads_feed_each_other_by_the_last_cache},
    {"the last cache is the one before the memory", the_last_cache_is_the_one_before_the_memory},
    CU_TEST_INFO_NULL,
};

SUITE("level", tests);
