/* Blocks, with the engines file and uring alike: each has its turn, and what is read is what was
 * written, to the last bit. */
#include "unit/engines/storage.h"
#include "unit/suite.h"

/* -- the order of the blocks -- */

static void check_order(uint64_t seed, uint64_t count, uint32_t waits)
{
    struct task_spec spec = storage_spec_of(512, 512 * (double)count);
    spec.seed = seed;
    spec.waits = waits;
    uint64_t *turn = calloc(count, sizeof *turn); /* of each block, from 1 */
    uint64_t astray = 0, twice = 0, otherwise = 0;
    for (uint64_t n = 0; n < count; n++) {
        uint64_t offset = blocks_offset(&spec, storage_item_of(&spec, n)), block = offset / 512;
        astray += offset % 512 != 0 || block >= count;
        twice += block < count && turn[block] != 0;
        turn[block < count ? block : 0] = n + 1;
        otherwise += storage_block_of(&spec, n + count) != block ||
                     storage_block_of(&spec, n + 7 * count) != block;
    }
    for (uint64_t block = 0; block < count; block++) {
        const uint64_t waited[] = {0, turn[block] - 1, turn[block], count, 3 * count};
        for (size_t i = 0; i < sizeof waited / sizeof waited[0]; i++) {
            otherwise +=
                blocks_was_visited(&spec, block, 0, waited[i]) != (waited[i] >= turn[block]);
        }
    }
    CU_ASSERT_EQUAL(astray, 0);
    CU_ASSERT_EQUAL(twice, 0);
    CU_ASSERT_EQUAL(otherwise, 0);
    free(turn);
}

/* Waits first … end − 1, as a machine has them of a cell. */
static void of_some_waits_only_their_blocks_are_visited(void)
{
    enum { COUNT = 7, WAITS = 30 };
    struct task_spec spec = storage_spec_of(512, 512 * COUNT);
    int otherwise = 0;
    for (uint64_t first = 0; first < WAITS; first++) {
        for (uint64_t end = first; end < WAITS; end++) {
            bool visited[COUNT] = {false};
            for (uint64_t n = first; n < end; n++) {
                visited[storage_block_of(&spec, n)] = true;
            }
            for (uint64_t block = 0; block < COUNT; block++) {
                otherwise += blocks_was_visited(&spec, block, first, end) != visited[block];
            }
        }
    }
    CU_ASSERT_EQUAL(otherwise, 0);
}

static void at_random_each_block_has_its_turn_once(void)
{
    static const uint64_t counts[] = {1, 2, 3, 4, 5, 63, 64, 65, 1000, 4096, 4097};
    static const uint64_t seeds[] = {0, 1, 42, 0x123456789abcdef, UINT64_MAX};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++) {
            check_order(seeds[s], counts[c], 1);
            check_order(seeds[s], counts[c], 3);
        }
    }
}

static void at_random_is_no_order_and_another_for_each_seed(void)
{
    enum { COUNT = 1000 };
    struct task_spec spec = storage_spec_of(512, 512 * COUNT), other = spec;
    other.seed++;
    int in_place = 0, after_each_other = 0, same = 0;
    for (uint64_t n = 0; n < COUNT; n++) {
        in_place += storage_block_of(&spec, n) == n;
        after_each_other += storage_block_of(&spec, n + 1) == storage_block_of(&spec, n) + 1;
        same += storage_block_of(&spec, n) == storage_block_of(&other, n);
    }
    CU_ASSERT(in_place < COUNT / 50);
    CU_ASSERT(after_each_other < COUNT / 50);
    CU_ASSERT(same < COUNT / 50);
}

static void in_sequence_is_one_block_after_the_other(void)
{
    struct task_spec spec = storage_in_sequence(storage_spec_of(1536, 1536 * 10));
    for (uint32_t waits = 1; waits <= 3; waits++) {
        spec.waits = waits;
        for (uint64_t n = 0; n < 25; n++) {
            CU_ASSERT_EQUAL(blocks_offset(&spec, storage_item_of(&spec, n)), n % 10 * 1536);
            CU_ASSERT_EQUAL(blocks_was_visited(&spec, n % 10, 0, n), n >= 10);
            CU_ASSERT_EQUAL(blocks_was_visited(&spec, n % 10, 0, n + 1), true);
        }
    }
}

/* -- what a cell writes -- */

/* Blocks that do not hold what they must after the present cell: its content where it was, that of
 * before elsewhere. */
