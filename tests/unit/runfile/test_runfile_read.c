#include "launch/child.h"
#include "store/store_file.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "unit/runfile/made.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define READING_MOST_S 3

static void what_differs_is_named(void)
{
    made_enter();
    struct made run;
    made_run(&run);
    runfile_free(made_create(&run, 0, 0));
    const struct {
        size_t cells, rounds, ranks;
        const char *says;
    } others[] = {{MADE_CELLS + 1, MADE_ROUNDS, MADE_RANKS, "72 cells, but this run has 73"},
                  {MADE_CELLS, MADE_ROUNDS - 1, MADE_RANKS, "7 rounds, but this run has 6"},
                  {MADE_CELLS, MADE_ROUNDS, 1, "2 ranks, but this run has 1"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct samples samples;
        struct runfile_past past;
        struct error error = {0};
        CU_ASSERT_EQUAL_FATAL(
            samples_create(&samples, others[i].cells, others[i].rounds, others[i].ranks), 0);
        CU_ASSERT_EQUAL(runfile_read_samples(made_path, &samples, &past, &error), STATUS_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, others[i].says));
        samples_free(&samples);
    }
    samples_free(&run.samples);
    made_leave(1);
}

static void facts_are_read_back(void)
{
    made_enter();
    struct made run;
    struct error error = {0};
    char *longest = malloc(100001);
    memset(longest, 'l', 100000);
    longest[100000] = '\0';
    const struct runfile_fact long_facts[] = {{"command", "cual run job.yaml"},
                                              {"topology", longest}};
    made_run(&run);
    run.content.facts = long_facts;
    runfile_free(made_create(&run, 0, 0));
    char *text = runfile_read_fact(made_path, "/provenance", "command", &error);
    CU_ASSERT(text && strcmp(text, "cual run job.yaml") == 0);
    free(text);
    text = runfile_read_fact(made_path, "/provenance", "topology", &error);
    CU_ASSERT(text && strcmp(text, longest) == 0);
    free(text);
    text = runfile_read_fact(made_path, "/", "complete", &error);
    CU_ASSERT(text && strcmp(text, "0") == 0);
    free(text);
    CU_ASSERT_PTR_NULL(runfile_read_fact(made_path, "/provenance", "none", &error));
    CU_ASSERT_PTR_NULL(runfile_read_fact(made_path, "/nowhere", "none", &error));
    CU_ASSERT_EQUAL(error.status, 0);
    free(longest);
    samples_free(&run.samples);
    made_leave(1);
}

static void damaged_samples_are_left_out(void)
{
    made_enter();
    struct made run;
    struct runfile_past past;
    struct error error = {0};
    made_run(&run);
    struct runfile *file = made_create(&run, 0, 0);
    made_write(&run, file, MADE_ROUNDS);
    runfile_free(file);
    static const char *const objects[] = {"/cpu", "/flags", "/check", "/time", "/per_rank/time"};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        double value = 4;
        struct store *store = store_open(made_path, true, &error);
        store_write_slab(store, objects[i], STORE_FLOAT64, (const size_t[]){0, 0, 0, 0, 0, i, 0},
                         (const size_t[]){1, 1, 1, 1, 1, 1, 1}, &value);
        CU_ASSERT_EQUAL(store_close(store, &error), 0);
        made_check_read(&run, MADE_ROUNDS, i + 1, &past);
    }
    samples_free(&run.samples);
    made_leave(1);
}

/* A text is as long as the file says, whatever there is of it. */
static void texts_of_any_length_are_damage(void)
{
    if (getenv("CUAL_TEST_REPORTS")) {
        return; /* a sanitizer needs more address space than can be limited */
    }
    made_enter();
    struct made run;
    struct rusage used;
    struct error error = {0};
    const struct verdict verdict = made_verdict(1, 2);
    const uint32_t length = UINT32_C(3) << 30;
    made_finish(&run, &verdict, 1);
    struct store *store = store_open(made_path, false, &error);
    uint64_t place =
        store_place(store, "/wait", (const size_t[1]){0}, UINT64_C(16) * MADE_WORKLOADS);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    int descriptor = open(made_path, O_RDWR);
    CU_ASSERT_EQUAL(pwrite(descriptor, &length, sizeof length, (off_t)place), sizeof length);
    close(descriptor);
    CU_ASSERT_EQUAL(
        child_call(made_read_samples, NULL, READING_MOST_S, child_reading_bytes(1 << 20)),
        STATUS_STORAGE);
    CU_ASSERT_EQUAL(getrusage(RUSAGE_CHILDREN, &used), 0);
    CU_ASSERT(used.ru_maxrss < 1 << 20); /* KiB */
    samples_free(&run.samples);
    made_leave(1);
}

static const CU_TestInfo tests[] = {
    {"what differs is named", what_differs_is_named},
    {"facts are read back", facts_are_read_back},
    {"damaged samples are left out", damaged_samples_are_left_out},
    {"texts of any length are damage", texts_of_any_length_are_damage},
    CU_TEST_INFO_NULL,
};

SUITE("runfile read", tests);
