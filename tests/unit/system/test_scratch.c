/* Scratch files: only in a private folder, whole or not at all, and gone at the end. */
#include "model/task.h"
#include "system/interrupt.h"
#include "system/scratch.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 512
#define PAGE 4096

/* A folder of the test's own, in which a scratch folder is made. */
static char parent[PATH_BYTES];

static void make_parent(void)
{
    const char *folder = getenv("TMPDIR");
    snprintf(parent, sizeof parent, "%s/unit-scratch-XXXXXX", folder ? folder : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(parent));
}

static void remove_parent(void)
{
    CU_ASSERT_EQUAL(rmdir(parent), 0); /* fails when something was left in it */
}

/* Entries of a folder; the last one's path goes to `path`. */
static int entries(const char *folder, char path[PATH_BYTES])
{
    int count = 0;
    DIR *listing = opendir(folder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(listing);
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (entry->d_name[0] != '.') {
            count++;
            snprintf(path, PATH_BYTES, "%.200s/%.200s", folder, entry->d_name);
        }
    }
    closedir(listing);
    return count;
}

static struct scratch *create(void)
{
    struct error error = {0};
    struct scratch *scratch = scratch_create(parent, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scratch);
    CU_ASSERT_EQUAL(error.status, 0);
    return scratch;
}

/* Each word says where it stands, beside a number that tells files apart. */
static void fill(const void *context, uint64_t offset, void *buffer, size_t bytes)
{
    for (size_t k = 0; k < bytes / sizeof(uint64_t); k++) {
        ((uint64_t *)buffer)[k] =
            task_mix(offset / sizeof(uint64_t) + k + *(const uint64_t *)context);
    }
}

static int holds(const char *path, uint64_t bytes, uint64_t number)
{
    FILE *file = fopen(path, "rb");
    uint64_t word, wrong = 0, count = 0;
    while (file && fread(&word, sizeof word, 1, file) == 1) {
        wrong += word != task_mix(count++ + number);
    }
    int whole = file && feof(file) && count * sizeof word == bytes;
    if (file) {
        fclose(file);
    }
    return whole && wrong == 0;
}

static void the_folder_is_private_and_goes_away(void)
{
    make_parent();
    char folder[PATH_BYTES] = "";
    struct stat about;
    struct scratch *scratch = create();
    CU_ASSERT_EQUAL(entries(parent, folder), 1);
    CU_ASSERT_EQUAL_FATAL(stat(folder, &about), 0);
    CU_ASSERT(S_ISDIR(about.st_mode));
    CU_ASSERT_EQUAL(about.st_mode & 0777, 0700);
    struct scratch *second = create(); /* two runs at a time do not meet */
    CU_ASSERT_EQUAL(entries(parent, folder), 2);
    scratch_remove(scratch);
    scratch_remove(second);
    scratch_remove(NULL);
    remove_parent();
}

static void files_hold_what_was_filled_in(void)
{
    static const uint64_t sizes[] = {PAGE, (1 << 20) - PAGE, 1 << 20, (3 << 20) + PAGE};
    enum { FILES = sizeof sizes / sizeof sizes[0] };
    char path[FILES][PATH_BYTES];
    make_parent();
    struct scratch *scratch = create();
    for (uint64_t i = 0; i < FILES; i++) {
        struct error error = {0};
        uint64_t number = 1000 * i;
        CU_ASSERT_EQUAL(
            scratch_make_file(scratch, sizes[i], fill, &number, path[i], sizeof path[i], &error),
            0);
        CU_ASSERT_EQUAL(error.status, 0);
    }
    for (uint64_t i = 0; i < FILES; i++) { /* each still as it was made */
        CU_ASSERT(strncmp(path[i], parent, strlen(parent)) == 0);
        CU_ASSERT_TRUE(holds(path[i], sizes[i], 1000 * i));
    }
    scratch_remove(scratch);
    CU_ASSERT_NOT_EQUAL(access(path[0], F_OK), 0);
    remove_parent();
}

