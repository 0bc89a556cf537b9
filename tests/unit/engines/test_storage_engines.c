/* The engines that wait for storage, file and uring alike: every way in which storage can fail is
 * seen, and whole cells that do not fail are right. (What is written and read is in test_blocks.c.)
 */
#include "kernels/kernels.h"
#include "unit/engines/storage.h"
#include "unit/place.h"
#include "unit/suite.h"
#include "worker/worker.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

/* -- storage that fails -- */

/* Cut to a block that is there in part: seen before a cell begins, and by a read of what is gone.
 */
static void check_short_file(const struct engine *engine)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_in_sequence(storage_spec_of(4096, 65536)),
                  storage_disk_folder());
    CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, 1, 2), 0);
    CU_ASSERT_EQUAL_FATAL(truncate(setting.spec.path, 8 * 4096 + 100), 0);
    setting.cell.depth = 1;
    void *state = storage_open_worker(&setting);
    for (uint64_t n = 0; n < 16; n++) {
        CU_ASSERT_EQUAL(storage_one_by_one(&setting, state, n, n + 1), n < 8 ? 0 : -EIO);
    }
    engine->close(state);
    CU_ASSERT_EQUAL(storage_enter(&setting, 1, 2), -EIO);
    CU_ASSERT_EQUAL(storage_enter(&setting, 1, 4), -EIO);
    CU_ASSERT_EQUAL_FATAL(truncate(setting.spec.path, 15 * 4096 + 4095), 0);
    CU_ASSERT_EQUAL(storage_enter(&setting, 1, 2), -EIO);
    storage_end(&setting);
}

static void a_short_file_is_an_error(void)
{
    storage_with_each_engine(check_short_file);
}

/* In flight, too: by io_uring. (Open MPI never ends such a read.) */
static void a_short_read_in_flight_is_an_error(void)
{
    const struct engine *uring = engines_find("uring");
    struct storage_setting setting;
    char why[256];
    if (uring->available(why, sizeof why) != 0) {
        return;
    }
    storage_begin(&setting, uring, storage_in_sequence(storage_spec_of(4096, 65536)),
                  storage_disk_folder());
    CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, 1, 4), 0);
    CU_ASSERT_EQUAL_FATAL(truncate(setting.spec.path, 15 * 4096 + 4095), 0);
    CU_ASSERT_EQUAL(storage_work(&setting), -EIO);
    storage_end(&setting);
}

static void check_missing_file(const struct engine *engine)
{
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_spec_of(4096, 65536), storage_disk_folder());
    unlink(setting.spec.path);
    CU_ASSERT_EQUAL(storage_enter(&setting, 2, 2), -ENOENT);
    CU_ASSERT_EQUAL(storage_enter(&setting, 1, 1), -ENOENT);
    storage_end(&setting);
}

static void a_missing_file_is_an_error(void)
{
    storage_with_each_engine(check_missing_file);
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
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_in_sequence(storage_writes_of(BLOCK, 8 * BLOCK)),
                  storage_disk_folder());
    signal(SIGXFSZ, SIG_IGN);
    for (unsigned depth = 1; depth <= 4; depth += 3) {
        for (unsigned part = 0; part <= 4096; part += 4096) {
            CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, 1, depth), 0);
            limit_files(WHOLE * BLOCK + part);
            int failed = storage_work(&setting);
            limit_files(RLIM_INFINITY);
            CU_ASSERT_EQUAL(failed, -EFBIG);
            CU_ASSERT_EQUAL(storage_leave(&setting), -EILSEQ);
        }
    }
    signal(SIGXFSZ, SIG_DFL);
    CU_ASSERT_EQUAL(storage_enter_and_work(&setting, 4), 0);
    CU_ASSERT_EQUAL(storage_leave(&setting), 0);
    storage_end(&setting);
}

static void a_short_write_is_an_error_that_tells_why(void)
{
    storage_with_each_engine(check_short_writes);
}

