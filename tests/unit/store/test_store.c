#include "store/store.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path[128];

/* A private folder for one test. */
static void enter(void)
{
    const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/test_store.XXXXXX", tmp);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.h5", folder);
}

static int entries(void)
{
    int count = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(open);
    return count;
}

/* Removes it; nothing but `expected` files may be left in it. */
static void leave(int expected)
{
    CU_ASSERT_EQUAL(entries(), expected);
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        unlinkat(dirfd(open), entry->d_name, 0);
    }
    closedir(open);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static const char *const table_axes[] = {"row", "column"};

/* A 3 × 4 table of integers and its axes. */
static struct store *make_table(struct error *error)
{
    struct store *store = store_create(path, 1 << 20, error);
    if (!store) {
        return NULL;
    }
    store_axis(store, &(struct store_variable){.group = "/", .name = "row", .type = STORE_TEXT}, 3,
               (const char *const[]){"one", "zwölf", "bad \xff byte"});
    store_axis(store, &(struct store_variable){.group = "/", .name = "column", .type = STORE_INT64},
               4, (const int64_t[]){1, 2, 4, 8});
    store_variable(store, &(struct store_variable){.group = "/",
                                                   .name = "table",
                                                   .type = STORE_INT32,
                                                   .unit = "1",
                                                   .axes = 2,
                                                   .axis = table_axes,
                                                   .fill = -1});
    return store;
}

