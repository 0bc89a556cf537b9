/* Going on with a run: what differs, where it goes on, and the command that does. */
#include "launch/resume_command.h"
#include "run/resume.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- what differs -- */

static const char before[] = "budget: 60 s\n"
                             "cores: [1, 2]\n"
                             "seed: 7\n"
                             "rounds: 100\n"
                             "scratch: \"/tmp\"\n"
                             "workloads:\n"
                             "  \"a\":\n"
                             "    compute: flops\n"
                             "    tasks: 8\n"
                             "  \"b[latency=0.001]\":\n"
                             "    wait: timer\n"
                             "    tasks: 16\n";

/* The text with one part of it replaced. */
static const char *with(const char *old, const char *new)
{
    static char text[2 * sizeof before];
    const char *at = strstr(before, old);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - before), before, new, at + strlen(old));
    return text;
}

static void check_difference(const char *old, const char *new, const char *fixed,
                             const char *allowed)
{
    struct resume_differences found = {0};
    resume_compare_jobs(before, with(old, new), &found);
    CU_ASSERT_STRING_EQUAL(found.fixed, fixed);
    CU_ASSERT_STRING_EQUAL(found.allowed, allowed);
}

static void test_same_job(void)
{
    check_difference("seed", "seed", "", "");
    check_difference("/tmp", "/other", "", ""); /* what it is on is compared */
}

static void test_allowed(void)
{
    check_difference("60 s", "90 s", "", "budget: 60 s → 90 s");
    check_difference("budget: 60 s\n", "", "", "budget: 60 s → nothing");
    check_difference("seed: 7", "precision: 1 %\nseed: 8", "",
                     "precision: nothing → 1 %; seed: 7 → 8");
    check_difference("rounds: 100", "rounds: 99", "", "rounds: 100 → 99");
}

static void test_fixed(void)
{
    check_difference("rounds: 100", "rounds: 101", "rounds: 100 → 101", "");
    check_difference("[1, 2]", "[1, 2, 4]", "cores: [1, 2] → [1, 2, 4]", "");
    check_difference("tasks: 8", "tasks: 9", "\"a\".tasks: 8 → 9", "");
    check_difference("tasks: 16", "seed: 1", /* of a workload */
                     "\"b[latency=0.001]\".seed: nothing → 1; "
                     "\"b[latency=0.001]\".tasks: 16 → nothing",
                     "");
}

static void test_difference_of_untrusted(void)
{
    struct resume_differences found = {0};
    char text[4096] = "budget: 1\033[2J s\n";
    memset(text + strlen(text), ':', 3000);
    resume_compare_jobs(text, before, &found);
    for (const char *c = found.allowed; *c; c++) {
        CU_ASSERT((unsigned char)*c >= ' ');
    }
    CU_ASSERT(strlen(found.fixed) < RESUME_TEXT_BYTES);
}

/* -- where it goes on: against a run that was never interrupted -- */

enum { WORKLOADS = 3, EACH = 2, CELLS = WORKLOADS * EACH, ROUNDS = 12 };

/* Rounds after which a workload is certain; the last one never is. */
static const size_t certain_after[WORKLOADS] = {6, 8, ROUNDS + 1};

struct world {
    struct job job;
    struct workload workload[WORKLOADS];
    unsigned char status[CELLS];
    struct cell feasible_cell[CELLS];
    struct plan plan;
    struct resume resume;
    struct samples samples;
    bool visit[CELLS];
    struct race race;
};

