#include "store/store_file.h"
#include "store/store_write.h"
#include "unit/store/table.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void an_existing_file_is_kept_unless_replaced(void)
{
    table_enter();
    struct error error = {0};
    struct store *store = table_make(&error); /* begun before the other file comes */
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    int descriptor = open(table_path, O_CREAT | O_WRONLY, 0600);
    CU_ASSERT_EQUAL(write(descriptor, "mine", 4), 4);
    close(descriptor);
    CU_ASSERT_EQUAL(store_check_path(table_path, false, &error), STATUS_USAGE);
    error = (struct error){0};
    CU_ASSERT_EQUAL(store_commit(store, false, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "exists"));
    struct stat there;
    CU_ASSERT(stat(table_path, &there) == 0 && there.st_size == 4);
    error = (struct error){0};
    CU_ASSERT_EQUAL(store_check_path(table_path, true, &error), 0);
    table_commit(true);
    CU_ASSERT(stat(table_path, &there) == 0 && there.st_size > 4);
    table_leave(1);
}

static void a_part_file_that_is_given_up_is_removed(void)
{
    table_enter();
    struct error error = {0};
    struct store *store = table_make(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(table_entries(), 1);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    table_leave(0);
}

static void the_first_error_sticks_and_spoils_the_commit(void)
{
    table_enter();
    struct error error = {0};
    struct store *store = table_make(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_write(store, "/absent", STORE_FLOAT64, (const double[]){1});
    CU_ASSERT_EQUAL(store_status(store), STATUS_STORAGE);
    store_group(store, "/group");
    CU_ASSERT_EQUAL(store_commit(store, false, &error), STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/absent"));
    table_leave(0);
}

static void paths_that_cannot_be_are_refused(void)
{
    table_enter();
    char long_name[400];
    snprintf(long_name, sizeof long_name, "%s/%0300d", table_folder, 0);
    char longest[400];
    snprintf(longest, sizeof longest, "%s/%0255d", table_folder, 0);
    char missing[128];
    snprintf(missing, sizeof missing, "%s/no/a.h5", table_folder);
    char slash[128];
    snprintf(slash, sizeof slash, "%s/no/", table_folder);
    const char *refused[] = {table_folder, missing, slash, long_name, "", "/dev/null", "."};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct error error = {0};
        CU_ASSERT_EQUAL(store_check_path(refused[i], true, &error), STATUS_USAGE);
    }
    struct error error = {0};
    CU_ASSERT_EQUAL(store_check_path(longest, false, &error), 0);
    table_leave(0);
}

static void a_full_disk_is_told_at_once(void)
{
    table_enter();
    struct error error = {0};
    struct store *store = store_create(table_path, NULL, (uint64_t)1 << 50, &error);
    CU_ASSERT_PTR_NULL(store);
    CU_ASSERT_EQUAL(error.status, STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, table_path));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "1073741824.00 MiB"));
    table_leave(0);
}

static void what_is_no_file_of_the_library_is_refused(void)
{
    table_enter();
    const struct {
        const char *bytes;
        size_t count;
    } contents[] = {{"", 0}, {"plain text", 10}, {"\x89HDF\r\n\x1a\n", 8}};
    const int expected[] = {STATUS_USAGE, STATUS_USAGE, STATUS_STORAGE};
    for (int i = 0; i < 3; i++) {
        int descriptor = open(table_path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
        CU_ASSERT_EQUAL(write(descriptor, contents[i].bytes, contents[i].count),
                        (ssize_t)contents[i].count);
        close(descriptor);
        struct error error = {0};
        CU_ASSERT_PTR_NULL(store_open(table_path, false, &error));
        CU_ASSERT_EQUAL(error.status, expected[i]);
    }
    struct error error = {0};
    CU_ASSERT_PTR_NULL(store_open(table_folder, false, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    unlink(table_path);
    error = (struct error){0};
    CU_ASSERT_PTR_NULL(store_open(table_path, false, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    table_leave(0);
}

/* Holds the file locked in another process until its input ends. */
static pid_t lock_elsewhere(int release)
{
    pid_t child = fork();
    if (child == 0) {
        int descriptor = open(table_path, O_RDONLY);
        char byte;
        int locked = flock(descriptor, LOCK_SH);
        (void)!read(release, &byte, 1);
        _exit(locked == 0 ? 0 : 1);
    }
    return child;
}

static void a_file_that_is_open_elsewhere_is_waited_for(void)
{
    table_enter();
    table_commit(false);
    int pipes[2];
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    pid_t child = lock_elsewhere(pipes[0]);
    usleep(100000);
    struct error error = {0};
    CU_ASSERT_PTR_NULL(store_open(table_path, true, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "another program has it open"));
    pid_t releaser = fork();
    if (releaser == 0) {
        usleep(300000);
        _exit(write(pipes[1], "x", 1) == 1 ? 0 : 1);
    }
    error = (struct error){0};
    struct store *store = store_open(table_path, true, &error);
    CU_ASSERT_PTR_NOT_NULL(store);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    int status = 1;
    waitpid(releaser, NULL, 0);
    CU_ASSERT(waitpid(child, &status, 0) == child && status == 0);
    close(pipes[0]);
    close(pipes[1]);
    table_leave(1);
}

static const CU_TestInfo tests[] = {
    {"an existing file is kept unless replaced", an_existing_file_is_kept_unless_replaced},
    {"a part file that is given up is removed", a_part_file_that_is_given_up_is_removed},
    {"the first error sticks and spoils the commit", the_first_error_sticks_and_spoils_the_commit},
    {"paths that cannot be are refused", paths_that_cannot_be_are_refused},
    {"a full disk is told at once", a_full_disk_is_told_at_once},
    {"what is no file of the library is refused", what_is_no_file_of_the_library_is_refused},
    {"a file that is open elsewhere is waited for", a_file_that_is_open_elsewhere_is_waited_for},
    CU_TEST_INFO_NULL,
};

SUITE("store file", tests);