static uint64_t misplaced(const struct storage_setting *setting, uint64_t before)
{
    const struct task_spec *spec = &setting->spec;
    uint64_t bytes = blocks_bytes(spec), count = blocks_count(spec), wrong = 0;
    bool *written = calloc(count, sizeof *written);
    char *found = malloc(bytes), *expected = malloc(bytes);
    for (uint64_t n = 0; n < setting->cell.tasks * spec->waits; n++) {
        written[storage_block_of(spec, n)] = true;
    }
    for (uint64_t block = 0; block < count; block++) {
        blocks_write_version(spec, written[block] ? setting->cell.visit : before, block * bytes,
                             expected, bytes);
        storage_get_block(setting, block, found);
        wrong += memcmp(found, expected, bytes) != 0;
    }
    free(written);
    free(found);
    free(expected);
    return wrong;
}

static void check_writing(const struct engine *engine, struct task_spec spec)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, spec, storage_disk_folder());
    for (unsigned depth = 1; depth <= 6; depth += 5) {
        setting.spec.tasks = 17; /* some blocks twice */
        CU_ASSERT_EQUAL(storage_enter_and_work(&setting, depth), 0);
        CU_ASSERT_EQUAL(misplaced(&setting, 0), 0);
        CU_ASSERT_EQUAL(storage_leave(&setting), 0);
        setting.spec.tasks = 2; /* with two waits each: not all */
        uint64_t before = setting.cell.visit;
        CU_ASSERT_EQUAL(storage_enter_and_work(&setting, depth), 0);
        CU_ASSERT_EQUAL(misplaced(&setting, before), 0);
        CU_ASSERT_EQUAL(storage_leave(&setting), 0);
    }
    storage_end(&setting);
}

static void check_writing_of_all_kinds(const struct engine *engine)
{
    static const double blocks[] = {512, 1536, 4 * STORAGE_KIB, 12 * STORAGE_KIB,
                                    STORAGE_KIB * STORAGE_KIB};
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
        for (int sync = BLOCKS_SYNC_NONE; sync <= BLOCKS_SYNC_EACH; sync++) {
            struct task_spec spec = storage_writes_of(blocks[b], 9 * blocks[b] + 500);
            spec.waits = 2;
            spec.engine_option[BLOCKS_SYNC] = sync;
            check_writing(engine, spec);
            check_writing(engine, storage_in_sequence(spec));
        }
    }
}

static void what_a_cell_writes_stands_there(void)
{
    storage_with_each_engine(check_writing_of_all_kinds);
}

/* 250 cells, after each of which one bit of what it has written is changed. */
static int missed_flips_of_writes(const struct engine *engine, double block, uint64_t blocks)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_writes_of(block, block * (double)blocks),
                  storage_quick_folder());
    int missed = 0;
    for (int flip = 0; flip < 250; flip++) {
        missed += storage_enter_and_work(&setting, flip % 2 ? 4 : 1) != 0;
        storage_flip_bit(&setting, storage_some_bit(flip, (uint64_t)block * blocks * 8));
        missed += storage_leave(&setting) != -EILSEQ;
    }
    missed += storage_enter_and_work(&setting, 4) != 0 || storage_leave(&setting) != 0;
    storage_end(&setting);
    return missed;
}

static void check_flips_of_writes(const struct engine *engine)
{
    CU_ASSERT_EQUAL(missed_flips_of_writes(engine, 4096, 8), 0);
    CU_ASSERT_EQUAL(missed_flips_of_writes(engine, 1536, 9), 0);
    CU_ASSERT_EQUAL(missed_flips_of_writes(engine, 12288, 3), 0);
    CU_ASSERT_EQUAL(missed_flips_of_writes(engine, 512, 16), 0);
}

static void one_flipped_bit_of_what_was_written_is_found(void)
{
    storage_with_each_engine(check_flips_of_writes);
}

/* As if one write had never reached the file: of the first cell, then of the second. */
static void check_lost_writes(const struct engine *engine)
{
    enum { BLOCK = 1536, BLOCKS = 9 };
    char old[BLOCK];
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_writes_of(BLOCK, BLOCK * BLOCKS),
                  storage_quick_folder());
    for (uint64_t block = 0; block < BLOCKS; block++) {
        for (int cell = 0; cell < 2; cell++) {
            storage_get_block(&setting, block, old);
            CU_ASSERT_EQUAL(storage_enter_and_work(&setting, cell ? 3 : 1), 0);
            storage_put_block(&setting, block, old);
            CU_ASSERT_EQUAL(storage_leave(&setting), -EILSEQ);
        }
    }
    storage_end(&setting);
}

static void a_lost_write_is_found(void)
{
    storage_with_each_engine(check_lost_writes);
}

