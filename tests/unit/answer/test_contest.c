/* Contests: how far apart the candidates of a row are, and how sure that is. */
#include "answer/contest.h"

#include "answer/verdict.h"

#include "unit/answer/study.h"
#include "unit/suite.h"

/* A study with serial, threads and processes on two cores, and their contest. */
struct made {
    struct study study;
    struct candidates candidates;
    struct contest contest;
};

static void open_contest(struct made *made)
{
    CU_ASSERT_EQUAL_FATAL(candidates_create(&made->candidates, &made->study.question, 0), 0);
    CU_ASSERT_EQUAL_FATAL(contest_create(&made->contest, &made->candidates, 2), 0);
}

static void close_contest(struct made *made)
{
    contest_free(&made->contest);
    candidates_free(&made->candidates);
}

static const struct contest_entry *entry_at(const struct made *made, struct point point)
{
    for (size_t e = 0; e < made->contest.count; e++) {
        if (study_is_point(made->contest.entry[e].candidate->point, point)) {
            return &made->contest.entry[e];
        }
    }
    return NULL;
}

static struct interval ratio_of(const struct made *made, struct point a, struct point b)
{
    return contest_ratio(&made->contest, entry_at(made, a), entry_at(made, b), 0.05);
}

/* Noise of a round that all share is no noise of a ratio. */
static void test_noise_of_rounds_is_taken_off(void)
{
    struct made made;
    study_open(&made.study, 20);
    study_measure(&made.study, serial, 1.0, 1.0, 0.005);
    study_measure(&made.study, threads, 0.5, 1.0, 0.005);
    study_measure(&made.study, processes, 0.8, 1.0, 0.005);
    for (size_t r = 0; r < 20; r++) {
        double slowed = 2 + study_noise(&made.study);
        study_values_of(&made.study, SAMPLE_TIME, serial)[r] *= slowed;
        study_values_of(&made.study, SAMPLE_TIME, threads)[r] *= slowed;
        study_values_of(&made.study, SAMPLE_TIME, processes)[r] *= slowed;
    }
    open_contest(&made);
    struct interval ratio = ratio_of(&made, serial, threads);
    CU_ASSERT_DOUBLE_EQUAL(ratio.median, 2, 0.01);
    CU_ASSERT(ratio.low < 2 && 2 < ratio.high && ratio.high - ratio.low < 0.06);
    CU_ASSERT(contest_has(&made.contest, entry_at(&made, threads)));
    CU_ASSERT(!contest_has(&made.contest, entry_at(&made, serial))); /* a guest */
    close_contest(&made);
    study_close(&made.study);
}

/* What moves from one part of a run to the next is no noise that rounds average down. */
static void test_parts_of_a_run_widen(void)
{
    double width[2];
    for (int moves = 0; moves < 2; moves++) {
        struct made made;
        study_open(&made.study, 40);
        study_measure(&made.study, serial, 1.0, 1.0, 0.01);
        study_measure(&made.study, threads, 0.5, 1.0, 0.01);
        study_measure(&made.study, processes, 0.8, 1.0, 0.01);
        for (size_t r = 0; r < 40 && moves; r++) {
            study_values_of(&made.study, SAMPLE_TIME, threads)[r] *= r / 10 % 2 ? 1.1 : 1;
        }
        open_contest(&made);
        struct interval ratio = ratio_of(&made, serial, threads);
        width[moves] = ratio.high - ratio.low;
        close_contest(&made);
        study_close(&made.study);
    }
    CU_ASSERT(width[1] > 1.5 * width[0]);
}

/* A candidate with few rounds borrows its spread from the others. */
static void test_few_rounds_have_the_spread_of_the_others(void)
{
    struct made made;
    study_open(&made.study, 20);
    study_measure(&made.study, serial, 1.0, 1.0, 0.05);
    study_measure(&made.study, threads, 0.5, 1.0, 0.05);
    study_measure(&made.study, processes, 0.5, 1.0, 0);
    study_fill(study_values_of(&made.study, SAMPLE_FLAGS, processes) + 6, 14, SAMPLE_CROWDED);
    open_contest(&made);
    const struct contest_entry *few = entry_at(&made, processes);
    CU_ASSERT_EQUAL(few->rounds, 6);
    CU_ASSERT(few->variance > 1.5 * entry_at(&made, threads)->variance);
    CU_ASSERT(isfinite(contest_margin(&made.contest, few, entry_at(&made, threads), 0.05)));
    close_contest(&made);

    study_fill(study_values_of(&made.study, SAMPLE_FLAGS, processes) + 4, 16, SAMPLE_CROWDED);
    open_contest(&made);
    few = entry_at(&made, processes);
    CU_ASSERT(isinf(contest_margin(&made.contest, few, entry_at(&made, threads), 0.05)));
    CU_ASSERT(isnan(contest_ratio(&made.contest, few, entry_at(&made, threads), 0.05).low));
    close_contest(&made);
    study_close(&made.study);
}

