/* What a launcher says is kept apart from what ranks print, however both are cut into pieces. */
#include "launch/said.h"

#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <unistd.h>

#define DASHES "--------------------------------------------------------------------------\n"

static const char mixed[] = "note: a rank\n" DASHES "A component was not found.\n\n" DASHES
                            "mpirun: Forwarding signal 10 to job\n"
                            "mine, not the launcher's\n"
                            "-- neither is this\n"
                            "[vm:123] a library\n"
                            "*** stack smashing detected ***: terminated\n"
                            "\r███ round 1\r\x1b[Kdone";
static const char of_ranks[] = "note: a rank\n"
                               "mine, not the launcher's\n"
                               "-- neither is this\n"
                               "\r███ round 1\r\x1b[Kdone";
static const char of_launcher[] =
    DASHES "A component was not found.\n\n" DASHES "mpirun: Forwarding signal 10 to job\n"
           "[vm:123] a library\n"
           "*** stack smashing detected ***: terminated\n";

static void hand_on(void *descriptor, const char *text, size_t bytes)
{
    CU_ASSERT_EQUAL(write(*(int *)descriptor, text, bytes), (ssize_t)bytes);
}

/* Gives the text in pieces, and reads what was handed on; returns its bytes. */
static size_t give(struct said *said, const char *text, size_t piece, char *got, size_t got_bytes)
{
    int ends[2];
    *said = (struct said){0};
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    for (size_t at = 0, bytes = strlen(text); at < bytes; at += piece) {
        said_take(said, text + at, bytes - at < piece ? bytes - at : piece, hand_on, &ends[1]);
    }
    said_end(said, hand_on, &ends[1]);
    close(ends[1]);
    ssize_t count = read(ends[0], got, got_bytes - 1);
    close(ends[0]);
    got[count > 0 ? count : 0] = '\0';
    return count > 0 ? (size_t)count : 0;
}

static void they_are_told_apart(void)
{
    char got[1024];
    struct said said;
    for (size_t piece = 1; piece <= sizeof mixed; piece++) {
        give(&said, mixed, piece, got, sizeof got);
        CU_ASSERT_STRING_EQUAL(got, of_ranks);
        CU_ASSERT_STRING_EQUAL(said.text, of_launcher);
    }
}

static void a_rank_is_handed_on_at_once(void)
{
    int ends[2];
    char got[64] = "";
    struct said said = {0};
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    said_take(&said, "\rbar", 4, hand_on, &ends[1]);
    CU_ASSERT_EQUAL(read(ends[0], got, sizeof got), 4);
    said_take(&said, " more", 5, hand_on, &ends[1]);
    CU_ASSERT_EQUAL(read(ends[0], got, sizeof got), 5);
    close(ends[0]);
    close(ends[1]);
}

/* Whatever comes, nothing is written beyond what there is. */
static void very_much_is_cut(void)
{
    static char much[4 * SAID_BYTES], got[8 * SAID_BYTES];
    struct said said;
    memset(much, 'x', sizeof much - 1);
    much[0] = '[';
    CU_ASSERT_EQUAL(give(&said, much, 1000, got, sizeof got), 0);
    CU_ASSERT_EQUAL(strlen(said.text), SAID_BYTES - 1);
    much[0] = 'm';
    CU_ASSERT_EQUAL(give(&said, much, 1000, got, sizeof got), sizeof much - 1);
    CU_ASSERT_STRING_EQUAL(said.text, "");
    memset(much, '-', sizeof much - 1);
    CU_ASSERT(give(&said, much, 1000, got, sizeof got) < sizeof much);
}

static const CU_TestInfo tests[] = {
    {"they are told apart", they_are_told_apart},
    {"what a rank prints is handed on at once", a_rank_is_handed_on_at_once},
    {"very much is cut", very_much_is_cut},
    CU_TEST_INFO_NULL,
};

SUITE("said", tests);