static void check_swapped_writes(const struct engine *engine)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_writes_of(2048, 2048 * 8), storage_quick_folder());
    for (uint64_t other = 1; other < 8; other++) { /* 1 is of the same page, the others are not */
        CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 3), 0);
        storage_swap_blocks(&setting, 0, other);
        CU_ASSERT_EQUAL(storage_leave(&setting), -EILSEQ);
    }
    storage_end(&setting);
}

static void swapped_writes_are_found(void)
{
    storage_with_each_engine(check_swapped_writes);
}

/* Harm to all blocks that the cell did not write, and behind the last one. */
static void check_other_blocks(const struct engine *engine)
{
    enum { BLOCK = 1536, BLOCKS = 9, WRITTEN = 4 };
    static const char harm[BLOCK] = "harm";
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_writes_of(BLOCK, BLOCK * BLOCKS),
                  storage_quick_folder());
    setting.spec.tasks = WRITTEN;
    CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 3), 0);
    for (uint64_t n = WRITTEN; n < BLOCKS; n++) {
        storage_put_block(&setting, storage_block_of(&setting.spec, n), harm);
    }
    CU_ASSERT_EQUAL(pwrite(setting.descriptor, harm, 100, BLOCK * BLOCKS), 100);
    CU_ASSERT_EQUAL(storage_leave(&setting), 0);
    storage_put_block(&setting, storage_block_of(&setting.spec, WRITTEN - 1), harm);
    CU_ASSERT_EQUAL(storage_leave(&setting), -EILSEQ);
    storage_end(&setting);
}

static void blocks_that_were_not_written_are_not_looked_at(void)
{
    storage_with_each_engine(check_other_blocks);
}

/* The ranks of a cell, here one after the other; each looks at its part of the file. */
static void check_ranks(const struct engine *engine)
{
    enum { RANKS = 3, BLOCK = 1536, BLOCKS = 10 };
    struct storage_setting rank[RANKS];
    storage_begin(&rank[0], engine, storage_writes_of(BLOCK, BLOCK * BLOCKS),
                  storage_quick_folder());
    for (unsigned r = 0; r < RANKS; r++) {
        rank[r] = rank[0];
        rank[r].shared = NULL;
        rank[r].cell = (struct engine_cell){RANKS, 1, 1 + 3 * (r % 2), r, BLOCKS, 1, NULL, {0}};
        CU_ASSERT_EQUAL_FATAL(
            engine->enter(&rank[r].spec, &rank[r].cell, &rank[r].shared, &rank[r].notes), 0);
    }
    for (unsigned r = 0; r < RANKS; r++) {
        CU_ASSERT_EQUAL(storage_work(&rank[r]), 0);
    }
    for (uint64_t block = 0; block < BLOCKS; block++) {
        unsigned found = 0;
        for (unsigned r = 0; r < RANKS; r++) {
            CU_ASSERT_EQUAL(storage_leave(&rank[r]), 0);
        }
        storage_flip_bit(&rank[0], 8 * (block * BLOCK + 700));
        for (unsigned r = 0; r < RANKS; r++) {
            found += storage_leave(&rank[r]) == -EILSEQ;
        }
        CU_ASSERT_EQUAL(found, 1);
        storage_flip_bit(&rank[0], 8 * (block * BLOCK + 700));
    }
    engine->detach(rank[1].shared);
    engine->detach(rank[2].shared);
    storage_end(&rank[0]);
}

static void the_ranks_of_a_cell_look_at_all_blocks(void)
{
    storage_with_each_engine(check_ranks);
}

/* -- what is read -- */

static void check_reading_of_all_kinds(const struct engine *engine)
{
    static const double blocks[] = {512, 1536, 4096, 4608, 12288, 131072};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        for (int sequential = 0; sequential <= 1; sequential++) {
            struct storage_setting setting;
            struct task_spec spec = storage_spec_of(blocks[i], 150 * STORAGE_KIB);
            storage_begin(&setting, engine, sequential ? storage_in_sequence(spec) : spec,
                          storage_disk_folder());
            setting.spec.tasks = 200;
            CU_ASSERT_EQUAL(engine->bytes(&setting.spec), blocks[i]);
            for (unsigned depth = 1; depth <= 8; depth += 7) {
                CU_ASSERT_EQUAL(storage_enter_and_work(&setting, depth), 0);
                CU_ASSERT_EQUAL(storage_leave(&setting), 0);
            }
            storage_end(&setting);
        }
    }
}

static void blocks_of_any_size_are_read_right(void)
{
    storage_with_each_engine(check_reading_of_all_kinds);
}

