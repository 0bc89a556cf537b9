/* The engines that wait for storage, file and uring alike: each block has its turn, what is read is
 * what was written, to the last bit, and every way in which storage can fail is seen. */
#include "engines/blocks.h"
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "unit/place.h"
#include "worker/worker.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES TASK_PATH_BYTES
#define REAP_MOST 64
#define KIB 1024.0

enum { OWN_OPTION = BLOCKS_OPTION_COUNT }; /* handles: shared (file), direct: true (uring) */

/* -- an engine with its scratch file -- */

struct setting {
    const struct engine *engine;
    struct task_spec spec;
    int descriptor; /* a second way to the file */
    void *shared;
    struct engine_cell cell;   /* the present one */
    struct engine_notes notes; /* of it */
};

static const char *disk_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder ? folder : "/tmp";
}

/* Where syncs cost nothing, if there is such a place. */
static const char *quick_folder(void)
{
    return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : disk_folder();
}

static bool is_memory(const char *folder)
{
    struct storage_filesystem found = {.memory = false};
    return storage_filesystem(folder, &found) == 0 && found.memory;
}

static void with_each_engine(void (*test)(const struct engine *engine))
{
    static const char *const names[] = {"file", "uring"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char why[256] = "";
        const struct engine *engine = engines_find(names[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(engine);
        if (engine->available && engine->available(why, sizeof why) != 0) {
            printf("     not tried: %s: %s\n", names[i], why);
        } else {
            test(engine);
        }
    }
}

/* Reads at random places, one for each block, of a file that is in the page cache. */
static struct task_spec spec_of(double block, double file)
{
    struct task_spec spec = {.waits = 1, .seed = 42};
    spec.engine_option[BLOCKS_BLOCK] = block;
    spec.engine_option[BLOCKS_FILE] = file;
    spec.tasks = (uint64_t)(file / block);
    return spec;
}

static struct task_spec writes_of(double block, double file)
{
    struct task_spec spec = spec_of(block, file);
    spec.engine_option[BLOCKS_OP] = BLOCKS_WRITE;
    return spec;
}

static struct task_spec in_sequence(struct task_spec spec)
{
    spec.engine_option[BLOCKS_ORDER] = BLOCKS_SEQUENTIAL;
    return spec;
}

static void begin(struct setting *setting, const struct engine *engine, struct task_spec spec,
                  const char *folder)
{
    *setting = (struct setting){.engine = engine, .spec = spec};
    CU_ASSERT_PTR_NULL(engine->check(&spec));
    snprintf(setting->spec.path, PATH_BYTES, "%.400s/unit-storage-engines-XXXXXX", folder);
    setting->descriptor = mkostemp(setting->spec.path, O_CLOEXEC);
    CU_ASSERT_FATAL(setting->descriptor >= 0);
    uint64_t bytes = engine->file_bytes(&spec);
    char *content = aligned_alloc(BLOCKS_PAGE, bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(content);
    engine->fill(&spec, 0, content, bytes);
    CU_ASSERT_EQUAL(write(setting->descriptor, content, bytes), (ssize_t)bytes);
    CU_ASSERT_EQUAL(fdatasync(setting->descriptor), 0);
    free(content);
}

static void end(struct setting *setting)
{
    setting->engine->detach(setting->shared);
    close(setting->descriptor);
    unlink(setting->spec.path);
}

/* The next cell, of one rank. 0 or -errno. */
static int enter(struct setting *setting, unsigned threads, unsigned depth)
{
    setting->notes = (struct engine_notes){0};
    setting->cell = (struct engine_cell){.ranks = 1,
                                         .threads = threads,
                                         .depth = depth,
                                         .tasks = setting->spec.tasks,
                                         .visit = setting->cell.visit + 1};
    return setting->engine->enter(&setting->spec, &setting->cell, &setting->shared,
                                  &setting->notes);
}

static int leave(struct setting *setting)
{
    return setting->engine->leave(&setting->spec, &setting->cell, setting->shared, &setting->notes);
}

static void *open_worker(const struct setting *setting)
{
    void *state = NULL;
    CU_ASSERT_EQUAL_FATAL(
        setting->engine->open(&setting->spec, &setting->cell, 0, setting->shared, &state), 0);
    return state;
}

/* The item of the workload's wait number n. */
static uint64_t item_of(const struct task_spec *spec, uint64_t n)
{
    return n / spec->waits * (spec->waits + 1) + n % spec->waits;
}

static uint64_t block_of(const struct task_spec *spec, uint64_t n)
{
    return blocks_offset(spec, item_of(spec, n)) / blocks_bytes(spec);
}

/* Waits `first` to `last` − 1, one by one. The number of wrong results, or -errno. */
static int one_by_one(const struct setting *setting, void *state, uint64_t first, uint64_t last)
{
    int wrong = 0, failed = 0;
    for (uint64_t n = first; n < last && !failed; n++) {
        uint64_t item = item_of(&setting->spec, n), result = 0;
        failed = setting->engine->wait(state, item, &result);
        wrong += result != setting->engine->expect(&setting->spec, item);
    }
    return failed ? failed : wrong;
}

/* The same with as many in flight as the cell asks for. */
static int in_flight(const struct setting *setting, void *state, uint64_t first, uint64_t last)
{
    const struct engine *engine = setting->engine;
    struct completion done[REAP_MOST];
    uint64_t item[REAP_MOST];
    uint64_t next = first, ended = first;
    int failed = 0, wrong = 0;
    for (uint32_t slot = 0; slot < setting->cell.depth && next < last && !failed; slot++) {
        item[slot] = item_of(&setting->spec, next++);
        failed = engine->submit(state, slot, item[slot]);
    }
    while (ended < last && !failed) {
        int count = engine->reap(state, REAP_MOST, done);
        failed = count < 0 ? count : 0;
        for (int i = 0; i < count && !failed; i++, ended++) {
            uint32_t slot = done[i].slot;
            wrong += done[i].result != engine->expect(&setting->spec, item[slot]);
            if (next < last) {
                item[slot] = item_of(&setting->spec, next++);
                failed = engine->submit(state, slot, item[slot]);
            }
        }
    }
    return failed ? failed : wrong;
}

/* A worker's whole life in the present cell, with its rank's share of the waits. The number of
 * wrong results, or -errno. */
static int work(const struct setting *setting)
{
    uint64_t waits = setting->cell.tasks * setting->spec.waits;
    uint64_t first = waits * setting->cell.rank / setting->cell.ranks;
    uint64_t last = waits * (setting->cell.rank + 1) / setting->cell.ranks;
    void *state = open_worker(setting);
    int wrong = (setting->cell.depth == 1 ? one_by_one : in_flight)(setting, state, first, last);
    int failed = wrong < 0 ? wrong : setting->engine->finish(state);
    setting->engine->close(state);
    return failed ? failed : wrong;
}

/* A cell up to where its workers have ended. The number of wrong results, or -errno. */
static int enter_and_work(struct setting *setting, unsigned depth)
{
    int failed = enter(setting, 1, depth);
    return failed ? failed : work(setting);
}

/* -- doing harm -- */

static void flip_bit(const struct setting *setting, uint64_t bit)
{
    unsigned char byte = 0;
    CU_ASSERT_EQUAL(pread(setting->descriptor, &byte, 1, (off_t)(bit / 8)), 1);
    byte ^= (unsigned char)(1u << bit % 8);
    CU_ASSERT_EQUAL(pwrite(setting->descriptor, &byte, 1, (off_t)(bit / 8)), 1);
}

/* Some bit of so many; the first and the last are among them. */
static uint64_t some_bit(int flip, uint64_t bits)
{
    return flip == 0 ? 0 : flip == 1 ? bits - 1 : task_mix((uint64_t)flip) % bits;
}

static void get_block(const struct setting *setting, uint64_t block, void *buffer)
{
    size_t bytes = blocks_bytes(&setting->spec);
    CU_ASSERT_EQUAL(pread(setting->descriptor, buffer, bytes, (off_t)(block * bytes)),
                    (ssize_t)bytes);
}

static void put_block(const struct setting *setting, uint64_t block, const void *buffer)
{
    size_t bytes = blocks_bytes(&setting->spec);
    CU_ASSERT_EQUAL(pwrite(setting->descriptor, buffer, bytes, (off_t)(block * bytes)),
                    (ssize_t)bytes);
}

static void swap_blocks(const struct setting *setting, uint64_t a, uint64_t b)
{
    char *first = malloc(2 * blocks_bytes(&setting->spec));
    char *second = first + blocks_bytes(&setting->spec);
    get_block(setting, a, first);
    get_block(setting, b, second);
    put_block(setting, a, second);
    put_block(setting, b, first);
    free(first);
}

/* -- the order of the blocks -- */

static void check_order(uint64_t seed, uint64_t count, uint32_t waits)
{
    struct task_spec spec = spec_of(512, 512 * (double)count);
    spec.seed = seed;
    spec.waits = waits;
    uint64_t *turn = calloc(count, sizeof *turn); /* of each block, from 1 */
    uint64_t astray = 0, twice = 0, otherwise = 0;
    for (uint64_t n = 0; n < count; n++) {
        uint64_t offset = blocks_offset(&spec, item_of(&spec, n)), block = offset / 512;
        astray += offset % 512 != 0 || block >= count;
        twice += block < count && turn[block] != 0;
        turn[block < count ? block : 0] = n + 1;
        otherwise += block_of(&spec, n + count) != block || block_of(&spec, n + 7 * count) != block;
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
    struct task_spec spec = spec_of(512, 512 * COUNT);
    int otherwise = 0;
    for (uint64_t first = 0; first < WAITS; first++) {
        for (uint64_t end = first; end < WAITS; end++) {
            bool visited[COUNT] = {false};
            for (uint64_t n = first; n < end; n++) {
                visited[block_of(&spec, n)] = true;
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
    struct task_spec spec = spec_of(512, 512 * COUNT), other = spec;
    other.seed++;
    int in_place = 0, after_each_other = 0, same = 0;
    for (uint64_t n = 0; n < COUNT; n++) {
        in_place += block_of(&spec, n) == n;
        after_each_other += block_of(&spec, n + 1) == block_of(&spec, n) + 1;
        same += block_of(&spec, n) == block_of(&other, n);
    }
    CU_ASSERT(in_place < COUNT / 50);
    CU_ASSERT(after_each_other < COUNT / 50);
    CU_ASSERT(same < COUNT / 50);
}

static void in_sequence_is_one_block_after_the_other(void)
{
    struct task_spec spec = in_sequence(spec_of(1536, 1536 * 10));
    for (uint32_t waits = 1; waits <= 3; waits++) {
        spec.waits = waits;
        for (uint64_t n = 0; n < 25; n++) {
            CU_ASSERT_EQUAL(blocks_offset(&spec, item_of(&spec, n)), n % 10 * 1536);
            CU_ASSERT_EQUAL(blocks_was_visited(&spec, n % 10, 0, n), n >= 10);
            CU_ASSERT_EQUAL(blocks_was_visited(&spec, n % 10, 0, n + 1), true);
        }
    }
}

/* -- what a cell writes -- */

/* Blocks that do not hold what they must after the present cell: its content where it was, that of
 * before elsewhere. */
static uint64_t misplaced(const struct setting *setting, uint64_t before)
{
    const struct task_spec *spec = &setting->spec;
    uint64_t bytes = blocks_bytes(spec), count = blocks_count(spec), wrong = 0;
    bool *written = calloc(count, sizeof *written);
    char *found = malloc(bytes), *expected = malloc(bytes);
    for (uint64_t n = 0; n < setting->cell.tasks * spec->waits; n++) {
        written[block_of(spec, n)] = true;
    }
    for (uint64_t block = 0; block < count; block++) {
        blocks_write_version(spec, written[block] ? setting->cell.visit : before, block * bytes,
                             expected, bytes);
        get_block(setting, block, found);
        wrong += memcmp(found, expected, bytes) != 0;
    }
    free(written);
    free(found);
    free(expected);
    return wrong;
}

static void check_writing(const struct engine *engine, struct task_spec spec)
{
    struct setting setting;
    begin(&setting, engine, spec, disk_folder());
    for (unsigned depth = 1; depth <= 6; depth += 5) {
        setting.spec.tasks = 17; /* some blocks twice */
        CU_ASSERT_EQUAL(enter_and_work(&setting, depth), 0);
        CU_ASSERT_EQUAL(misplaced(&setting, 0), 0);
        CU_ASSERT_EQUAL(leave(&setting), 0);
        setting.spec.tasks = 2; /* with two waits each: not all */
        uint64_t before = setting.cell.visit;
        CU_ASSERT_EQUAL(enter_and_work(&setting, depth), 0);
        CU_ASSERT_EQUAL(misplaced(&setting, before), 0);
        CU_ASSERT_EQUAL(leave(&setting), 0);
    }
    end(&setting);
}

static void check_writing_of_all_kinds(const struct engine *engine)
{
    static const double blocks[] = {512, 1536, 4 * KIB, 12 * KIB, KIB * KIB};
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
        for (int sync = BLOCKS_SYNC_NONE; sync <= BLOCKS_SYNC_EACH; sync++) {
            struct task_spec spec = writes_of(blocks[b], 9 * blocks[b] + 500);
            spec.waits = 2;
            spec.engine_option[BLOCKS_SYNC] = sync;
            check_writing(engine, spec);
            check_writing(engine, in_sequence(spec));
        }
    }
}

static void what_a_cell_writes_stands_there(void)
{
    with_each_engine(check_writing_of_all_kinds);
}

/* 250 cells, after each of which one bit of what it has written is changed. */
static int missed_flips_of_writes(const struct engine *engine, double block, uint64_t blocks)
{
    struct setting setting;
    begin(&setting, engine, writes_of(block, block * (double)blocks), quick_folder());
    int missed = 0;
    for (int flip = 0; flip < 250; flip++) {
        missed += enter_and_work(&setting, flip % 2 ? 4 : 1) != 0;
        flip_bit(&setting, some_bit(flip, (uint64_t)block * blocks * 8));
        missed += leave(&setting) != -EILSEQ;
    }
    missed += enter_and_work(&setting, 4) != 0 || leave(&setting) != 0;
    end(&setting);
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
    with_each_engine(check_flips_of_writes);
}

/* As if one write had never reached the file: of the first cell, then of the second. */
static void check_lost_writes(const struct engine *engine)
{
    enum { BLOCK = 1536, BLOCKS = 9 };
    char old[BLOCK];
    struct setting setting;
    begin(&setting, engine, writes_of(BLOCK, BLOCK * BLOCKS), quick_folder());
    for (uint64_t block = 0; block < BLOCKS; block++) {
        for (int cell = 0; cell < 2; cell++) {
            get_block(&setting, block, old);
            CU_ASSERT_EQUAL(enter_and_work(&setting, cell ? 3 : 1), 0);
            put_block(&setting, block, old);
            CU_ASSERT_EQUAL(leave(&setting), -EILSEQ);
        }
    }
    end(&setting);
}

static void a_lost_write_is_found(void)
{
    with_each_engine(check_lost_writes);
}

static void check_swapped_writes(const struct engine *engine)
{
    struct setting setting;
    begin(&setting, engine, writes_of(2048, 2048 * 8), quick_folder());
    for (uint64_t other = 1; other < 8; other++) { /* 1 is of the same page, the others are not */
        CU_ASSERT_EQUAL(enter_and_work(&setting, 3), 0);
        swap_blocks(&setting, 0, other);
        CU_ASSERT_EQUAL(leave(&setting), -EILSEQ);
    }
    end(&setting);
}

static void swapped_writes_are_found(void)
{
    with_each_engine(check_swapped_writes);
}

/* Harm to all blocks that the cell did not write, and behind the last one. */
static void check_other_blocks(const struct engine *engine)
{
    enum { BLOCK = 1536, BLOCKS = 9, WRITTEN = 4 };
    static const char harm[BLOCK] = "harm";
    struct setting setting;
    begin(&setting, engine, writes_of(BLOCK, BLOCK * BLOCKS), quick_folder());
    setting.spec.tasks = WRITTEN;
    CU_ASSERT_EQUAL(enter_and_work(&setting, 3), 0);
    for (uint64_t n = WRITTEN; n < BLOCKS; n++) {
        put_block(&setting, block_of(&setting.spec, n), harm);
    }
    CU_ASSERT_EQUAL(pwrite(setting.descriptor, harm, 100, BLOCK * BLOCKS), 100);
    CU_ASSERT_EQUAL(leave(&setting), 0);
    put_block(&setting, block_of(&setting.spec, WRITTEN - 1), harm);
    CU_ASSERT_EQUAL(leave(&setting), -EILSEQ);
    end(&setting);
}

static void blocks_that_were_not_written_are_not_looked_at(void)
{
    with_each_engine(check_other_blocks);
}

/* The ranks of a cell, here one after the other; each looks at its part of the file. */
static void check_ranks(const struct engine *engine)
{
    enum { RANKS = 3, BLOCK = 1536, BLOCKS = 10 };
    struct setting rank[RANKS];
    begin(&rank[0], engine, writes_of(BLOCK, BLOCK * BLOCKS), quick_folder());
    for (unsigned r = 0; r < RANKS; r++) {
        rank[r] = rank[0];
        rank[r].shared = NULL;
        rank[r].cell = (struct engine_cell){RANKS, 1, 1 + 3 * (r % 2), r, BLOCKS, 1, NULL, {0}};
        CU_ASSERT_EQUAL_FATAL(
            engine->enter(&rank[r].spec, &rank[r].cell, &rank[r].shared, &rank[r].notes), 0);
    }
    for (unsigned r = 0; r < RANKS; r++) {
        CU_ASSERT_EQUAL(work(&rank[r]), 0);
    }
    for (uint64_t block = 0; block < BLOCKS; block++) {
        unsigned found = 0;
        for (unsigned r = 0; r < RANKS; r++) {
            CU_ASSERT_EQUAL(leave(&rank[r]), 0);
        }
        flip_bit(&rank[0], 8 * (block * BLOCK + 700));
        for (unsigned r = 0; r < RANKS; r++) {
            found += leave(&rank[r]) == -EILSEQ;
        }
        CU_ASSERT_EQUAL(found, 1);
        flip_bit(&rank[0], 8 * (block * BLOCK + 700));
    }
    engine->detach(rank[1].shared);
    engine->detach(rank[2].shared);
    end(&rank[0]);
}

static void the_ranks_of_a_cell_look_at_all_blocks(void)
{
    with_each_engine(check_ranks);
}

/* -- what is read -- */

static void check_reading_of_all_kinds(const struct engine *engine)
{
    static const double blocks[] = {512, 1536, 4096, 4608, 12288, 131072};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        for (int sequential = 0; sequential <= 1; sequential++) {
            struct setting setting;
            struct task_spec spec = spec_of(blocks[i], 150 * KIB);
            begin(&setting, engine, sequential ? in_sequence(spec) : spec, disk_folder());
            setting.spec.tasks = 200;
            CU_ASSERT_EQUAL(engine->bytes(&setting.spec), blocks[i]);
            for (unsigned depth = 1; depth <= 8; depth += 7) {
                CU_ASSERT_EQUAL(enter_and_work(&setting, depth), 0);
                CU_ASSERT_EQUAL(leave(&setting), 0);
            }
            end(&setting);
        }
    }
}

static void blocks_of_any_size_are_read_right(void)
{
    with_each_engine(check_reading_of_all_kinds);
}

/* The block that holds the bit is wrong, and no other. */
static int missed_flips_of_reads(const struct engine *engine, double block, uint64_t blocks,
                                 int flips)
{
    struct setting setting;
    begin(&setting, engine, spec_of(block, block * (double)blocks), quick_folder());
    int missed = 0;
    for (int flip = 0; flip < flips; flip++) {
        uint64_t bit = some_bit(flip, (uint64_t)block * blocks * 8);
        flip_bit(&setting, bit);
        missed += enter_and_work(&setting, 1) != 1;
        missed += enter_and_work(&setting, 4) != 1;
        flip_bit(&setting, bit);
    }
    missed += enter_and_work(&setting, 1) != 0;
    end(&setting);
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
    with_each_engine(check_flips_of_reads);
}

/* To be sure that none is passed over. */
static void check_every_bit(const struct engine *engine)
{
    struct setting setting;
    begin(&setting, engine, spec_of(512, 512 * 10), quick_folder());
    CU_ASSERT_EQUAL_FATAL(enter(&setting, 1, 1), 0);
    uint64_t second = 0; /* the wait that reads block 1 */
    while (block_of(&setting.spec, second) != 1) {
        second++;
    }
    void *state = open_worker(&setting);
    int missed = 0;
    for (uint64_t bit = 512 * 8; bit < 1024 * 8; bit++) {
        flip_bit(&setting, bit);
        missed += one_by_one(&setting, state, second, second + 1) != 1;
        flip_bit(&setting, bit);
    }
    CU_ASSERT_EQUAL(missed, 0);
    engine->close(state);
    end(&setting);
}

static void every_bit_of_a_block_counts(void)
{
    with_each_engine(check_every_bit);
}

/* Right bytes in the wrong place are wrong. */
static void check_swapped_reads(const struct engine *engine)
{
    struct setting setting;
    begin(&setting, engine, spec_of(2048, 2048 * 8), quick_folder());
    for (uint64_t other = 1; other < 8; other++) { /* 1 is of the same page, the others are not */
        swap_blocks(&setting, 0, other);
        CU_ASSERT_EQUAL(enter_and_work(&setting, 1), 2);
        CU_ASSERT_EQUAL(enter_and_work(&setting, 2), 2);
        swap_blocks(&setting, 0, other);
    }
    end(&setting);
}

static void swapped_blocks_are_found(void)
{
    with_each_engine(check_swapped_reads);
}

static void check_other_seed(const struct engine *engine)
{
    struct setting setting;
    begin(&setting, engine, spec_of(4096, 65536), quick_folder());
    setting.spec.seed++;
    CU_ASSERT_EQUAL(enter_and_work(&setting, 1), 16);
    CU_ASSERT_EQUAL(enter_and_work(&setting, 4), 16);
    end(&setting);
}

static void bytes_of_another_seed_are_wrong(void)
{
    with_each_engine(check_other_seed);
}

/* -- storage that fails -- */

/* Cut to a block that is there in part: seen before a cell begins, and by a read of what is gone.
 */
static void check_short_file(const struct engine *engine)
{
    struct setting setting;
    begin(&setting, engine, in_sequence(spec_of(4096, 65536)), disk_folder());
    CU_ASSERT_EQUAL_FATAL(enter(&setting, 1, 2), 0);
    CU_ASSERT_EQUAL_FATAL(truncate(setting.spec.path, 8 * 4096 + 100), 0);
    setting.cell.depth = 1;
    void *state = open_worker(&setting);
    for (uint64_t n = 0; n < 16; n++) {
        CU_ASSERT_EQUAL(one_by_one(&setting, state, n, n + 1), n < 8 ? 0 : -EIO);
    }
    engine->close(state);
    CU_ASSERT_EQUAL(enter(&setting, 1, 2), -EIO);
    CU_ASSERT_EQUAL(enter(&setting, 1, 4), -EIO);
    CU_ASSERT_EQUAL_FATAL(truncate(setting.spec.path, 15 * 4096 + 4095), 0);
    CU_ASSERT_EQUAL(enter(&setting, 1, 2), -EIO);
    end(&setting);
}

static void a_short_file_is_an_error(void)
{
    with_each_engine(check_short_file);
}

/* In flight, too: by the kernel's own queue. (Open MPI never ends such a read.) */
static void a_short_read_in_flight_is_an_error(void)
{
    const struct engine *uring = engines_find("uring");
    struct setting setting;
    char why[256];
    if (uring->available(why, sizeof why) != 0) {
        return;
    }
    begin(&setting, uring, in_sequence(spec_of(4096, 65536)), disk_folder());
    CU_ASSERT_EQUAL_FATAL(enter(&setting, 1, 4), 0);
    CU_ASSERT_EQUAL_FATAL(truncate(setting.spec.path, 15 * 4096 + 4095), 0);
    CU_ASSERT_EQUAL(work(&setting), -EIO);
    end(&setting);
}

static void check_missing_file(const struct engine *engine)
{
    struct setting setting;
    begin(&setting, engine, spec_of(4096, 65536), disk_folder());
    unlink(setting.spec.path);
    CU_ASSERT_EQUAL(enter(&setting, 2, 2), -ENOENT);
    CU_ASSERT_EQUAL(enter(&setting, 1, 1), -ENOENT);
    end(&setting);
}

static void a_missing_file_is_an_error(void)
{
    with_each_engine(check_missing_file);
}

static void limit_files(uint64_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Files may grow to the middle of a block of several pages: it is written in part, and the reason
 * is that of the missing part. */
static void check_short_writes(const struct engine *engine)
{
    enum { BLOCK = 16384, WHOLE = 3 };
    struct setting setting;
    begin(&setting, engine, in_sequence(writes_of(BLOCK, 8 * BLOCK)), disk_folder());
    signal(SIGXFSZ, SIG_IGN);
    for (unsigned depth = 1; depth <= 4; depth += 3) {
        for (unsigned part = 0; part <= 4096; part += 4096) {
            CU_ASSERT_EQUAL_FATAL(enter(&setting, 1, depth), 0);
            limit_files(WHOLE * BLOCK + part);
            int failed = work(&setting);
            limit_files(RLIM_INFINITY);
            CU_ASSERT_EQUAL(failed, -EFBIG);
            CU_ASSERT_EQUAL(leave(&setting), -EILSEQ);
        }
    }
    signal(SIGXFSZ, SIG_DFL);
    CU_ASSERT_EQUAL(enter_and_work(&setting, 4), 0);
    CU_ASSERT_EQUAL(leave(&setting), 0);
    end(&setting);
}

static void a_short_write_is_an_error_that_tells_why(void)
{
    with_each_engine(check_short_writes);
}

/* Takes away what the file has on its disk and fills that up, but for `left` bytes. */
static void fill_disk(const struct setting *setting, const char *folder, size_t left)
{
    char path[PATH_BYTES], page[4096] = "full";
    struct stat file;
    fstat(setting->descriptor, &file);
    CU_ASSERT_EQUAL(
        fallocate(setting->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, file.st_size),
        0);
    snprintf(path, sizeof path, "%.400s/other", folder);
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    off_t bytes = 0;
    for (ssize_t wrote; (wrote = write(descriptor, page, sizeof page)) > 0; bytes += wrote) {
    }
    CU_ASSERT_EQUAL(ftruncate(descriptor, bytes - (off_t)left), 0);
    close(descriptor);
}

static void check_full_disk(const struct engine *engine, const char *folder, unsigned depth)
{
    enum { BLOCK = 16384, BLOCKS = 8 };
    char other[PATH_BYTES];
    struct setting setting;
    begin(&setting, engine, writes_of(BLOCK, BLOCK * BLOCKS), folder);
    CU_ASSERT_EQUAL(enter_and_work(&setting, depth), 0);
    CU_ASSERT_EQUAL(leave(&setting), 0);
    CU_ASSERT_EQUAL_FATAL(enter(&setting, 1, depth), 0);
    fill_disk(&setting, folder, BLOCK + 4096); /* room for a block and a part of one */
    CU_ASSERT_EQUAL(work(&setting), -ENOSPC);
    CU_ASSERT_EQUAL(leave(&setting), -EILSEQ);
    end(&setting);
    snprintf(other, sizeof other, "%.400s/other", folder);
    unlink(other);
}

static void check_full_disk_at_each_depth(const struct engine *engine)
{
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%.400s/unit-storage-engines-XXXXXX", disk_folder());
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    if (mount("none", folder, "tmpfs", 0, "size=256k") == 0) {
        check_full_disk(engine, folder, 1);
        check_full_disk(engine, folder, 4);
        umount2(folder, MNT_DETACH); /* even if something of it is still in use */
    } else {
        printf("     not tried: nothing can be mounted here\n");
    }
    rmdir(folder);
}

/* Mounts are this thread's own and end with it. */
static void *in_a_mount_namespace(void *argument)
{
    (void)argument;
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) {
        with_each_engine(check_full_disk_at_each_depth);
    } else {
        printf("     not tried: no mount namespace can be made here\n");
    }
    return NULL;
}

static void a_full_disk_is_an_error_that_says_so(void)
{
    pthread_t thread;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, in_a_mount_namespace, NULL), 0);
    pthread_join(thread, NULL);
}

/* -- what an engine opens -- */

/* Descriptors of this process: all, or those of the file. */
static int descriptors(const char *path)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char link[PATH_BYTES] = "";
        ssize_t got = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        count += got > 0 && (!path || strcmp(link, path) == 0);
    }
    closedir(folder);
    return count;
}

/* The first rounds open what stays open. */
static void check_close_in_flight(const struct engine *engine)
{
    enum { DEPTH = 8 };
    for (int op = BLOCKS_READ; op <= BLOCKS_WRITE; op++) {
        int before = descriptors(NULL);
        struct setting setting;
        struct task_spec spec = spec_of(65536, 65536 * 2 * DEPTH);
        spec.engine_option[BLOCKS_OP] = op;
        begin(&setting, engine, spec, disk_folder());
        int opened = 0;
        for (int round = 0; round < 20; round++) {
            CU_ASSERT_EQUAL_FATAL(enter(&setting, 1, DEPTH), 0);
            opened = round == 0 ? descriptors(NULL) : opened;
            void *state = open_worker(&setting);
            for (uint32_t slot = 0; slot < DEPTH; slot++) {
                CU_ASSERT_EQUAL(engine->submit(state, slot, item_of(&setting.spec, slot)), 0);
            }
            struct completion done[1];
            CU_ASSERT_EQUAL(round % 2 ? engine->reap(state, 1, done) : 1, 1);
            engine->close(state);
        }
        CU_ASSERT_EQUAL(descriptors(NULL), opened);
        CU_ASSERT_EQUAL(enter_and_work(&setting, DEPTH), 0);
        CU_ASSERT_EQUAL(leave(&setting), 0);
        end(&setting);
        CU_ASSERT_EQUAL(descriptors(NULL), before);
    }
}

static void closing_with_operations_in_flight_ends_and_leaves_nothing(void)
{
    with_each_engine(check_close_in_flight);
}

static void check_handles(bool shared, unsigned threads, unsigned depth, int expected)
{
    struct setting setting;
    struct task_spec spec = spec_of(4096, 65536);
    spec.engine_option[OWN_OPTION] = shared;
    begin(&setting, engines_find("file"), spec, disk_folder());
    int own = descriptors(setting.spec.path);
    CU_ASSERT_EQUAL(own, 1);
    CU_ASSERT_EQUAL_FATAL(enter(&setting, 1, 1), 0);
    int helping = descriptors(setting.spec.path) - own - 1; /* beside one handle */
    for (int cell = 0; cell < 3; cell++) {
        CU_ASSERT_EQUAL_FATAL(enter(&setting, threads, depth), 0);
        CU_ASSERT_EQUAL(descriptors(setting.spec.path) - own - helping, expected);
    }
    CU_ASSERT_EQUAL_FATAL(enter(&setting, 1, 1), 0);
    CU_ASSERT_EQUAL(descriptors(setting.spec.path) - own - helping, expected);
    end(&setting);
}

static void each_slot_has_a_handle_or_all_share_one(void)
{
    check_handles(false, 1, 1, 1);
    check_handles(false, 3, 7, 21);
    check_handles(true, 1, 1, 1);
    check_handles(true, 3, 7, 1);
}

/* -- the page cache -- */

static uint64_t cached(const struct setting *setting)
{
    uint64_t bytes = 0;
    CU_ASSERT_EQUAL(
        storage_pages_cached(setting->descriptor, blocks_file_bytes(&setting->spec), &bytes), 0);
    return bytes;
}

/* Each cell finds the cache as it asked for, whatever the one before it left. */
static void check_cache(const struct engine *engine)
{
    for (int op = BLOCKS_READ; op <= BLOCKS_WRITE; op++) {
        struct setting setting;
        struct task_spec spec = spec_of(4096, 100 * 4096);
        spec.engine_option[BLOCKS_OP] = op;
        begin(&setting, engine, spec, disk_folder());
        for (int cell = 0; cell < 4; cell++) {
            bool cold = cell % 2 == 0;
            setting.spec.engine_option[BLOCKS_CACHE] = cold ? BLOCKS_COLD : BLOCKS_WARM;
            CU_ASSERT_EQUAL_FATAL(enter(&setting, 1, 1 + 3 * (unsigned)(cell / 2)), 0);
            CU_ASSERT_EQUAL(cached(&setting), cold ? 0 : blocks_file_bytes(&setting.spec));
            CU_ASSERT_EQUAL(setting.notes.flags, 0);
            CU_ASSERT_EQUAL(work(&setting), 0);
            CU_ASSERT_EQUAL(leave(&setting), 0);
        }
        end(&setting);
    }
}

static void cold_is_cold_and_warm_is_warm(void)
{
    if (is_memory(disk_folder())) {
        printf("     not tried: %s is memory\n", disk_folder());
        return;
    }
    with_each_engine(check_cache);
}

static void check_memory(const struct engine *engine)
{
    struct setting setting;
    begin(&setting, engine, spec_of(4096, 65536), "/dev/shm");
    CU_ASSERT_EQUAL(enter_and_work(&setting, 1), 0);
    CU_ASSERT_EQUAL(setting.notes.flags, 0);
    setting.spec.engine_option[BLOCKS_CACHE] = BLOCKS_COLD;
    CU_ASSERT_EQUAL(enter_and_work(&setting, 1), 0);
    CU_ASSERT_EQUAL(setting.notes.flags, SAMPLE_CACHE);
    end(&setting);
}

static void what_is_in_memory_cannot_be_cold_and_is_flagged(void)
{
    if (!is_memory("/dev/shm") || access("/dev/shm", W_OK) != 0) {
        printf("     not tried: /dev/shm is no memory\n");
        return;
    }
    with_each_engine(check_memory);
}

/* uring, past the page cache. False where that is not possible. */
static bool begin_direct(struct setting *setting, struct task_spec spec, const char *folder,
                         char *why, size_t why_bytes)
{
    const struct engine *uring = engines_find("uring");
    if (uring->available(why, why_bytes) != 0) {
        return false;
    }
    spec.engine_option[OWN_OPTION] = 1;
    begin(setting, uring, spec, folder);
    bool possible = uring->probe(&setting->spec, why, why_bytes) == 0;
    if (!possible) {
        end(setting);
    }
    return possible;
}

static void direct_leaves_no_page_in_the_cache(void)
{
    char why[512] = "";
    for (int op = BLOCKS_READ; op <= BLOCKS_WRITE; op++) {
        struct setting setting;
        struct task_spec spec = spec_of(4096, 100 * 4096);
        spec.engine_option[BLOCKS_OP] = op;
        if (!begin_direct(&setting, spec, disk_folder(), why, sizeof why)) {
            printf("     not tried: %s\n", why);
            return;
        }
        CU_ASSERT(cached(&setting) > 0);
        for (unsigned depth = 1; depth <= 8; depth += 7) {
            CU_ASSERT_EQUAL(enter_and_work(&setting, depth), 0);
            CU_ASSERT_EQUAL(cached(&setting), 0);
            CU_ASSERT_EQUAL(leave(&setting), 0);
            CU_ASSERT_EQUAL(cached(&setting), 0);
            CU_ASSERT_EQUAL(setting.notes.flags, 0);
        }
        CU_ASSERT_EQUAL(enter_and_work(&setting, 1), 0);
        flip_bit(&setting, 12345); /* goes through the cache */
        CU_ASSERT_EQUAL(leave(&setting), op == BLOCKS_WRITE ? -EILSEQ : 0);
        CU_ASSERT_EQUAL(setting.notes.flags, SAMPLE_CACHE);
        end(&setting);
    }
}

static void direct_is_refused_by_name_where_it_is_not_possible(void)
{
    char why[512] = "";
    struct setting setting;
    struct task_spec spec = spec_of(4096, 65536);
    const struct engine *uring = engines_find("uring");
    if (!is_memory("/dev/shm") || uring->available(why, sizeof why) != 0) {
        printf("     not tried: %s\n", why[0] ? why : "/dev/shm is no memory");
        return;
    }
    begin(&setting, uring, spec, "/dev/shm");
    CU_ASSERT_EQUAL(uring->probe(&setting.spec, why, sizeof why), 0); /* not direct */
    setting.spec.engine_option[OWN_OPTION] = 1;
    CU_ASSERT_EQUAL(uring->probe(&setting.spec, why, sizeof why), -EOPNOTSUPP);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "direct: tmpfs"));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "--set scratch="));
    end(&setting);
}