static void what_others_put_there_stays(void)
{
    char folder[PATH_BYTES], other[PATH_BYTES + 16];
    make_parent();
    struct scratch *scratch = create();
    entries(parent, folder);
    snprintf(other, sizeof other, "%s/kept", folder);
    int descriptor = open(other, O_CREAT | O_WRONLY, 0600);
    CU_ASSERT_FATAL(descriptor >= 0);
    close(descriptor);
    scratch_remove(scratch);
    CU_ASSERT_EQUAL(access(other, F_OK), 0);
    unlink(other);
    rmdir(folder);
    remove_parent();
}

/* A file that stands where the next one is to go is an error and keeps its bytes. */
static void no_file_is_overwritten(void)
{
    char folder[PATH_BYTES], path[PATH_BYTES], taken[PATH_BYTES + 16];
    uint64_t number = 7;
    make_parent();
    struct scratch *scratch = create();
    entries(parent, folder);
    snprintf(taken, sizeof taken, "%s/0", folder);
    FILE *file = fopen(taken, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("mine", file);
    fclose(file);
    struct error error = {0};
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, fill, &number, path, sizeof path, &error),
                    STATUS_STORAGE);
    struct stat about;
    CU_ASSERT(stat(taken, &about) == 0 && about.st_size == 4);
    unlink(taken);
    scratch_remove(scratch);
    remove_parent();
}

static void expect_no_folder(const char *where, const char *says)
{
    struct error error = {0};
    CU_ASSERT_PTR_NULL(scratch_create(where, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, says));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "--set scratch="));
    CU_ASSERT_PTR_NULL(strchr(error.text, '\n'));
}

static void no_folder_where_none_can_be(void)
{
    char too_long[8192];
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    expect_no_folder("/proc/no such folder", "/proc/no such folder");
    expect_no_folder("/dev/null", "/dev/null");
    expect_no_folder("/proc/line\nbreak", "line?break");
    expect_no_folder(too_long, "xxx…");
}

static void a_file_larger_than_the_disk_is_refused(void)
{
    char path[PATH_BYTES], folder[PATH_BYTES], left[PATH_BYTES];
    uint64_t number = 0;
    struct error error = {0};
    make_parent();
    struct scratch *scratch = create();
    entries(parent, folder);
    CU_ASSERT_EQUAL(
        scratch_make_file(scratch, UINT64_C(1) << 60, fill, &number, path, sizeof path, &error),
        STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "are free"));
    CU_ASSERT_EQUAL(entries(folder, left), 0);
    scratch_remove(scratch);
    remove_parent();
}

/* As when the disk fills up while the file is written. */
static void a_file_that_cannot_be_whole_is_gone_again(void)
{
    char path[PATH_BYTES], folder[PATH_BYTES], left[PATH_BYTES];
    uint64_t number = 0;
    struct error error = {0};
    struct rlimit before, small;
    make_parent();
    struct scratch *scratch = create();
    entries(parent, folder);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    int status = scratch_make_file(scratch, 3 << 20, fill, &number, path, sizeof path, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    CU_ASSERT_EQUAL(status, STATUS_STORAGE);
    CU_ASSERT_EQUAL(error.status, STATUS_STORAGE);
    CU_ASSERT_EQUAL(entries(folder, left), 0);
    error = (struct error){0}; /* and the next one can be made */
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, fill, &number, path, sizeof path, &error), 0);
    CU_ASSERT_TRUE(holds(path, PAGE, number));
    scratch_remove(scratch);
    remove_parent();
}

static void a_path_that_does_not_fit_is_refused(void)
{
    char path[8], folder[PATH_BYTES], left[PATH_BYTES];
    uint64_t number = 0;
    struct error error = {0};
    make_parent();
    struct scratch *scratch = create();
    entries(parent, folder);
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, fill, &number, path, sizeof path, &error),
                    STATUS_STORAGE);
    CU_ASSERT_EQUAL(entries(folder, left), 0);
    scratch_remove(scratch);
    remove_parent();
}

