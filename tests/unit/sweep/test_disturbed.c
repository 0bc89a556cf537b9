/* The rule: which samples are excluded for their surroundings. */
#include "sweep/disturbed.h"

#include "model/sample.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>

/* 100 ms on one core, and nothing happened. */
static const struct surroundings_change quiet = {.window_s = 0.11,
                                                 .ours_s = 0.11,
                                                 .others_step_s = 1e-9,
                                                 .steal_step_s = 10e-3,
                                                 .frequency_hz = 3e9};
static const struct disturbed_sample usual = {.time_s = 0.1, .watched_cores = 1, .usual_hz = 3e9};

static void quiet_samples_are_valid(void)
{
    CU_ASSERT_EQUAL(disturbed_flags(&quiet, &usual), 0);
}

static void others_crowd_by_their_share(void)
{
    struct surroundings_change change = quiet;
    struct disturbed_sample sample = usual;
    change.others_s = 2.9e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), 0);
    change.others_s = 3.4e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), SAMPLE_CROWDED);
    sample.watched_cores = 2;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), 0);
    sample = usual;
    sample.storage = true; /* threads of the kernel at work for us */
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), 0);
    change.others_s = 45e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), SAMPLE_CROWDED);
}

static void one_core_taken_crowds_many(void)
{
    struct surroundings_change change = quiet;
    struct disturbed_sample sample = usual;
    sample.watched_cores = 64;
    change.others_s = 50e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), SAMPLE_CROWDED);
    change.others_s = 25e-3; /* here and there */
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), 0);
    change.steal_s = 50e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), SAMPLE_STOLEN);
}

static void a_long_setup_is_not_the_sample(void)
{
    struct surroundings_change change = quiet;
    struct disturbed_sample sample = usual;
    change.window_s = 0.2;
    sample.time_s = 0.01;
    change.others_s = 2e-3; /* 1 % of the window */
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), 0);
    change.others_s = 5e-3; /* enough to have been there all the time */
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), SAMPLE_CROWDED);
}

static void clearing_up_behind_threads_is_ours(void)
{
    struct surroundings_change change = quiet;
    struct disturbed_sample sample = usual;
    change.others_s = 15e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), SAMPLE_CROWDED);
    sample.threads_ended = 1000;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), 0);
    change.others_s = 50e-3; /* a competitor beside it */
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), SAMPLE_CROWDED);
}

static void what_is_always_there_does_not_crowd(void)
{
    struct surroundings_change change = quiet;
    struct disturbed_sample sample = usual;
    sample.time_s = 1e-3;
    change.others_s = 0.9e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), 0);
    change.others_s = 1.1e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &sample), SAMPLE_CROWDED);
}

static void coarse_clocks_need_two_steps(void)
{
    struct surroundings_change change = quiet;
    change.others_step_s = 10e-3;
    change.others_s = 19e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), 0);
    change.others_s = 21e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), SAMPLE_CROWDED);
    change = quiet;
    change.steal_s = 10e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), 0);
    change.steal_s = 20e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), SAMPLE_STOLEN);
    struct disturbed_sample longer = usual;
    longer.time_s = 1;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &longer), 0);
}

static void quotas_and_heat_stop(void)
{
    struct surroundings_change change = quiet;
    change.throttled_s = 0.9e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), 0);
    change.throttled_s = 1.1e-3;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), SAMPLE_THROTTLED);
    change = quiet;
    change.overheated = 1;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), SAMPLE_THROTTLED);
}

static void the_frequency_of_cores_that_compute_counts(void)
{
    struct surroundings_change change = quiet;
    change.frequency_hz = 2.9e9;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), 0);
    change.frequency_hz = 2.8e9;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), SAMPLE_FREQUENCY);
    change.frequency_hz = 3.2e9;
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), SAMPLE_FREQUENCY);
    change.ours_s = 0.05; /* mostly asleep */
    CU_ASSERT_EQUAL(disturbed_flags(&change, &usual), 0);
}

