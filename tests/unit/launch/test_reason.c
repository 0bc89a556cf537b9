/* Reason: of all that a launcher says, the sentence that tells why, and what it names. */
#include "launch/reason.h"

#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#define DASHES "--------------------------------------------------------------------------\n"

static const struct {
    const char *said, *reason;
} messages[] = {
    {"", ""},
    {DASHES "A requested component was not found, or was unable to be opened.  This\n"
            "means that this component is not installed (e.g., libraries).\n\n"
            "Host:      vm\nFramework: btl\nComponent: nonexistent\n" DASHES,
     "A requested component was not found, or was unable to be opened. Host: vm, Framework: btl, "
     "Component: nonexistent"},
    {DASHES "It looks like MPI_INIT failed for some reason; your parallel process is\n"
            "likely to abort.  There are many reasons.\n" DASHES DASHES
            "No components were able to be opened.\n\n  Host:  vm\n" DASHES,
     "No components were able to be opened. Host: vm"},
    {DASHES "the parser has found an illegal character in the\nfollowing node name:\n\n"
            "  node:  a_b\n\nPlease do correct it: https://example.org/x\n" DASHES,
     "the parser has found an illegal character in the following node name. node: a_b"},
    {"[vm:7] [[1,0],0] ORTE_ERROR_LOG: Out of resource in file x.c at line 1\n"
     "[vm:8] PML cm cannot be selected\n",
     "PML cm cannot be selected"},
    {"[vm:7] [[1,0],0] ORTE_ERROR_LOG: Out of resource\n",
     "[[1,0],0] ORTE_ERROR_LOG: Out of resource"},
    {"[vm:7] [[1,0],0] ORTE_ERROR_LOG: Out of resource in file ../../orte/util/show_help.c at line "
     "1\n",
     ""},
    {"mpirun: Error: unknown option \"-n\"\n", "mpirun: Error: unknown option \"-n\""},
    {DASHES, ""},
    {DASHES "A \x1b[2J\x01 terminal\n", "A \\x1b[2J\\x01 terminal"},
};

static void the_sentence_that_tells_why_is_found(void)
{
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        char reason[REASON_BYTES];
        CU_ASSERT_EQUAL(reason_find(messages[i].said, reason), messages[i].reason[0] != '\0');
        CU_ASSERT_STRING_EQUAL(reason, messages[i].reason);
    }
}

static void a_long_message_is_cut(void)
{
    static char said[4096], reason[REASON_BYTES];
    memset(said, 'x', sizeof said - 1);
    CU_ASSERT(reason_find(said, reason));
    CU_ASSERT(strlen(reason) < REASON_BYTES);
    CU_ASSERT_STRING_EQUAL(reason + strlen(reason) - strlen("…"), "…");
}

static void the_variables_of_the_user_are_named(void)
{
    const char *program;
    char remedy[REASON_BYTES];
    setenv("OMPI_MCA_btl", "none\x1b", 1);
    reason_remedy(launcher_own(&program), 1, remedy);
    unsetenv("OMPI_MCA_btl");
    CU_ASSERT_PTR_NOT_NULL(strstr(remedy, "OMPI_MCA_btl=none\\x1b"));
}

static const CU_TestInfo tests[] = {
    {"the sentence that tells why is found", the_sentence_that_tells_why_is_found},
    {"a long message is cut", a_long_message_is_cut},
    {"the variables of the user are named", the_variables_of_the_user_are_named},
    CU_TEST_INFO_NULL,
};

SUITE("launch reason", tests);