/* Neither is followed: a link to a file that is there, and one to a file that would be made. */
static void no_link_is_followed(void)
{
    char folder[PATH_BYTES], path[PATH_BYTES], link[PATH_BYTES + 16], target[PATH_BYTES + 16];
    uint64_t number = 7;
    struct stat about;
    for (int exists = 0; exists <= 1; exists++) {
        make_parent();
        struct scratch *scratch = create();
        entries(parent, folder);
        snprintf(target, sizeof target, "%s/target", parent);
        snprintf(link, sizeof link, "%s/0", folder);
        CU_ASSERT_EQUAL(symlink(target, link), 0);
        if (exists) {
            close(open(target, O_CREAT | O_WRONLY, 0600));
        }
        struct error error = {0};
        CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, fill, &number, path, sizeof path, &error),
                        STATUS_STORAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "File exists"));
        CU_ASSERT_EQUAL(stat(target, &about) == 0, exists);
        CU_ASSERT(!exists || about.st_size == 0);
        unlink(link);
        scratch_remove(scratch);
        unlink(target);
        remove_parent();
    }
}

static void modes_do_not_depend_on_the_umask(void)
{
    static const mode_t masks[] = {0, 022, 0777};
    char folder[PATH_BYTES], path[PATH_BYTES];
    uint64_t number = 7;
    struct stat about;
    make_parent();
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        struct error error = {0};
        mode_t before = umask(masks[i]);
        struct scratch *scratch = create();
        int failed = scratch_make_file(scratch, PAGE, fill, &number, path, sizeof path, &error);
        umask(before);
        CU_ASSERT_EQUAL(failed, 0);
        entries(parent, folder);
        CU_ASSERT(stat(folder, &about) == 0 && (about.st_mode & 07777) == 0700);
        CU_ASSERT(stat(path, &about) == 0 && (about.st_mode & 07777) == 0600);
        scratch_remove(scratch);
    }
    remove_parent();
}

static void the_parent_may_be_a_link(void)
{
    char folder[PATH_BYTES], path[PATH_BYTES], link[PATH_BYTES + 16];
    uint64_t number = 7;
    struct error error = {0};
    make_parent();
    snprintf(link, sizeof link, "%s-link", parent);
    CU_ASSERT_EQUAL(symlink(parent, link), 0);
    struct scratch *scratch = scratch_create(link, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scratch);
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, fill, &number, path, sizeof path, &error), 0);
    CU_ASSERT_EQUAL(entries(parent, folder), 1);
    CU_ASSERT_TRUE(holds(path, PAGE, number));
    scratch_remove(scratch);
    unlink(link);
    remove_parent();
}

static bool there(const char *folder, const char *name)
{
    char path[2 * PATH_BYTES];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return lstat(path, &about) == 0;
}

