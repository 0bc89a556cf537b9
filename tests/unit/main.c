/* Runs every unit test: one line each, "ok" or "FAIL" with the assertions that failed. */
#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <stdio.h>
#include <string.h>

extern CU_TestInfo quantity_tests[], job_tests[], store_tests[], runfile_tests[], kernels_tests[],
    stats_tests[], bounds_tests[], verdict_tests[], claims_tests[], table_tests[], point_tests[],
    error_tests[], clock_tests[], topo_tests[], scratch_tests[], engines_tests[], message_tests[],
    plan_tests[], worker_tests[], known_tests[], trace_tests[], arguments_tests[], limits_tests[],
    storage_tests[], storage_engines_tests[], window_tests[], append_tests[], surroundings_tests[],
    disturbed_tests[], calibrate_tests[], machine_tests[], checkup_tests[], integrity_tests[],
    lock_tests[], resume_tests[], guard_tests[], watchdog_tests[], tree_tests[], placement_tests[],
    batch_tests[], sample_tests[], process_tests[], usage_tests[], probe_tests[], cgroup_tests[],
    blocks_tests[], storage_cache_tests[], scratch_guard_tests[];
int engines_begin(void); /* MPI, which can be started only once */
void engines_end(void);

static CU_SuiteInfo suites[] = {
    {"point", NULL, NULL, NULL, NULL, point_tests},
    {"sample", NULL, NULL, NULL, NULL, sample_tests},
    {"placement", NULL, NULL, NULL, NULL, placement_tests},
    {"tree", NULL, NULL, NULL, NULL, tree_tests},
    {"error", NULL, NULL, NULL, NULL, error_tests},
    {"clock", NULL, NULL, NULL, NULL, clock_tests},
    {"process", NULL, NULL, NULL, NULL, process_tests},
    {"probe", NULL, NULL, NULL, NULL, probe_tests},
    {"topo", NULL, NULL, NULL, NULL, topo_tests},
    {"scratch", NULL, NULL, NULL, NULL, scratch_tests},
    {"scratch guard", NULL, NULL, NULL, NULL, scratch_guard_tests},
    {"storage", NULL, NULL, NULL, NULL, storage_tests},
    {"cgroup", NULL, NULL, NULL, NULL, cgroup_tests},
    {"limits", NULL, NULL, NULL, NULL, limits_tests},
    {"surroundings", NULL, NULL, NULL, NULL, surroundings_tests},
    {"batch", NULL, NULL, NULL, NULL, batch_tests},
    {"guard", NULL, NULL, NULL, NULL, guard_tests},
    {"watchdog", NULL, NULL, NULL, NULL, watchdog_tests},
    {"machine", NULL, NULL, NULL, NULL, machine_tests},
    {"store", NULL, NULL, NULL, NULL, store_tests},
    {"lock", NULL, NULL, NULL, NULL, lock_tests},
    {"integrity", NULL, NULL, NULL, NULL, integrity_tests},
    {"kernels", NULL, NULL, NULL, NULL, kernels_tests},
    {"window", engines_begin, NULL, NULL, NULL, window_tests},
    {"append", engines_begin, NULL, NULL, NULL, append_tests},
    {"engines", engines_begin, NULL, NULL, NULL, engines_tests},
    {"blocks", engines_begin, NULL, NULL, NULL, blocks_tests},
    {"storage cache", engines_begin, NULL, NULL, NULL, storage_cache_tests},
    {"storage engines", engines_begin, NULL, NULL, NULL, storage_engines_tests},
    {"message", engines_begin, NULL, NULL, NULL, message_tests},
    {"usage", NULL, NULL, NULL, NULL, usage_tests},
    {"worker", NULL, NULL, NULL, NULL, worker_tests},
    {"known answers", NULL, NULL, NULL, NULL, known_tests},
    {"trace", NULL, NULL, NULL, NULL, trace_tests},
    {"quantity", NULL, NULL, NULL, NULL, quantity_tests},
    {"job", NULL, NULL, NULL, NULL, job_tests},
    {"checkup", NULL, NULL, NULL, NULL, checkup_tests},
    {"plan", NULL, NULL, NULL, NULL, plan_tests},
    {"disturbed", NULL, NULL, NULL, NULL, disturbed_tests},
    {"calibrate", NULL, NULL, NULL, NULL, calibrate_tests},
    {"runfile", NULL, NULL, NULL, NULL, runfile_tests},
    {"resume", NULL, NULL, NULL, NULL, resume_tests},
    {"stats", NULL, NULL, NULL, NULL, stats_tests},
    {"bounds", NULL, NULL, NULL, NULL, bounds_tests},
    {"verdict", NULL, NULL, NULL, NULL, verdict_tests},
    {"claims", NULL, NULL, NULL, NULL, claims_tests},
    {"table", NULL, NULL, NULL, NULL, table_tests},
    {"arguments", NULL, NULL, NULL, NULL, arguments_tests},
    CU_SUITE_INFO_NULL,
};

static void report(CU_pTest test, CU_pSuite suite, CU_pFailureRecord failure)
{
    printf("%s unit %s: %s\n", failure ? "FAIL" : "ok", suite->pName, test->pName);
    for (CU_pFailureRecord f = failure; f; f = f->pNext) {
        printf("     %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
    }
    fflush(stdout);
}

/* With an argument: only the suite of that name; --list: the names. */
int main(int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS) {
        fprintf(stderr, "CUnit: %s\n", CU_get_error_msg());
        return 1;
    }
    CU_set_test_complete_handler(report);
    if (argc > 1 && strcmp(argv[1], "--list") == 0) {
        for (const CU_SuiteInfo *suite = suites; suite->pName; suite++) {
            puts(suite->pName);
        }
        return 0;
    }
    if (argc > 1) {
        CU_pSuite suite = CU_get_suite(argv[1]);
        if (!suite) {
            fprintf(stderr, "no suite %s\n", argv[1]);
            return 1;
        }
        CU_run_suite(suite);
    } else {
        CU_run_all_tests();
    }
    engines_end();
    int failed = CU_get_number_of_failures() != 0 || CU_get_number_of_tests_run() == 0;
    CU_cleanup_registry();
    return failed;
}
