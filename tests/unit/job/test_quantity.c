/* Quantities: what may be typed, what is refused and in which words, and that every option of every
 * table can be written and read back. */
#include "engines/engines.h"
#include "job/job_options.h"
#include "job/quantity.h"
#include "kernels/kernels.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {"read", "write", "append", NULL};

static const struct option count = {"count", OPTION_COUNT, 1, 9e15, NAN, NULL, ""};
static const struct option axis = {"axis", OPTION_AXIS, 1, 65536, NAN, NULL, ""};
static const struct option duration = {"duration", OPTION_TIME, 1e-9, 31536000, NAN, NULL, ""};
static const struct option bytes = {"bytes", OPTION_BYTES, 0, 0x1p52, NAN, NULL, ""};
static const struct option fraction = {"fraction", OPTION_FRACTION, 0, 1, NAN, NULL, ""};
static const struct option flag = {"flag", OPTION_FLAG, 0, 1, NAN, NULL, ""};
static const struct option choice = {"choice", OPTION_CHOICE, 0, 2, NAN, words, ""};

/* A machine without an L3 cache. */
static const struct caches caches = {.bytes = {49152, 1310720}};

struct reading {
    const struct option *option;
    const char *text;
    double value;      /* held; with `wrong`: unused */
    const char *wrong; /* part of the message; NULL: it is taken */
};

static const struct reading readings[] = {
    {&count, "4096", 4096, NULL},
    {&count, "16 k", 16000, NULL},
    {&count, "16k", 16000, NULL},
    {&count, "16.1 k", 16100, NULL},
    {&count, "1 M", 1e6, NULL},
    {&count, "1e3", 1000, NULL},
    {&count, "2.5E+1", 25, NULL},
    {&count, "3.0", 3, NULL},
    {&duration, "200 us", 200e-6, NULL},
    {&duration, "200us", 200e-6, NULL},
    {&duration, "200 \xc2\xb5s", 200e-6, NULL},
    {&duration, "200 \xce\xbcs", 200e-6, NULL},
    {&duration, "1 ns", 1e-9, NULL},
    {&duration, "1.5 ms", 1.5e-3, NULL},
    {&duration, ".5 s", 0.5, NULL},
    {&duration, "2 min", 120, NULL},
    {&duration, "3 h", 10800, NULL},
    {&bytes, "0", 0, NULL},
    {&bytes, "512 B", 512, NULL},
    {&bytes, "1.5 KiB", 1536, NULL},
    {&bytes, "256 MiB", 268435456, NULL},
    {&bytes, "4 GiB", 4294967296, NULL},
    {&bytes, "2 TiB", 0x1p41, NULL},
    {&bytes, "1 L1", 49152, NULL},
    {&bytes, "0.5 L1", 24576, NULL},
    {&bytes, "4 L2", 4 * 1310720, NULL},
    {&bytes, "1.3 L2", 26624 * 64, NULL}, /* whole cache lines */
    {&bytes, "4LLC", 4 * 1310720, NULL},  /* the last that there is */
    {&fraction, "0.9", 0.9, NULL},
    {&fraction, "90 %", 0.9, NULL},
    {&fraction, "2%", 0.02, NULL},
    {&flag, "true", 1, NULL},
    {&flag, "false", 0, NULL},
    {&choice, "append", 2, NULL},
    {&count, "", 0, "has no value; allowed: a whole number from 1"},
    {&count, "0", 0, "`0` is too small"},
    {&count, "9e16", 0, "`9e16` is too large"},
    {&count, "1e999", 0, "is too large"},
    {&count, "1.5", 0, "`1.5` is not a whole number"},
    {&count, "-3", 0, "`-3` is negative"},
    {&count, "+3", 0, "`+3` is not a number"},
    {&count, "nan", 0, "`nan` is not a number"},
    {&count, "inf", 0, "`inf` is not a number"},
    {&count, "0x10", 0, "`0x10` has an unknown unit"},
    {&count, "12 apples", 0, "`12 apples` has an unknown unit"},
    {&count, "12 K", 0, "did you mean `k`"},
    {&count, "12 ", 0, "ends in a space"},
    {&count, " 12", 0, "is not a number"},
    {&count, "1\n2", 0, "`1\\x0a2` holds a character that cannot be seen"},
    {&duration, "1\u00a0ms", 0, "`1\\u00a0ms` holds a character that cannot be seen"},
    {&axis, "1-4", 0, "is not a number; allowed: a whole number from 1 to 65536, `all`"},
    {&axis, "1,2,4", 0, "holds a comma, which is only for lists in brackets"},
    {&axis, "0", 0, "or a list of these, as in [1, 2, all]"},
    {&count, ".", 0, "is not a number"},
    {&count, "1e", 0, "has an unknown unit"},
    {&duration, "1,5 ms", 0, "`1,5 ms` holds a comma"},
    {&duration, "200", 0, "`200` has no unit; allowed: a time from 1 ns to 8760 h, in ns, us, ms"},
    {&duration, "5 sec", 0, "`5 sec` has an unknown unit"},
    {&duration, "5 MS", 0, "did you mean `ms`"},
    {&duration, "1e3 s", 0, "has an unknown unit"},
    {&duration, "5 KiB", 0, "has an unknown unit"},
    {&duration, "0", 0, "`0` is too small"},
    {&duration, "9000 h", 0, "`9000 h` is too large"},
    {&bytes, "4 KB", 0, "or TiB, or in caches: L1, L2, L3 or LLC; did you mean `KiB`"},
    {&bytes, "4 MB", 0, "did you mean `MiB`"},
    {&bytes, "4096", 0, "has no unit"},
    {&bytes, "4 L3", 0,
     "`4 L3` cannot be had, because this machine does not tell how large its L3"},
    {&bytes, "4 L3", 0,
     "write LLC for the last cache there is, or bytes; allowed: a size from 0 B"},
    {&bytes, "4 L4", 0, "`4 L4` has an unknown unit"},
    {&bytes, "4 llc", 0, "has an unknown unit"},
    {&bytes, "99999999999999 L2", 0, "is too large"},
    {&duration, "4 L2", 0, "has an unknown unit"},
    {&count, "4 L2", 0, "has an unknown unit"},
    {&bytes, "0.3 B", 0, "is not a whole number of bytes"},
    {&fraction, "101 %", 0, "is too large"},
    {&fraction, "1.1", 0, "`1.1` is too large; allowed: a number from 0 to 1"},
    {&flag, "yes", 0, "`yes` is unknown; allowed: true or false"},
    {&flag, "treu", 0, "did you mean `true`"},
    {&choice, "raed", 0, "allowed: one of read, write, append; did you mean `read`"},
    {&count, "1000000000000000000000000000000000000000000000000000000000000000000000000000000", 0,
     "is too long"},
};