/* Takes away what the file has on its disk and fills that up, but for `left` bytes. */
static void fill_disk(const struct storage_setting *setting, const char *folder, size_t left)
{
    char path[STORAGE_PATH_BYTES], page[4096] = "full";
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
    char other[STORAGE_PATH_BYTES];
    struct storage_setting setting;
    storage_begin(&setting, engine, storage_writes_of(BLOCK, BLOCK * BLOCKS), folder);
    CU_ASSERT_EQUAL(storage_enter_and_work(&setting, depth), 0);
    CU_ASSERT_EQUAL(storage_leave(&setting), 0);
    CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, 1, depth), 0);
    fill_disk(&setting, folder, BLOCK + 4096); /* room for a block and a part of one */
    CU_ASSERT_EQUAL(storage_work(&setting), -ENOSPC);
    CU_ASSERT_EQUAL(storage_leave(&setting), -EILSEQ);
    storage_end(&setting);
    snprintf(other, sizeof other, "%.400s/other", folder);
    unlink(other);
}

static void check_full_disk_at_each_depth(const struct engine *engine)
{
    char folder[STORAGE_PATH_BYTES];
    snprintf(folder, sizeof folder, "%.400s/unit-storage-engines-XXXXXX", storage_disk_folder());
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
        storage_with_each_engine(check_full_disk_at_each_depth);
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
        char link[STORAGE_PATH_BYTES] = "";
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
        struct storage_setting setting;
        struct task_spec spec = storage_spec_of(65536, 65536 * 2 * DEPTH);
        spec.engine_option[BLOCKS_OP] = op;
        storage_begin(&setting, engine, spec, storage_disk_folder());
        int opened = 0;
        for (int round = 0; round < 20; round++) {
            CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, 1, DEPTH), 0);
            opened = round == 0 ? descriptors(NULL) : opened;
            void *state = storage_open_worker(&setting);
            for (uint32_t slot = 0; slot < DEPTH; slot++) {
                CU_ASSERT_EQUAL(engine->submit(state, slot, storage_item_of(&setting.spec, slot)),
                                0);
            }
            struct completion done[1];
            CU_ASSERT_EQUAL(round % 2 ? engine->reap(state, 1, done) : 1, 1);
            engine->close(state);
        }
        CU_ASSERT_EQUAL(descriptors(NULL), opened);
        CU_ASSERT_EQUAL(storage_enter_and_work(&setting, DEPTH), 0);
        CU_ASSERT_EQUAL(storage_leave(&setting), 0);
        storage_end(&setting);
        CU_ASSERT_EQUAL(descriptors(NULL), before);
    }
}

static void closing_with_operations_in_flight_ends_and_leaves_nothing(void)
{
    storage_with_each_engine(check_close_in_flight);
}

static void check_handles(bool shared, unsigned threads, unsigned depth, int expected)
{
    struct storage_setting setting;
    struct task_spec spec = storage_spec_of(4096, 65536);
    spec.engine_option[STORAGE_OWN_OPTION] = shared;
    storage_begin(&setting, engines_find("file"), spec, storage_disk_folder());
    int own = descriptors(setting.spec.path);
    CU_ASSERT_EQUAL(own, 1);
    CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, 1, 1), 0);
    int helping = descriptors(setting.spec.path) - own - 1; /* beside one handle */
    for (int cell = 0; cell < 3; cell++) {
        CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, threads, depth), 0);
        CU_ASSERT_EQUAL(descriptors(setting.spec.path) - own - helping, expected);
    }
    CU_ASSERT_EQUAL_FATAL(storage_enter(&setting, 1, 1), 0);
    CU_ASSERT_EQUAL(descriptors(setting.spec.path) - own - helping, expected);
    storage_end(&setting);
}

