/* The guard of a scratch folder: nothing of it stays, and nothing else goes. */
#include "unit/suite.h"
#include "unit/system/scratch_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

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
            scratch_make_file(scratch, PAGE, &(struct scratch_content){fill, &number}, path,
                              sizeof path, &error);
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

/* As where there is no shell: here no descriptor is left for a guard, beside those that making the
 * folder takes. */
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
    small = (struct rlimit){.rlim_cur = (rlim_t)lowest + 3, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &small);
    struct scratch *scratch = scratch_create(parent, &error);
    setrlimit(RLIMIT_NOFILE, &before);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scratch);
    CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, &(struct scratch_content){fill, &number}, path,
                                      sizeof path, &error),
                    0);
    scratch_remove(scratch);
    remove_parent();
}

static const CU_TestInfo tests[] = {
    {"nothing stays of a killed process", nothing_stays_of_a_killed_process},
    {"the guard removes no more than was made", the_guard_removes_no_more_than_was_made},
    {"the guard stays in its folder", the_guard_stays_in_its_folder},
    {"the guard waits for files that are open", the_guard_waits_for_files_that_are_open},
    {"no process stays", no_process_stays},
    {"it goes on without a guard", it_goes_on_without_a_guard},
    {"what others left goes with their folder", what_others_left_goes_with_their_folder},
    CU_TEST_INFO_NULL,
};

SUITE("scratch guard", tests);
