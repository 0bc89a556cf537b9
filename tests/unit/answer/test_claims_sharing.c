/* The claims of claims_sharing.c. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static double sharing_time(struct point point, double processes_over_threads)
{
    return point.cores * (point.ranks > 1 ? 0.1 * processes_over_threads : 0.1);
}

static void build_sharing(struct study *study, double processes_over_threads)
{
    static const enum kernel_guard guards[] = {KERNEL_GUARD_ATOMIC, KERNEL_GUARD_LOCK};
    for (int i = 0; i < 2; i++) {
        size_t w = study_add(
            study, (struct question_workload){.kernel.name = "append", .kernel.guard = guards[i]});
        study_plant_grid(study, w, sharing_time, processes_over_threads);
    }
}

static void build_races(struct study *study, double lost_by_async)
{
    const struct point points[] = {two_threads, two_ranks, async, {1, 1, 100, 1}, {1, 1, 1000, 1}};
    const double lost[] = {5, 3, lost_by_async, 0, 0};
    size_t none = study_add(study, (struct question_workload){.kernel.name = "append",
                                                              .kernel.guard = KERNEL_GUARD_NONE});
    size_t atomic =
        study_add(study, (struct question_workload){.kernel.name = "append",
                                                    .kernel.guard = KERNEL_GUARD_ATOMIC});
    for (int i = 0; i < 5; i++) {
        study_plant(study, none, points[i], 1);
        study_plant(study, atomic, points[i], 1);
        study_plant_value(study, none, points[i], SAMPLE_LOST, lost[i]);
        study_plant_value(study, atomic, points[i], SAMPLE_LOST, 0);
    }
}

static void build_reproducible(struct study *study, double change)
{
    const struct point points[] = {async, crowd};
    static const double latencies_s[] = {1e-3, NAN, NAN}; /* of devices: not known */
    for (int k = 0; k < 3; k++) {
        size_t w = study_add(study, (struct question_workload){.engine.name = "timer",
                                                               .latency_s = latencies_s[k],
                                                               .traced = true});
        for (int i = 0; i < 2; i++) {
            study_plant(study, w, points[i], 1);
            double *digests = study_values_of(study, w, points[i], SAMPLE_COMPLETION);
            for (size_t r = 0; r < study->samples.rounds; r++) {
                digests[r] = 7 + (i == 0 ? change : 1) * (double)r;
            }
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
     .of_facts = true},
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
    study_expect(finding, CLAIM_NOT_TRIED);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        finding->reason, "Not all of the claim was tried. The job has no cells that do so in "
                         "processes. The job question has them."));
    study_values_of(&study, 0, async, SAMPLE_LOST)[0] = 1; /* the rest of it does not matter then */
    study_expect(study_find(&study, 11), CLAIM_FAILS);
    study_close(&study);
}

static void test_safety_takes_many_samples(void)
{
    struct study study;
    study_open(&study, 9, 0);
    build_races(&study, 0);
    const struct finding *finding = study_find(&study, 11);
    study_expect(finding, CLAIM_UNDECIDED); /* 27 */
    CU_ASSERT_PTR_NOT_NULL(
        strstr(finding->reason, "async on one thread lost nothing in 27 samples"));
    study_close(&study);
}

static void test_order_takes_both_kinds_of_waits(void)
{
    struct study study;
    study_open(&study, 40, 0);
    build_reproducible(&study, 0);
    study_expect(study_find(&study, 12), CLAIM_HOLDS);
    study.question.workloads = 1;
    const struct finding *finding = study_find(&study, 12);
    study_expect(finding, CLAIM_NOT_TRIED);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "no cells that record that of real I/O"));
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
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "lost items in 1 of 70 samples"));
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
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "The entropy of work is 1.00 with threads."));
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"races that were not seen", test_unseen_races},
    {"races of one model are half of it", test_races_of_one_model_are_half_of_it},
    {"that nothing is lost takes many samples", test_safety_takes_many_samples},
    {"a guard that loses items refutes", test_guard_that_loses_refutes},
    {"the order takes both kinds of waits", test_order_takes_both_kinds_of_waits},
    {"the entropy of orders is told", test_entropy_is_told},
    CU_TEST_INFO_NULL,
};

SUITE("claims_sharing", tests);