static void a_block_that_direct_cannot_move_is_refused(void)
{
    char why[512] = "";
    struct setting setting;
    uint64_t alignment = 0;
    if (!begin_direct(&setting, spec_of(65536, 65536), disk_folder(), why, sizeof why)) {
        printf("     not tried: %s\n", why);
        return;
    }
    CU_ASSERT_EQUAL(storage_direct_alignment(setting.spec.path, &alignment), 0);
    setting.spec.engine_option[BLOCKS_BLOCK] = (double)alignment;
    CU_ASSERT_EQUAL(setting.engine->probe(&setting.spec, why, sizeof why), 0);
    setting.spec.engine_option[BLOCKS_BLOCK] = (double)alignment * 1.5; /* the odd half is less */
    CU_ASSERT_EQUAL(setting.engine->probe(&setting.spec, why, sizeof why), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "block: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "O_DIRECT"));
    end(&setting);
}

static void check_refused(const struct engine *engine)
{
    struct task_spec spec = spec_of(1000, 65536);
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine->check(&spec));
    CU_ASSERT_PTR_NOT_NULL(strstr(engine->check(&spec), "block: "));
    spec = spec_of(8192, 4096);
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine->check(&spec));
    CU_ASSERT_PTR_NOT_NULL(strstr(engine->check(&spec), "file: "));
    spec = spec_of(4096, 4096);
    spec.engine_option[BLOCKS_SYNC] = BLOCKS_SYNC_END;
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine->check(&spec));
    CU_ASSERT_PTR_NOT_NULL(strstr(engine->check(&spec), "sync: "));
    spec.engine_option[BLOCKS_OP] = BLOCKS_WRITE;
    CU_ASSERT_PTR_NULL(engine->check(&spec));
}

