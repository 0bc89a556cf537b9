/* An engine that waits for storage, file or uring, with its scratch file, and harm done to that. */
#ifndef CUAL_TESTS_UNIT_ENGINES_STORAGE_H
#define CUAL_TESTS_UNIT_ENGINES_STORAGE_H

#include "engines/blocks.h"
#include "engines/engines.h"
#include "machine/storage.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORAGE_PATH_BYTES TASK_PATH_BYTES
#define STORAGE_REAP_MOST 64
#define STORAGE_KIB 1024.0

/* handles: shared (file), direct: true (uring) */
enum { STORAGE_OWN_OPTION = BLOCKS_OPTION_COUNT };

/* -- an engine with its scratch file -- */

struct storage_setting {
    const struct engine *engine;
    struct task_spec spec;
    int descriptor; /* a second way to the file */
    void *shared;
    struct engine_cell cell;   /* the present one */
    struct engine_notes notes; /* of it */
};

static inline const char *storage_disk_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder ? folder : "/tmp";
}

/* Where syncs cost nothing, if there is such a place. */
static inline const char *storage_quick_folder(void)
{
    return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : storage_disk_folder();
}

static inline bool storage_is_memory(const char *folder)
{
    struct storage_filesystem found = {.memory = false};
    return storage_filesystem(folder, &found) == 0 && found.memory;
}

static inline void storage_with_each_engine(void (*test)(const struct engine *engine))
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
static inline struct task_spec storage_spec_of(double block, double file)
{
    struct task_spec spec = {.waits = 1, .seed = 42};
    spec.engine_option[BLOCKS_BLOCK] = block;
    spec.engine_option[BLOCKS_FILE] = file;
    spec.tasks = (uint64_t)(file / block);
    return spec;
}

static inline struct task_spec storage_writes_of(double block, double file)
{
    struct task_spec spec = storage_spec_of(block, file);
    spec.engine_option[BLOCKS_OP] = BLOCKS_WRITE;
    return spec;
}

static inline struct task_spec storage_in_sequence(struct task_spec spec)
{
    spec.engine_option[BLOCKS_ORDER] = BLOCKS_SEQUENTIAL;
    return spec;
}

