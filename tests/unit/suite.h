/* A test file ends with its suite, which adds itself to the program; one that is forgotten does not
 * compile, as nothing uses its tests. */
#ifndef CUAL_TEST_SUITE_H
#define CUAL_TEST_SUITE_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>

/* A sanitizer has a heap of its own, which neither tells how large it is nor gives freed memory out
 * again. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SUITE_HEAP_IS_OTHER 1
#elif defined(__has_feature)
#define SUITE_HEAP_IS_OTHER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SUITE_HEAP_IS_OTHER 0
#endif

/* Whether a test that rests on the C library's heap has to be left out, which is said. */
static inline bool suite_lacks_heap(void)
{
    if (SUITE_HEAP_IS_OTHER) {
        printf("     not tried: the sanitizer has a heap of its own\n");
    }
    return SUITE_HEAP_IS_OTHER;
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