static void options_that_do_not_go_together_are_refused(void)
{
    with_each_engine(check_refused);
}

/* -- whole cells -- */

static struct worker_result run_cell(struct setting *setting, const struct place *place,
                                     int threads, int depth)
{
    struct worker_cell cell = {
        .kernel = kernels_find("none"),
        .engine = setting->engine,
        .spec = &setting->spec,
        .tasks = setting->spec.tasks,
        .point = {.ranks = 1, .threads = threads, .depth = depth, .cores = 1},
        .topo = place->topo,
        .shared = &setting->shared,
        .visit = ++setting->cell.visit,
    };
    struct worker_result result;
    worker_run(&cell, &result);
    return result;
}

/* Cells with an error or a wrong sum, of `cells` at one thread to three, one in flight to eight. */
static int false_alarms(const struct engine *engine, struct task_spec spec, int cells)
{
    struct place place = place_take();
    struct setting setting;
    begin(&setting, engine, spec, quick_folder());
    uint64_t expected =
        worker_expected_sum(kernels_find("none"), engine, &spec, setting.spec.tasks);
    int alarms = 0;
    for (int i = 0; i < cells; i++) {
        struct worker_result result = run_cell(&setting, &place, 1 + i * 3 / cells, 1 + i % 8);
        alarms += result.error != 0 || result.sum != expected || result.tasks != spec.tasks;
    }
    end(&setting);
    place_give_back(&place);
    return alarms;
}

