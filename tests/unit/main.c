/* Runs unit tests: one line each, "ok" or "FAIL" with the assertions that failed.
 *
 * usage: unit [--list | --names | WORD ...]
 *
 * A word is the name of a suite, or a part of a line "unit SUITE: TEST"; without any all tests run.
 * --list prints the names of the suites, --names those lines. */
#include "unit/suite.h"

#include "ranks/comm.h"

#include <CUnit/TestRun.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 512

static struct suite *suites;
static struct comm *comm;

static bool comes_before(const struct suite *a, const struct suite *b)
{
    return a->needs_mpi != b->needs_mpi ? b->needs_mpi : strcmp(a->name, b->name) < 0;
}

void suite_add(struct suite *suite)
{
    struct suite **at = &suites;
    while (*at && comes_before(*at, suite)) {
        at = &(*at)->next;
    }
    suite->next = *at;
    *at = suite;
}

static int begin_mpi(void)
{
    char why[256];
    comm = comm ? comm : comm_create(COMM_SEVERAL_CALL, why, sizeof why);
    return comm == NULL;
}

/* As it is printed. */
static const char *full_name(const char *suite, const char *test)
{
    static char name[NAME_BYTES];
    snprintf(name, sizeof name, "unit %s: %s", suite, test);
    return name;
}

static bool is_chosen(const struct suite *suite, const CU_TestInfo *test, char *const *words)
{
    for (char *const *word = words; *word; word++) {
        if (strcmp(*word, suite->name) == 0 || strstr(full_name(suite->name, test->pName), *word)) {
            return true;
        }
    }
    return !*words;
}

/* Registers those of its tests that a word chooses; false with what CUnit says when it refuses. */
static bool register_suite(const struct suite *suite, char *const *words)
{
    CU_pSuite registered = NULL;
    for (const CU_TestInfo *test = suite->tests; test->pName; test++) {
        if (!is_chosen(suite, test, words)) {
            continue;
        }
        if (!registered) {
            registered = CU_add_suite(suite->name, suite->needs_mpi ? begin_mpi : NULL, NULL);
        }
        if (CU_get_error() != CUE_SUCCESS ||
            !CU_add_test(registered, test->pName, test->pTestFunc) ||
            CU_get_error() != CUE_SUCCESS) {
            fprintf(stderr, "%s: %s\n", full_name(suite->name, test->pName), CU_get_error_msg());
            return false;
        }
    }
    return true;
}

static void list_suites(void)
{
    for (const struct suite *suite = suites; suite; suite = suite->next) {
        puts(suite->name);
    }
}

static void list_names(void)
{
    for (const struct suite *suite = suites; suite; suite = suite->next) {
        for (const CU_TestInfo *test = suite->tests; test->pName; test++) {
            puts(full_name(suite->name, test->pName));
        }
    }
}

static void report(CU_pTest test, CU_pSuite suite, CU_pFailureRecord failure)
{
    printf("%s %s\n", failure ? "FAIL" : "ok", full_name(suite->pName, test->pName));
    for (CU_pFailureRecord f = failure; f; f = f->pNext) {
        printf("     %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
    }
    fflush(stdout);
}

static int run(char *const *words)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        fprintf(stderr, "CUnit: %s\n", CU_get_error_msg());
        return 1;
    }
    for (const struct suite *suite = suites; suite; suite = suite->next) {
        if (!register_suite(suite, words)) {
            return 1;
        }
    }
    CU_set_test_complete_handler(report);
    CU_run_all_tests();
    if (CU_get_number_of_tests_run() == 0) {
        fprintf(stderr, "no test has such a name\n");
    }
    if (comm) {
        comm_free(comm);
    }
    int failed = CU_get_number_of_failures() != 0 || CU_get_number_of_tests_run() == 0;
    CU_cleanup_registry();
    return failed;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        list_suites();
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--names") == 0) {
        list_names();
        return 0;
    }
    return run(argv + 1);
}
