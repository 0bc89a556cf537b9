/* Which point is named, by how much and how sure. */
#include "unit/answer/study.h"
#include "unit/suite.h"

static void test_known_ratio_is_found(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0.01);
    study_measure(&study, threads, 0.5, 1.0, 0.01);
    study_measure(&study, processes, 0.8, 1.0, 0.01);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_EQUAL(study.count, 2);
    CU_ASSERT(study_is_point(study.verdicts[0].choice, serial));
    CU_ASSERT(study_is_point(verdict->choice, threads));
    CU_ASSERT_EQUAL(verdict->cores, 2);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.median, 2, 0.03);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_s, 0.5, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(verdict->serial_s, 1.0, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(verdict->serial_task_s, 0.01, 0.0001);
    CU_ASSERT_DOUBLE_EQUAL(verdict->best[GROUP_PROCESSES].speed_up.median, 1.25, 0.02);
    CU_ASSERT(study_is_point(verdict->best[GROUP_SERIAL].point, serial));
    CU_ASSERT_EQUAL(verdict->best[GROUP_ASYNC].point.ranks, 0);
    CU_ASSERT(verdict->ties == 0 && verdict->undecided == 0 && verdict->certain);
    study_close(&study);
}

static void test_noise_of_a_round_cancels(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.5, 1.0, 0);
    for (size_t r = 0; r < 20; r++) {
        double slowed = 2 + study_noise(&study);
        study_values_of(&study, SAMPLE_TIME, serial)[r] *= slowed;
        study_values_of(&study, SAMPLE_TIME, threads)[r] *= slowed;
    }
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.low, 2, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.high, 2, 1e-12);
    CU_ASSERT(verdict->half_width < 1e-12);
    study_close(&study);
}

static void test_ties_name_the_simplest(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.505, 1.0, 0.001);
    study_measure(&study, processes, 0.506, 1.0, 0.001);
    study_measure(&study, both, 0.500, 1.0, 0.001);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT(study_is_point(verdict->choice, threads));
    CU_ASSERT_EQUAL(verdict->ties, 2);
    CU_ASSERT_EQUAL(verdict->undecided, 0);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_s, 0.505, 0.001);
    CU_ASSERT(study_is_point(verdict->best[GROUP_MIX].point, both));
    study_close(&study);
}

static void test_wide_intervals_are_undecided(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.501, 1.0, 0); /* its median ties */
    for (size_t r = 0; r < 20; r++) {
        study_values_of(&study, SAMPLE_TIME, threads)[r] += 0.1 * ((double)(r % 3) - 1);
    }
    study_measure(&study, both, 0.50, 1.0, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_EQUAL(verdict->ties, 0);
    CU_ASSERT_EQUAL(verdict->undecided, 1);
    CU_ASSERT_EQUAL(point_compare_simplicity(verdict->choice, threads), 0); /* the simpler one */
    CU_ASSERT(!verdict->certain);
    CU_ASSERT(verdict->half_width > 0.02 && isfinite(verdict->half_width));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "cannot yet be distinguished from the fastest"));
    study_close(&study);
}

static void test_precision_asked_for_makes_certain(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0.1);
    study_measure(&study, threads, 0.5, 1.0, 0);
    study.question.precision = 0.2;
    CU_ASSERT(study_judge(&study)->certain);
    struct certainty found = verdict_certainty(&study.question, 0);
    CU_ASSERT(found.certain);
    CU_ASSERT_EQUAL(found.half_width, study_judge(&study)->half_width);
    study.question.precision = found.half_width / 2;
    CU_ASSERT(!study_judge(&study)->certain);
    CU_ASSERT(!verdict_certainty(&study.question, 0).certain);
    study_close(&study);
}

static void test_too_few_rounds_are_said(void)
{
    struct study study;
    study_open(&study, 3);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.5, 1.0, 0);
    study_measure(&study, both, 0.499, 1.0, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT(study_is_point(verdict->choice, threads));
    CU_ASSERT(!verdict->certain);
    CU_ASSERT(isinf(verdict->half_width));
    CU_ASSERT(isinf(verdict_certainty(&study.question, 0).half_width));
    CU_ASSERT(!verdict_certainty(&study.question, 0).certain);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "only 3 rounds: too few to be certain"));
    study_close(&study);
}