static void quantities_are_read_or_refused(void)
{
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        const struct reading *reading = &readings[i];
        char why[512] = "";
        double value = -1;
        int status =
            quantity_parse(reading->option, reading->text, &caches, &value, why, sizeof why);
        bool good = reading->wrong ? status < 0 && value == -1 && strstr(why, reading->wrong)
                                   : status == 0 && value == reading->value;
        if (!good) {
            printf("\n`%s`: status %d, value %.17g, %s\n", reading->text, status, value, why);
        }
        CU_ASSERT(good);
    }
}

static void messages_fit_the_room_they_get(void)
{
    char why[24];
    double value;
    memset(why, 'x', sizeof why);
    CU_ASSERT(quantity_parse(&duration, "200", &caches, &value, why, 10) < 0);
    CU_ASSERT_STRING_EQUAL(why, "`200` has");
    CU_ASSERT_EQUAL(why[10], 'x');
}

struct writing {
    const struct option *option;
    double value;
    const char *text;
};

static const struct writing writings[] = {
    {&count, 4096, "4096"},        {&count, 1e6, "1000000"},
    {&duration, 200e-6, "200 us"}, {&duration, 1.5e-3, "1.5 ms"},
    {&duration, 1, "1 s"},         {&duration, 90, "90 s"},
    {&duration, 120, "2 min"},     {&duration, 3600, "1 h"},
    {&duration, 0, "0 s"},         {&bytes, 1536, "1536 B"},
    {&bytes, 4096, "4 KiB"},       {&bytes, 268435456, "256 MiB"},
    {&fraction, 0.9, "0.9"},       {&fraction, 1e-6, "0.000001"},
    {&fraction, 0, "0"},           {&flag, 1, "true"},
    {&choice, 1, "write"},         {&duration, NAN, "?"},
};

