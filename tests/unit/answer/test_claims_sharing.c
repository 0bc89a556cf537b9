/* The claims of claims_sharing.c. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static void build_sharing(struct study *study, double processes_over_threads)
{
    static const enum kernel_guard guards[] = {KERNEL_GUARD_ATOMIC, KERNEL_GUARD_LOCK};
    for (int i = 0; i < 2; i++) {
        size_t w = study_add(
            study, (struct question_workload){.kernel.name = "append", .kernel.guard = guards[i]});
        study_plant(study, w, serial, 0.05);
        study_plant(study, w, two_threads, 0.1);
        study_plant(study, w, two_ranks, 0.1 * processes_over_threads);
    }
}

static void build_races(struct study *study, double lost_by_async)
{
    const struct point points[] = {two_threads, two_ranks, async};
    const double lost[] = {5, 3, lost_by_async};
    size_t none = study_add(study, (struct question_workload){.kernel.name = "append",
                                                              .kernel.guard = KERNEL_GUARD_NONE});
    size_t atomic =
        study_add(study, (struct question_workload){.kernel.name = "append",
                                                    .kernel.guard = KERNEL_GUARD_ATOMIC});
    for (int i = 0; i < 3; i++) {
        study_plant(study, none, points[i], 1);
        study_plant(study, atomic, points[i], 1);
        study_plant_value(study, none, points[i], SAMPLE_LOST, lost[i]);
        study_plant_value(study, atomic, points[i], SAMPLE_LOST, 0);
    }
}

static void build_reproducible(struct study *study, double change)
{
    size_t w = study_add(study, (struct question_workload){
                                    .engine.name = "timer", .latency_s = 1e-3, .traced = true});
    const struct point points[] = {async, crowd};
    for (int i = 0; i < 2; i++) {
        study_plant(study, w, points[i], 1);
        double *digests = study_values_of(study, w, points[i], SAMPLE_COMPLETION);
        for (size_t r = 0; r < study->samples.rounds; r++) {
            digests[r] = 7 + (i == 0 ? change : 1) * (double)r;
        }
    }
}

const struct scenario scenarios_sharing[] = {
    {.number = 10, .plant = build_sharing, .holds = 10, .fails = 1.0, .takes_cores = true},
    {.number = 11,
     .plant = build_races,
     .holds = 0,
     .fails = 1,
     .takes_cores = true,
     .of_facts = true,
     .proven_once = true},
    {.number = 12, .plant = build_reproducible, .holds = 0, .fails = 1, .of_facts = true},
    {.number = 0},
};

static void test_unseen_races(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    build_races(&study, 0);
    study_plant_value(&study, 0, two_threads, SAMPLE_LOST, 0);
    study_expect(study_find(&study, 11), CLAIM_UNDECIDED);
    study_close(&study);
    study_open(&study, 40, 0);
    build_races(&study, 0);
    study_plant_value(&study, 0, two_threads, SAMPLE_LOST, 0);
    study_expect(study_find(&study, 11), CLAIM_FAILS);
    study_close(&study);
}

static void test_races_of_one_model_are_half_of_it(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    build_races(&study, 0);
    study.status[study_cell_of(&study, 0, two_ranks)] = CELL_EMPTY;
    const struct finding *finding = study_find(&study, 11);
    study_expect(finding, CLAIM_UNDECIDED);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "processes: not measured"));
    study.status[study_cell_of(&study, 0, two_threads)] = CELL_EMPTY;
    study_expect(study_find(&study, 11), CLAIM_NOT_TRIED);
    study_close(&study);
}

static void test_guard_that_loses_refutes(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    build_races(&study, 0);
    study_values_of(&study, 1, two_ranks, SAMPLE_LOST)[3] = 1;
    const struct finding *finding = study_find(&study, 11);
    study_expect(finding, CLAIM_FAILS);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "lost items in 1 of 42 samples"));
    study_close(&study);
}

static void test_entropy_is_told(void)
{
    struct study study;
    study_open(&study, 8, 0);
    build_reproducible(&study, 0);
    study_values_of(&study, 0, async, SAMPLE_COMPLETION)[2] = 8;
    const struct finding *finding = study_find(&study, 12);
    study_expect(finding, CLAIM_FAILS);
    /* −(7/8 log2 7/8 + 1/8 log2 1/8) / log2 8 = 0.181 */
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "2 orders in 8 rounds, entropy 0.18"));
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "work has entropy 1.00 with threads."));
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"races that were not seen", test_unseen_races},
    {"races of one model are half of it", test_races_of_one_model_are_half_of_it},
    {"a guard that loses items refutes", test_guard_that_loses_refutes},
    {"the entropy of orders is told", test_entropy_is_told},
    CU_TEST_INFO_NULL,
};

SUITE("claims_sharing", tests);
