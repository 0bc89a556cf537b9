/* The answer at a glance, of verdicts that a test plants. */
#include "answer/advice.h"

#include "answer/claims.h"
#include "unit/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 24, CORES = 2 };

struct glance {
    struct question question;
    struct question_workload workload[MOST];
    struct verdict verdict[MOST * CORES];
    size_t count;
    struct finding *findings;
    struct advice advice;
};

static void glance_open(struct glance *glance)
{
    *glance = (struct glance){.question.workload = glance->workload,
                              .findings = calloc(claims_count(), sizeof *glance->findings)};
    for (size_t i = 0; i < claims_count(); i++) {
        glance->findings[i].number = (int)i + 1;
    }
}

static void glance_close(struct glance *glance)
{
    free(glance->findings);
}

/* A workload that computes and does not wait; the test changes the rest. */
static struct question_workload *add(struct glance *glance, const char *name)
{
    struct question_workload *workload = &glance->workload[glance->question.workloads++];
    *workload = (struct question_workload){.name = name,
                                           .kernel.computes = true,
                                           .kernel.bound = KERNEL_BOUND_INTEGER,
                                           .wait_fraction = NAN};
    return workload;
}

static void make_wait(struct question_workload *workload)
{
    workload->engine.has_waits = true;
    workload->waits = 1;
}

/* The row of the workload that was added last. */
static struct verdict *choose(struct glance *glance, struct point point, double speed_up)
{
    struct verdict *verdict = &glance->verdict[glance->count++];
    const struct interval unknown = {NAN, NAN, NAN, 0};
    *verdict = (struct verdict){
        .workload = glance->question.workloads - 1,
        .cores = point.cores,
        .choice = point,
        .choice_speed_up = {speed_up, 0.99 * speed_up, 1.01 * speed_up, 20},
        .points = 4,
        .loss = 0.02,
    };
    for (int group = 0; group < GROUP_COUNT; group++) {
        verdict->best[group].speed_up = unknown;
    }
    return verdict;
}

static const struct advice_line *find(struct glance *glance)
{
    CU_ASSERT_EQUAL_FATAL(advice_find(&glance->question, glance->verdict, glance->count,
                                      glance->findings, &glance->advice),
                          0);
    return glance->advice.line;
}

static void test_branches(void)
{
    struct glance glance;
    char gain[ADVICE_GAIN_BYTES];
    glance_open(&glance);
    add(&glance, "primes");
    choose(&glance, (struct point){1, 1, 1, 1}, 1);
    choose(&glance, (struct point){1, 2, 1, 2}, 1.98);
    make_wait(add(&glance, "wait"));
    struct verdict *one = choose(&glance, (struct point){1, 1, 16, 1}, 15.9);
    one->best[GROUP_ASYNC] = (struct verdict_best){one->choice, one->choice_speed_up};
    choose(&glance, (struct point){1, 2, 16, 2}, 21);
    glance.findings[11].outcome = CLAIM_HOLDS;
    const struct advice_line *line = find(&glance);
    CU_ASSERT_EQUAL_FATAL(glance.advice.count, 4);
    CU_ASSERT_EQUAL(line[0].branch, ADVICE_COMPUTES);
    CU_ASSERT_STRING_EQUAL(line[0].what, "computing: primes");
    CU_ASSERT_STRING_EQUAL(line[0].use, "a thread per core");
    CU_ASSERT_STRING_EQUAL(line[0].note, "1 core: nothing helps");
    CU_ASSERT_STRING_EQUAL(advice_gain(&line[0], gain), "1.98×");
    CU_ASSERT_EQUAL(line[1].branch, ADVICE_WAITS);
    CU_ASSERT_STRING_EQUAL(line[1].what, "for speed: wait");
    CU_ASSERT_STRING_EQUAL(line[1].use, "async in a thread per core");
    CU_ASSERT_STRING_EQUAL(line[1].model, "threads+async");
    CU_ASSERT_STRING_EQUAL(line[1].note, "1 core: async 15.9×");
    CU_ASSERT_STRING_EQUAL(line[2].what, "for control: wait");
    CU_ASSERT_STRING_EQUAL(line[2].use, "async in one thread");
    CU_ASSERT_STRING_EQUAL(line[2].model, "async");
    CU_ASSERT_STRING_EQUAL(line[2].note, "order repeats (claim 12)");
    CU_ASSERT_EQUAL(line[3].branch, ADVICE_SHARES);
    CU_ASSERT_STRING_EQUAL(line[3].use, "");
    CU_ASSERT_STRING_EQUAL(line[3].model, "");
    CU_ASSERT_STRING_EQUAL(line[3].what, "one list: not measured; the job question has it");
    glance_close(&glance);
}

