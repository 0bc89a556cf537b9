#include "store/store_file.h"
#include "store/store_write.h"
#include "unit/runfile/made.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 100 };

/* As if cells had 1, 64 and 100 ranks by turns. */
static size_t ranks_of(size_t cell)
{
    static const size_t ranks[] = {1, SAMPLE_RANKS_MOST, MANY};
    return ranks[cell % 3];
}

static void make_many(struct made *run)
{
    made_run(run);
    samples_free(&run->samples);
    CU_ASSERT_EQUAL_FATAL(samples_create(&run->samples, MADE_CELLS, MADE_ROUNDS, MANY), 0);
}

/* Descending times: the first rank is the slowest. */
static void measure_many(struct made *run, size_t round)
{
    double time_s[MANY];
    for (size_t cell = 0; cell < MADE_CELLS; cell++) {
        size_t at = cell * MADE_ROUNDS + round;
        for (int v = 0; run->status[cell] == CELL_DONE && v < SAMPLE_VARIABLES; v++) {
            run->samples.value[v][at] = made_value(v, cell, round);
        }
        for (size_t rank = 0; rank < ranks_of(cell); rank++) {
            time_s[rank] = made_value(20, cell, round) - (double)rank;
        }
        if (run->status[cell] == CELL_DONE) {
            samples_keep_ranks(&run->samples, at, time_s, ranks_of(cell));
        }
    }
}

/* Samples read whose numbers are not those of `run`; `missing` of its own must be left out. */
static size_t count_wrong(const struct made *run, size_t missing)
{
    struct samples read;
    struct runfile_past past;
    struct error error = {0};
    size_t wrong = 0;
    CU_ASSERT_EQUAL_FATAL(samples_create(&read, MADE_CELLS, MADE_ROUNDS, MANY), 0);
    CU_ASSERT_EQUAL(runfile_read_samples(made_path, &read, &past, &error), 0);
    CU_ASSERT_EQUAL(past.damaged, missing);
    for (size_t at = 0; at < MADE_CELLS * MADE_ROUNDS; at++) {
        bool is = !isnan(read.value[SAMPLE_TIME][at]);
        for (size_t i = 0; i < samples_rank_numbers(&read); i++) {
            double value = is ? *samples_rank_number(&run->samples, at, i) : NAN;
            wrong += !made_same(*samples_rank_number(&read, at, i), value);
        }
    }
    samples_free(&read);
    return wrong;
}

static void many_ranks_are_read_back(void)
{
    made_enter();
    struct made run;
    struct error error = {0};
    make_many(&run);
    struct runfile *file = made_create(&run, 0, 0);
    for (size_t round = 0; round < MADE_ROUNDS; round++) {
        measure_many(&run, round);
        CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, round, &error), 0);
        CU_ASSERT_EQUAL(count_wrong(&run, 0), 0);
    }
    runfile_free(file);
    char command[256];
    snprintf(command, sizeof command, "/usr/bin/python3 tests/unit/runfile/check_runfile.py %s",
             made_path);
    CU_ASSERT_EQUAL(system(command), 0);
    static const char *const objects[] = {"/per_rank/time_quantile", "/per_rank/slowest",
                                          "/per_rank/fastest"};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        double value = 7;
        struct store *store = store_open(made_path, true, &error);
        store_write_slab(store, objects[i], STORE_FLOAT64, (const size_t[]){0, 0, 0, 0, 0, i, 0},
                         (const size_t[]){1, 1, 1, 1, 1, 1, 1}, &value);
        CU_ASSERT_EQUAL(store_close(store, &error), 0);
        CU_ASSERT_EQUAL(count_wrong(&run, i + 1), 0);
    }
    samples_free(&run.samples);
    made_leave(1);
}

/* A run of no more ranks than have times of their own does not go on in such a file. */
static void files_of_many_ranks_are_told_apart(void)
{
    made_enter();
    struct made run;
    struct samples few;
    struct runfile_past past;
    struct error error = {0};
    make_many(&run);
    runfile_free(made_create(&run, 0, 0));
    CU_ASSERT_EQUAL_FATAL(samples_create(&few, MADE_CELLS, MADE_ROUNDS, SAMPLE_RANKS_MOST), 0);
    CU_ASSERT_EQUAL(runfile_read_samples(made_path, &few, &past, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "5 quantiles of ranks, but this run has 0"));
    samples_free(&few);
    samples_free(&run.samples);
    made_leave(1);
}

static void a_run_of_many_ranks_that_did_not_end_says_so(void)
{
    made_enter();
    struct made run;
    struct error error = {0};
    struct runfile_answer answer;
    make_many(&run);
    struct runfile *file = made_create(&run, false, 0);
    measure_many(&run, 0);
    CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, 0, &error), 0);
    runfile_free(file);
    CU_ASSERT_EQUAL(runfile_read_answer(made_path, &answer, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "the file holds 1 rounds and no verdict."));
    samples_free(&run.samples);
    made_leave(1);
}

static const CU_TestInfo tests[] = {
    {"many ranks are read back", many_ranks_are_read_back},
    {"files of many ranks are told apart", files_of_many_ranks_are_told_apart},
    {"a run of many ranks that did not end says so", a_run_of_many_ranks_that_did_not_end_says_so},
    CU_TEST_INFO_NULL,
};

SUITE("runfile samples", tests);
