/* The race: what the next round visits. */
#include "answer/race.h"

#include "unit/answer/study.h"
#include "unit/suite.h"

static const struct point slow = {1, 4, 1, 2}, slow_serially = {1, 2, 1, 1};

static void open_race(struct study *study, struct race *race, size_t rounds)
{
    study_open(study, rounds);
    study->question.precision = 0.03;
    study_measure(study, serial, 1.0, 1.0, 0.01);
    study_measure(study, slow_serially, 1.5, 1.5, 0.01);
    study_measure(study, threads, 0.5, 1.0, 0.01);
    study_measure(study, processes, 0.502, 1.0, 0.3); /* a rival: nobody knows yet */
    study_measure(study, slow, 0.8, 1.0, 0.01);
    CU_ASSERT_EQUAL_FATAL(race_create(race, &study->question), 0);
}

static void close_race(struct study *study, struct race *race)
{
    race_free(race);
    study_close(study);
}

static bool visits(const struct race *race, struct point point)
{
    return race->visit[study_cell_of(point)];
}

/* What is hopeless comes along rarely, rivals always, and serial in between for the speed-ups. */
static void test_rounds_go_to_rivals(void)
{
    struct study study;
    struct race race;
    open_race(&study, &race, 12);
    CU_ASSERT(visits(&race, slow) && race.open == 2 && race.rows == 0 && isinf(race.loss));
    CU_ASSERT_EQUAL(race_look(&race, &study.question, STATS_ROUNDS_LEAST - 1), 0);
    CU_ASSERT(visits(&race, slow)); /* the first rounds are whole */
    CU_ASSERT_EQUAL(race_look(&race, &study.question, 11), 0);
    CU_ASSERT(visits(&race, threads) && visits(&race, processes));
    CU_ASSERT(!visits(&race, slow) && !visits(&race, serial) && !visits(&race, slow_serially));
    CU_ASSERT(race.open == 1 && race.rows == 2 && race.loss > 0.03 && isfinite(race.loss));
    CU_ASSERT_EQUAL(race_look(&race, &study.question, 12), 0);
    CU_ASSERT(visits(&race, serial) && !visits(&race, slow));
    CU_ASSERT_EQUAL(race_look(&race, &study.question, 16), 0);
    CU_ASSERT(visits(&race, slow));
    CU_ASSERT_EQUAL(race_look(&race, &study.question, 24), 0); /* in every eighth round */
    CU_ASSERT(visits(&race, slow));
    close_race(&study, &race);
}

static void test_rows_that_are_certain_are_left(void)
{
    struct study study;
    struct race race;
    open_race(&study, &race, 12);
    study_measure(&study, processes, 0.7, 1.0, 0.01);
    CU_ASSERT_EQUAL(race_look(&race, &study.question, 12), 0);
    CU_ASSERT(race.open == 0 && race.rows == 2 && race.loss == 0);
    CU_ASSERT(!visits(&race, threads) && !visits(&race, serial));
    study.question.precision = 0; /* a whole matrix is asked for */
    race_free(&race);
    CU_ASSERT_EQUAL(race_create(&race, &study.question), 0);
    CU_ASSERT_EQUAL(race_look(&race, &study.question, 12), 0);
    CU_ASSERT(race.open == 2 && visits(&race, slow) && visits(&race, serial));
    close_race(&study, &race);
}

/* A point without valid samples comes along rarely; where nothing is valid, all do. */
static void test_what_is_never_valid_comes_rarely(void)
{
    struct study study;
    struct race race;
    open_race(&study, &race, 12);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, processes), 12, SAMPLE_SHALLOW);
    study_measure(&study, (struct point){2, 2, 1, 2}, 0.5, 1.0, 0.3);
    CU_ASSERT_EQUAL(race_look(&race, &study.question, 11), 0);
    CU_ASSERT(!visits(&race, processes) && visits(&race, threads));
    static const struct point all[] = {{1, 2, 1, 2}, {2, 2, 1, 2}, {1, 4, 1, 2}};
    for (int i = 0; i < 3; i++) {
        study_fill(study_values_of(&study, SAMPLE_FLAGS, all[i]), 12, SAMPLE_CROWDED);
    }
    CU_ASSERT_EQUAL(race_look(&race, &study.question, 11), 0);
    CU_ASSERT(visits(&race, processes) && visits(&race, slow) && isinf(race.loss));
    close_race(&study, &race);
}

/* Claims need six valid samples of each cell, whether its row is certain or not. */
static void test_spoilt_cells_are_visited_a_little_longer(void)
{
    struct study study;
    struct race race;
    open_race(&study, &race, 12);
    study_measure(&study, processes, 0.7, 1.0, 0.01);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, slow), 7, SAMPLE_CROWDED);
    CU_ASSERT_EQUAL(race_look(&race, &study.question, STATS_ROUNDS_LEAST), 0);
    CU_ASSERT(race.open == 0 && visits(&race, slow) && !visits(&race, threads));
    CU_ASSERT_EQUAL(race_look(&race, &study.question, STATS_ROUNDS_LEAST + 3), 0);
    CU_ASSERT(!visits(&race, slow));
    study_fill(study_values_of(&study, SAMPLE_FLAGS, slow), 6, 0);
    CU_ASSERT_EQUAL(race_look(&race, &study.question, STATS_ROUNDS_LEAST), 0);
    CU_ASSERT(!visits(&race, slow));
    close_race(&study, &race);
}

static void test_what_failed_is_not_visited(void)
{
    struct study study;
    struct race race;
    open_race(&study, &race, 12);
    study.workload.failure = "the disk is full";
    CU_ASSERT_EQUAL(race_look(&race, &study.question, 11), 0);
    CU_ASSERT(race.open == 0 && race.rows == 0 && !visits(&race, threads));
    close_race(&study, &race);
}

static void test_looks_become_rare(void)
{
    size_t looks = 0;
    for (size_t rounds = 1; rounds <= 100000; rounds++) {
        looks += race_looks(rounds);
        CU_ASSERT(rounds > 64 || race_looks(rounds));
    }
    CU_ASSERT(looks < 500);
}

static const CU_TestInfo tests[] = {
    {"rounds go to those that may be the best", test_rounds_go_to_rivals},
    {"rows that are certain are left, unless the whole matrix is asked for",
     test_rows_that_are_certain_are_left},
    {"what is never valid comes along rarely", test_what_is_never_valid_comes_rarely},
    {"what lacks valid samples is visited a little longer",
     test_spoilt_cells_are_visited_a_little_longer},
    {"a workload that failed is not visited", test_what_failed_is_not_visited},
    {"looks become rare", test_looks_become_rare},
    CU_TEST_INFO_NULL,
};

SUITE("race", tests);