static struct world *make_world(void)
{
    struct world *world = calloc(1, sizeof *world);
    CU_ASSERT_PTR_NOT_NULL_FATAL(world);
    world->job = (struct job){.workload_count = WORKLOADS,
                              .workloads = world->workload,
                              .seed = 3,
                              .axes = {[JOB_AXIS_CORES] = {1, {1}},
                                       [JOB_AXIS_RANKS] = {1, {1}},
                                       [JOB_AXIS_THREADS] = {1, {1}},
                                       [JOB_AXIS_DEPTH] = {EACH, {1, 8}}}};
    world->plan = (struct plan){.job = &world->job,
                                .cells = CELLS,
                                .status = world->status,
                                .feasible = CELLS,
                                .feasible_cell = world->feasible_cell};
    for (uint32_t cell = 0; cell < CELLS; cell++) {
        world->feasible_cell[cell] = plan_cell(&world->plan, cell);
    }
    world->resume.work.failed = calloc(WORKLOADS, sizeof(bool));
    world->resume.times = malloc(CELLS * ROUNDS * sizeof(double));
    for (size_t at = 0; at < CELLS * ROUNDS; at++) {
        world->resume.times[at] = NAN;
    }
    CU_ASSERT_EQUAL_FATAL(samples_create(&world->samples, CELLS, ROUNDS, 0), 0);
    world->race.visit = world->visit;
    return world;
}

static void free_world(struct world *world)
{
    samples_free(&world->samples);
    free(world->resume.work.failed);
    free(world->resume.times);
    free(world);
}

static void look(void *context, size_t rounds)
{
    struct world *world = context;
    for (size_t cell = 0; cell < CELLS; cell++) {
        for (size_t round = rounds; round < ROUNDS; round++) {
            CU_ASSERT(isnan(world->resume.judged.value[SAMPLE_TIME][cell * ROUNDS + round]));
        }
        for (size_t round = 0; round < rounds; round++) {
            size_t at = cell * ROUNDS + round;
            CU_ASSERT_EQUAL(isnan(world->resume.judged.value[SAMPLE_TIME][at]),
                            isnan(world->samples.value[SAMPLE_TIME][at]));
        }
    }
    for (size_t cell = 0; cell < CELLS; cell++) {
        world->visit[cell] = rounds < certain_after[cell / EACH];
    }
}

/* Puts the first `count` samples of an uninterrupted run into the world; returns in which round,
 * from 1, the last one is, and in `whole` how many rounds are whole. */
static size_t measure(struct world *world, size_t count, size_t *whole)
{
    uint32_t order[CELLS];
    size_t begun = 0;
    *whole = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        plan_order(&world->plan, round + 1, order);
        for (size_t i = 0; i < CELLS; i++) {
            if (round >= certain_after[order[i] / EACH]) {
                continue;
            }
            if (count == 0) {
                return begun;
            }
            world->samples.value[SAMPLE_TIME][order[i] * ROUNDS + round] = 1;
            begun = round + 1;
            count--;
        }
        *whole = round + 1;
    }
    return begun;
}

/* Wherever the run was cut off, what comes next is what would have come. */
static void test_place(void)
{
    size_t all = EACH * (size_t)(6 + 8 + ROUNDS);
    for (size_t count = 0; count <= all; count++) {
        struct world *world = make_world();
        size_t whole;
        world->resume.past.rounds = measure(world, count, &whole);
        size_t found = resume_find_start(&world->resume, &world->plan, &world->samples,
                                         &world->race, look, world);
        CU_ASSERT_EQUAL(found, whole);
        for (size_t cell = 0; cell < CELLS; cell++) {
            CU_ASSERT_EQUAL(world->visit[cell], whole < certain_after[cell / EACH]);
        }
        size_t there = 0;
        for (size_t at = 0; at < CELLS * ROUNDS; at++) {
            there += isnan(world->samples.value[SAMPLE_TIME][at]) ? 0 : 1;
        }
        CU_ASSERT_EQUAL(there, count);
        for (size_t cell = 0; cell < CELLS && count > 0; cell++) {
            bool any = !isnan(world->samples.value[SAMPLE_TIME][cell * ROUNDS]);
            CU_ASSERT_EQUAL(world->status[cell], any ? CELL_DONE : CELL_EMPTY);
        }
        free_world(world);
    }
}

