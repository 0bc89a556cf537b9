#include "launch/child.h"
#include "store/store_file.h"
#include "store/store_write.h"
#include "system/clock.h"
#include "unit/runfile/made.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void the_answer_is_read_back_as_given(void)
{
    made_enter();
    struct made run;
    const struct verdict verdicts[] = {made_verdict(0, 1), made_verdict(0, 2), made_verdict(2, 2)};
    made_finish(&run, verdicts, 3);
    made_check(&run, 3);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(made_path, &answer, &error), 0);
    CU_ASSERT_EQUAL_FATAL(answer.count, 3);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT(made_same_verdict(&answer.verdicts[i], &verdicts[i]));
        CU_ASSERT_STRING_EQUAL(answer.workload_names[i], run.workload[verdicts[i].workload].name);
    }
    CU_ASSERT_STRING_EQUAL(answer.machine, "a machine of 2 cores");
    CU_ASSERT_STRING_EQUAL(answer.not_believed, "too fast");
    CU_ASSERT_STRING_EQUAL(answer.summary, MADE_SUMMARY);
    CU_ASSERT_EQUAL_FATAL(answer.advice.count, made_advice.count);
    for (size_t i = 0; i < made_advice.count; i++) {
        char read[ADVICE_GAIN_BYTES], told[ADVICE_GAIN_BYTES];
        const struct advice_line *one = &answer.advice.line[i], *other = &made_advice.line[i];
        CU_ASSERT_EQUAL(one->branch, other->branch);
        CU_ASSERT_EQUAL(one->cores, other->cores);
        CU_ASSERT_EQUAL(one->workloads, other->workloads);
        CU_ASSERT_STRING_EQUAL(one->what, other->what);
        CU_ASSERT_STRING_EQUAL(one->use, other->use);
        CU_ASSERT_STRING_EQUAL(one->model, other->model);
        CU_ASSERT_STRING_EQUAL(one->note, other->note);
        CU_ASSERT_STRING_EQUAL(advice_gain(one, read), advice_gain(other, told));
    }
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    made_leave(1);
}

static void all_claims_are_read_back(void)
{
    made_enter();
    struct made run;
    struct finding findings[MADE_FINDINGS];
    const struct verdict verdicts[] = {made_verdict(0, 1)};
    made_finish(&run, verdicts, 1);
    made_findings(findings);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(made_path, &answer, &error), 0);
    CU_ASSERT_EQUAL_FATAL(answer.claim_count, claims_count());
    for (size_t i = 0; i < claims_count(); i++) {
        CU_ASSERT(made_same_finding(&answer.claims[i], &findings[i]));
    }
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    made_leave(1);
}

static void a_reason_of_full_length_is_read_back(void)
{
    made_enter();
    struct made run;
    struct verdict verdict = made_verdict(0, 1);
    memset(verdict.reason, 'r', sizeof verdict.reason - 1);
    memset(verdict.limit, 'l', sizeof verdict.limit - 1);
    made_finish(&run, &verdict, 1);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(made_path, &answer, &error), 0);
    CU_ASSERT_EQUAL_FATAL(answer.count, 1);
    CU_ASSERT(made_same_verdict(&answer.verdicts[0], &verdict));
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    made_leave(1);
}

static void no_verdict_at_all_is_an_answer_too(void)
{
    made_enter();
    struct made run;
    made_finish(&run, NULL, 0);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(made_path, &answer, &error), 0);
    CU_ASSERT_EQUAL(answer.count, 0);
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    made_leave(1);
}

static void a_run_that_did_not_end_says_so(void)
{
    made_enter();
    struct made run;
    made_run(&run);
    struct runfile *file = made_create(&run, 0, 0);
    made_write(&run, file, 2);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(made_path, &answer, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "2 rounds"));
    runfile_free(file);
    samples_free(&run.samples);
    made_leave(1);
}

static int answer_status(void)
{
    struct error error = {0};
    struct runfile_answer answer;
    int status = runfile_read_answer(made_path, &answer, &error);
    CU_ASSERT(status == error.status);
    CU_ASSERT(status == 0 || error.text[0] != '\0');
    runfile_answer_free(&answer);
    return status;
}