/* Waits up to 30 s, for slow disks, for something to be there, or not to be there any more. */
static bool becomes(bool wanted, const char *folder, const char *name)
{
    for (int i = 0; i < 3000 && there(folder, name) != wanted; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return there(folder, name) == wanted;
}

static void put(const char *folder, const char *name)
{
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CU_ASSERT_EQUAL(close(open(path, O_CREAT | O_EXCL | O_WRONLY, 0600)), 0);
}

static void take_away(const char *folder, const char *name)
{
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CU_ASSERT_EQUAL(remove(path), 0);
}

/* Another process that has made a scratch folder below `in`, which is `parent` by whatever name,
 * with files 0 and 1 in it, and sleeps. Its folder goes to `folder`. */
static pid_t other_process(const char *in, char folder[PATH_BYTES])
{
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        char path[PATH_BYTES];
        uint64_t number = 7;
        struct error error = {0};
        alarm(200);
        struct scratch *scratch = scratch_create(in, &error);
        for (int i = 0; scratch && i < 2; i++) {
            scratch_make_file(scratch, PAGE, fill, &number, path, sizeof path, &error);
        }
        for (;;) {
            pause();
        }
    }
    for (int i = 0; i < 3000 && entries(parent, folder) == 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    CU_ASSERT_TRUE(becomes(true, folder, "1"));
    return child;
}

static void kill_process(pid_t process)
{
    CU_ASSERT_EQUAL(kill(process, SIGKILL), 0);
    CU_ASSERT_EQUAL(waitpid(process, NULL, 0), process);
}

static void nothing_stays_of_a_killed_process(void)
{
    char folder[PATH_BYTES], here[PATH_BYTES];
    make_parent();
    kill_process(other_process(parent, folder));
    CU_ASSERT_TRUE(becomes(false, folder, ""));
    CU_ASSERT_PTR_NOT_NULL(getcwd(here, sizeof here)); /* the same with a relative path */
    CU_ASSERT_EQUAL(chdir(parent), 0);
    kill_process(other_process(".", folder));
    CU_ASSERT_TRUE(becomes(false, folder, ""));
    CU_ASSERT_EQUAL(chdir(here), 0);
    remove_parent();
}

/* The guard removes files with names of digits, no folder, and nothing that a link leads to. */
static void the_guard_removes_no_more_than_was_made(void)
{
    static const char *const kept[] = {"kept", "7x", ".2"};
    char folder[PATH_BYTES], path[2 * PATH_BYTES];
    make_parent();
    pid_t process = other_process(parent, folder);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        put(folder, kept[i]);
    }
    put(parent, "target");
    put(parent, "1");
    snprintf(path, sizeof path, "%s/5", folder);
    CU_ASSERT_EQUAL(symlink("../target", path), 0);
    snprintf(path, sizeof path, "%s/6", folder);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    kill_process(process);
    CU_ASSERT_TRUE(becomes(false, folder, "5"));
    CU_ASSERT_FALSE(there(folder, "0") || there(folder, "1"));
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL); /* for what it must not do */
    CU_ASSERT_TRUE(there(parent, "target") && there(parent, "1"));
    CU_ASSERT_TRUE(there(folder, "6"));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        CU_ASSERT_TRUE(there(folder, kept[i]));
        take_away(folder, kept[i]);
    }
    take_away(folder, "6");
    take_away(parent, "target");
    take_away(parent, "1");
    rmdir(folder);
    remove_parent();
}

/* Another folder that has taken the name of the private one, and what is in it, stays. */
static void the_guard_stays_in_its_folder(void)
{
    char folder[PATH_BYTES], moved[PATH_BYTES + 16];
    make_parent();
    pid_t process = other_process(parent, folder);
    snprintf(moved, sizeof moved, "%s-moved", folder);
    CU_ASSERT_EQUAL(rename(folder, moved), 0);
    CU_ASSERT_EQUAL(mkdir(folder, 0700), 0);
    put(folder, "0");
    kill_process(process);
    CU_ASSERT_TRUE(becomes(false, moved, "0"));
    CU_ASSERT_TRUE(becomes(false, moved, "1"));
    CU_ASSERT_TRUE(there(folder, "0"));
    take_away(folder, "0");
    rmdir(folder);
    rmdir(moved);
    remove_parent();
}

/* NFS keeps an open file under another name until it is closed. */
static void the_guard_waits_for_files_that_are_open(void)
{
    char folder[PATH_BYTES];
    make_parent();
    pid_t process = other_process(parent, folder);
    put(folder, ".nfs01");
    kill_process(process);
    CU_ASSERT_TRUE(becomes(false, folder, "1"));
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL); /* for its first try */
    CU_ASSERT_TRUE(there(folder, ".nfs01"));
    take_away(folder, ".nfs01");
    CU_ASSERT_TRUE(becomes(false, folder, ""));
    remove_parent();
}

/* In a process of its own: a signal is remembered until the end. */
static void a_request_to_end_ends_the_writing(void)
{
    char left[PATH_BYTES];
    int status = 0;
    make_parent();
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        char path[PATH_BYTES];
        uint64_t number = 7;
        struct error error = {0};
        struct scratch *scratch = create();
        interrupt_catch();
        raise(SIGUSR1);
        scratch_make_file(scratch, PAGE, fill, &number, path, sizeof path, &error);
        bool gone = access(path, F_OK) != 0;
        scratch_remove(scratch);
        _exit(gone ? error.status : 100);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_INTERRUPTED);
    CU_ASSERT_EQUAL(entries(parent, left), 0);
    remove_parent();
}

