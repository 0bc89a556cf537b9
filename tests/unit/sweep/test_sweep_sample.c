/* What rank 0 makes of the results of a visit: one result of all ranks, whether
 * it is right, and the sample that is kept. */
#include "sweep/sweep_sample.h"

#include "engines/engines.h"
#include "kernels/kernels.h"
#include "sweep/sweep_lead.h"
#include "sweep/sweep_work.h"
#include "unit/suite.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RANKS = 2, TASKS = 100, DEPTH = 8, ROUNDS = 3 };
#define SUM UINT64_C(0x1234)

/* A visit of two ranks to a cell of one workload, 8 in flight in each, in
 * round 2. */
struct scene {
    struct workload workload;
    struct job job;
    struct plan plan;
    struct cell cell;
    bool feels_all;
    uint64_t expected;
    bool too_short;
    double frequency_hz, ranks_s[RANKS];
    struct disturbed_past past;
    struct worker_result results[RANKS];
    struct surroundings_change change;
    struct sweep_lead lead;
    struct sweep_work work;
    struct sweep sweep;
    struct comm_group group;
    struct sweep_place place;
    struct visit visit;
    struct samples samples;
};

static struct scene *make_scene(void)
{
    struct scene *scene = calloc(1, sizeof *scene);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scene);
    scene->workload = (struct workload){.name = "wait",
                                        .kernel = kernels_find("none"),
                                        .engine = engines_find("timer"),
                                        .spec = {.tasks = TASKS, .waits = 1}};
    scene->job = (struct job){.workload_count = 1,
                              .workloads = &scene->workload,
                              .axes = {[JOB_AXIS_CORES] = {1, {RANKS}},
                                       [JOB_AXIS_RANKS] = {1, {RANKS}},
                                       [JOB_AXIS_THREADS] = {1, {1}},
                                       [JOB_AXIS_DEPTH] = {1, {DEPTH}}}};
    scene->plan = (struct plan){.job = &scene->job, .cells = 1};
    scene->cell = plan_cell(&scene->plan, 0);
    scene->expected = 2 * SUM;
    scene->frequency_hz = NAN;
    disturbed_forget(&scene->past);
    for (int r = 0; r < RANKS; r++) {
        scene->results[r] = (struct worker_result){
            .sum = SUM,
            .tasks = TASKS / RANKS,
            .start_ns = 1000000000 + 1000 * r,
            .end_ns = 1500000000 + 1000 * r,
            .setup_s = 0.1 * (r + 1),
            .depth = 6 + r,
            .depth_most = 8,
            .memory_bytes = 1e6,
            .used = {.cpu_s = 0.25, .faults = 3},
            .notes = {.service_busy_s = NAN},
        };
    }
    scene->change = (struct surroundings_change){.window_s = 0.5, .ours_s = 0.5};
    scene->lead = (struct sweep_lead){.results = scene->results,
                                      .changes = &scene->change,
                                      .ranks_s = scene->ranks_s,
                                      .too_short = &scene->too_short,
                                      .frequency_hz = &scene->frequency_hz,
                                      .past = &scene->past};
    scene->work = (struct sweep_work){.expected = &scene->expected};
    scene->sweep = (struct sweep){.job = &scene->job,
                                  .plan = &scene->plan,
                                  .feels_all = &scene->feels_all,
                                  .created_ns = 500000000,
                                  .lead = &scene->lead,
                                  .work = &scene->work};
    scene->group = (struct comm_group){.size = RANKS, .nodes = 1};
    scene->place.group = &scene->group;
    scene->visit =
        (struct visit){.cell = &scene->cell, .place = &scene->place, .round = 2, .order = 5};
    CU_ASSERT_EQUAL_FATAL(samples_create(&scene->samples, 1, ROUNDS, RANKS), 0);
    return scene;
}

static void free_scene(struct scene *scene)
{
    samples_free(&scene->samples);
    free(scene);
}

static void the_results_of_ranks_are_put_together(void)
{
    struct scene *scene = make_scene();
    struct sweep_measured measured = sweep_measured(&scene->sweep, &scene->visit);
    CU_ASSERT_EQUAL(measured.result.sum, 2 * SUM);
    CU_ASSERT_EQUAL(measured.result.tasks, TASKS);
    CU_ASSERT_EQUAL(measured.result.depth, 6.5);
    CU_ASSERT_EQUAL(measured.result.setup_s, 0.2);
    CU_ASSERT_EQUAL(measured.result.used.cpu_s, 0.5);
    CU_ASSERT_EQUAL(measured.change.window_s, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(sweep_measured_s(&measured), 0.500001, 1e-12);
    free_scene(scene);
}

/* The status of the check after rank 1 has failed with `error`. */
static int check_after(int error, const char *text)
{
    struct error said = {0};
    struct scene *scene = make_scene();
    scene->results[1].error = error;
    struct sweep_measured measured = sweep_measured(&scene->sweep, &scene->visit);
    int status = sweep_check(&scene->sweep, &scene->visit, &measured.result, &said);
    CU_ASSERT_PTR_NOT_NULL(strstr(said.text, text));
    free_scene(scene);
    return status;
}

static void what_a_rank_failed_with_is_told(void)
{
    CU_ASSERT_EQUAL(check_after(0, ""), 0);
    CU_ASSERT_EQUAL(check_after(ECANCELED, "interrupted"), STATUS_INTERRUPTED);
    CU_ASSERT_EQUAL(check_after(ENOSPC, "wait at 2×1×8@2 (processes+async): No space"),
                    STATUS_STORAGE);
    CU_ASSERT_EQUAL(check_after(ENOMEM, "wait at 2×1×8@2"), STATUS_ENVIRONMENT);
    CU_ASSERT_EQUAL(check_after(EILSEQ, "what the tasks left behind is wrong"), STATUS_WRONG);
}

static void a_missed_checksum_or_task_is_wrong(void)
{
    struct scene *scene = make_scene();
    for (int fault = 0; fault < 2; fault++) {
        struct error error = {0};
        struct sweep_measured measured = sweep_measured(&scene->sweep, &scene->visit);
        measured.result.sum += fault == 0;
        measured.result.tasks -= fault == 1;
        CU_ASSERT_EQUAL(sweep_check(&scene->sweep, &scene->visit, &measured.result, &error),
                        STATUS_WRONG);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, fault ? "99 of 100 tasks"
                                                        : "checksum 0000000000002469, expected "
                                                          "0000000000002468"));
    }
    free_scene(scene);
}

