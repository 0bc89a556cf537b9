/* What rank 0 prints goes into the pipe of the program that has started it, and into no other. */
#include "launch/told.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT "CUAL_OUTPUT"
#define SAID "one line\n"

/* What comes out of a pipe when a rank has printed a line. */
static void read_named(const int ends[2], char *text, size_t text_bytes)
{
    pid_t rank = fork();
    if (rank == 0) {
        int nowhere[2];
        if (pipe(nowhere) != 0 || dup2(nowhere[1], STDOUT_FILENO) < 0) {
            _exit(1);
        }
        close(ends[1]);
        told_take_output();
        _exit(write(STDOUT_FILENO, SAID, strlen(SAID)) != (ssize_t)strlen(SAID));
    }
    int waited = 1;
    CU_ASSERT_EQUAL(waitpid(rank, &waited, 0), rank);
    CU_ASSERT_EQUAL(waited, 0);
    close(ends[1]);
    ssize_t bytes = read(ends[0], text, text_bytes - 1);
    text[bytes > 0 ? bytes : 0] = '\0';
    close(ends[0]);
}

/* The same, when this end of it was named to the rank. */
static void read_back(const int ends[2], int named, char *text, size_t text_bytes)
{
    told_name_output(named);
    read_named(ends, text, text_bytes);
}

static void rank_0_prints_into_the_pipe(void)
{
    char text[64];
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    read_back(ends, ends[0], text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, SAID);
}

static void another_pipe_is_not_taken(void)
{
    char text[64];
    int ends[2], others[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    read_back(ends, -1, text, sizeof text); /* none is named */
    CU_ASSERT_STRING_EQUAL(text, "");
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    CU_ASSERT_EQUAL_FATAL(pipe(others), 0);
    told_name_output(ends[0]);
    char *name = strdup(getenv(OUTPUT));
    dup2(others[0], ends[0]); /* the number is another pipe's now */
    setenv(OUTPUT, name, 1);
    free(name);
    read_named(others, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "");
    close(ends[0]);
    close(ends[1]);
    unsetenv(OUTPUT);
}

static CU_TestInfo tests[] = {
    {"rank 0 prints into the pipe of its starter", rank_0_prints_into_the_pipe},
    {"another pipe is not taken", another_pipe_is_not_taken},
    CU_TEST_INFO_NULL,
};
SUITE("told", tests);
