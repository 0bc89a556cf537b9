#include "system/path.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>

static void a_path_is_a_folder_and_a_name(void)
{
    static const struct {
        const char *path, *folder, *name;
    } paths[] = {
        {"run.h5", ".", "run.h5"},
        {"/run.h5", "/", "run.h5"},
        {"a/b/run.h5", "a/b", "run.h5"},
        {"/a//run.h5", "/a/", "run.h5"},
        {"a/", "a", ""},
        {"", ".", ""},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char folder[32];
        CU_ASSERT_STRING_EQUAL(path_split(paths[i].path, folder), paths[i].name);
        CU_ASSERT_STRING_EQUAL(folder, paths[i].folder);
    }
}

static void another_path_helps_or_not(void)
{
    static const struct {
        int number, status;
        const char *says;
    } errors[] = {
        {ENOENT, STATUS_USAGE, "no such folder"},   {ENOTDIR, STATUS_USAGE, "no such folder"},
        {EEXIST, STATUS_USAGE, "--force"},          {ENAMETOOLONG, STATUS_USAGE, "too long"},
        {ENOSPC, STATUS_STORAGE, "takes 2.00 MiB"}, {EIO, STATUS_STORAGE, "cannot be written"},
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct error error = {0};
        CU_ASSERT_EQUAL(path_set_errno(&error, "/tmp/\x1brun.h5", errors[i].number, 2 << 20),
                        errors[i].status);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, errors[i].says));
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/tmp/\\x1brun.h5"));
    }
}

static const CU_TestInfo tests[] = {
    {"a path is a folder and a name", a_path_is_a_folder_and_a_name},
    {"another path helps or not", another_path_helps_or_not},
    CU_TEST_INFO_NULL,
};

SUITE("path", tests);