/* Rounds that an entry has to itself say nothing beside those that it shares. */
static void test_rounds_of_one_are_left_out(void)
{
    struct made made;
    study_open(&made.study, 20);
    study_measure(&made.study, serial, 1.0, 1.0, 0);
    study_measure(&made.study, threads, 0.5, 1.0, 0);
    study_fill(study_values_of(&made.study, SAMPLE_FLAGS, threads) + 8, 12, SAMPLE_CROWDED);
    study_fill(study_values_of(&made.study, SAMPLE_TIME, serial) + 8, 12, 3.0);
    open_contest(&made);
    CU_ASSERT_EQUAL(entry_at(&made, serial)->rounds, 8);
    CU_ASSERT_DOUBLE_EQUAL(ratio_of(&made, serial, threads).median, 2, 1e-9);
    close_contest(&made);
    study_close(&made.study);
}

/* The made-up times, and what is found of them, that tests/analysis/test_statistics.py has: so the
 * program and its pictures say the same numbers. */
static const struct {
    size_t rounds, rare;      /* the point with both is valid in its first ones alone */
    struct interval ratio[3]; /* serial over threads, processes and both */
    double loss[3];           /* with each of them as the choice */
} known[] = {
    {20,
     20,
     {{2.000294602292726, 1.9038900202657232, 2.101580686579247, 16},
      {2.6413763921100966, 2.3407047275368815, 2.9806703779072103, 13},
      {3.988856033630916, 3.7875846979053636, 4.200822879507608, 18}},
     {1.0885634240189153, 0.6869962041846933, 0}},
    {120,
     120,
     {{2.012169548293536, 1.9663875555402976, 2.0590174503862393, 96},
      {2.6458977507899695, 2.231944186607351, 3.1366263321650942, 80},
      {4.024339096587072, 3.911101102191425, 4.140855667281235, 103}},
     {1.0584091672829077, 0.7800248602739793, 0}},
    {20,
     4,
     {{2.0086865051708087, 1.883463682253286, 2.1422348166693874, 16},
      {2.6681182895750095, 2.3428373972398213, 3.0385613681733297, 13},
      {3.9929083350556955, NAN, NAN, 4}},
     {1.3596148979261522, 0.88371657759620481, INFINITY}},
};

static double made_time(size_t entry, size_t round, size_t rounds)
{
    double noise = (1 + 0.2 * (double)(round % 3)) *
                   (1 + 0.013 * (double)((7 * entry + 5 * round + entry * round) % 11));
    bool moves = entry == 2 && round / (rounds / 4) % 2 == 1;
    return noise / (double)(1 + entry) * (moves ? 1.3 : 1);
}

/* NAN and INFINITY are what they are. */
static void check_known(double found, double wanted)
{
    bool is_same = isfinite(wanted)
                       ? fabs(found - wanted) <= 1e-9
                       : isnan(found) == isnan(wanted) && isinf(found) == isinf(wanted);
    CU_ASSERT(is_same);
}

static void test_known_times_have_known_ratios(void)
{
    const struct point point[] = {serial, threads, processes, both};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        struct made made;
        size_t rounds = known[k].rounds;
        study_open(&made.study, rounds);
        for (size_t e = 0; e < 4; e++) {
            study_measure(&made.study, point[e], 1, 1, 0);
            for (size_t r = 0; r < rounds; r++) {
                bool is_hole = e > 0 && (3 * e + 2 * r) % (4 + e) == 0;
                is_hole |= e == 3 && r >= known[k].rare;
                study_values_of(&made.study, SAMPLE_TIME, point[e])[r] = made_time(e, r, rounds);
                study_values_of(&made.study, SAMPLE_FLAGS, point[e])[r] =
                    is_hole ? SAMPLE_CROWDED : 0;
            }
        }
        open_contest(&made);
        for (size_t e = 1; e < 4; e++) {
            struct interval found = contest_ratio(&made.contest, entry_at(&made, serial),
                                                  entry_at(&made, point[e]), STATS_LEVEL / 3);
            struct interval wanted = known[k].ratio[e - 1];
            CU_ASSERT_EQUAL(found.n, wanted.n);
            check_known(found.median, wanted.median);
            check_known(found.low, wanted.low);
            check_known(found.high, wanted.high);
            check_known(verdict_loss(&made.contest, entry_at(&made, point[e])),
                        known[k].loss[e - 1]);
        }
        close_contest(&made);
        study_close(&made.study);
    }
}

static const CU_TestInfo tests[] = {
    {"what a round does to all is taken off", test_noise_of_rounds_is_taken_off},
    {"what moves between parts of a run widens its intervals", test_parts_of_a_run_widen},
    {"with few rounds a candidate has the spread of the others",
     test_few_rounds_have_the_spread_of_the_others},
    {"rounds with a single entry are left out", test_rounds_of_one_are_left_out},
    {"known times have known ratios, with their intervals", test_known_times_have_known_ratios},
    CU_TEST_INFO_NULL,
};

SUITE("contest", tests);