static void no_process_stays(void)
{
    make_parent();
    struct scratch *scratch = create();
    CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), 0); /* the guard, asleep */
    scratch_remove(scratch);
    CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
    remove_parent();
}

/* A process of its own makes a folder for others' files, with some in it, and is asked to remove
 * it, or killed. */
static void leave_to_others(bool removes)
{
    char path[PATH_BYTES];
    pid_t process = fork();
    if (process == 0) {
        struct scratch *scratch = scratch_create_for_others(parent);
        snprintf(path, sizeof path, "%s/inner", scratch ? scratch_path(scratch) : "/nowhere");
        int failed = mkdir(path, 0700);
        snprintf(path, sizeof path, "%s/inner/.hidden", scratch ? scratch_path(scratch) : "");
        int descriptor = open(path, O_CREAT | O_WRONLY, 0600);
        if (removes) {
            scratch_remove(scratch);
        }
        _exit(failed || descriptor < 0);
    }
    int waited;
    CU_ASSERT(waitpid(process, &waited, 0) == process && WIFEXITED(waited) &&
              WEXITSTATUS(waited) == 0);
}

static void what_others_left_goes_with_their_folder(void)
{
    make_parent();
    leave_to_others(true);
    remove_parent();
    make_parent();
    leave_to_others(false);
    bool gone = false;
    for (int i = 0; i < 600 && !gone; i++) {
        const struct timespec nap = {.tv_nsec = 100000000};
        gone = rmdir(parent) == 0;
        nanosleep(&nap, NULL);
    }
    CU_ASSERT(gone);
}

/* As where there is no shell: here no descriptor is left for a guard. */
static void it_goes_on_without_a_guard(void)
{
    char path[PATH_BYTES];
    uint64_t number = 7;
    struct error error = {0};
    struct rlimit before, small;
    make_parent();
    getrlimit(RLIMIT_NOFILE, &before);
    int lowest = open("/dev/null", O_RDONLY);
    CU_ASSERT_FATAL(lowest >= 0);
    close(lowest);
    small = (struct rlimit){.rlim_cur = (rlim_t)lowest + 1, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &small);
    struct scratch *scratch = scratch_create(parent, &error);
    setrlimit(RLIMIT_NOFILE, &before);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scratch);
    CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, fill, &number, path, sizeof path, &error), 0);
    scratch_remove(scratch);
    remove_parent();
}

CU_TestInfo scratch_tests[] = {
    {"the folder is private and goes away", the_folder_is_private_and_goes_away},
    {"files hold what was filled in", files_hold_what_was_filled_in},
    {"what others put there stays", what_others_put_there_stays},
    {"no file is overwritten", no_file_is_overwritten},
    {"no folder where none can be, with what to do", no_folder_where_none_can_be},
    {"a file larger than the disk is refused", a_file_larger_than_the_disk_is_refused},
    {"a file that cannot be whole is gone again", a_file_that_cannot_be_whole_is_gone_again},
    {"a path that does not fit is refused", a_path_that_does_not_fit_is_refused},
    {"no link is followed", no_link_is_followed},
    {"modes do not depend on the umask", modes_do_not_depend_on_the_umask},
    {"the parent may be a link", the_parent_may_be_a_link},
    {"nothing stays of a killed process", nothing_stays_of_a_killed_process},
    {"the guard removes no more than was made", the_guard_removes_no_more_than_was_made},
    {"the guard stays in its folder", the_guard_stays_in_its_folder},
    {"the guard waits for files that are open", the_guard_waits_for_files_that_are_open},
    {"a request to end ends the writing", a_request_to_end_ends_the_writing},
    {"no process stays", no_process_stays},
    {"it goes on without a guard", it_goes_on_without_a_guard},
    {"what others left goes with their folder", what_others_left_goes_with_their_folder},
    CU_TEST_INFO_NULL,
};