static void test_same_use_is_one_line(void)
{
    struct glance glance;
    char gain[ADVICE_GAIN_BYTES];
    glance_open(&glance);
    const char *const names[] = {"a[size=1]", "a[size=2]", "b"};
    for (int i = 0; i < 3; i++) {
        add(&glance, names[i]);
        choose(&glance, (struct point){2, 1, 1, 2}, 1.5 + i * 0.2);
    }
    add(&glance, "c")->kernel.bound = KERNEL_BOUND_BANDWIDTH;
    struct verdict *limited = choose(&glance, (struct point){2, 1, 1, 2}, 1.3);
    strcpy(limited->bound, "memory");
    strcpy(limited->limit, "the memory: 44 GB/s");
    const struct advice_line *line = find(&glance);
    CU_ASSERT_STRING_EQUAL(line[0].what, "computing: a, b");
    CU_ASSERT_STRING_EQUAL(line[0].use, "a process per core");
    CU_ASSERT_EQUAL(line[0].workloads, 3);
    CU_ASSERT_STRING_EQUAL(advice_gain(&line[0], gain), "1.50–1.90×");
    CU_ASSERT_STRING_EQUAL(line[1].what, "bandwidth: c");
    CU_ASSERT_STRING_EQUAL(line[1].note, "memory: 44 GB/s");
    glance_close(&glance);
}

static void test_a_family_on_several_lines(void)
{
    struct glance glance;
    glance_open(&glance);
    add(&glance, "a[size=1]");
    choose(&glance, (struct point){2, 1, 1, 2}, 1.5);
    add(&glance, "a[size=2, more=3]");
    choose(&glance, (struct point){1, 2, 1, 2}, 1.5);
    const struct advice_line *line = find(&glance);
    CU_ASSERT_STRING_EQUAL(line[0].what, "computing: a 1");
    CU_ASSERT_STRING_EQUAL(line[1].what, "computing: a 2");
    glance_close(&glance);
}

static void test_unknown_is_not_shown(void)
{
    struct glance glance;
    char gain[ADVICE_GAIN_BYTES];
    glance_open(&glance);
    add(&glance, "a");
    choose(&glance, (struct point){1, 16, 1, 1}, NAN);
    choose(&glance, (struct point){1, 2, 1, 2}, NAN);
    const struct advice_line *line = find(&glance);
    CU_ASSERT_STRING_EQUAL(advice_gain(&line[0], gain), "");
    CU_ASSERT_STRING_EQUAL(line[0].note, "1 core: threads");
    glance_close(&glance);
}

static void test_what_decides_the_kind(void)
{
    struct glance glance;
    glance_open(&glance);
    struct question_workload *none = add(&glance, "none");
    none->kernel.computes = false;
    choose(&glance, (struct point){1, 1, 16, 1}, 1);
    add(&glance, "race")->kernel.guard = KERNEL_GUARD_NONE;
    choose(&glance, (struct point){1, 2, 1, 2}, 1);
    struct question_workload *mixed = add(&glance, "mixed");
    make_wait(mixed);
    mixed->wait_fraction = 0; /* asked for, and none */
    choose(&glance, (struct point){1, 2, 1, 2}, 2);
    add(&glance, "probe");
    choose(&glance, (struct point){1, 2, 1, 2}, 1)->points = 1;
    struct question_workload *read = add(&glance, "read");
    make_wait(read);
    read->storage = "ext4";
    choose(&glance, (struct point){2, 2, 1, 2}, 2);
    struct question_workload *message = add(&glance, "message");
    make_wait(message);
    message->wait_bytes = 64;
    choose(&glance, (struct point){1, 4, 1, 2}, 3);
    add(&glance, "append")->kernel.guard = KERNEL_GUARD_LOCK;
    choose(&glance, (struct point){1, 1, 1, 1}, 1);
    choose(&glance, (struct point){1, 2, 1, 2}, 0.4);
    const struct advice_line *line = find(&glance);
    CU_ASSERT_EQUAL_FATAL(glance.advice.count, 4);
    CU_ASSERT_STRING_EQUAL(line[0].what, "computing: mixed");
    CU_ASSERT_STRING_EQUAL(line[1].what, "files: read");
    CU_ASSERT_STRING_EQUAL(line[1].use, "2 processes × 2 threads");
    CU_ASSERT_STRING_EQUAL(line[2].what, "messages: message");
    CU_ASSERT_STRING_EQUAL(line[2].use, "4 threads");
    CU_ASSERT_STRING_EQUAL(line[3].what, "one list: append");
    CU_ASSERT_STRING_EQUAL(line[3].use, "serial, on one core");
    CU_ASSERT_STRING_EQUAL(line[3].note, "2 cores: 0.40×");
    CU_ASSERT_EQUAL(line[3].cores, 1);
    glance_close(&glance);
}

static void test_nothing_to_compare(void)
{
    struct glance glance;
    glance_open(&glance);
    make_wait(add(&glance, "probe"));
    choose(&glance, (struct point){1, 2, 1, 2}, 1)->points = 1;
    const struct advice_line *line = find(&glance);
    CU_ASSERT_STRING_EQUAL(line[0].what, "computing: not measured; the job quick has it");
    CU_ASSERT_STRING_EQUAL(line[1].what, "waiting: no workload has two points with valid samples");
    glance_close(&glance);
}