/* A workload that the run went on without keeps no round open, and is tried again. */
static void test_place_failed(void)
{
    struct world *world = make_world();
    size_t whole;
    world->resume.past.rounds = measure(world, (size_t)CELLS * 3, &whole);
    world->resume.work.failed[1] = true;
    for (size_t cell = EACH; cell < 2 * EACH; cell++) {
        world->samples.value[SAMPLE_TIME][cell * ROUNDS + 1] = NAN;
        world->samples.value[SAMPLE_TIME][cell * ROUNDS + 2] = NAN;
    }
    CU_ASSERT_EQUAL(
        resume_find_start(&world->resume, &world->plan, &world->samples, &world->race, look, world),
        3);
    CU_ASSERT(world->visit[0] && world->visit[EACH] && world->visit[CELLS - 1]);
    free_world(world);
}

/* A sample that is lost is measured again in its own round, as if nothing came later. */
static void test_place_lost(void)
{
    struct world *world = make_world();
    size_t whole;
    world->resume.past.rounds = measure(world, EACH * (size_t)(6 + 8 + ROUNDS), &whole);
    world->samples.value[SAMPLE_TIME][(CELLS - 1) * ROUNDS + 6] = NAN;
    CU_ASSERT_EQUAL(
        resume_find_start(&world->resume, &world->plan, &world->samples, &world->race, look, world),
        6);
    CU_ASSERT(!world->visit[0] && world->visit[EACH] && world->visit[CELLS - 1]);
    free_world(world);
}

/* -- what was fixed -- */

static void test_sums(void)
{
    struct world *world = make_world();
    struct runfile_workload then[2] = {{.checksum = 1}, {.checksum = 2}};
    struct runfile_workload now[2] = {{.checksum = 1}, {.checksum = 2}};
    struct error error = {0};
    world->resume.work.count = 2;
    world->resume.work.workload = then;
    world->resume.job.workloads = world->workload;
    snprintf(world->workload[1].name, JOB_NAME_BYTES, "second");
    CU_ASSERT_EQUAL(resume_check_sums(&world->resume, "a.h5", now, &error), 0);
    now[1].checksum = 3;
    CU_ASSERT_EQUAL(resume_check_sums(&world->resume, "a.h5", now, &error), STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "second"));
    free_world(world);
}

/* -- the command -- */

static void check_command(char *const *argv, const char *output, bool has_output,
                          const char *expected)
{
    char *text = resume_command(argv, output, has_output);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text, expected);
    free(text);
}

static void test_command(void)
{
    check_command((char *[]){"cual", "run", "a.yaml", "--force", NULL}, "a.h5", false,
                  "cual run a.yaml -o a.h5 --resume");
    check_command((char *[]){"cual", "run", "a.yaml", "-o", "b.h5", "--resume", "--force", NULL},
                  "b.h5", true, "cual run a.yaml -o b.h5 --resume --force");
    check_command((char *[]){"cual", "run", "my job's.yaml", "--set", "scratch=/a b", "", NULL},
                  "$x.h5", false,
                  "cual run 'my job'\\''s.yaml' --set 'scratch=/a b' '' -o '$x.h5' --resume");
    check_command((char *[]){"cual", "run", "--force", "--", "--force", NULL}, "a.h5", false,
                  "cual run -o a.h5 --resume -- --force");
    check_command((char *[]){"cual", "run", "--resume", "-o", "a.h5", "--", "-j", NULL}, "a.h5",
                  true, "cual run --resume -o a.h5 -- -j");
}

static const CU_TestInfo tests[] = {
    {"the same job does not differ, wherever its scratch files are", test_same_job},
    {"what a run can go on with is named, old and new", test_allowed},
    {"what a run cannot go on with is named apart", test_fixed},
    {"a job of a foreign file is fit to be printed", test_difference_of_untrusted},
    {"wherever a run was cut off, it goes on where it would have", test_place},
    {"a workload that failed is tried again", test_place_failed},
    {"a sample that is lost is measured again", test_place_lost},
    {"another checksum is found", test_sums},
    {"the command that goes on is fit for a shell", test_command},
    CU_TEST_INFO_NULL,
};

SUITE("resume", tests);