static void check_clean_cells(const struct engine *engine)
{
    static const double blocks[] = {512, 1536, 4096, 8192};
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
        struct task_spec spec = spec_of(blocks[b], 8 * blocks[b] + 4096);
        spec.tasks = 8;
        CU_ASSERT_EQUAL(false_alarms(engine, spec, 625), 0);
        spec.engine_option[BLOCKS_OP] = BLOCKS_WRITE;
        CU_ASSERT_EQUAL(false_alarms(engine, b % 2 ? in_sequence(spec) : spec, 625), 0);
    }
}

static void ten_thousand_clean_cells_give_no_false_alarm(void)
{
    with_each_engine(check_clean_cells);
}

/* Long enough for a look or two at the helper threads. */
static struct worker_result run_long(const char *name, bool own_option, int depth)
{
    struct place place = place_take();
    struct setting setting;
    struct task_spec spec = spec_of(65536, 256 * 65536);
    spec.tasks = 4096;
    spec.engine_option[OWN_OPTION] = own_option;
    begin(&setting, engines_find(name), spec, quick_folder());
    struct worker_result result = run_cell(&setting, &place, 1, depth);
    CU_ASSERT_EQUAL(result.error, 0);
    CU_ASSERT_EQUAL(result.tasks, spec.tasks);
    end(&setting);
    place_give_back(&place);
    return result;
}