enum { TWELVE = 12 };

/* So many workloads, each with as many threads on two cores as `threads` says. */
static void glance_open_twelve(struct glance *glance, const int threads[TWELVE])
{
    static const char *const names[TWELVE] = {"w0", "w1", "w2", "w3", "w4",  "w5",
                                              "w6", "w7", "w8", "w9", "w10", "w11"};
    glance_open(glance);
    for (int i = 0; i < TWELVE; i++) {
        add(glance, names[i]);
        choose(glance, (struct point){1, threads[i], 1, 2}, 1.5);
    }
}

static size_t workloads_of(const struct advice *advice)
{
    size_t workloads = 0;
    for (size_t i = 0; i < advice->count; i++) {
        workloads += advice->line[i].workloads;
    }
    return workloads;
}

static void test_too_many_lines_join(void)
{
    struct glance glance;
    glance_open_twelve(&glance, (int[TWELVE]){2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    const struct advice_line *line = find(&glance);
    CU_ASSERT(glance.advice.count <= ADVICE_LINES);
    CU_ASSERT_EQUAL(line[0].workloads, 12 - (glance.advice.count - 3));
    CU_ASSERT_STRING_EQUAL(line[0].use, "a thread per core");
    CU_ASSERT_PTR_NOT_NULL(strstr(line[0].note, "3 of "));
    CU_ASSERT_PTR_NOT_NULL(strstr(line[0].note, ", see --why"));
    CU_ASSERT_EQUAL(workloads_of(&glance.advice), TWELVE);
    glance_close(&glance);
}

static void test_lines_of_one_size_join(void)
{
    struct glance glance;
    glance_open_twelve(&glance, (int[TWELVE]){2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13});
    find(&glance);
    CU_ASSERT(glance.advice.count <= ADVICE_LINES);
    CU_ASSERT_EQUAL(workloads_of(&glance.advice), TWELVE);
    glance_close(&glance);
}

static void test_the_greatest_may_come_later(void)
{
    struct glance glance;
    glance_open_twelve(&glance, (int[TWELVE]){20, 19, 18, 17, 16, 15, 14, 13, 12, 2, 2, 2});
    const struct advice_line *line = find(&glance);
    size_t i = 0;
    while (i < glance.advice.count && strcmp(line[i].use, "a thread per core") != 0) {
        i++;
    }
    CU_ASSERT_FATAL(i < glance.advice.count);
    CU_ASSERT(line[i].workloads > 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(line[i].what, "computing: w"));
    CU_ASSERT_EQUAL(strncmp(line[i].note, "3 of ", 5), 0);
    glance_close(&glance);
}

static void test_loss(void)
{
    struct glance glance;
    glance_open(&glance);
    add(&glance, "a");
    choose(&glance, (struct point){1, 1, 1, 1}, 1)->loss = 0.031;
    choose(&glance, (struct point){1, 2, 1, 2}, 2)->loss = 0.01;
    find(&glance);
    CU_ASSERT_DOUBLE_EQUAL(glance.advice.loss, 0.031, 0);
    CU_ASSERT_EQUAL(glance.advice.rows, 2);
    CU_ASSERT_EQUAL(glance.advice.unsure, 0);
    glance.verdict[1].loss = 0.051;
    find(&glance);
    CU_ASSERT_EQUAL(glance.advice.unsure, 1);
    glance.verdict[1].loss = 0.01;
    glance.verdict[0].loss = INFINITY;
    find(&glance);
    CU_ASSERT_DOUBLE_EQUAL(glance.advice.loss, 0.01, 0);
    CU_ASSERT_EQUAL(glance.advice.unsure, 1);
    glance.verdict[1].loss = INFINITY;
    find(&glance);
    CU_ASSERT(isnan(glance.advice.loss));
    glance_close(&glance);
}

static void test_claims_are_those_meant(void)
{
    CU_ASSERT_STRING_EQUAL(claims_find(12)->text, "async is reproducible");
}

static const CU_TestInfo tests[] = {
    {"work that waits and work that does not have branches, and what is missing names the job",
     test_branches},
    {"workloads with the same use share a line, and a family is named once",
     test_same_use_is_one_line},
    {"members of a family on several lines are named by their value",
     test_a_family_on_several_lines},
    {"what is not known is not shown", test_unknown_is_not_shown},
    {"the kind follows from what the work is, and what is slower on more cores stays on one",
     test_what_decides_the_kind},
    {"a branch whose workloads have nothing to compare says so", test_nothing_to_compare},
    {"lines that are too many join the greatest of their kind, which says so",
     test_too_many_lines_join},
    {"of lines of one size some join, and none is lost", test_lines_of_one_size_join},
    {"the line that others join need not be the first", test_the_greatest_may_come_later},
    {"the loss is the greatest that is known", test_loss},
    {"the claim that a line names is the one that is meant", test_claims_are_those_meant},
    CU_TEST_INFO_NULL,
};

SUITE("advice", tests);