static void commit_table(bool replace)
{
    struct error error = {0};
    struct store *store = make_table(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(store_commit(store, replace, &error), 0);
    CU_ASSERT_STRING_EQUAL(error.text, "");
}

static void slabs_change_what_they_cover_alone(void)
{
    enter();
    commit_table(false);
    struct error error = {0};
    struct store *store = store_open(path, true, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_write_slab(store, "/table", STORE_FLOAT64, (const size_t[]){0, 2}, (const size_t[]){3, 1},
                     (const double[]){10, 11, 12});
    CU_ASSERT_EQUAL(store_close(store, &error), 0);

    int32_t values[12];
    const int32_t expected[12] = {-1, -1, 10, -1, -1, -1, 11, -1, -1, -1, 12, -1};
    size_t shape[STORE_AXES_MAX];
    store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(store_shape(store, "/table", shape), 2);
    CU_ASSERT(shape[0] == 3 && shape[1] == 4);
    store_read(store, "/table", STORE_INT32, 12, values);
    CU_ASSERT_EQUAL(memcmp(values, expected, sizeof values), 0);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    leave(1);
}

static void texts_come_back_as_utf8(void)
{
    enter();
    commit_table(false);
    struct error error = {0};
    struct store *store = store_open(path, true, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_text(store, "/table", "note", "R×T\nsecond line \xc3");
    char *text = store_read_text(store, "/table", "note");
    CU_ASSERT_STRING_EQUAL(text, "R×T\nsecond line ?");
    free(text);
    CU_ASSERT_PTR_NULL(store_read_text(store, "/table", "absent"));
    char **texts = store_read_texts(store, "/row", 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(texts);
    CU_ASSERT_STRING_EQUAL(texts[1], "zwölf");
    CU_ASSERT_STRING_EQUAL(texts[2], "bad ? byte");
    free(texts);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    leave(1);
}

static void long_texts_become_datasets(void)
{
    enter();
    size_t length = 200000;
    char *text = malloc(length + 1);
    memset(text, 'x', length);
    text[length] = '\0';
    struct error error = {0};
    struct store *store = store_create(path, 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_group(store, "/facts");
    store_text(store, "/facts", "short", "few");
    store_text(store, "/facts", "long", text);
    CU_ASSERT_EQUAL(store_commit(store, false, &error), 0);
    store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT(store_has(store, "/facts/long"));
    CU_ASSERT(!store_has(store, "/facts/short"));
    char **back = store_read_texts(store, "/facts/long", 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(back);
    CU_ASSERT_STRING_EQUAL(back[0], text);
    free(back);
    free(text);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    leave(1);
}

static void an_existing_file_is_kept_unless_replaced(void)
{
    enter();
    struct error error = {0};
    struct store *store = make_table(&error); /* begun before the other file comes */
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    int descriptor = open(path, O_CREAT | O_WRONLY, 0600);
    CU_ASSERT_EQUAL(write(descriptor, "mine", 4), 4);
    close(descriptor);
    CU_ASSERT_EQUAL(store_check_path(path, false, &error), STATUS_USAGE);
    error = (struct error){0};
    CU_ASSERT_EQUAL(store_commit(store, false, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "exists"));
    struct stat there;
    CU_ASSERT(stat(path, &there) == 0 && there.st_size == 4);
    error = (struct error){0};
    CU_ASSERT_EQUAL(store_check_path(path, true, &error), 0);
    commit_table(true);
    CU_ASSERT(stat(path, &there) == 0 && there.st_size > 4);
    leave(1);
}

static void a_part_file_that_is_given_up_is_removed(void)
{
    enter();
    struct error error = {0};
    struct store *store = make_table(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(entries(), 1);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    leave(0);
}

static void the_first_error_sticks_and_spoils_the_commit(void)
{
    enter();
    struct error error = {0};
    struct store *store = make_table(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_write(store, "/absent", STORE_FLOAT64, (const double[]){1});
    CU_ASSERT_EQUAL(store_status(store), STATUS_STORAGE);
    store_group(store, "/group");
    CU_ASSERT_EQUAL(store_commit(store, false, &error), STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/absent"));
    leave(0);
}

static void paths_that_cannot_be_are_refused(void)
{
    enter();
    char long_name[400];
    snprintf(long_name, sizeof long_name, "%s/%0300d", folder, 0);
    char longest[400];
    snprintf(longest, sizeof longest, "%s/%0255d", folder, 0);
    char missing[128];
    snprintf(missing, sizeof missing, "%s/no/a.h5", folder);
    char slash[128];
    snprintf(slash, sizeof slash, "%s/no/", folder);
    const char *refused[] = {folder, missing, slash, long_name, "", "/dev/null", "."};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct error error = {0};
        CU_ASSERT_EQUAL(store_check_path(refused[i], true, &error), STATUS_USAGE);
    }
    struct error error = {0};
    CU_ASSERT_EQUAL(store_check_path(longest, false, &error), 0);
    leave(0);
}

static void a_full_disk_is_told_at_once(void)
{
    enter();
    struct error error = {0};
    struct store *store = store_create(path, (uint64_t)1 << 50, &error);
    CU_ASSERT_PTR_NULL(store);
    CU_ASSERT_EQUAL(error.status, STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "1073741824.00 MiB"));
    leave(0);
}

static void what_is_no_file_of_the_library_is_refused(void)
{
    enter();
    const struct {
        const char *bytes;
        size_t count;
    } contents[] = {{"", 0}, {"plain text", 10}, {"\x89HDF\r\n\x1a\n", 8}};
    const int expected[] = {STATUS_USAGE, STATUS_USAGE, STATUS_STORAGE};
    for (int i = 0; i < 3; i++) {
        int descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
        CU_ASSERT_EQUAL(write(descriptor, contents[i].bytes, contents[i].count),
                        (ssize_t)contents[i].count);
        close(descriptor);
        struct error error = {0};
        CU_ASSERT_PTR_NULL(store_open(path, false, &error));
        CU_ASSERT_EQUAL(error.status, expected[i]);
    }
    struct error error = {0};
    CU_ASSERT_PTR_NULL(store_open(folder, false, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    unlink(path);
    error = (struct error){0};
    CU_ASSERT_PTR_NULL(store_open(path, false, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    leave(0);
}

static void wrong_lengths_and_types_are_damage(void)
{
    enter();
    commit_table(false);
    double values[24];
    struct error error = {0};
    struct store *store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_read(store, "/table", STORE_FLOAT64, 11, values);
    CU_ASSERT_EQUAL(store_close(store, &error), STATUS_STORAGE);
    error = (struct error){0};
    store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_PTR_NULL(store_read_texts(store, "/table", 12));
    CU_ASSERT_EQUAL(store_close(store, &error), STATUS_STORAGE);
    error = (struct error){0};
    store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_read(store, "/row", STORE_FLOAT64, 3, values);
    CU_ASSERT_EQUAL(store_close(store, &error), STATUS_STORAGE);
    leave(1);
}

/* Holds the file locked in another process until its input ends. */
static pid_t lock_elsewhere(int release)
{
    pid_t child = fork();
    if (child == 0) {
        int descriptor = open(path, O_RDONLY);
        char byte;
        int locked = flock(descriptor, LOCK_SH);
        (void)!read(release, &byte, 1);
        _exit(locked == 0 ? 0 : 1);
    }
    return child;
}

static void a_file_that_is_open_elsewhere_is_waited_for(void)
{
    enter();
    commit_table(false);
    int pipes[2];
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    pid_t child = lock_elsewhere(pipes[0]);
    usleep(100000);
    struct error error = {0};
    CU_ASSERT_PTR_NULL(store_open(path, true, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "another program has it open"));
    pid_t releaser = fork();
    if (releaser == 0) {
        usleep(300000);
        _exit(write(pipes[1], "x", 1) == 1 ? 0 : 1);
    }
    error = (struct error){0};
    struct store *store = store_open(path, true, &error);
    CU_ASSERT_PTR_NOT_NULL(store);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    int status = 1;
    waitpid(releaser, NULL, 0);
    CU_ASSERT(waitpid(child, &status, 0) == child && status == 0);
    close(pipes[0]);
    close(pipes[1]);
    leave(1);
}

static const CU_TestInfo tests[] = {
    {"slabs change what they cover alone", slabs_change_what_they_cover_alone},
    {"texts come back as UTF-8", texts_come_back_as_utf8},
    {"long texts become datasets", long_texts_become_datasets},
    {"an existing file is kept unless replaced", an_existing_file_is_kept_unless_replaced},
    {"a part file that is given up is removed", a_part_file_that_is_given_up_is_removed},
    {"the first error sticks and spoils the commit", the_first_error_sticks_and_spoils_the_commit},
    {"paths that cannot be are refused", paths_that_cannot_be_are_refused},
    {"a full disk is told at once", a_full_disk_is_told_at_once},
    {"what is no file of the library is refused", what_is_no_file_of_the_library_is_refused},
    {"wrong lengths and types are damage", wrong_lengths_and_types_are_damage},
    {"a file that is open elsewhere is waited for", a_file_that_is_open_elsewhere_is_waited_for},
    CU_TEST_INFO_NULL,
};

SUITE("store", tests);
