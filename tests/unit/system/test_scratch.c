/* Scratch files: only in a private folder, whole or not at all, and gone at the end. */
#include "system/interrupt.h"

#include "unit/suite.h"
#include "unit/system/scratch_folder.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
        CU_ASSERT_EQUAL(scratch_make_file(scratch, sizes[i],
                                          &(struct scratch_content){fill, &number}, path[i],
                                          sizeof path[i], &error),
                        0);
        CU_ASSERT_EQUAL(error.status, 0);
    }
    for (uint64_t i = 0; i < FILES; i++) { /* each still as it was made */
        char real[PATH_MAX];
        CU_ASSERT_PTR_NOT_NULL(realpath(path[i], real));
        CU_ASSERT(strncmp(real, parent, strlen(parent)) == 0);
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
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, &(struct scratch_content){fill, &number}, path,
                                      sizeof path, &error),
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
    expect_no_folder("/proc/line\nbreak", "line\\x0abreak");
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
    CU_ASSERT_EQUAL(scratch_make_file(scratch, UINT64_C(1) << 60,
                                      &(struct scratch_content){fill, &number}, path, sizeof path,
                                      &error),
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
    int status = scratch_make_file(scratch, 3 << 20, &(struct scratch_content){fill, &number}, path,
                                   sizeof path, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    CU_ASSERT_EQUAL(status, STATUS_STORAGE);
    CU_ASSERT_EQUAL(error.status, STATUS_STORAGE);
    CU_ASSERT_EQUAL(entries(folder, left), 0);
    error = (struct error){0}; /* and the next one can be made */
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, &(struct scratch_content){fill, &number}, path,
                                      sizeof path, &error),
                    0);
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
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, &(struct scratch_content){fill, &number}, path,
                                      sizeof path, &error),
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
        CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, &(struct scratch_content){fill, &number},
                                          path, sizeof path, &error),
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
        int failed = scratch_make_file(scratch, PAGE, &(struct scratch_content){fill, &number},
                                       path, sizeof path, &error);
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
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, &(struct scratch_content){fill, &number}, path,
                                      sizeof path, &error),
                    0);
    CU_ASSERT_EQUAL(entries(parent, folder), 1);
    CU_ASSERT_TRUE(holds(path, PAGE, number));
    scratch_remove(scratch);
    unlink(link);
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
        scratch_make_file(scratch, PAGE, &(struct scratch_content){fill, &number}, path,
                          sizeof path, &error);
        bool gone = access(path, F_OK) != 0;
        scratch_remove(scratch);
        _exit(gone ? error.status : 100);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_INTERRUPTED);
    CU_ASSERT_EQUAL(entries(parent, left), 0);
    remove_parent();
}

static const CU_TestInfo tests[] = {
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
    {"a request to end ends the writing", a_request_to_end_ends_the_writing},
    CU_TEST_INFO_NULL,
};

SUITE("scratch", tests);
