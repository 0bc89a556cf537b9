/* What lies beside the program: here, beside this program of tests. */
#include "system/beside.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <unistd.h>

static void the_program_knows_its_path(void)
{
    char path[BESIDE_PATH_BYTES];
    CU_ASSERT_PTR_EQUAL(beside_program(path), path);
    CU_ASSERT(path[0] == '/' && access(path, X_OK) == 0);
}

static void what_lies_beside_it_is_found(void)
{
    char program[BESIDE_PATH_BYTES], path[BESIDE_PATH_BYTES], name[4 * BESIDE_PATH_BYTES];
    const char *own = strrchr(beside_program(program), '/') + 1;
    CU_ASSERT_TRUE(beside_find(own, path));
    CU_ASSERT_STRING_EQUAL(path, program);
    CU_ASSERT_FALSE(beside_find("nothing of this name", path));
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    CU_ASSERT_FALSE(beside_find(name, path));
}

static const CU_TestInfo tests[] = {
    {"the program knows its path", the_program_knows_its_path},
    {"what lies beside it is found, and nothing else", what_lies_beside_it_is_found},
    CU_TEST_INFO_NULL,
};

SUITE("beside", tests);
