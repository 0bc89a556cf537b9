/* Processes as the kernel tells of them. */
#include "system/process.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* NAN where the text is none of a process, too. */
static double started_ticks(const char *text)
{
    struct process process;
    return process_parse(text, &process) ? process.started_ticks : NAN;
}

static void the_start_of_a_process_is_found_behind_any_name(void)
{
    static const char tail[] = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 ";
    static const struct {
        const char *name, *start;
        double ticks;
    } stats[] = {
        {"1 (cual)", "4711 20 21\n", 4711},
        {"1 (a b) S 1 2 (c))", "4711 20\n", 4711}, /* the name is "a b) S 1 2 (c)" */
        {"1 ()", "0\n", 0},
        {"1 (cual)", "", NAN},
        {"1 (cual)", "x\n", NAN},
        {"1 (cual)", "12x 5\n", NAN},
        {"1 (cual)", "-5 3\n", NAN},
        {"1 (cual)", "inf 3\n", NAN},
        {"1 cual", "4711 20 21\n", NAN},
        {"", "", NAN},
    };
    for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "%s%s%s", stats[i].name, tail, stats[i].start);
        double ticks = started_ticks(text);
        CU_ASSERT(isnan(stats[i].ticks) ? isnan(ticks) : ticks == stats[i].ticks);
    }
    CU_ASSERT(isnan(started_ticks("")));
    CU_ASSERT(isnan(started_ticks("1 (cual")));
    CU_ASSERT(isnan(started_ticks("1 (cual)")));
    CU_ASSERT(isnan(started_ticks("1 (cual) S 1 2 3")));
}

static void every_field_is_taken_from_its_place(void)
{
    struct process process;
    CU_ASSERT(process_parse("7 (a) b) T 1 1 1 0 -1 0 0 0 0 0 100 50 9 9 20 0 1 0 6 8", &process));
    CU_ASSERT_EQUAL(process.state, 'T');
    CU_ASSERT_STRING_EQUAL(process.name, "a) b");
    CU_ASSERT_EQUAL(process.used_ticks, 150);
    CU_ASSERT_EQUAL(process.started_ticks, 6);
    CU_ASSERT(process_parse("7 (a) R", &process));
    CU_ASSERT(isnan(process.used_ticks));
    CU_ASSERT_FALSE(process_parse(") 7 (", &process));
}

/* This process, and a child that has ended: at first not waited for, then gone. */
static void a_process_is_read_until_it_is_gone(void)
{
    char path[64];
    struct process process;
    CU_ASSERT_EQUAL(process_read("/proc/self/stat", &process), 0);
    CU_ASSERT_EQUAL(process.state, 'R');
    CU_ASSERT(process.started_ticks > 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    siginfo_t ended;
    waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT);
    snprintf(path, sizeof path, "/proc/%d/stat", child);
    CU_ASSERT_EQUAL(process_read(path, &process), 0);
    CU_ASSERT_EQUAL(process.state, 'Z');
    waitpid(child, NULL, 0);
    CU_ASSERT_EQUAL(process_read(path, &process), -ENOENT);
    CU_ASSERT_EQUAL(process_read("/proc/self/comm", &process), -EINVAL);
    CU_ASSERT(process_own("") > 0);
    CU_ASSERT_EQUAL(process_own("/nonexistent"), getpid());
}

static const CU_TestInfo tests[] = {
    {"the start of a process is found behind any name",
     the_start_of_a_process_is_found_behind_any_name},
    {"every field is taken from its place", every_field_is_taken_from_its_place},
    {"a process is read until it is gone", a_process_is_read_until_it_is_gone},
    CU_TEST_INFO_NULL,
};

SUITE("process", tests);
