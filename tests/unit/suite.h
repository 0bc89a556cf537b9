/* A test file ends with its suite, which adds itself to the program; one that is forgotten does not
 * compile, as nothing uses its tests. */
#ifndef CUAL_TEST_SUITE_H
#define CUAL_TEST_SUITE_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>

#ifdef __has_feature
#define SUITE_THREAD_SANITIZER __has_feature(thread_sanitizer)
#define SUITE_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#else
#define SUITE_THREAD_SANITIZER 0 /* that takes clang */
#ifdef __SANITIZE_ADDRESS__
#define SUITE_ADDRESS_SANITIZER 1
#else
#define SUITE_ADDRESS_SANITIZER 0
#endif
#endif

/* Whether a test has to be left out, which is said. A sanitizer has a heap of its own, which
 * neither tells how large it is nor gives freed memory out again. */
static inline bool suite_lacks_heap(void)
{
    bool lacks = SUITE_THREAD_SANITIZER || SUITE_ADDRESS_SANITIZER;
    if (lacks) {
        printf("     not tried: the sanitizer has a heap of its own\n");
    }
    return lacks;
}

/* The same: the thread sanitizer holds signals back in a process that is forked beside threads. */
static inline bool suite_lacks_signals(void)
{
    if (SUITE_THREAD_SANITIZER) {
        printf("     not tried: the thread sanitizer holds signals of forked processes back\n");
    }
    return SUITE_THREAD_SANITIZER;
}

/* Suites run in the order of their names, those that need MPI after all others: MPI can be started
 * only once, and a process that has it is another one. */
struct suite {
    const char *name;
    bool needs_mpi;
    const CU_TestInfo *tests; /* ends with CU_TEST_INFO_NULL */
    struct suite *next;       /* the list's; zero */
};

/* Adds a suite, which must live on. */
void suite_add(struct suite *suite);

#define SUITE_AS(suite_name, mpi, rows)                                                            \
    __attribute__((constructor)) static void add_suite(void)                                       \
    {                                                                                              \
        static struct suite suite = {.name = (suite_name), .needs_mpi = (mpi), .tests = (rows)};   \
        suite_add(&suite);                                                                         \
    }                                                                                              \
    _Static_assert(true, "a semicolon follows")

/* SUITE("name", tests); and of engines and kernels that call MPI: SUITE_MPI("name", tests); */
#define SUITE(name, tests) SUITE_AS(name, false, tests)
#define SUITE_MPI(name, tests) SUITE_AS(name, true, tests)

#endif
