#include "runfile/runfile_space.h"

#include "unit/runfile/made.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <sys/stat.h>

enum { ROUNDS = 150, LAUNCHED = 100, SLACK_BYTES = 1 << 20, ANSWER_BYTES = 3 << 19 };

/* A number of which no bit can be foretold but for the sign and some of the exponent. */
static double any_number(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t bits = UINT64_C(0x3f00000000000000) | (*random ^ *random >> 31) >> 8;
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* More rounds and ranks than other tests have, each feasible cell with all numbers there can be. */
static void measure(struct made *run)
{
    uint64_t random = 1;
    samples_free(&run->samples);
    CU_ASSERT_EQUAL_FATAL(samples_create(&run->samples, MADE_CELLS, ROUNDS, LAUNCHED), 0);
    for (size_t at = 0; at < MADE_CELLS * ROUNDS; at++) {
        bool measured = run->status[at / ROUNDS] == CELL_DONE;
        for (int v = 0; measured && v < SAMPLE_VARIABLES; v++) {
            run->samples.value[v][at] = any_number(&random);
        }
        for (size_t i = 0; measured && i < samples_rank_numbers(&run->samples); i++) {
            *samples_rank_number(&run->samples, at, i) = any_number(&random);
        }
    }
}

/* Size and space of the file, which must lie between those two. */
static void check_size(uint64_t least_bytes, uint64_t most_bytes)
{
    struct stat found = {0};
    CU_ASSERT_EQUAL(stat(made_path, &found), 0);
    uint64_t size = (uint64_t)found.st_size, takes = (uint64_t)found.st_blocks * 512;
    CU_ASSERT(size >= least_bytes && size <= most_bytes);
    CU_ASSERT(takes >= least_bytes && takes <= most_bytes);
}

static void a_file_takes_what_is_said(void)
{
    made_enter();
    struct made run;
    struct error error = {0};
    made_run(&run);
    measure(&run);
    run.job.rounds = ROUNDS;
    run.plan.limits.ranks = LAUNCHED;
    struct runfile_space space = runfile_space_of_plan(&run.plan);
    struct runfile *file = made_create(&run, false, 0);
    check_size(space.bytes - SLACK_BYTES, space.bytes);
    CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, ROUNDS - 1, &error), 0);
    check_size(space.bytes - SLACK_BYTES, space.bytes);
    struct finding findings[MADE_FINDINGS];
    made_findings(findings);
    const struct runfile_result result = {NULL, 0, findings, NULL, true, NULL, &made_advice, MADE_SUMMARY};
    CU_ASSERT_EQUAL(runfile_finish(file, &result, &error), 0);
    check_size(space.ended_bytes / 2, space.ended_bytes);
    CU_ASSERT(space.ended_bytes < space.bytes + ANSWER_BYTES);
    runfile_free(file);
    samples_free(&run.samples);
    made_leave(1);
}

static void what_was_not_measured_takes_next_to_nothing(void)
{
    made_enter();
    struct made run;
    struct error error = {0};
    made_run(&run);
    samples_free(&run.samples);
    CU_ASSERT_EQUAL_FATAL(samples_create(&run.samples, MADE_CELLS, 10 * ROUNDS, LAUNCHED), 0);
    struct runfile *file = made_create(&run, false, 0);
    struct finding findings[MADE_FINDINGS];
    made_findings(findings);
    const struct runfile_result interrupted = {NULL, 0, findings, NULL, false, NULL, &made_advice, MADE_SUMMARY};
    const struct runfile_result ended = {NULL, 0, findings, NULL, true, NULL, &made_advice, MADE_SUMMARY};
    CU_ASSERT_EQUAL(runfile_finish(file, &interrupted, &error), 0);
    check_size(RUNFILE_HURRY_BYTES, 2 * RUNFILE_HURRY_BYTES); /* it had no time */
    CU_ASSERT_EQUAL(runfile_finish(file, &ended, &error), 0);
    check_size(1, UINT64_C(768) << 10);
    runfile_free(file);
    samples_free(&run.samples);
    made_leave(1);
}

static const CU_TestInfo tests[] = {
    {"a file takes what is said", a_file_takes_what_is_said},
    {"what was not measured takes next to nothing", what_was_not_measured_takes_next_to_nothing},
    CU_TEST_INFO_NULL,
};

SUITE("runfile space", tests);