static void each_slot_has_a_handle_or_all_share_one(void)
{
    check_handles(false, 1, 1, 1);
    check_handles(false, 3, 7, 21);
    check_handles(true, 1, 1, 1);
    check_handles(true, 3, 7, 1);
}

/* -- whole cells -- */

static struct worker_result run_cell(struct storage_setting *setting, const struct place *place,
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
    struct storage_setting setting;
    storage_begin(&setting, engine, spec, storage_quick_folder());
    uint64_t expected =
        worker_expected_sum(kernels_find("none"), engine, &spec, setting.spec.tasks);
    int alarms = 0;
    for (int i = 0; i < cells; i++) {
        struct worker_result result = run_cell(&setting, &place, 1 + i * 3 / cells, 1 + i % 8);
        alarms += result.error != 0 || result.sum != expected || result.tasks != spec.tasks;
    }
    storage_end(&setting);
    place_give_back(&place);
    return alarms;
}

static void check_clean_cells(const struct engine *engine)
{
    static const double blocks[] = {512, 1536, 4096, 8192};
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
        struct task_spec spec = storage_spec_of(blocks[b], 8 * blocks[b] + 4096);
        spec.tasks = 8;
        CU_ASSERT_EQUAL(false_alarms(engine, spec, 625), 0);
        spec.engine_option[BLOCKS_OP] = BLOCKS_WRITE;
        CU_ASSERT_EQUAL(false_alarms(engine, b % 2 ? storage_in_sequence(spec) : spec, 625), 0);
    }
}

static void ten_thousand_clean_cells_give_no_false_alarm(void)
{
    storage_with_each_engine(check_clean_cells);
}

/* Long enough for a look or two at the helper threads. */
static struct worker_result run_long(const char *name, bool own_option, int depth)
{
    struct place place = place_take();
    struct storage_setting setting;
    struct task_spec spec = storage_spec_of(65536, 256 * 65536);
    spec.tasks = 4096;
    spec.engine_option[STORAGE_OWN_OPTION] = own_option;
    storage_begin(&setting, engines_find(name), spec, storage_quick_folder());
    struct worker_result result = run_cell(&setting, &place, 1, depth);
    CU_ASSERT_EQUAL(result.error, 0);
    CU_ASSERT_EQUAL(result.tasks, spec.tasks);
    storage_end(&setting);
    place_give_back(&place);
    return result;
}

static void what_helper_threads_have_in_hand_is_the_depth(void)
{
    if (SUITE_THREAD_SANITIZER) { /* tests/sanitize/aio.c does what is asked for without them */
        printf("     not tried: with the thread sanitizer there are no helper threads\n");
        return;
    }
    struct worker_result result = run_long("file", false, 8);
    CU_ASSERT(isfinite(result.helpers) && isfinite(result.helpers_most));
    CU_ASSERT(result.depth <= result.helpers && result.helpers <= 8.5);
    CU_ASSERT(result.helpers > 0.1); /* a fast machine has done most at once */
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

static const CU_TestInfo tests[] = {
    {"a short file is an error", a_short_file_is_an_error},
    {"a short read in flight is an error", a_short_read_in_flight_is_an_error},
    {"a missing file is an error", a_missing_file_is_an_error},
    {"a short write is an error that tells why", a_short_write_is_an_error_that_tells_why},
    {"a full disk is an error that says so", a_full_disk_is_an_error_that_says_so},
    {"closing with operations in flight ends and leaves nothing",
     closing_with_operations_in_flight_ends_and_leaves_nothing},
    {"each slot has a handle, or all share one", each_slot_has_a_handle_or_all_share_one},
    {"10 000 clean cells give no false alarm", ten_thousand_clean_cells_give_no_false_alarm},
    {"what helper threads have in hand is the depth",
     what_helper_threads_have_in_hand_is_the_depth},
    {"io_uring needs no helper threads", the_kernels_own_queue_needs_no_helper_threads},
    CU_TEST_INFO_NULL,
};

SUITE_MPI("storage engines", tests);
