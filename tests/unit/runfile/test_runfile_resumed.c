#include "unit/runfile/made.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

/* Two rounds, and of the third the first cell. */
static void check_read_partly(const struct made *run, struct runfile_past *past)
{
    struct samples read;
    struct error error = {0};
    size_t done = 0;
    CU_ASSERT_EQUAL_FATAL(samples_create(&read, MADE_CELLS, MADE_ROUNDS, MADE_RANKS), 0);
    CU_ASSERT_EQUAL(runfile_read_samples(made_path, &read, past, &error), 0);
    for (size_t cell = 0; cell < MADE_CELLS; cell++) {
        done += run->status[cell] == CELL_DONE;
    }
    CU_ASSERT(past->samples == 2 * done + 1 && past->damaged == 0);
    CU_ASSERT(!isnan(read.value[SAMPLE_CPU][2]) && isnan(read.value[SAMPLE_CPU][MADE_ROUNDS + 2]));
    samples_free(&read);
}

/* What two cores are worth for the last workload, as the file holds it now. */
static void check_worth(const struct made *run, double wanted)
{
    struct error error = {0};
    struct runfile_work work;
    CU_ASSERT_EQUAL_FATAL(runfile_read_work(made_path, &run->plan, &work, &error), 0);
    CU_ASSERT_EQUAL(work.workload[2].cores_worth[1], wanted);
    runfile_work_free(&work);
}

static void a_run_goes_on_where_it_ended(void)
{
    made_enter();
    struct made run;
    struct runfile_past past;
    made_run(&run);
    struct runfile *file = made_create(&run, 0, 0);
    made_write(&run, file, 2);
    /* of the third round, one cell alone */
    struct error error = {0};
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        run.samples.value[v][2] = made_value(v, 0, 2);
    }
    memcpy(&run.samples.per_rank[2 * MADE_RANKS],
           (const double[]){made_value(20, 0, 2), made_value(20, 0, 2) + 0.5}, 2 * sizeof(double));
    CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, 2, &error), 0);
    runfile_free(file);
    check_read_partly(&run, &past);
    CU_ASSERT(past.rounds == 3 && !past.complete && strlen(past.id) == 32);
    CU_ASSERT_EQUAL(past.elapsed_s,
                    made_value(SAMPLE_START, MADE_CELLS - 1, 1) + made_value(0, MADE_CELLS - 1, 1));
    file = made_reopen(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (size_t round = 2; round < MADE_ROUNDS; round++) {
        made_measure(&run, round);
        CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, round, &error), 0);
    }
    made_check_read(&run, MADE_ROUNDS, 0, &past);
    struct finding findings[MADE_FINDINGS];
    made_findings(findings);
    const struct verdict first = made_verdict(0, 1), second = made_verdict(1, 2);
    struct runfile_result result = {&first, 1, findings, "too fast", false, NULL, &made_advice, MADE_SUMMARY};
    CU_ASSERT_EQUAL(runfile_finish(file, &result, &error), 0);
    runfile_free(file);
    made_check_read(&run, MADE_ROUNDS, 0, &past);
    CU_ASSERT(!past.complete);
    file = runfile_take(made_path, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(runfile_note_resumed(file, "now from round 8", &error), 0);
    CU_ASSERT_EQUAL(runfile_reopen(file, &error), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    check_worth(&run, 1.5);
    CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, MADE_ROUNDS - 1, &error), 0);
    run.worth[1] = 1.75; /* measured again */
    result = (struct runfile_result){&second, 1, findings, NULL, true, &run.content, &made_advice, MADE_SUMMARY};
    CU_ASSERT_EQUAL(runfile_finish(file, &result, &error), 0);
    runfile_free(file);
    made_check_read(&run, MADE_ROUNDS, 0, &past);
    CU_ASSERT(past.complete);
    check_worth(&run, 1.75);
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(made_path, &answer, &error), 0);
    CU_ASSERT(answer.count == 1 && made_same_verdict(answer.verdicts, &second));
    CU_ASSERT_PTR_NULL(answer.not_believed);
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    made_leave(1);
}

/* Workload 1 has failed with all of its cells; of workload 2 one cell says so. */
static void a_workload_has_failed_where_all_of_its_cells_have(void)
{
    made_enter();
    struct made run;
    struct error error = {0};
    struct runfile_work work;
    const size_t each = MADE_CELLS / MADE_WORKLOADS;
    made_run(&run);
    struct runfile *file = made_create(&run, 0, 0);
    made_measure(&run, 0);
    for (size_t cell = each; cell < 2 * each + 1; cell++) {
        bool feasible = run.status[cell] != CELL_INFEASIBLE;
        run.status[cell] = feasible ? CELL_FAILED : CELL_INFEASIBLE;
    }
    CU_ASSERT_EQUAL(run.status[2 * each], CELL_FAILED);
    CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, 0, &error), 0);
    runfile_free(file);
    CU_ASSERT_EQUAL_FATAL(runfile_read_work(made_path, &run.plan, &work, &error), 0);
    CU_ASSERT(!work.failed[0] && work.failed[1] && !work.failed[2]);
    const struct runfile_workload *last = &work.workload[2];
    CU_ASSERT(last->compute_s == 1e-3 && last->checksum == UINT64_MAX - 2);
    CU_ASSERT(!last->calibration_disturbed[0] && last->calibration_disturbed[1]);
    CU_ASSERT(!work.workload[1].calibration_disturbed[1] && isnan(last->cores_worth_high[1]));
    CU_ASSERT(last->cores_worth[1] == 1.5 && isnan(work.workload[0].cores_worth[1]));
    CU_ASSERT(isnan(last->huge_pages) && work.workload[1].huge_pages == 0.75);
    CU_ASSERT(last->core_speed[1] == 0.5 && isnan(last->core_speed_low[1]));
    CU_ASSERT(isnan(work.workload[1].core_speed[0]));
    CU_ASSERT(runfile_has_cores(&work, (const int64_t[]){0, 4}, 2));
    CU_ASSERT(!runfile_has_cores(&work, (const int64_t[]){0, 1}, 2));
    CU_ASSERT(!runfile_has_cores(&work, (const int64_t[]){0, 4}, 1));
    CU_ASSERT_STRING_EQUAL(last->storage, "ext4 on /dev/?");
    runfile_work_free(&work);
    samples_free(&run.samples);
    made_leave(1);
}

static const CU_TestInfo tests[] = {
    {"a run goes on where it ended", a_run_goes_on_where_it_ended},
    {"a workload has failed where all of its cells have",
     a_workload_has_failed_where_all_of_its_cells_have},
    CU_TEST_INFO_NULL,
};

SUITE("runfile resumed", tests);
