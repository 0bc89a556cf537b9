/* The engines that wait for storage, and the page cache: warm, cold, and past it. */
#include "model/sample.h"
#include "unit/engines/storage.h"
#include "unit/suite.h"

/* -- the page cache -- */

static uint64_t cached(const struct storage_setting *setting)
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
        struct storage_setting setting;
        struct task_spec spec = storage_spec_of(4096, 100 * 4096);
        spec.engine_option[BLOCKS_OP] = op;
        storage_begin(&setting, engine, spec, storage_disk_folder());
        for (int cell = 0; cell < 4; cell++) {
            bool cold = cell % 2 == 0;
            setting.spec.engine_option[BLOCKS_CACHE] = cold ? BLOCKS_COLD : BLOCKS_WARM;
            CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, 1, 1 + 3 * (unsigned)(cell / 2)), 0);
            CU_ASSERT_EQUAL(cached(&setting), cold ? 0 : blocks_file_bytes(&setting.spec));
            CU_ASSERT_EQUAL(setting.notes.flags, 0);
            CU_ASSERT_EQUAL(storage_work(&setting), 0);
            CU_ASSERT_EQUAL(storage_leave(&setting), 0);
        }
        storage_end(&setting);
    }
}

static void cold_is_cold_and_warm_is_warm(void)
{
    if (storage_is_memory(storage_disk_folder())) {
        printf("     not tried: %s is memory\n", storage_disk_folder());
        return;
    }
    storage_with_each_engine(check_cache);
}

static void check_memory(const struct engine *engine)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_spec_of(4096, 65536), "/dev/shm");
    CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 1), 0);
    CU_ASSERT_EQUAL(setting.notes.flags, 0);
    setting.spec.engine_option[BLOCKS_CACHE] = BLOCKS_COLD;
    CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 1), 0);
    CU_ASSERT_EQUAL(setting.notes.flags, SAMPLE_CACHE);
    storage_end(&setting);
}

static void what_is_in_memory_cannot_be_cold_and_is_flagged(void)
{
    if (!storage_is_memory("/dev/shm") || access("/dev/shm", W_OK) != 0) {
        printf("     not tried: /dev/shm is no memory\n");
        return;
    }
    storage_with_each_engine(check_memory);
}

/* uring, past the page cache. False where that is not possible. */
static bool begin_direct(struct storage_setting *setting, struct task_spec spec, const char *folder,
                         char *why, size_t why_bytes)
{
    const struct engine *uring = engines_find("uring");
    if (uring->available(why, why_bytes) != 0) {
        return false;
    }
    spec.engine_option[STORAGE_OWN_OPTION] = 1;
    storage_begin(setting, uring, spec, folder);
    bool possible = uring->probe(&setting->spec, why, why_bytes) == 0;
    if (!possible) {
        storage_end(setting);
    }
    return possible;
}

static void direct_leaves_no_page_in_the_cache(void)
{
    char why[512] = "";
    for (int op = BLOCKS_READ; op <= BLOCKS_WRITE; op++) {
        struct storage_setting setting;
        struct task_spec spec = storage_spec_of(4096, 100 * 4096);
        spec.engine_option[BLOCKS_OP] = op;
        if (!begin_direct(&setting, spec, storage_disk_folder(), why, sizeof why)) {
            printf("     not tried: %s\n", why);
            return;
        }
        CU_ASSERT(cached(&setting) > 0);
        for (unsigned depth = 1; depth <= 8; depth += 7) {
            CU_ASSERT_EQUAL(storage_enter_and_work(&setting, depth), 0);
            CU_ASSERT_EQUAL(cached(&setting), 0);
            CU_ASSERT_EQUAL(storage_leave(&setting), 0);
            CU_ASSERT_EQUAL(cached(&setting), 0);
            CU_ASSERT_EQUAL(setting.notes.flags, 0);
        }
        CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 1), 0);
        storage_flip_bit(&setting, 12345); /* goes through the cache */
        CU_ASSERT_EQUAL(storage_leave(&setting), op == BLOCKS_WRITE ? -EILSEQ : 0);
        CU_ASSERT_EQUAL(setting.notes.flags, SAMPLE_CACHE);
        storage_end(&setting);
    }
}

static void direct_is_refused_by_name_where_it_is_not_possible(void)
{
    char why[512] = "";
    struct storage_setting setting;
    struct task_spec spec = storage_spec_of(4096, 65536);
    const struct engine *uring = engines_find("uring");
    if (!storage_is_memory("/dev/shm") || uring->available(why, sizeof why) != 0) {
        printf("     not tried: %s\n", why[0] ? why : "/dev/shm is no memory");
        return;
    }
    storage_begin(&setting, uring, spec, "/dev/shm");
    CU_ASSERT_EQUAL(uring->probe(&setting.spec, why, sizeof why), 0); /* not direct */
    setting.spec.engine_option[STORAGE_OWN_OPTION] = 1;
    CU_ASSERT_EQUAL(uring->probe(&setting.spec, why, sizeof why), -EOPNOTSUPP);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "direct: tmpfs"));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "--set scratch="));
    storage_end(&setting);
}

static void a_block_that_direct_cannot_move_is_refused(void)
{
    char why[512] = "";
    struct storage_setting setting;
    uint64_t alignment = 0;
    if (!begin_direct(&setting, storage_spec_of(65536, 65536), storage_disk_folder(), why,
                      sizeof why)) {
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
    storage_end(&setting);
}

static void check_refused(const struct engine *engine)
{
    struct task_spec spec = storage_spec_of(1000, 65536);
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine->check(&spec));
    CU_ASSERT_PTR_NOT_NULL(strstr(engine->check(&spec), "block: "));
    spec = storage_spec_of(8192, 4096);
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine->check(&spec));
    CU_ASSERT_PTR_NOT_NULL(strstr(engine->check(&spec), "file: "));
    spec = storage_spec_of(4096, 4096);
    spec.engine_option[BLOCKS_SYNC] = BLOCKS_SYNC_END;
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine->check(&spec));
    CU_ASSERT_PTR_NOT_NULL(strstr(engine->check(&spec), "sync: "));
    spec.engine_option[BLOCKS_OP] = BLOCKS_WRITE;
    CU_ASSERT_PTR_NULL(engine->check(&spec));
}

static void options_that_do_not_go_together_are_refused(void)
{
    storage_with_each_engine(check_refused);
}

static const CU_TestInfo tests[] = {
    {"cold is cold and warm is warm", cold_is_cold_and_warm_is_warm},
    {"what is in memory cannot be cold and is flagged",
     what_is_in_memory_cannot_be_cold_and_is_flagged},
    {"direct leaves no page in the cache", direct_leaves_no_page_in_the_cache},
    {"direct is refused by name where it is not possible",
     direct_is_refused_by_name_where_it_is_not_possible},
    {"a block that direct cannot move is refused", a_block_that_direct_cannot_move_is_refused},
    {"options that do not go together are refused", options_that_do_not_go_together_are_refused},
    CU_TEST_INFO_NULL,
};

SUITE_MPI("storage cache", tests);
