#include "terminal/claims_table.h"
#include "terminal/table.h"
#include "text/words.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 6
#define PRINTED_BYTES 65536

static struct interval interval(double median, double half)
{
    return (struct interval){median, median - half, median + half, isnan(half) ? 3 : 20};
}

/* Two workloads and a family at one and two cores. */
static void fill_rows(struct table_row rows[ROWS])
{
    static const char *const names[] = {"flops", "wait", "mixed[wait_fraction=0.9]"};
    for (int i = 0; i < ROWS; i++) {
        struct verdict *verdict = &rows[i].verdict;
        int cores = 1 + i % 2;
        rows[i].workload = names[i / 2];
        *verdict = (struct verdict){
            .workload = (size_t)i / 2,
            .cores = cores,
            .serial_s = 51.2e-3,
            .serial_task_s = 200e-6,
            .best = {[GROUP_SERIAL] = {{1, 1, 1, 1}, interval(1, 0)},
                     [GROUP_THREADS] = {{1, 2, 1, cores}, interval(1.98, 0.012)},
                     [GROUP_PROCESSES] = {{2, 1, 1, cores}, interval(58.9, 0.3)},
                     [GROUP_ASYNC] = {{0}, interval(NAN, NAN)},
                     [GROUP_MIX] = {{1, 2, 16, cores}, interval(213, 4)}},
            .choice = {1, 2, 16, cores},
            .choice_speed_up = interval(213, 4),
            .choice_s = 0.24e-3,
            .tasks_per_s = 960,
            .bound_tasks_per_s = {1000, 2000, INFINITY, INFINITY, INFINITY},
            .limit = "the cores: 1.98 of 2",
            .reason = "Use threads+async. The limit is the cores.",
        };
    }
}

