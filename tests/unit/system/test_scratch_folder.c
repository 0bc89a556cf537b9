/* Private folders: what has taken the name of one is left alone, and what dead runs left goes. */
#include "system/scratch_folder.h"

#include "unit/suite.h"
#include "unit/system/scratch_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void put(const char *folder, const char *name)
{
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    CU_ASSERT_EQUAL(write(descriptor, "mine", 4), 4);
    CU_ASSERT_EQUAL(close(descriptor), 0);
}

static bool is_mine(const char *folder, const char *name)
{
    char path[2 * PATH_BYTES], text[8] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int descriptor = open(path, O_RDONLY);
    bool whole = descriptor >= 0 && read(descriptor, text, sizeof text) == 4;
    close(descriptor);
    return whole && strcmp(text, "mine") == 0;
}

static void remove_tree(const char *folder)
{
    char words[2 * PATH_BYTES];
    snprintf(words, sizeof words, "rm -rf '%s'", folder);
    CU_ASSERT_EQUAL(system(words), 0);
}

static void a_parent_in_which_others_may_rename_is_refused(void)
{
    static const struct {
        mode_t mode;
        gid_t group;
        int ok;
    } parents[] = {{0777, 0, 0}, {0757, 0, 0},     {01777, 0, 1},    {0755, 0, 1},
                   {0700, 0, 1}, {0770, 54321, 0}, {01770, 54321, 1}};
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
        struct error error = {0};
        make_parent();
        bool grouped = parents[i].group == 0 || chown(parent, (uid_t)-1, parents[i].group) == 0;
        CU_ASSERT_EQUAL(chmod(parent, parents[i].mode), 0);
        struct scratch *scratch = grouped ? scratch_create(parent, &error) : NULL;
        if (grouped) {
            CU_ASSERT_EQUAL(scratch != NULL, parents[i].ok);
            CU_ASSERT(parents[i].ok || (strstr(error.text, "no sticky bit") != NULL &&
                                        strstr(error.text, SCRATCH_REMEDY) != NULL));
            CU_ASSERT_EQUAL(scratch_check(parent, PAGE, SCRATCH_REMEDY, &error),
                            parents[i].ok ? 0 : STATUS_STORAGE);
        }
        scratch_remove(scratch);
        remove_parent();
    }
}

/* The folder is moved away, and a link to a folder of others takes its name. */
static void what_has_taken_its_name_is_left_alone(void)
{
    char folder[PATH_BYTES], moved[PATH_BYTES + 16], others[PATH_BYTES + 16], path[PATH_BYTES];
    uint64_t number = 7;
    struct error error = {0};
    make_parent();
    struct scratch *scratch = create();
    const struct scratch_content content = {fill, &number};
    entries(parent, folder);
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, &content, path, sizeof path, &error), 0);
    snprintf(moved, sizeof moved, "%s/moved", parent);
    snprintf(others, sizeof others, "%s/others", parent);
    CU_ASSERT_EQUAL(mkdir(others, 0700), 0);
    put(others, "0");
    put(others, "1");
    CU_ASSERT_EQUAL(rename(folder, moved), 0);
    CU_ASSERT_EQUAL(symlink("others", folder), 0);
    CU_ASSERT_TRUE(holds(path, PAGE, number)); /* the path still leads to the file */
    CU_ASSERT_EQUAL(scratch_make_file(scratch, PAGE, &content, path, sizeof path, &error), 0);
    CU_ASSERT_TRUE(holds(path, PAGE, number));
    scratch_remove(scratch);
    CU_ASSERT_TRUE(is_mine(others, "0") && is_mine(others, "1"));
    CU_ASSERT_EQUAL(entries(moved, path), 0);
    CU_ASSERT_EQUAL(unlink(folder), 0);
    remove_tree(parent);
}

