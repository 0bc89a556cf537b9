/* The claims of claims_costs.c. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static const double base_bytes = 1e7, process_bytes = 8e6, operation_bytes = 200;

static void build_memory(struct study *study, double thread_over_process)
{
    const struct point points[] = {
        serial, {2, 1, 1, 1}, {16, 1, 1, 1}, {1, 100, 1, 1}, {1, 1, 100, 1}};
    const double bytes[] = {base_bytes, base_bytes + process_bytes, base_bytes + 15 * process_bytes,
                            base_bytes + 99 * thread_over_process * process_bytes,
                            base_bytes + 99 * operation_bytes};
    for (int k = 0; k < 3; k++) {
        size_t w = study_add_waiting(study, 100, 1e-3);
        for (int i = 0; i < 5; i++) {
            study_plant(study, w, points[i], 1);
            study_plant_value(study, w, points[i], SAMPLE_MEMORY, bytes[i]);
        }
    }
}

static void build_creation(struct study *study, double tasks_for_a_thread)
{
    static const int threads[] = {1, 100, 1000};
    for (int k = 0; k < 2; k++) {
        size_t w = study_add_computing(study);
        for (int i = 0; i < 3; i++) {
            struct point team = {1, threads[i], 1, 1};
            study_plant(study, w, team, 1);
            study_plant_value(study, w, team, SAMPLE_SETUP,
                              1e-3 + (threads[i] - 1) * tasks_for_a_thread * 1e-3);
        }
    }
    study->question.start_s = 0.3;
}

const struct scenario scenarios_costs[] = {
    {.number = 9, .plant = build_memory, .holds = 0.01, .fails = 0.9},
    {.number = 16, .plant = build_creation, .holds = 0.03, .fails = 0.001},
    {.number = 0},
};

static void test_costs_are_told(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    build_creation(&study, 0.03);
    size_t nothing = study_add(&study, (struct question_workload){.tasks = 1000});
    study_plant(&study, nothing, serial, 1e-5);
    study_plant(&study, nothing, async, 3e-5);
    const char *reason = study_find(&study, 16)->reason;
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "A thread costs 30.0 µs, paid back by 1 task of 1 ms."));
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "A process costs 300 ms, paid back by 300 tasks of 1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "A task costs 20.0 ns more CPU time in flight"));
    study_build(&study, 6, 2);
    build_memory(&study, 0.01);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_find(&study, 6)->reason, "switches 10 000 times instead of 10"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(study_find(&study, 9)->reason, "A further thread takes 78.1 KiB of memory."));
    study_close(&study);
}

static void test_memory_of_an_operation_shows_in_very_many(void)
{
    struct study study;
    const struct point fewer = {1, 1, 1000, 1}, more = {1, 1, 10000, 1};
    study_open(&study, ROUNDS, 0);
    build_memory(&study, 0.01);
    size_t w = study_add_waiting(&study, 10000, 1e-3);
    study_plant(&study, w, fewer, 1);
    study_plant(&study, w, more, 1);
    study_plant_value(&study, w, fewer, SAMPLE_MEMORY, 1e7);
    study_plant_value(&study, w, more, SAMPLE_MEMORY, 1e7 + 9000 * 48);
    const char *reason = study_find(&study, 9)->reason;
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "A further operation in flight takes 48 B of memory."));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(reason, "over a process, 3 pairs 0.0000060 (0.0000060–0.0000060)"));
    study_close(&study);
}

static void add_to_memory(struct study *study, double bytes)
{
    for (size_t i = 0; i < CELLS * study->samples.rounds; i++) {
        study->samples.value[SAMPLE_MEMORY][i] += bytes;
    }
}

/* What is there but once in a run, such as room for samples, is in every cell. */
static void test_what_all_cells_hold_does_not_matter(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    build_memory(&study, 0.01);
    struct finding before = *study_find(&study, 9);
    add_to_memory(&study, 1e9);
    const struct finding *finding = study_find(&study, 9);
    study_expect(finding, CLAIM_HOLDS);
    CU_ASSERT_DOUBLE_EQUAL(finding->effect.median, before.effect.median, 1e-6);
    study_close(&study);
}

static void test_processes_that_repeat_nothing_refute(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    build_memory(&study, 0.01);
    for (size_t i = 0; i < CELLS * ROUNDS; i++) {
        study.samples.value[SAMPLE_MEMORY][i] = base_bytes;
    }
    study_expect(study_find(&study, 9), CLAIM_FAILS);
    study_close(&study);
}

/* Idle threads of small teams are there in serial, too: those show nothing. */
static void test_teams_that_are_kept_do_not_count(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    build_memory(&study, 0.9);
    for (size_t w = 0; w < 2; w++) {
        study.status[study_cell_of(&study, w, (struct point){1, 100, 1, 1})] = CELL_EMPTY;
        study_plant(&study, w, crowd, 1);
        study_plant_value(&study, w, crowd, SAMPLE_MEMORY, base_bytes);
    }
    study_expect(study_find(&study, 9), CLAIM_FAILS);
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"costs are told", test_costs_are_told},
    {"memory of an operation shows in very many", test_memory_of_an_operation_shows_in_very_many},
    {"memory that all cells hold does not matter", test_what_all_cells_hold_does_not_matter},
    {"processes that repeat nothing refute", test_processes_that_repeat_nothing_refute},
    {"teams that are kept do not count", test_teams_that_are_kept_do_not_count},
    CU_TEST_INFO_NULL,
};

SUITE("claims_costs", tests);