static void files_of_others_are_refused(void)
{
    made_enter();
    CU_ASSERT_EQUAL(answer_status(), STATUS_USAGE);
    struct error error = {0};
    struct store *store = store_create(made_path, NULL, 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_text(store, "/", "source", "something else");
    CU_ASSERT_EQUAL(store_commit(store, false, &error), 0);
    CU_ASSERT_EQUAL(answer_status(), STATUS_USAGE);
    made_leave(1);
}

static void truncated_files_are_errors(void)
{
    made_enter();
    struct made run;
    const struct verdict verdict = made_verdict(1, 2);
    struct stat whole;
    made_finish(&run, &verdict, 1);
    CU_ASSERT_EQUAL_FATAL(stat(made_path, &whole), 0);
    for (off_t bytes = whole.st_size - 1; bytes > 0; bytes -= 1 + bytes / 10) {
        CU_ASSERT_EQUAL(truncate(made_path, bytes), 0);
        int status = answer_status();
        CU_ASSERT(bytes < 512 ? status != 0 : status == STATUS_STORAGE);
    }
    samples_free(&run.samples);
    made_leave(1);
}

enum { MUTATIONS = 200, READING_MOST_S = 3, WAITING_MOST_S = 10 };

/* Whatever is read of the file must be as it was made. */
static int read_it(void *context)
{
    (void)context;
    struct error error = {0};
    struct runfile_answer answer;
    const struct verdict verdict = made_verdict(1, 2);
    struct finding findings[MADE_FINDINGS];
    made_findings(findings);
    if (runfile_read_answer(made_path, &answer, &error) == 0 &&
        !(answer.count == 1 && made_same_verdict(answer.verdicts, &verdict) &&
          answer.claim_count == claims_count() &&
          made_same_finding(&answer.claims[2], &findings[2]) &&
          made_same_finding(&answer.claims[15], &findings[15]) && answer.not_believed &&
          strcmp(answer.not_believed, "too fast") == 0 &&
          strcmp(answer.machine, "a machine of 2 cores") == 0)) {
        return MADE_DIFFERENT;
    }
    runfile_answer_free(&answer);
    return error.status;
}

/* What became of all the reading. */
struct outcomes {
    int as_made, refused, crashed, cut_off;
    double longest_s;
};

/* The library may crash over the bytes, or read them for ever (1.10.8 does over a heap of texts
 * with an object of no size), but in a process of its own: that, too, is told in order. */
static void read_mutated(int (*read_file)(void *context), uint64_t bytes, struct outcomes *outcomes)
{
    int64_t start_ns = clock_now_ns();
    int status = child_call(read_file, NULL, READING_MOST_S, child_reading_bytes(bytes));
    outcomes->longest_s = fmax(outcomes->longest_s, 1e-9 * (double)(clock_now_ns() - start_ns));
    outcomes->as_made += status == 0;
    outcomes->refused += status == STATUS_USAGE || status == STATUS_STORAGE;
    outcomes->crashed += status == -EFAULT;
    outcomes->cut_off += status == -ETIMEDOUT;
}

/* A number of the environment, for the long version. */
static int number_of(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text ? atoi(text) : otherwise;
}

static void mutated_files_give_no_other_number(void)
{
    struct outcomes outcomes = {0};
    int mutations = number_of("MUTATIONS", MUTATIONS);
    made_enter();
    struct made run;
    const struct verdict verdict = made_verdict(1, 2);
    struct stat whole;
    made_finish(&run, &verdict, 1);
    CU_ASSERT_EQUAL_FATAL(stat(made_path, &whole), 0);
    CU_ASSERT(read_it(NULL) == 0 && made_read_samples(NULL) == 0);
    int descriptor = open(made_path, O_RDWR);
    unsigned random = (unsigned)number_of("MUTATION_SEED", 1);
    for (int i = 0; i < mutations; i++) {
        unsigned char was, now;
        random = random * 1664525u + 1013904223u;
        off_t at = (off_t)((random >> 8) % (unsigned)whole.st_size);
        random = random * 1664525u + 1013904223u;
        CU_ASSERT_EQUAL(pread(descriptor, &was, 1, at), 1);
        now = (unsigned char)(was ^ (1 + (random >> 8) % 255)); /* another one */
        CU_ASSERT_EQUAL(pwrite(descriptor, &now, 1, at), 1);
        read_mutated(i % 2 ? read_it : made_read_samples, (uint64_t)whole.st_size, &outcomes);
        CU_ASSERT_EQUAL(pwrite(descriptor, &was, 1, at), 1);
    }
    close(descriptor);
    int in_order = outcomes.as_made + outcomes.refused + outcomes.crashed + outcomes.cut_off;
    if (in_order != mutations || getenv("MUTATIONS")) {
        printf(
            "%d mutations: %d read as made, %d refused, %d crashed the library, %d were cut off, "
            "%d otherwise; at most %.1f s\n",
            mutations, outcomes.as_made, outcomes.refused, outcomes.crashed, outcomes.cut_off,
            mutations - in_order, outcomes.longest_s);
    }
    CU_ASSERT_EQUAL(in_order, mutations);
    CU_ASSERT(outcomes.cut_off <= 1 + mutations / 1000);
    CU_ASSERT(outcomes.longest_s < WAITING_MOST_S);
    CU_ASSERT_EQUAL(answer_status(), 0);
    samples_free(&run.samples);
    made_leave(1);
}

static void an_answer_is_not_older_than_the_samples(void)
{
    made_enter();
    struct made run;
    struct error error = {0};
    struct runfile_past past;
    const struct verdict verdict = made_verdict(1, 2);
    made_finish(&run, &verdict, 1);
    struct runfile *file = runfile_take(made_path, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(runfile_note_resumed(file, "now from round 4", &error), 0);
    runfile_free(file);
    made_check_read(&run, 3, 0, &past);
    CU_ASSERT(!past.complete);
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(made_path, &answer, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "the file holds 3 rounds and no verdict"));
    samples_free(&run.samples);
    made_leave(1);
}

static const CU_TestInfo tests[] = {
    {"the answer is read back as given", the_answer_is_read_back_as_given},
    {"all claims are read back", all_claims_are_read_back},
    {"a reason of full length is read back", a_reason_of_full_length_is_read_back},
    {"no verdict at all is an answer too", no_verdict_at_all_is_an_answer_too},
    {"a run that did not end says so", a_run_that_did_not_end_says_so},
    {"files of others are refused", files_of_others_are_refused},
    {"truncated files are errors", truncated_files_are_errors},
    {"mutated files give no other number", mutated_files_give_no_other_number},
    {"an answer is not older than the samples", an_answer_is_not_older_than_the_samples},
    CU_TEST_INFO_NULL,
};

SUITE("runfile answer", tests);
