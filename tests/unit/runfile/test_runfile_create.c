#include "store/store_file.h"
#include "store/store_read.h"
#include "unit/runfile/made.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_new_file_holds_what_the_tasks_are_and_no_sample(void)
{
    made_enter();
    struct made run;
    made_run(&run);
    struct runfile *file = made_create(&run, 0, 0);
    made_check(&run, 0);
    struct error error = {0};
    struct store *store = store_open(made_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    double values[MADE_WORKLOADS];
    uint64_t checksums[MADE_WORKLOADS];
    store_read(store, "/wait_fraction", STORE_FLOAT64, MADE_WORKLOADS, values);
    CU_ASSERT(isnan(values[0]) && values[1] == 0.5 && values[2] == 0.9);
    store_read(store, "/workload_memory", STORE_FLOAT64, MADE_WORKLOADS, values);
    CU_ASSERT(isnan(values[0]) && values[1] == 1024 && values[2] == 2048);
    store_read(store, "/work", STORE_FLOAT64, MADE_WORKLOADS, values);
    CU_ASSERT(values[0] == 1000 && values[2] == 1002);
    store_read(store, "/checksum", STORE_UINT64, MADE_WORKLOADS, checksums);
    CU_ASSERT(checksums[0] == UINT64_MAX && checksums[2] == UINT64_MAX - 2);
    double worth[MADE_WORKLOADS * 2];
    store_read(store, "/machine/cores_worth", STORE_FLOAT64, MADE_WORKLOADS * 2, worth);
    CU_ASSERT(isnan(worth[0]) && worth[2] == 1 && worth[5] == 1.5);
    store_read(store, "/machine/calibration_disturbed", STORE_FLOAT64, MADE_WORKLOADS * 2, worth);
    CU_ASSERT(worth[0] == 0 && worth[3] == 0 && worth[4] == 0 && worth[5] == 1);
    char **words = store_read_texts(store, "/op", MADE_WORKLOADS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(words);
    CU_ASSERT_STRING_EQUAL(words[0], "");
    CU_ASSERT_STRING_EQUAL(words[2], "write");
    free(words);
    words = store_read_texts(store, "/storage", MADE_WORKLOADS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(words);
    CU_ASSERT(words[0][0] == '\0' && words[1][0] == '\0');
    CU_ASSERT_STRING_EQUAL(words[2], "ext4 on /dev/?"); /* every reader can decode it */
    free(words);
    words = store_read_texts(store, "/wait", MADE_WORKLOADS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(words);
    CU_ASSERT_STRING_EQUAL(words[2], "timer");
    free(words);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    runfile_free(file);
    samples_free(&run.samples);
    made_leave(1);
}

static void an_existing_run_is_kept_unless_forced(void)
{
    made_enter();
    struct made run;
    made_run(&run);
    struct runfile *first = made_create(&run, 0, 0);
    CU_ASSERT_PTR_NULL(made_create(&run, 0, STATUS_USAGE));
    made_write(&run, first, 2);
    made_check(&run, 2);
    struct runfile *second = made_create(&run, 1, 0);
    made_check(&run, 0);
    struct error error = {0};
    CU_ASSERT_EQUAL(runfile_write_round(first, &run.content, 0, &error), STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "has taken its place"));
    made_check(&run, 0);
    runfile_free(first);
    runfile_free(second);
    samples_free(&run.samples);
    made_leave(2); /* and what the first had measured */
}

/* Needs Python with xarray, h5netcdf and h5py; runs from the root of the tree. */
static void stock_tools_open_it(void)
{
    made_enter();
    struct made run;
    const struct verdict verdicts[] = {made_verdict(0, 1), made_verdict(2, 2)};
    made_finish(&run, verdicts, 2);
    char command[256];
    snprintf(command, sizeof command, "/usr/bin/python3 tests/unit/runfile/check_runfile.py %s",
             made_path);
    CU_ASSERT_EQUAL(system(command), 0);
    struct runfile *file = made_create(&run, 1, 0);
    CU_ASSERT_EQUAL(system(command), 0);
    runfile_free(file);
    samples_free(&run.samples);
    made_leave(1);
}

static const CU_TestInfo tests[] = {
    {"a new file holds what the tasks are and no sample",
     a_new_file_holds_what_the_tasks_are_and_no_sample},
    {"an existing run is kept unless forced", an_existing_run_is_kept_unless_forced},
    {"stock tools open it", stock_tools_open_it},
    CU_TEST_INFO_NULL,
};

SUITE("runfile create", tests);