static inline void storage_begin(struct storage_setting *setting, const struct engine *engine,
                                 struct task_spec spec, const char *folder)
{
    *setting = (struct storage_setting){.engine = engine, .spec = spec};
    CU_ASSERT_PTR_NULL(engine->check(&spec));
    snprintf(setting->spec.path, STORAGE_PATH_BYTES, "%.400s/unit-storage-engines-XXXXXX", folder);
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

static inline void storage_end(struct storage_setting *setting)
{
    setting->engine->detach(setting->shared);
    close(setting->descriptor);
    unlink(setting->spec.path);
}

/* The next cell, of one rank. 0 or -errno. */
static inline int storage_enter(struct storage_setting *setting, unsigned threads, unsigned depth)
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

static inline int storage_leave(struct storage_setting *setting)
{
    return setting->engine->leave(&setting->spec, &setting->cell, setting->shared, &setting->notes);
}

static inline void *storage_open_worker(const struct storage_setting *setting)
{
    void *state = NULL;
    CU_ASSERT_EQUAL_FATAL(
        setting->engine->open(&setting->spec, &setting->cell, 0, setting->shared, &state), 0);
    return state;
}

/* The item of the workload's wait number n. */
static inline uint64_t storage_item_of(const struct task_spec *spec, uint64_t n)
{
    return n / spec->waits * (spec->waits + 1) + n % spec->waits;
}

static inline uint64_t storage_block_of(const struct task_spec *spec, uint64_t n)
{
    return blocks_offset(spec, storage_item_of(spec, n)) / blocks_bytes(spec);
}

/* Waits `first` to `last` − 1, one by one. The number of wrong results, or -errno. */
static inline int storage_one_by_one(const struct storage_setting *setting, void *state,
                                     uint64_t first, uint64_t last)
{
    int wrong = 0, failed = 0;
    for (uint64_t n = first; n < last && !failed; n++) {
        uint64_t item = storage_item_of(&setting->spec, n), result = 0;
        failed = setting->engine->wait(state, item, &result);
        wrong += result != setting->engine->expect(&setting->spec, item);
    }
    return failed ? failed : wrong;
}

/* The same with as many in flight as the cell asks for. */
static inline int storage_in_flight(const struct storage_setting *setting, void *state,
                                    uint64_t first, uint64_t last)
{
    const struct engine *engine = setting->engine;
    struct completion done[STORAGE_REAP_MOST];
    uint64_t item[STORAGE_REAP_MOST];
    uint64_t next = first, ended = first;
    int failed = 0, wrong = 0;
    for (uint32_t slot = 0; slot < setting->cell.depth && next < last && !failed; slot++) {
        item[slot] = storage_item_of(&setting->spec, next++);
        failed = engine->submit(state, slot, item[slot]);
    }
    while (ended < last && !failed) {
        int count = engine->reap(state, STORAGE_REAP_MOST, done);
        failed = count < 0 ? count : 0;
        for (int i = 0; i < count && !failed; i++, ended++) {
            uint32_t slot = done[i].slot;
            wrong += done[i].result != engine->expect(&setting->spec, item[slot]);
            if (next < last) {
                item[slot] = storage_item_of(&setting->spec, next++);
                failed = engine->submit(state, slot, item[slot]);
            }
        }
    }
    return failed ? failed : wrong;
}

/* A worker's whole life in the present cell, with its rank's share of the waits. The number of
 * wrong results, or -errno. */
static inline int storage_work(const struct storage_setting *setting)
{
    uint64_t waits = setting->cell.tasks * setting->spec.waits;
    uint64_t first = waits * setting->cell.rank / setting->cell.ranks;
    uint64_t last = waits * (setting->cell.rank + 1) / setting->cell.ranks;
    void *state = storage_open_worker(setting);
    int wrong = (setting->cell.depth == 1 ? storage_one_by_one : storage_in_flight)(setting, state,
                                                                                    first, last);
    int failed = wrong < 0 ? wrong : setting->engine->finish(state);
    setting->engine->close(state);
    return failed ? failed : wrong;
}

/* A cell up to where its workers have ended. The number of wrong results, or -errno. */
static inline int storage_enter_and_work(struct storage_setting *setting, unsigned depth)
{
    int failed = storage_enter(setting, 1, depth);
    return failed ? failed : storage_work(setting);
}

/* -- doing harm -- */

static inline void storage_flip_bit(const struct storage_setting *setting, uint64_t bit)
{
    unsigned char byte = 0;
    CU_ASSERT_EQUAL(pread(setting->descriptor, &byte, 1, (off_t)(bit / 8)), 1);
    byte ^= (unsigned char)(1u << bit % 8);
    CU_ASSERT_EQUAL(pwrite(setting->descriptor, &byte, 1, (off_t)(bit / 8)), 1);
}

/* Some bit of so many; the first and the last are among them. */
static inline uint64_t storage_some_bit(int flip, uint64_t bits)
{
    return flip == 0 ? 0 : flip == 1 ? bits - 1 : task_mix((uint64_t)flip) % bits;
}

static inline void storage_get_block(const struct storage_setting *setting, uint64_t block,
                                     void *buffer)
{
    size_t bytes = blocks_bytes(&setting->spec);
    CU_ASSERT_EQUAL(pread(setting->descriptor, buffer, bytes, (off_t)(block * bytes)),
                    (ssize_t)bytes);
}

static inline void storage_put_block(const struct storage_setting *setting, uint64_t block,
                                     const void *buffer)
{
    size_t bytes = blocks_bytes(&setting->spec);
    CU_ASSERT_EQUAL(pwrite(setting->descriptor, buffer, bytes, (off_t)(block * bytes)),
                    (ssize_t)bytes);
}

static inline void storage_swap_blocks(const struct storage_setting *setting, uint64_t a,
                                       uint64_t b)
{
    char *first = malloc(2 * blocks_bytes(&setting->spec));
    char *second = first + blocks_bytes(&setting->spec);
    storage_get_block(setting, a, first);
    storage_get_block(setting, b, second);
    storage_put_block(setting, a, second);
    storage_put_block(setting, b, first);
    free(first);
}

#endif
