#include "system/lock.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], path[128], lock_file[128];

static void enter(void)
{
    snprintf(folder, sizeof folder, "/tmp/test_lock.XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.h5", folder);
    snprintf(lock_file, sizeof lock_file, "%s/.out.h5.lock", folder);
}

static void leave(void)
{
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static struct lock *take(const char *job, int expected, char stale[LOCK_OWNER_BYTES])
{
    struct error error = {0};
    struct lock *lock = lock_take(path, job, stale, &error);
    CU_ASSERT_EQUAL(error.status, expected);
    CU_ASSERT((lock != NULL) == (expected == 0));
    if (expected != 0) {
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "is being written by the run of first.yaml"));
    }
    return lock;
}

static void the_second_is_refused_by_name_of_the_first(void)
{
    enter();
    char stale[LOCK_OWNER_BYTES];
    struct error error = {0};
    CU_ASSERT_EQUAL(lock_check(path, &error), 0);
    struct lock *first = take("first.yaml", 0, stale);
    CU_ASSERT_STRING_EQUAL(stale, "");
    take("second.yaml", STATUS_USAGE, stale);
    CU_ASSERT_EQUAL(lock_check(path, &error), STATUS_USAGE);
    lock_release(first);
    CU_ASSERT_EQUAL(access(lock_file, F_OK), -1);
    lock_release(take("second.yaml", 0, stale));
    CU_ASSERT_STRING_EQUAL(stale, "");
    leave();
}

static void the_lock_of_a_dead_run_is_taken_over_with_its_parts(void)
{
    enter();
    char stale[LOCK_OWNER_BYTES], part[160], other[160];
    pid_t child = fork();
    if (child == 0) {
        struct error error = {0};
        lock_take(path, "first.yaml", stale, &error);
        raise(SIGKILL);
    }
    waitpid(child, NULL, 0);
    snprintf(part, sizeof part, "%s/.out.h5.4711.2.part", folder);
    snprintf(other, sizeof other, "%s/.out.h5.4711.apart", folder);
    close(open(part, O_CREAT | O_WRONLY, 0600));
    close(open(other, O_CREAT | O_WRONLY, 0600));
    CU_ASSERT_EQUAL(access(lock_file, F_OK), 0);
    struct error error = {0};
    CU_ASSERT_EQUAL(lock_check(path, &error), 0);
    struct lock *lock = take("second.yaml", 0, stale);
    char process[32];
    snprintf(process, sizeof process, "process %ld ", (long)child);
    CU_ASSERT(strstr(stale, "first.yaml") != NULL && strstr(stale, process) != NULL);
    CU_ASSERT_EQUAL(access(part, F_OK), -1);
    CU_ASSERT_EQUAL(unlink(other), 0);
    lock_release(lock);
    leave();
}