static void test_flagged_samples_are_excluded(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.5, 1.0, 0);
    study_measure(&study, processes, 0.1, 1.0, 0);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, processes), 20, SAMPLE_MISBOUND);
    study_fill(study_values_of(&study, SAMPLE_TIME, threads), 10, 0.01);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, threads), 10, SAMPLE_TOO_SHORT);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT(study_is_point(verdict->choice, threads));
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.median, 2, 1e-12);
    CU_ASSERT_EQUAL(verdict->choice_speed_up.n, 10);
    CU_ASSERT_EQUAL(verdict->best[GROUP_PROCESSES].point.ranks, 0);
    CU_ASSERT_EQUAL(verdict->undecided, 0);

    study_fill(study_values_of(&study, SAMPLE_FLAGS, threads), 20, SAMPLE_TOO_SHORT);
    verdict = study_judge(&study);
    CU_ASSERT_EQUAL(verdict->choice.ranks, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "misbound, too_short"));
    study_close(&study);
}

static void test_weak_scaling_counts_per_task(void)
{
    struct study study;
    study_open(&study, 20);
    study.workload.weak = true;
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 1.25, 2.5, 0); /* twice the tasks */
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.median, 1.6, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(verdict->serial_s, 1.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_s, 1.25, 1e-12);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, "6.25 ms instead of 10.0 ms per task"));
    study_close(&study);
}

static void test_without_serial_times_decide(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, threads, 0.6, 1.0, 0);
    study_measure(&study, processes, 0.5, 1.0, 0);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_EQUAL(study.count, 1);
    CU_ASSERT(study_is_point(verdict->choice, processes));
    CU_ASSERT(isnan(verdict->choice_speed_up.median));
    CU_ASSERT(isnan(verdict->serial_s));
    CU_ASSERT(verdict->certain);
    CU_ASSERT_EQUAL(verdict->best[GROUP_SERIAL].point.ranks, 0);
    CU_ASSERT_PTR_NULL(strstr(verdict->reason, "times as fast"));
    study_close(&study);
}

/* Many points are compared: what one interval shows, all together need not. */
static void test_many_points_need_more_rounds(void)
{
    struct study study;
    study_open(&study, 8);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, both, 0.5, 1.0, 0);
    for (int t = 0; t < THREADS; t++) { /* with `both` all that can be at two cores, but two */
        for (int d = 0; d < DEPTHS; d++) {
            struct point point = {2, threads_axis[t], depth_axis[d], 2};
            if (!study_is_point(point, both)) {
                study_measure(&study, point, 0.6, 1.0, 0);
            }
        }
    }
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_EQUAL(verdict->points, 9);
    CU_ASSERT_EQUAL(verdict_rounds_needed(verdict), 9);
    CU_ASSERT_EQUAL(verdict->rounds, 8);
    CU_ASSERT(study_is_point(verdict->choice, both));
    CU_ASSERT_EQUAL(verdict->undecided, 0); /* slower in every round */
    CU_ASSERT(!verdict->certain);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        verdict->reason, "only 8 rounds: 9 are needed to compare 9 points jointly at 95 %."));
    study_close(&study);
}

/* Slower by the median and in all rounds but one: not shown to be slower while rounds are few. */
static void test_slower_is_what_is_slower_in_every_round(void)
{
    for (size_t rounds = 1; rounds <= 8; rounds++) {
        struct study study;
        study_open(&study, rounds);
        study_measure(&study, serial, 1.0, 1.0, 0);
        study_measure(&study, threads, 0.6, 1.0, 0);
        study_measure(&study, both, 0.5, 1.0, 0);
        CU_ASSERT(study_is_point(study_judge(&study)->choice, both));
        CU_ASSERT_EQUAL(study_judge(&study)->undecided, 0);
        CU_ASSERT_EQUAL(study_judge(&study)->ties, 0);
        study_values_of(&study, SAMPLE_TIME, both)[0] = 0.6;
        if (rounds > 2) {
            /* from eight on the signed ranks say that an odd one is odd */
            CU_ASSERT(study_is_point(study_judge(&study)->choice, rounds < 8 ? threads : both));
            CU_ASSERT_EQUAL(study_judge(&study)->undecided, 1);
            CU_ASSERT(!study_judge(&study)->certain);
        }
        study_close(&study);
    }
}