static void quantities_are_written_as_they_could_be_typed(void)
{
    for (size_t i = 0; i < sizeof writings / sizeof writings[0]; i++) {
        char text[64];
        CU_ASSERT_STRING_EQUAL(
            quantity_text(writings[i].option, writings[i].value, text, sizeof text),
            writings[i].text);
    }
}

static void expect_round_trip(const struct option *option, double value)
{
    char text[64], why[512] = "";
    double again = NAN;
    quantity_text(option, value, text, sizeof text);
    bool good =
        quantity_parse(option, text, &caches, &again, why, sizeof why) == 0 && again == value;
    if (!good) {
        printf("\n%s: %.17g written as %s: %.17g %s\n", option->name, value, text, again, why);
    }
    CU_ASSERT(good);
}

static void awkward_numbers_survive_being_written(void)
{
    double third = 1.0 / 3, scale = 1;
    while (scale > 1e-8) {
        expect_round_trip(&duration, third * scale);
        expect_round_trip(&duration, 0.1 * scale + 1e-9);
        expect_round_trip(&fraction, third * scale);
        expect_round_trip(&fraction, 1 - third * scale);
        scale /= 7;
    }
    scale = 1;
    while (scale < 1e15) {
        expect_round_trip(&count, scale);
        expect_round_trip(&bytes, scale);
        expect_round_trip(&bytes, floor(scale / 7) * 8);
        scale *= 7;
    }
}

static void expect_refused(const struct option *option, double value, const char *wrong)
{
    char text[64], why[512] = "";
    double held;
    if (value < 0) {
        snprintf(text, sizeof text, "-1");
    } else {
        quantity_text(option, value, text, sizeof text);
    }
    bool good =
        quantity_parse(option, text, &caches, &held, why, sizeof why) < 0 && strstr(why, wrong);
    if (!good) {
        printf("\n%s takes %s %s\n", option->name, text, why);
    }
    CU_ASSERT(good);
}

static void check_option(const struct option *option)
{
    char why[512];
    double value;
    CU_ASSERT_PTR_NOT_NULL(option->help);
    CU_ASSERT(option->minimum <= option->maximum);
    CU_ASSERT(quantity_parse(option, "no such word", &caches, &value, why, sizeof why) < 0);
    CU_ASSERT(strlen(quantity_allowed(option, why, sizeof why)) > 3);
    if (option->kind == OPTION_PATH) {
        return;
    }
    expect_round_trip(option, option->minimum);
    expect_round_trip(option, option->maximum);
    if (!isnan(option->fallback)) {
        expect_round_trip(option, option->fallback);
    }
    if (option->kind == OPTION_FLAG || option->kind == OPTION_CHOICE) {
        return;
    }
    expect_refused(option, option->minimum > 0 ? option->minimum / 2 : -1,
                   option->minimum > 0 ? "too small" : "negative");
    expect_refused(option, option->maximum * 2, "too large");
}

static void check_options(const struct option *options)
{
    for (; options && options->name; options++) {
        check_option(options);
    }
}

static void every_option_of_every_table_keeps_its_range(void)
{
    check_options(job_options);
    check_options(job_workload_options);
    for (size_t i = 0; kernels_all[i]; i++) {
        check_options(kernels_all[i]->options);
    }
    for (size_t i = 0; engines_all[i]; i++) {
        check_options(engines_all[i]->options);
    }
}

static const CU_TestInfo tests[] = {
    {"quantities are read or refused", quantities_are_read_or_refused},
    {"messages fit the room they get", messages_fit_the_room_they_get},
    {"quantities are written as they could be typed",
     quantities_are_written_as_they_could_be_typed},
    {"awkward numbers survive being written", awkward_numbers_survive_being_written},
    {"every option of every table keeps its range", every_option_of_every_table_keeps_its_range},
    CU_TEST_INFO_NULL,
};

SUITE("quantity", tests);