static void folders_that_cannot_be_are_told(void)
{
    char stale[LOCK_OWNER_BYTES];
    struct error error = {0};
    CU_ASSERT_PTR_NULL(lock_take("/nowhere/at/all.h5", "job", stale, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    error = (struct error){0};
    CU_ASSERT_PTR_NULL(lock_take("/proc/out.h5", "job", stale, &error));
    CU_ASSERT(error.status != 0);
}

static void what_a_dead_run_left_is_cleared(void)
{
    enter();
    char stale[LOCK_OWNER_BYTES], part[160];
    struct lock *held = take("first.yaml", 0, stale);
    lock_clear(path, 0);
    CU_ASSERT_EQUAL(access(lock_file, F_OK), 0);
    lock_abandon(held);
    CU_ASSERT_EQUAL(access(lock_file, F_OK), -1);
    lock_release(held);
    snprintf(part, sizeof part, "%s/.out.h5.4711.part", folder);
    int left = open(lock_file, O_CREAT | O_WRONLY, 0600);
    CU_ASSERT(left >= 0 && close(left) == 0);
    left = open(part, O_CREAT | O_WRONLY, 0600);
    CU_ASSERT(left >= 0 && close(left) == 0);
    lock_clear(path, 0);
    CU_ASSERT(access(lock_file, F_OK) == -1 && access(part, F_OK) == -1);
    leave();
}

/* A run of its own, which is killed or waits to be. */
static pid_t other_run(const char *output, bool killed)
{
    int ready[2];
    char byte, stale[LOCK_OWNER_BYTES];
    CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct error error = {0};
        lock_take(output, "other.yaml", stale, &error);
        raise(killed || write(ready[1], "x", 1) != 1 ? SIGKILL : SIGSTOP);
    }
    if (!killed) {
        CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
    } else {
        waitpid(child, NULL, 0);
    }
    close(ready[0]);
    close(ready[1]);
    return child;
}

static bool there(const char *name)
{
    char at[192];
    snprintf(at, sizeof at, "%s/%s", folder, name);
    return access(at, F_OK) == 0;
}

static void put(const char *name, const char *text)
{
    char at[192];
    snprintf(at, sizeof at, "%s/%s", folder, name);
    FILE *file = fopen(at, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

static void locks_of_dead_runs_are_cleared_in_a_folder(void)
{
    enter();
    char dead[160], living[160], text[LOCK_CLEARED_BYTES];
    static const char *const kept[] = {".living.h5.lock", ".living.h5.12.part", ".notes.lock",
                                       ".far.h5.lock", ".far.h5.12.part"};
    snprintf(dead, sizeof dead, "%s/dead.h5", folder);
    snprintf(living, sizeof living, "%s/living.h5", folder);
    other_run(dead, true);
    pid_t process = other_run(living, false);
    put(".dead.h5.12.part", "");
    put(".living.h5.12.part", "");
    put(".notes.lock", "mine");
    put(".far.h5.lock", "host node7\nkernel 1234\nprocess 12\n");
    put(".far.h5.12.part", "");
    CU_ASSERT_PTR_NOT_NULL(strstr(lock_clear_folder(path, text), dead));
    CU_ASSERT_FALSE(there(".dead.h5.lock") || there(".dead.h5.12.part"));
    CU_ASSERT_STRING_EQUAL(lock_clear_folder(path, text), "");
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        char at[192];
        CU_ASSERT_TRUE(there(kept[i]));
        snprintf(at, sizeof at, "%s/%s", folder, kept[i]);
        unlink(at);
    }
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
    leave();
}

static void a_file_of_others_is_no_lock(void)
{
    enter();
    char stale[LOCK_OWNER_BYTES];
    struct error error = {0};
    put(".out.h5.lock", "mine");
    CU_ASSERT_PTR_NULL(lock_take(path, "job", stale, &error));
    CU_ASSERT(error.status == STATUS_USAGE && strstr(error.text, lock_file) != NULL);
    lock_clear(path, 0);
    CU_ASSERT_TRUE(there(".out.h5.lock"));
    unlink(lock_file);
    struct lock *lock = take("job", 0, stale);
    CU_ASSERT_EQUAL(unlink(lock_file), 0); /* and another file takes its name */
    put(".out.h5.lock", "mine");
    lock_abandon(lock);
    lock_release(lock);
    CU_ASSERT_TRUE(there(".out.h5.lock"));
    unlink(lock_file);
    leave();
}

static void a_run_that_is_ending_is_waited_for(void)
{
    enter();
    int ready[2];
    char stale[LOCK_OWNER_BYTES], byte;
    CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct error error = {0};
        lock_take(path, "first.yaml", stale, &error);
        close(ready[1]);
        usleep(300000);
        raise(SIGKILL);
    }
    close(ready[1]);
    CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 0);
    close(ready[0]);
    lock_clear(path, 60);
    CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
    CU_ASSERT_EQUAL(access(lock_file, F_OK), -1);
    leave();
}

static const CU_TestInfo tests[] = {
    {"what a dead run left is cleared, and nothing of one that lives",
     what_a_dead_run_left_is_cleared},
    {"a run that is ending is waited for", a_run_that_is_ending_is_waited_for},
    {"the second is refused by name of the first", the_second_is_refused_by_name_of_the_first},
    {"the lock of a dead run is taken over with its parts",
     the_lock_of_a_dead_run_is_taken_over_with_its_parts},
    {"folders that cannot be are told", folders_that_cannot_be_are_told},
    {"locks of dead runs are cleared in a folder", locks_of_dead_runs_are_cleared_in_a_folder},
    {"a file of others is no lock", a_file_of_others_is_no_lock},
    CU_TEST_INFO_NULL,
};

SUITE("lock", tests);