static unsigned flags_kept(struct scene *scene)
{
    struct sweep_measured measured = sweep_measured(&scene->sweep, &scene->visit);
    sweep_keep(&scene->sweep, &scene->visit, &measured, &scene->samples);
    return (unsigned)scene->samples.value[SAMPLE_FLAGS][1];
}

static void a_sample_is_kept_in_the_column_of_its_round(void)
{
    struct scene *scene = make_scene();
    CU_ASSERT_EQUAL(flags_kept(scene), 0);
    double **value = scene->samples.value;
    CU_ASSERT(isnan(value[SAMPLE_TIME][0]) && isnan(value[SAMPLE_TIME][2]));
    CU_ASSERT_DOUBLE_EQUAL(value[SAMPLE_TIME][1], 0.500001, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value[SAMPLE_START][1], 0.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value[SAMPLE_START_SKEW][1], 1e-6, 1e-12);
    CU_ASSERT_EQUAL(value[SAMPLE_ORDER][1], 5);
    CU_ASSERT_EQUAL(value[SAMPLE_FAULTS][1], 6);
    CU_ASSERT(isnan(value[SAMPLE_COMPLETION][1]));
    CU_ASSERT_DOUBLE_EQUAL(*samples_rank_number(&scene->samples, 1, 0), 0.5, 1e-12);
    free_scene(scene);
}

static void what_is_wrong_with_a_sample_is_flagged(void)
{
    struct scene *scene = make_scene();
    scene->too_short = true;
    scene->results[0].misbound = 1;
    CU_ASSERT_EQUAL(flags_kept(scene), SAMPLE_TOO_SHORT | SAMPLE_MISBOUND);
    scene->too_short = false;
    scene->results[0].misbound = 0;
    scene->results[0].depth = scene->results[1].depth = 3.9;
    CU_ASSERT_EQUAL(flags_kept(scene), SAMPLE_SHALLOW);
    scene->cell.tasks = 4 * DEPTH; /* too few to tell, with two workers */
    CU_ASSERT_EQUAL(flags_kept(scene), 0);
    scene->results[1].notes.flags = SAMPLE_CACHE;
    CU_ASSERT_EQUAL(flags_kept(scene), SAMPLE_CACHE);
    scene->results[1].notes.flags = 0;
    scene->change.others_s = 0.4;
    CU_ASSERT_EQUAL(flags_kept(scene), SAMPLE_CROWDED);
    free_scene(scene);
}

/* Twice the CPU time of the visits before it; until there are three, and where workers share a
 * list, nobody can tell. */
static void work_that_takes_more_than_before_is_slowed(void)
{
    struct scene *scene = make_scene();
    scene->workload.kernel = kernels_find("flops");
    for (int visits = 0; visits <= 6; visits++) {
        scene->results[0].used.cpu_s = scene->results[1].used.cpu_s = 0.5;
        CU_ASSERT_EQUAL(flags_kept(scene), visits < 3 ? 0 : SAMPLE_SLOWED);
        scene->results[0].used.cpu_s = scene->results[1].used.cpu_s = 0.25;
        CU_ASSERT_EQUAL(flags_kept(scene), 0);
        disturbed_note(&scene->past, 0.5);
    }
    scene->workload.kernel = kernels_find("append");
    scene->results[0].used.cpu_s = 0.75;
    CU_ASSERT_EQUAL(flags_kept(scene), 0);
    free_scene(scene);
}

static const CU_TestInfo tests[] = {
    {"work that takes more CPU time than before is slowed",
     work_that_takes_more_than_before_is_slowed},
    {"the results of ranks are put together", the_results_of_ranks_are_put_together},
    {"what a rank failed with is told", what_a_rank_failed_with_is_told},
    {"a missed checksum or task is wrong", a_missed_checksum_or_task_is_wrong},
    {"a sample is kept in the column of its round", a_sample_is_kept_in_the_column_of_its_round},
    {"what is wrong with a sample is flagged", what_is_wrong_with_a_sample_is_flagged},
    CU_TEST_INFO_NULL,
};

SUITE("sweep sample", tests);