/* tests/sanitize/aio.c, which does what is asked for without helper threads */
#ifdef __has_feature
#define AIO_IS_DONE_AT_ONCE __has_feature(thread_sanitizer)
#else
#define AIO_IS_DONE_AT_ONCE 0
#endif

static void what_helper_threads_have_in_hand_is_the_depth(void)
{
    if (AIO_IS_DONE_AT_ONCE) {
        printf("     not tried: with the thread sanitizer there are no helper threads\n");
        return;
    }
    struct worker_result result = run_long("file", false, 8);
    CU_ASSERT(isfinite(result.helpers) && isfinite(result.helpers_most));
    CU_ASSERT(result.depth <= result.helpers && result.helpers <= 8.5);
    CU_ASSERT(result.helpers > 0.5);
    CU_ASSERT(result.depth_most <= 8 && result.helpers <= result.helpers_most);
    result = run_long("file", true, 32);
    CU_ASSERT(isfinite(result.helpers));
    CU_ASSERT(result.helpers <= 2 && result.depth <= 2);
    result = run_long("file", false, 1);
    CU_ASSERT(isinf(result.helpers));
    CU_ASSERT_EQUAL(result.depth, 1);
}

static void the_kernels_own_queue_needs_no_helper_threads(void)
{
    char why[256];
    if (engines_find("uring")->available(why, sizeof why) != 0) {
        printf("     not tried: %s\n", why);
        return;
    }
    struct worker_result result = run_long("uring", false, 8);
    CU_ASSERT(isinf(result.helpers));
    CU_ASSERT(result.depth > 1 && result.depth <= 8);
    CU_ASSERT_EQUAL(result.depth_most, 8);
}

