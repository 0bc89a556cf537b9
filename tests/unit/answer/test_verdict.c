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
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.median, 2, 1e-9);
    CU_ASSERT(verdict->half_width < 0.006); /* what any round strays */
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

/* Nothing is decided, the simplest is named, and the loss says what that may cost. */
static void test_the_loss_says_what_is_not_known(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0.01);
    study_measure(&study, threads, 0.505, 1.0, 0.1);
    study_measure(&study, both, 0.50, 1.0, 0.1);
    const struct verdict *verdict = study_judge(&study);
    CU_ASSERT(study_is_point(verdict->choice, threads));
    CU_ASSERT_EQUAL(verdict->ties, 0);
    CU_ASSERT_EQUAL(verdict->undecided, 1);
    CU_ASSERT(verdict->loss > 0.05 && verdict->loss < 0.3);
    CU_ASSERT(!verdict->certain);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, " % slower than the best. The"));
    study_close(&study);
}

static void test_precision_asked_for_makes_certain(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.0, 1.0, 0.01);
    study_measure(&study, threads, 0.5, 1.0, 0.01);
    study_measure(&study, both, 0.5, 1.0, 0.01);
    double loss = study_judge(&study)->loss;
    CU_ASSERT(study_judge(&study)->certain && loss > 0 && loss < VERDICT_LOSS);
    study.question.precision = 1.01 * loss;
    CU_ASSERT(study_judge(&study)->certain);
    study.question.precision = 0.99 * loss;
    CU_ASSERT(!study_judge(&study)->certain);
    study_close(&study);
}

/* More points are compared, so that each comparison has a smaller share of the error. */
static void test_more_points_make_the_loss_larger(void)
{
    double loss[2];
    for (int many = 0; many < 2; many++) {
        struct study study;
        study_open(&study, 12);
        study_measure(&study, serial, 1.0, 1.0, 0.02);
        study_measure(&study, threads, 0.5, 1.0, 0.02);
        study_measure(&study, both, 0.505, 1.0, 0.02);
        for (int t = 0; t < THREADS && many; t++) {
            for (int d = 1; d < DEPTHS; d++) {
                struct point point = {2, threads_axis[t], depth_axis[d], 2};
                study_measure(&study, point, 0.9, 1.0, 0.02);
            }
        }
        loss[many] = study_judge(&study)->loss;
        CU_ASSERT(study_is_point(study_judge(&study)->choice, threads));
        study_close(&study);
    }
    CU_ASSERT(loss[1] > loss[0]);
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
    CU_ASSERT(isinf(verdict->half_width) && isinf(verdict->loss));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(verdict->reason, "; 3 rounds: too few to be sure. The limit is "));
    study_close(&study);
}

static void test_what_is_slower_is_no_advice(void)
{
    struct study study;
    study_open(&study, 8);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 2.0, 4.0, 0);
    study_measure(&study, processes, 2.5, 5.0, 0);
    const struct verdict *verdict = study_judge(&study);
    const char said[] = "Stay on one core: at best, with threads 1×2×1@2, 2 cores are 0.5";
    CU_ASSERT_EQUAL(strncmp(verdict->reason, said, strlen(said)), 0);
    CU_ASSERT_PTR_NULL(strstr(verdict->reason, "Use "));
    study_close(&study);
}

static void test_one_point_is_no_advice(void)
{
    struct study study;
    study_open(&study, 8);
    study_measure(&study, threads, 2.0, 4.0, 0);
    const struct verdict *verdict = study_judge(&study);
    const char said[] = "Only threads 1×2×1@2 was measured: 2.00 s. The limit is ";
    CU_ASSERT_EQUAL(strncmp(verdict->reason, said, strlen(said)), 0);
    study_close(&study);
}

/* A single lucky round does not get a slow point named, and a single bad one hides no fast point.
 */
static void test_one_round_does_not_decide(void)
{
    for (size_t rounds = 5; rounds <= 20; rounds += 5) {
        struct study study;
        study_open(&study, rounds);
        study_measure(&study, serial, 1.0, 1.0, 0.01);
        study_measure(&study, threads, 0.9, 1.0, 0.01);
        study_measure(&study, processes, 0.9, 1.0, 0.01);
        study_measure(&study, both, 0.5, 1.0, 0.01);
        study_values_of(&study, SAMPLE_TIME, both)[4] = 1.0;
        study_values_of(&study, SAMPLE_TIME, threads)[1] = 0.3;
        CU_ASSERT(study_is_point(study_judge(&study)->choice, both));
        study_close(&study);
    }
}