/* The block that holds the bit is wrong, and no other. */
static int missed_flips_of_reads(const struct engine *engine, double block, uint64_t blocks,
                                 int flips)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_spec_of(block, block * (double)blocks),
                  storage_quick_folder());
    int missed = 0;
    for (int flip = 0; flip < flips; flip++) {
        uint64_t bit = storage_some_bit(flip, (uint64_t)block * blocks * 8);
        storage_flip_bit(&setting, bit);
        missed += storage_enter_and_work(&setting, 1) != 1;
        missed += storage_enter_and_work(&setting, 4) != 1;
        storage_flip_bit(&setting, bit);
    }
    missed += storage_enter_and_work(&setting, 1) != 0;
    storage_end(&setting);
    return missed;
}

static void check_flips_of_reads(const struct engine *engine)
{
    CU_ASSERT_EQUAL(missed_flips_of_reads(engine, 4096, 8, 300), 0);
    CU_ASSERT_EQUAL(missed_flips_of_reads(engine, 1536, 9, 300), 0);
    CU_ASSERT_EQUAL(missed_flips_of_reads(engine, 12288, 3, 200), 0);
    CU_ASSERT_EQUAL(missed_flips_of_reads(engine, 512, 16, 200), 0);
}

static void one_flipped_bit_of_what_is_read_is_found(void)
{
    storage_with_each_engine(check_flips_of_reads);
}

/* To be sure that none is passed over. */
static void check_every_bit(const struct engine *engine)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_spec_of(512, 512 * 10), storage_quick_folder());
    CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, 1, 1), 0);
    uint64_t second = 0; /* the wait that reads block 1 */
    while (storage_block_of(&setting.spec, second) != 1) {
        second++;
    }
    void *state = storage_open_worker(&setting);
    int missed = 0;
    for (uint64_t bit = 512 * 8; bit < 1024 * 8; bit++) {
        storage_flip_bit(&setting, bit);
        missed += storage_one_by_one(&setting, state, second, second + 1) != 1;
        storage_flip_bit(&setting, bit);
    }
    CU_ASSERT_EQUAL(missed, 0);
    engine->close(state);
    storage_end(&setting);
}

static void every_bit_of_a_block_counts(void)
{
    storage_with_each_engine(check_every_bit);
}

/* Right bytes in the wrong place are wrong. */
static void check_swapped_reads(const struct engine *engine)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_spec_of(2048, 2048 * 8), storage_quick_folder());
    for (uint64_t other = 1; other < 8; other++) { /* 1 is of the same page, the others are not */
        storage_swap_blocks(&setting, 0, other);
        CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 1), 2);
        CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 2), 2);
        storage_swap_blocks(&setting, 0, other);
    }
    storage_end(&setting);
}

static void swapped_blocks_are_found(void)
{
    storage_with_each_engine(check_swapped_reads);
}

static void check_other_seed(const struct engine *engine)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_spec_of(4096, 65536), storage_quick_folder());
    setting.spec.seed++;
    CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 1), 16);
    CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 4), 16);
    storage_end(&setting);
}

static void bytes_of_another_seed_are_wrong(void)
{
    storage_with_each_engine(check_other_seed);
}

static const CU_TestInfo tests[] = {
    {"of some waits only their blocks are visited", of_some_waits_only_their_blocks_are_visited},
    {"at random each block has its turn once", at_random_each_block_has_its_turn_once},
    {"at random is no order, and another for each seed",
     at_random_is_no_order_and_another_for_each_seed},
    {"in sequence is one block after the other", in_sequence_is_one_block_after_the_other},
    {"what a cell writes stands there", what_a_cell_writes_stands_there},
    {"one flipped bit of what was written is found, 1000 of 1000",
     one_flipped_bit_of_what_was_written_is_found},
    {"a lost write is found", a_lost_write_is_found},
    {"swapped writes are found", swapped_writes_are_found},
    {"blocks that were not written are not looked at",
     blocks_that_were_not_written_are_not_looked_at},
    {"the ranks of a cell look at all blocks", the_ranks_of_a_cell_look_at_all_blocks},
    {"blocks of any size are read right", blocks_of_any_size_are_read_right},
    {"one flipped bit of what is read is found, 1000 of 1000",
     one_flipped_bit_of_what_is_read_is_found},
    {"every bit of a block counts", every_bit_of_a_block_counts},
    {"swapped blocks are found", swapped_blocks_are_found},
    {"bytes of another seed are wrong", bytes_of_another_seed_are_wrong},
    CU_TEST_INFO_NULL,
};

SUITE_MPI("blocks", tests);