/* A process that has made a folder with some files in it; its name goes to `name`. */
static pid_t other_process(bool others, char name[SCRATCH_NAME_BYTES])
{
    int pipes[2];
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        struct scratch_folder folder;
        int opened = scratch_folder_open_parent(parent);
        if (opened < 0 || scratch_folder_make(&folder, opened, others) != 0 ||
            fchdir(folder.descriptor) != 0 || mkdir("inner", 0700) != 0) {
            _exit(1);
        }
        const char *const files[] = {"0", "1", "0.data.0", "0.metadata.0", "inner/.hidden"};
        for (int i = 0; i < 5; i++) {
            close(open(files[i], O_CREAT | O_WRONLY, 0600));
        }
        if (symlink("../kept", "2") != 0 || (!others && unlink("inner/.hidden") != 0) ||
            (!others && rmdir("inner") != 0) ||
            write(pipes[1], folder.name, sizeof folder.name) != sizeof folder.name) {
            _exit(1);
        }
        pause();
    }
    CU_ASSERT_EQUAL(read(pipes[0], name, SCRATCH_NAME_BYTES), SCRATCH_NAME_BYTES);
    close(pipes[0]);
    close(pipes[1]);
    return child;
}

static void kill_process(pid_t process)
{
    CU_ASSERT_EQUAL(kill(process, SIGKILL), 0);
    CU_ASSERT_EQUAL(waitpid(process, NULL, 0), process);
}

static bool there(const char *name)
{
    char path[2 * PATH_BYTES];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", parent, name);
    return lstat(path, &about) == 0;
}

static void folders_of_dead_runs_are_named_and_removed(void)
{
    for (int others = 0; others <= 1; others++) {
        char dead[SCRATCH_NAME_BYTES], alive[SCRATCH_NAME_BYTES], text[SCRATCH_CLEARED_BYTES];
        make_parent();
        put(parent, "kept");
        kill_process(other_process(others, dead));
        pid_t process = other_process(others, alive);
        scratch_clear(parent, text);
        CU_ASSERT(strstr(text, dead) != NULL && strstr(text, "was left behind") != NULL);
        CU_ASSERT_FALSE(there(dead));
        CU_ASSERT_TRUE(there(alive) && is_mine(parent, "kept"));
        CU_ASSERT_STRING_EQUAL(scratch_clear(parent, text), "");
        kill_process(process);
        CU_ASSERT_PTR_NOT_NULL(strstr(scratch_clear(parent, text), alive));
        remove_tree(parent);
    }
}

static void change_digit(char *digit)
{
    *digit = *digit == '0' ? '1' : '0';
}

/* Each is as a dead run would leave it but for one thing. */
static void nothing_else_is_removed(void)
{
    char name[SCRATCH_NAME_BYTES], path[PATH_BYTES + 64], text[SCRATCH_CLEARED_BYTES];
    make_parent();
    kill_process(other_process(false, name));
    snprintf(path, sizeof path, "%s/%s", parent, name);
    put(path, "notes"); /* somebody else's */
    CU_ASSERT_STRING_EQUAL(scratch_clear(parent, text), "");
    CU_ASSERT_TRUE(is_mine(path, "notes"));

    change_digit(&name[strlen(name) - 1]);
    snprintf(path, sizeof path, "%s/%s", parent, name);
    CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
    put(path, "0"); /* in a folder that is not private */
    CU_ASSERT_STRING_EQUAL(scratch_clear(parent, text), "");
    CU_ASSERT_TRUE(is_mine(path, "0"));

    change_digit(&name[strlen(name) - 2]);
    snprintf(path, sizeof path, "%s/%s", parent, name);
    CU_ASSERT_EQUAL(symlink("kept", path), 0);
    snprintf(path, sizeof path, "%s/kept", parent);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    put(path, "0"); /* behind a link */
    CU_ASSERT_STRING_EQUAL(scratch_clear(parent, text), "");
    CU_ASSERT_TRUE(is_mine(path, "0") && there(name));

    change_digit(&name[5]); /* of another kernel: nobody here knows whether its run lives */
    snprintf(path, sizeof path, "%s/%s", parent, name);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    put(path, "0");
    CU_ASSERT_STRING_EQUAL(scratch_clear(parent, text), "");
    CU_ASSERT_TRUE(is_mine(path, "0"));
    remove_tree(parent);
}

static const CU_TestInfo tests[] = {
    {"a parent in which others may rename is refused",
     a_parent_in_which_others_may_rename_is_refused},
    {"what has taken its name is left alone", what_has_taken_its_name_is_left_alone},
    {"folders of dead runs are named and removed", folders_of_dead_runs_are_named_and_removed},
    {"nothing else is removed", nothing_else_is_removed},
    CU_TEST_INFO_NULL,
};

SUITE("scratch folder", tests);