/* What table_print writes; the caller frees it. */
static char *print(const struct table_row *rows, size_t count, int colour)
{
    char *text = calloc(1, PRINTED_BYTES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    FILE *out = fmemopen(text, PRINTED_BYTES, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(table_print(out, rows, count, 0, colour), 0);
    fclose(out);
    return text;
}

/* Columns of the widest line: one for each code point, none for colours. */
static size_t widest(const char *text)
{
    size_t columns = 0, most = 0;
    for (; *text; text++) {
        if (*text == '\033') {
            text += strcspn(text, "m");
        } else if (*text == '\n') {
            columns = 0;
        } else if (((unsigned char)*text & 0xc0) != 0x80) {
            columns++;
            most = columns > most ? columns : most;
        }
    }
    return most;
}

/* Column in which `what` first stands after `from`. */
static size_t column_of(const char *text, const char *from, const char *what)
{
    const char *at = strstr(strstr(text, from), what);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    size_t columns = 0;
    while (at > text && at[-1] != '\n') {
        at--;
        columns += ((unsigned char)*at & 0xc0) != 0x80;
    }
    return columns;
}

static void test_figures_and_choice_are_shown(void)
{
    struct table_row rows[ROWS];
    fill_rows(rows);
    char *text = print(rows, ROWS, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "200 µs"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "51.2 ms"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1.98±0.01"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "58.9±0.3"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "213±4*"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "threads+async 1×2×16"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "96 %  "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "cores: 1.98 of 2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "–"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n\nflops, 1 core: Use threads+async."));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nmixed[wait_fraction=0.9], 2 cores: Use"));
    free(text);
}

static void test_serial_stands_once_per_workload(void)
{
    struct table_row rows[ROWS];
    int shown = 0;
    fill_rows(rows);
    char *text = print(rows, ROWS, 0);
    for (const char *at = text; (at = strstr(at, "51.2 ms")); at++) {
        shown++;
    }
    CU_ASSERT_EQUAL(shown, 3);
    free(text);
}

static void test_family_keeps_its_value(void)
{
    struct table_row rows[ROWS];
    fill_rows(rows);
    char *text = print(rows, ROWS, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nmixed by wait_fraction:\n  0.9 "));
    free(text);
}

static void test_decimal_points_stand_below_each_other(void)
{
    struct table_row rows[ROWS];
    fill_rows(rows);
    rows[1].verdict.best[GROUP_THREADS].speed_up = interval(100.4, 2);
    rows[2].verdict.best[GROUP_THREADS].speed_up = interval(12.7, 0.2);
    char *text = print(rows, ROWS, 0);
    CU_ASSERT_EQUAL(column_of(text, "flops ", ".98±"), column_of(text, "wait ", ".7±"));
    CU_ASSERT_EQUAL(column_of(text, "flops ", ".98±"), column_of(text, "100±2", "±"));
    free(text);
}

static void test_too_few_rounds_show_a_question_mark(void)
{
    struct table_row rows[ROWS];
    fill_rows(rows);
    rows[0].verdict.best[GROUP_THREADS].speed_up = interval(1.5, NAN);
    char *text = print(rows, ROWS, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1.50±?"));
    free(text);
}

static void test_no_choice_is_a_dash(void)
{
    struct table_row row = {.workload = "flops"};
    row.verdict = (struct verdict){.cores = 1,
                                   .serial_s = NAN,
                                   .serial_task_s = NAN,
                                   .limit = "no valid samples",
                                   .reason = "Nothing can be said."};
    char *text = print(&row, 1, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "no valid samples"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "flops, 1 core: Nothing can be said."));
    CU_ASSERT_PTR_NULL(strstr(text, "nan"));
    free(text);
}

/* A workload that failed on 1, 2 and 4 cores, between two that did not. */
static void test_failure_is_told_once(void)
{
    struct table_row rows[ROWS];
    fill_rows(rows);
    for (int i = 1; i < 4; i++) {
        rows[i].workload = "write";
        rows[i].verdict = (struct verdict){.cores = 1 << (i - 1),
                                           .serial_s = NAN,
                                           .serial_task_s = NAN,
                                           .limit = "failed",
                                           .reason = "Nothing can be said, for it failed: the disk "
                                                     "is full."};
    }
    char *text = print(rows, ROWS, 0);
    const char *first = strstr(text, "\nwrite, 1, 2 and 4 cores: Nothing can be said");
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_PTR_NULL(strstr(strstr(first, "can be said"), "Nothing can be said"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nflops, 1 core: Use"));
    CU_ASSERT_PTR_NOT_NULL(strstr(first, "\nmixed[wait_fraction=0.9], 2 cores: Use"));
    const char *row = strstr(text, "\nwrite ");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    char line[256];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(row + 1, "\n"), row + 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "–"));
    CU_ASSERT_STRING_EQUAL(line + strlen(line) - strlen(" failed"), " failed");
    CU_ASSERT_PTR_NULL(strchr(line, '?'));

    rows[2].verdict.reason[0] = 'n'; /* another reason */
    rows[4].verdict = rows[3].verdict;
    free(text);
    text = print(rows, ROWS, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nwrite, 1 core: Nothing"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nwrite, 2 cores: nothing"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nmixed[wait_fraction=0.9], 4 cores: Nothing"));
    free(text);
}

static void test_colour_only_when_asked(void)
{
    struct table_row rows[ROWS];
    fill_rows(rows);
    char *plain = print(rows, ROWS, 0), *coloured = print(rows, ROWS, 1);
    CU_ASSERT_PTR_NULL(strchr(plain, '\033'));
    CU_ASSERT_PTR_NOT_NULL(strstr(coloured, "213±4"));
    CU_ASSERT_PTR_NOT_NULL(strchr(coloured, '\033'));
    CU_ASSERT_PTR_NULL(strchr(coloured, '*'));
    free(plain);
    free(coloured);
}

/* Long names, digits that nobody needs, the longest words of the verdict. */
static void make_extreme(struct table_row *row, char name[128], int seed)
{
    static const double sizes[] = {1e-12, 0.00123, 999.96, 123456.7, 1.5e12, 3e300};
    struct verdict *verdict = &row->verdict;
    memset(name, 'a' + seed % 26, 127);
    name[127] = '\0';
    row->workload = name;
    for (int g = 0; g < GROUP_COUNT; g++) {
        double median = sizes[(seed + g) % 6];
        verdict->best[g].point = (struct point){1000000, 1000000, 1000000, 4096};
        verdict->best[g].speed_up = interval(median, median * (seed % 3 + 0.001));
    }
    verdict->serial_s = sizes[seed % 6];
    verdict->serial_task_s = sizes[(seed + 3) % 6];
    verdict->cores = 4096;
    verdict->choice = (struct point){1000000, 1000000, 1000000, 4096};
    memset(verdict->limit, 'x', sizeof verdict->limit - 1);
    memset(verdict->reason, 'y', sizeof verdict->reason - 1);
}

static void test_never_wider_than_the_terminal(void)
{
    struct table_row rows[ROWS];
    char names[ROWS][128];
    fill_rows(rows);
    for (int i = 0; i < ROWS; i++) {
        for (int colour = 0; colour < 2; colour++) {
            char *text = print(rows, ROWS, colour);
            CU_ASSERT(widest(text) <= 120);
            free(text);
        }
        make_extreme(&rows[i], names[i], i);
    }
    char *text = print(rows, ROWS, 0);
    CU_ASSERT(widest(text) <= 120);
    free(text);
}

static void test_bytes_from_outside_are_made_harmless(void)
{
    struct table_row rows[ROWS];
    fill_rows(rows);
    rows[0].workload = "evil\033[2Jname\n";
    strcpy(rows[0].verdict.reason, "clear\033[2J\xff");
    strcpy(rows[0].verdict.limit, "\033[2J");
    char *text = print(rows, ROWS, 0);
    CU_ASSERT_PTR_NULL(strchr(text, '\033'));
    CU_ASSERT_PTR_NULL(strchr(text, '\xff'));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "evil\\x1b"));
    free(text);
}

/* The share of the lowest bound that applies, or none. */
static void test_share_of_the_bound(void)
{
    static const struct {
        double tasks_per_s, bound[BOUND_COUNT];
        const char *shown;
    } cases[] = {
        {960, {1000, 2000, INFINITY, INFINITY, INFINITY}, " 96 % "},
        {960, {INFINITY, 2000, INFINITY, 800, INFINITY}, " 120 % "},
        {960, {1000, 2000, INFINITY, INFINITY, 950}, " 100 % "}, /* as far as the samples tell */
        {5.04, {1000, 100, INFINITY, INFINITY, INFINITY}, " 5.0 % "},
        {960, {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY}, " – "},
        {NAN, {1000, INFINITY, INFINITY, INFINITY, INFINITY}, " – "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct table_row rows[ROWS];
        fill_rows(rows);
        rows[0].verdict.choice_speed_up = (struct interval){2, 1.97, 2.03, 9};
        rows[0].verdict.tasks_per_s = cases[i].tasks_per_s;
        memcpy(rows[0].verdict.bound_tasks_per_s, cases[i].bound, sizeof cases[i].bound);
        char *text = print(rows, 1, 0);
        const char *use = strstr(text, "1×2×16");
        CU_ASSERT_PTR_NOT_NULL_FATAL(use);
        char line[128];
        snprintf(line, sizeof line, "%.*s", (int)strcspn(use, "\n"), use);
        CU_ASSERT_PTR_NOT_NULL(strstr(line, cases[i].shown));
        free(text);
    }
}

static void test_full_disk_is_told(void)
{
    struct table_row rows[ROWS];
    fill_rows(rows);
    FILE *out = fopen("/dev/full", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    setvbuf(out, NULL, _IONBF, 0);
    CU_ASSERT(table_print(out, rows, ROWS, 0, false) < 0);
    fclose(out);
}

static void test_reasons_are_cut_after_a_sentence(void)
{
    struct table_row row = {.workload = "flops",
                            .verdict = {.cores = 1, .choice = {1, 1, 1, 1}, .serial_s = NAN}};
    struct words reason = {row.verdict.reason, sizeof row.verdict.reason, 0};
    for (int i = 0; i < 12; i++) {
        words_add(&reason, "%sSentence %d takes about forty columns of it.", i > 0 ? " " : "", i);
    }
    char *text = calloc(1, PRINTED_BYTES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    FILE *out = fmemopen(text, PRINTED_BYTES, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(table_print(out, &row, 1, 3, false), 0);
    fclose(out);
    const char *told = strstr(text, "\n\nflops, 1 core: Sentence 0 ");
    CU_ASSERT_PTR_NOT_NULL_FATAL(told);
    size_t lines = 0;
    for (const char *at = told + 2; (at = strchr(at, '\n')); at++) {
        lines++;
    }
    CU_ASSERT_EQUAL(lines, 3);
    CU_ASSERT_STRING_EQUAL(text + strlen(text) - 5, " it.\n");
    CU_ASSERT_PTR_NULL(strstr(text, "Sentence 11"));
    free(text);
}

static char *print_claims(const struct claim_row *rows, size_t count, bool colour)
{
    char *text = calloc(1, PRINTED_BYTES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    FILE *out = fmemopen(text, PRINTED_BYTES, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(claims_print(out, rows, count, colour), 0);
    fclose(out);
    return text;
}

static void test_claims_stand_with_outcome_and_reason(void)
{
    const struct claim_row rows[] = {
        {3, "holds here", "on one core nothing helps compute", "flops 1.00 at 1×16×1@1."},
        {16, "does not hold here", "creating workers costs", "a\033[2J thread costs 11 µs."},
    };
    char *text = print_claims(rows, 2, false);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "  3  holds here         on one core nothing helps compute\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " 16  does not hold here creating workers costs\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "claim 3 holds here: flops 1.00 at 1×16×1@1.\n"));
    CU_ASSERT_PTR_NULL(strchr(text, '\033'));
    CU_ASSERT(widest(text) <= 120);
    free(text);
    text = print_claims(rows, 2, true);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\033[1mclaim 3 holds here:"));
    free(text);
    text = print_claims(rows, 0, true);
    CU_ASSERT_STRING_EQUAL(text, "");
    free(text);
}

static void test_claims_that_were_not_tried_share_a_sentence(void)
{
    const struct claim_row rows[] = {
        {1, "not tried", "N cores cut the time", "This job lacks the cells."},
        {2, "cannot tell", "nothing helps", "This job lacks the cells."},
        {3, "not tried", "a switch costs", "This job lacks the cells."},
        {4, "not tried", "a worker costs", "Only one core was measured."},
        {5, "not tried", "both is best", "This job lacks the cells."},
    };
    char *text = print_claims(rows, 5, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  4  not tried          a worker costs\n"
                                        "  5  not tried          both is best\n\n"
                                        "claim 2 cannot tell: This job lacks the cells.\n"
                                        "claims 1, 3 and 5 not tried: This job lacks the cells.\n"
                                        "claim 4 not tried: Only one core was measured.\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  3  not tried          a switch costs\n"));
    free(text);
    text = print_claims(rows, 1, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text, "  1  not tried          N cores cut the time\n\nclaim 1 not tried: This job"));
    free(text);
}

static const CU_TestInfo tests[] = {
    {"figures, choice and limit are shown", test_figures_and_choice_are_shown},
    {"the share of the lowest bound is shown", test_share_of_the_bound},
    {"serial times stand once for each workload", test_serial_stands_once_per_workload},
    {"a family's lines keep their value", test_family_keeps_its_value},
    {"decimal points stand below each other", test_decimal_points_stand_below_each_other},
    {"too few rounds show a question mark", test_too_few_rounds_show_a_question_mark},
    {"no choice is a dash", test_no_choice_is_a_dash},
    {"a failure is told once for all cores", test_failure_is_told_once},
    {"colour only when asked", test_colour_only_when_asked},
    {"never wider than 120 columns", test_never_wider_than_the_terminal},
    {"bytes from outside are made harmless", test_bytes_from_outside_are_made_harmless},
    {"of long reasons the first sentences that fit are shown",
     test_reasons_are_cut_after_a_sentence},
    {"claims stand with their outcome and reason", test_claims_stand_with_outcome_and_reason},
    {"claims that were not tried share a sentence",
     test_claims_that_were_not_tried_share_a_sentence},
    {"a table that could not be written is an error", test_full_disk_is_told},
    CU_TEST_INFO_NULL,
};

SUITE("table", tests);