CU_TestInfo storage_engines_tests[] = {
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
    {"a short file is an error", a_short_file_is_an_error},
    {"a short read in flight is an error", a_short_read_in_flight_is_an_error},
    {"a missing file is an error", a_missing_file_is_an_error},
    {"a short write is an error that tells why", a_short_write_is_an_error_that_tells_why},
    {"a full disk is an error that says so", a_full_disk_is_an_error_that_says_so},
    {"closing with operations in flight ends and leaves nothing",
     closing_with_operations_in_flight_ends_and_leaves_nothing},
    {"each slot has a handle, or all share one", each_slot_has_a_handle_or_all_share_one},
    {"cold is cold and warm is warm", cold_is_cold_and_warm_is_warm},
    {"what is in memory cannot be cold and is flagged",
     what_is_in_memory_cannot_be_cold_and_is_flagged},
    {"direct leaves no page in the cache", direct_leaves_no_page_in_the_cache},
    {"direct is refused by name where it is not possible",
     direct_is_refused_by_name_where_it_is_not_possible},
    {"a block that direct cannot move is refused", a_block_that_direct_cannot_move_is_refused},
    {"options that do not go together are refused", options_that_do_not_go_together_are_refused},
    {"10 000 clean cells give no false alarm", ten_thousand_clean_cells_give_no_false_alarm},
    {"what helper threads have in hand is the depth",
     what_helper_threads_have_in_hand_is_the_depth},
    {"the kernel's own queue needs no helper threads",
     the_kernels_own_queue_needs_no_helper_threads},
    CU_TEST_INFO_NULL,
};