static void what_is_not_known_is_no_flag(void)
{
    const struct surroundings_change unknown = {0.1, 0.1, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    struct disturbed_sample sample = usual;
    CU_ASSERT_EQUAL(disturbed_flags(&unknown, &sample), 0);
    sample.usual_hz = NAN;
    CU_ASSERT_EQUAL(disturbed_flags(&quiet, &sample), 0);
}

static void fixed_work_that_takes_much_more_was_slowed(void)
{
    const struct kernel fixed = {.unit = "step"};
    struct disturbed_sample sample = usual;
    struct disturbed_past past;
    disturbed_forget(&past);
    for (int visit = 0; visit < 6; visit++) { /* three of the last five took 0.1 s */
        CU_ASSERT_EQUAL(isnan(disturbed_usual_cpu_s(&past, &fixed)), visit < 3);
        disturbed_note(&past, visit % 2 == 1 ? 0.1 : 9);
    }
    sample.usual_cpu_s = disturbed_usual_cpu_s(&past, &fixed);
    CU_ASSERT_EQUAL(sample.usual_cpu_s, 0.1);
    sample.cpu_s = 0.14;
    CU_ASSERT_EQUAL(disturbed_flags(&quiet, &sample), 0);
    sample.cpu_s = 0.16;
    CU_ASSERT_EQUAL(disturbed_flags(&quiet, &sample), SAMPLE_SLOWED);
    sample.usual_cpu_s = NAN;
    CU_ASSERT_EQUAL(disturbed_flags(&quiet, &sample), 0);
}

static enum kernel_guard some_guard(const struct task_spec *spec)
{
    (void)spec;
    return KERNEL_GUARD_LOCK;
}

static void work_that_depends_on_meetings_has_no_usual_time(void)
{
    const struct kernel none = {.unit = NULL}, shared = {.unit = "item", .guard = some_guard};
    const struct disturbed_past past = {{1, 1, 1, 1, 1}};
    CU_ASSERT(isnan(disturbed_usual_cpu_s(&past, &none)));
    CU_ASSERT(isnan(disturbed_usual_cpu_s(&past, &shared)));
}

static void changes_of_several_nodes_add_up(void)
{
    const struct surroundings_change changes[] = {
        {.window_s = 1, .ours_s = 2, .others_s = 0.5, .steal_s = NAN, .frequency_hz = 3e9},
        {.window_s = 3, .ours_s = 4, .others_s = NAN, .steal_s = NAN, .frequency_hz = 2e9},
        {.window_s = 2, .ours_s = 1, .others_s = 0.25, .steal_s = NAN, .frequency_hz = NAN},
    };
    struct surroundings_change all = disturbed_merge(changes, 3);
    CU_ASSERT_EQUAL(all.window_s, 3);
    CU_ASSERT_EQUAL(all.ours_s, 7);
    CU_ASSERT_EQUAL(all.others_s, 0.75);
    CU_ASSERT(isnan(all.steal_s));
    CU_ASSERT_EQUAL(all.frequency_hz, 2e9);
    CU_ASSERT_EQUAL(disturbed_merge(changes, 1).others_s, 0.5);
}

static const CU_TestInfo tests[] = {
    {"changes of several nodes add up", changes_of_several_nodes_add_up},
    {"quiet samples are valid", quiet_samples_are_valid},
    {"others crowd by their share of the cores", others_crowd_by_their_share},
    {"one core taken crowds many", one_core_taken_crowds_many},
    {"a long setup is not the sample", a_long_setup_is_not_the_sample},
    {"clearing up behind threads is ours", clearing_up_behind_threads_is_ours},
    {"what is always there does not crowd", what_is_always_there_does_not_crowd},
    {"coarse clocks need two steps", coarse_clocks_need_two_steps},
    {"quotas and heat stop", quotas_and_heat_stop},
    {"the frequency of cores that compute counts", the_frequency_of_cores_that_compute_counts},
    {"fixed work that takes much more was slowed", fixed_work_that_takes_much_more_was_slowed},
    {"work that depends on meetings has no usual time",
     work_that_depends_on_meetings_has_no_usual_time},
    {"what is not known is no flag", what_is_not_known_is_no_flag},
    CU_TEST_INFO_NULL,
};

SUITE("disturbed", tests);