/* A single lucky round does not get a slow point named, though it leaves it undecided. */
static void test_slow_points_are_not_named_by_one_round(void)
{
    struct study study;
    study_open(&study, 9);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 1.0, 1.0, 0);
    study_measure(&study, processes, 0.9, 1.0, 0);
    study_measure(&study, (struct point){1, 4, 1, 2}, 0.9, 1.0, 0);
    study_measure(&study, both, 0.5, 1.0, 0);
    study_values_of(&study, SAMPLE_TIME, both)[4] = 1.0;
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT_EQUAL(verdict->undecided, 3);
    CU_ASSERT(study_is_point(verdict->choice, both));
    CU_ASSERT(!verdict->certain);
    study_close(&study);
}

/* Two of four rounds: nothing is shown, but 1.5 times as long is no good guess; 1.1 times is. */
static void test_few_rounds_name_the_best_guess(void)
{
    struct study study;
    study_open(&study, 4);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.75, 1.0, 0);
    study_measure(&study, both, 0.5, 1.0, 0);
    study_values_of(&study, SAMPLE_TIME, both)[2] = 0.8;
    CU_ASSERT(study_is_point(study_judge(&study)->choice, both));
    CU_ASSERT_EQUAL(study_judge(&study)->undecided, 1);
    study_measure(&study, threads, 0.55, 1.0, 0);
    CU_ASSERT(study_is_point(study_judge(&study)->choice, threads));
    study_close(&study);
}

/* Speed-ups of the best of many points: the more there are, the wider; never narrower than alone,
 * and none where not even that has an interval. */
static void test_speed_ups_hold_together(void)
{
    for (size_t rounds = 5; rounds <= 20; rounds += 5) {
        struct study study;
        study_open(&study, rounds);
        study_measure(&study, serial, 1.0, 1.0, 0.1);
        study_measure(&study, threads, 0.5, 1.0, 0.1);
        struct interval few = study_judge(&study)->choice_speed_up;
        for (int t = 0; t < 3; t++) {
            study_measure(&study, (struct point){2, threads_axis[t], 1, 2}, 0.9, 1.0, 0);
            study_measure(&study, (struct point){2, threads_axis[t], 16, 2}, 0.9, 1.0, 0);
        }
        const struct verdict *verdict = study_judge(&study);
        struct interval many = verdict->choice_speed_up;
        CU_ASSERT(study_is_point(verdict->choice, threads));
        CU_ASSERT(study_is_same_interval(&many, &verdict->best[GROUP_THREADS].speed_up));
        CU_ASSERT_EQUAL(few.median, many.median);
        CU_ASSERT_EQUAL(!isnan(many.low), rounds >= 6);
        if (rounds > 10) {
            CU_ASSERT(many.low < few.low);
            CU_ASSERT(many.high > few.high);
        } else if (rounds == 10) { /* too few for 7 points together: all there is */
            CU_ASSERT(many.low <= few.low);
            CU_ASSERT(many.high >= few.high);
        }
        study_close(&study);
    }
}

/* Processes gain most over their own time on one core, threads are the fastest on two. */
static void test_fastest_is_named_not_the_best_ratio_to_itself(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0.001);
    study_measure(&study, (struct point){1, 2, 1, 1}, 1.0, 1.0, 0.001);
    study_measure(&study, (struct point){2, 1, 1, 1}, 2.1, 2.1, 0.001);
    study_measure(&study, threads, 0.5, 1.0, 0.001);
    study_measure(&study, processes, 0.6, 1.2, 0.001);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT(study_is_point(verdict->choice, threads));
    CU_ASSERT_DOUBLE_EQUAL(verdict->best[GROUP_PROCESSES].speed_up.median, 1.67, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.median, 2, 0.01);
    CU_ASSERT(verdict->certain);
    study_close(&study);
}

