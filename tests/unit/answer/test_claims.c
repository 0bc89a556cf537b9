/* What holds for every claim: samples decide, and nothing else does. */
#include "unit/answer/claims_study.h"
#include "unit/suite.h"

static void try_scenario(int number, double effect, size_t rounds, double spread,
                         enum claim_outcome outcome)
{
    struct study study;
    study_open(&study, rounds, spread);
    study_build(&study, number, effect);
    study_expect(study_find(&study, number), outcome);
    study_close(&study);
}

/* Both outcomes of every claim are known answers. */
static void test_samples_decide(void)
{
    size_t decided = 0;
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct scenario *scenario = scenario_of(number);
        try_scenario(number, scenario->holds, ROUNDS, 0.002, CLAIM_HOLDS);
        try_scenario(number, scenario->fails, ROUNDS, 0.002, CLAIM_FAILS);
        CU_ASSERT(scenario->holds != scenario->fails);
        decided += 2;
    }
    CU_ASSERT_EQUAL(decided, 2 * claims_count());
}

static void test_few_rounds_do_not(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct scenario *scenario = scenario_of(number);
        try_scenario(number, scenario->holds, 3, 0, CLAIM_UNDECIDED);
        if (!scenario->of_facts) {
            try_scenario(number, scenario->fails, 3, 0, CLAIM_UNDECIDED);
        }
    }
}

static void test_noise_does_not(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct scenario *scenario = scenario_of(number);
        if (!scenario->of_facts) {
            try_scenario(number, scenario->holds, ROUNDS, 12, CLAIM_UNDECIDED);
            try_scenario(number, scenario->fails, ROUNDS, 12, CLAIM_UNDECIDED);
        }
    }
}

static void test_flagged_samples_are_excluded(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        struct study study;
        study_open(&study, ROUNDS, 0);
        study_build(&study, number, scenario_of(number)->holds);
        for (size_t i = 0; i < CELLS * ROUNDS; i++) {
            study.samples.value[SAMPLE_FLAGS][i] = SAMPLE_CROWDED;
        }
        enum claim_outcome outcome = study_find(&study, number)->outcome;
        CU_ASSERT_EQUAL(outcome, CLAIM_UNDECIDED);
        study_close(&study);
    }
}

/* Every text of a workload becomes another; what had the same kernel or engine has it still. */
static void reword(struct question_workload *workload)
{
    workload->name = "holds";
    workload->kernel.name = !workload->kernel.computes                      ? "timer"
                            : workload->kernel.guard == KERNEL_GUARD_ABSENT ? "the memory latency"
                                                                            : "none";
    workload->engine.name = workload->engine.has_waits ? "none" : "message";
    workload->storage = "tmpfs, which is memory";
}

static bool is_same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void test_texts_do_not_matter(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        struct study study;
        struct finding before[FINDINGS];
        study_open(&study, ROUNDS, 0.002);
        study_build(&study, number, scenario_of(number)->fails);
        study_expect(study_find(&study, number), CLAIM_FAILS);
        memcpy(before, study.findings, sizeof before);
        for (size_t w = 0; w < study.question.workloads; w++) {
            reword(&study.workload[w]);
        }
        study_expect(study_find(&study, number), CLAIM_FAILS);
        for (size_t i = 0; i < claims_count(); i++) {
            const struct finding *a = &before[i], *b = &study.findings[i];
            CU_ASSERT_EQUAL(a->outcome, b->outcome);
            CU_ASSERT(is_same_number(a->effect.median, b->effect.median));
            CU_ASSERT(is_same_number(a->effect.low, b->effect.low));
            CU_ASSERT(is_same_number(a->effect.high, b->effect.high));
            CU_ASSERT_EQUAL(a->effect.n, b->effect.n);
            CU_ASSERT(is_same_number(a->threshold, b->threshold));
        }
        study_close(&study);
    }
}

static void test_no_cells_no_claim(void)
{
    struct study study;
    study_open(&study, ROUNDS, 0);
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct finding *finding = study_find(&study, number);
        CU_ASSERT_EQUAL(finding->number, number);
        study_expect(finding, CLAIM_NOT_TRIED);
        CU_ASSERT_STRING_EQUAL(finding->reason,
                               "This job lacks the cells; jobs/question.yaml has them.");
        CU_ASSERT(isnan(finding->effect.median) && isnan(finding->threshold));
    }
    study_close(&study);
}

/* The axis has one value, so that the cells of the first are all there are. */
static void test_one_core_does_not_try(void)
{
    for (int number = 1; number <= (int)claims_count(); number++) {
        struct study study;
        study_open(&study, ROUNDS, 0.002);
        study.question.cores = 1;
        study_add_computing(&study);
        study_add_mixed(&study, 0.9);
        study_add(&study, (struct question_workload){.kernel.name = "primes", .lock = true});
        study_add(&study, (struct question_workload){.kernel.name = "append",
                                                     .kernel.guard = KERNEL_GUARD_ATOMIC});
        size_t last =
            study_add(&study, (struct question_workload){.kernel.name = "append",
                                                         .kernel.guard = KERNEL_GUARD_NONE});
        for (size_t w = 0; w <= last; w++) {
            study.status[w * EACH / CORES] = CELL_DONE; /* serial */
        }
        const struct finding *finding = study_find(&study, number);
        if (scenario_of(number)->takes_cores) {
            study_expect(finding, CLAIM_NOT_TRIED);
            CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "only one was measured"));
        }
        study_close(&study);
    }
}