/* With two rounds nothing is sure, but 1.5 times as long is no good guess; 1.1 times is. */
static void test_few_rounds_name_the_best_guess(void)
{
    struct study study;
    study_open(&study, 2);
    study_measure(&study, serial, 1.0, 1.0, 0);
    study_measure(&study, threads, 0.75, 1.0, 0);
    study_measure(&study, both, 0.5, 1.0, 0);
    study_values_of(&study, SAMPLE_TIME, both)[1] = 0.6;
    CU_ASSERT(study_is_point(study_judge(&study)->choice, both));
    study_measure(&study, threads, 0.57, 1.0, 0);
    CU_ASSERT(study_is_point(study_judge(&study)->choice, threads));
    study_close(&study);
}

/* Serial has few valid samples: that is no evidence against it. */
static void test_few_samples_do_not_speak_against_serial(void)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1.02, 1.0, 0.05);
    study_measure(&study, (struct point){1, 2, 1, 1}, 1.0, 1.0, 0.05);
    study_measure(&study, (struct point){1, 4, 1, 1}, 1.0, 1.0, 0.05);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, serial) + 4, 16, SAMPLE_CROWDED);
    CU_ASSERT(study_is_point(study_judge(&study)->choice, serial));
    study_close(&study);
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
    static const double noises[] = {0.01, 0.02, 0.04};
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
    /* the more rounds stray, the more often one of eight is fast by luck */
    static const double least[] = {0.99, 0.95, 0.7};
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
    CU_ASSERT_DOUBLE_EQUAL(verdict->choice_speed_up.low, 2, 0.02);
    CU_ASSERT(verdict->certain);
    study_close(&study);
}

/* The loss of a row in which processes are seldom valid and take so many times as long as threads.
 */
static double loss_beside(double times_as_long, size_t valid)
{
    struct study study;
    study_open(&study, 20);
    study_measure(&study, serial, 1, 1, 0.01);
    study_measure(&study, threads, 0.5, 1, 0.01);
    study_measure(&study, processes, 0.5 * times_as_long, 1, 0.01);
    study_fill(study_values_of(&study, SAMPLE_FLAGS, processes), 20 - valid, SAMPLE_SHALLOW);
    double loss = study_judge(&study)->loss;
    study_close(&study);
    return loss;
}

static void test_what_is_seldom_valid_and_far_slower_takes_no_certainty(void)
{
    CU_ASSERT_EQUAL(loss_beside(10, 3), 0);
    CU_ASSERT_EQUAL(loss_beside(10, 1), 0);
    CU_ASSERT(loss_beside(1, 1) > loss_beside(1, 3));
    CU_ASSERT(isfinite(loss_beside(1.1, 3)));
    CU_ASSERT(loss_beside(1, 3) > 1.5 * loss_beside(1, 20) && loss_beside(1, 20) > 0);
}

static const CU_TestInfo tests[] = {
    {"a known ratio is found", test_known_ratio_is_found},
    {"noise on all cells of a round cancels", test_noise_of_a_round_cancels},
    {"of points that tie the simplest is named", test_ties_name_the_simplest},
    {"the loss says what is not known", test_the_loss_says_what_is_not_known},
    {"certain is what reaches the precision asked for", test_precision_asked_for_makes_certain},
    {"more points make the loss larger", test_more_points_make_the_loss_larger},
    {"with too few rounds nothing is sure, and it is said", test_too_few_rounds_are_said},
    {"what is slower on more cores is no advice", test_what_is_slower_is_no_advice},
    {"a point that nothing was compared with is no advice", test_one_point_is_no_advice},
    {"one round does not decide", test_one_round_does_not_decide},
    {"with few rounds what is a lot slower is not named", test_few_rounds_name_the_best_guess},
    {"few samples do not speak against serial", test_few_samples_do_not_speak_against_serial},
    {"flagged samples are excluded", test_flagged_samples_are_excluded},
    {"weak scaling is counted per task", test_weak_scaling_counts_per_task},
    {"without serial the times decide", test_without_serial_times_decide},
    {"the fastest is named, not the one that gains most over itself",
     test_fastest_is_named_not_the_best_ratio_to_itself},
    {"of eight equal cells the simplest is named, as a rule",
     test_of_equal_cells_the_simplest_is_named},
    {"samples of neighbouring rounds are compared",
     test_samples_of_neighbouring_rounds_are_compared},
    {"what is seldom valid and far slower takes no certainty",
     test_what_is_seldom_valid_and_far_slower_takes_no_certainty},
    CU_TEST_INFO_NULL,
};

SUITE("verdict", tests);