/* Eight equal cells, each with skewed noise of its own. */
static void test_of_equal_cells_the_simplest_is_named(void)
{
    enum { TRIALS = 2000 };
    static const double noises[] = {0.02, 0.1, 0.5};
    int simplest[3] = {0};
    for (int trial = 0; trial < TRIALS; trial++) {
        struct study study;
        study_open(&study, 10 + (size_t)trial % 11);
        study.random = (uint64_t)trial * 7919 + 1;
        for (int cell = 0; cell < 8; cell++) {
            struct point point = {1 + cell / 6, threads_axis[cell / 3 % 2], depth_axis[cell % 3],
                                  1};
            study_measure(&study, point, 1.0, 1.0, 0);
            for (size_t r = 0; r < study.samples.rounds; r++) {
                double drawn = (study_noise(&study) + 1) / 2;
                study_values_of(&study, SAMPLE_TIME, point)[r] = 1 - noises[trial % 3] * log(drawn);
            }
        }
        simplest[trial % 3] += study_is_point(study_judge(&study)->choice, serial);
        CU_ASSERT_EQUAL(study_judge(&study)->points, 8);
        study_close(&study);
    }
    /* where equal cells differ by half in every round, the median makes a guess more often */
    static const double least[] = {0.95, 0.95, 0.7};
    for (int n = 0; n < 3; n++) {
        CU_ASSERT(simplest[n] >= least[n] * (TRIALS / 3.0));
    }
}

/* Valid samples are rare on a busy machine: serial's and those of the others fall into other
 * rounds. */
static void test_samples_of_neighbouring_rounds_are_compared(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.5, 1.0, 0);
    for (size_t r = 0; r < 20; r++) {
        enum sample_flag crowded = SAMPLE_CROWDED;
        study_values_of(&study, SAMPLE_FLAGS, r % 2 ? serial : threads)[r] = crowded;
    }
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT(study_is_point(verdict->choice, threads));
    CU_ASSERT_EQUAL(verdict->choice_speed_up.n, 10);
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.low, 2, 1e-12);
    CU_ASSERT(verdict->certain);
    study_close(&study);
}

static void test_what_never_met_the_fastest_is_not_named(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.9, 1.0, 0);
    study_measure(&study, both, 0.5, 1.0, 0);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, threads), 14, SAMPLE_CROWDED);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, both) + 10, 10, SAMPLE_CROWDED);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT(study_is_point(verdict->choice, both));
    CU_ASSERT_EQUAL(verdict->undecided, 1);
    CU_ASSERT_EQUAL(verdict->rounds, 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(verdict->reason, "some points have only 0 valid samples beside the fastest"));
    study_close(&study);
}

static void test_certainty_is_that_of_all_verdicts(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0.001);
    study_measure(&study, threads, 0.5, 1.0, 0.4);
    study.question.precision = 0.01;
    study_judge(&study);
    CU_ASSERT(study.verdicts[0].certain && !study.verdicts[1].certain);
    struct certainty found = verdict_certainty(&study.question, 0);
    CU_ASSERT(!found.certain);
    CU_ASSERT_EQUAL(found.half_width, study.verdicts[1].half_width);
    study.workload.failure = "the disk is full";
    found = verdict_certainty(&study.question, 0);
    CU_ASSERT(found.certain && found.half_width == 0);
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"a known ratio is found", test_known_ratio_is_found},
    {"noise on all cells of a round cancels", test_noise_of_a_round_cancels},
    {"of points that tie the simplest is named", test_ties_name_the_simplest},
    {"an interval that is too wide leaves it undecided", test_wide_intervals_are_undecided},
    {"certain is what reaches the precision asked for", test_precision_asked_for_makes_certain},
    {"too few rounds: medians decide, and it is said", test_too_few_rounds_are_said},
    {"flagged samples are excluded", test_flagged_samples_are_excluded},
    {"weak scaling is counted per task", test_weak_scaling_counts_per_task},
    {"without serial the times decide", test_without_serial_times_decide},
    {"many points need more rounds, and it is said", test_many_points_need_more_rounds},
    {"with few rounds slower is what is slower in each",
     test_slower_is_what_is_slower_in_every_round},
    {"one round does not get a slow point named", test_slow_points_are_not_named_by_one_round},
    {"with few rounds what is a lot slower in the median is not named",
     test_few_rounds_name_the_best_guess},
    {"speed-ups of the best of many have wider intervals", test_speed_ups_hold_together},
    {"the fastest is named, not the one that gains most over itself",
     test_fastest_is_named_not_the_best_ratio_to_itself},
    {"of eight equal cells the simplest is named in 95 %",
     test_of_equal_cells_the_simplest_is_named},
    {"samples of neighbouring rounds are compared",
     test_samples_of_neighbouring_rounds_are_compared},
    {"what never met the fastest is not named", test_what_never_met_the_fastest_is_not_named},
    {"certainty is that of all verdicts of a workload", test_certainty_is_that_of_all_verdicts},
    CU_TEST_INFO_NULL,
};

SUITE("verdict", tests);