static void scale_cell(struct study *study, size_t cell, double factor)
{
    static const enum sample_variable measured[] = {SAMPLE_TIME, SAMPLE_CPU, SAMPLE_MEMORY,
                                                    SAMPLE_SETUP};
    size_t rounds = study->samples.rounds;
    for (size_t v = 0; v < sizeof measured / sizeof measured[0]; v++) {
        for (size_t r = 0; r < rounds; r++) {
            study->samples.value[measured[v]][cell * rounds + r] *= factor;
        }
    }
}

static bool may_leave_open(const struct scenario *scenario, double factor)
{
    return scenario->odd == ODD_EITHER || (scenario->odd == ODD_FASTER && factor < 1);
}

/* Whichever cell takes so many times as much, the outcome is never its opposite, and it is the same
 * where the claim is not about that. */
static void try_odd_cells(const struct scenario *scenario, enum claim_outcome outcome,
                          double factor)
{
    struct study study;
    study_open(&study, ROUNDS, 0.002);
    study_build(&study, scenario->number,
                outcome == CLAIM_HOLDS ? scenario->holds : scenario->fails);
    for (size_t cell = 0; cell < CELLS; cell++) {
        if (study.status[cell] != CELL_DONE) {
            continue;
        }
        scale_cell(&study, cell, factor);
        const struct finding *finding = study_find(&study, scenario->number);
        if (finding->outcome != CLAIM_UNDECIDED || !may_leave_open(scenario, factor)) {
            study_expect(finding, outcome);
        } else {
            CU_ASSERT_PTR_NOT_NULL(strstr(finding->reason, "This rests on work "));
        }
        scale_cell(&study, cell, 1 / factor);
    }
    study_close(&study);
}

static void test_no_odd_cell_flips(void)
{
    static const double factors[] = {2, 0.5};
    for (int number = 1; number <= (int)claims_count(); number++) {
        for (int i = 0; i < 2; i++) {
            try_odd_cells(scenario_of(number), CLAIM_HOLDS, factors[i]);
            try_odd_cells(scenario_of(number), CLAIM_FAILS, factors[i]);
        }
    }
}

static void test_all_are_stated(void)
{
    CU_ASSERT(claims_count() > 0 && claims_count() <= FINDINGS);
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct claim *claim = claims_find(number);
        CU_ASSERT_PTR_NOT_NULL_FATAL(claim);
        CU_ASSERT(claim->text[0] != '\0');
        CU_ASSERT(strlen(claim->rule) > 40);
        CU_ASSERT_PTR_NOT_NULL(claim->decide);
        for (int other = 1; other < number; other++) {
            CU_ASSERT_STRING_NOT_EQUAL(claim->text, claims_find(other)->text);
        }
    }
    CU_ASSERT_PTR_NULL(claims_find(0));
    CU_ASSERT_PTR_NULL(claims_find((int)claims_count() + 1));
    CU_ASSERT_STRING_EQUAL(claims_outcome_text(CLAIM_NOT_TRIED), "not tried");
    CU_ASSERT_STRING_EQUAL(claims_outcome_text(CLAIM_HOLDS), "holds here");
    CU_ASSERT_STRING_EQUAL(claims_outcome_text(CLAIM_FAILS), "does not hold here");
    CU_ASSERT_STRING_EQUAL(claims_outcome_text(CLAIM_UNDECIDED), "cannot tell");
    for (int outcome = 0; outcome < CLAIM_OUTCOMES; outcome++) {
        CU_ASSERT_EQUAL(claims_outcome_of(claims_outcome_text((enum claim_outcome)outcome)),
                        (enum claim_outcome)outcome);
    }
    CU_ASSERT_EQUAL(claims_outcome_of("holds"), CLAIM_OUTCOMES);
}

static const CU_TestInfo tests[] = {
    {"all claims are stated", test_all_are_stated},
    {"samples make a claim hold or fail", test_samples_decide},
    {"few rounds decide nothing", test_few_rounds_do_not},
    {"noise decides nothing", test_noise_does_not},
    {"flagged samples are excluded", test_flagged_samples_are_excluded},
    {"texts do not matter, of workloads, kernels and engines", test_texts_do_not_matter},
    {"without its cells a claim is not tried", test_no_cells_no_claim},
    {"one core does not try what takes two", test_one_core_does_not_try},
    {"no odd cell flips a claim", test_no_odd_cell_flips},
    CU_TEST_INFO_NULL,
};

SUITE("claims", tests);
