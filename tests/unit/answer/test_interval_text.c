/* Intervals as they are read: no more digits than half of the width justifies. */
#include "answer/interval_text.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>

static void test_digits_are_those_that_are_known(void)
{
    static const struct {
        struct interval interval;
        const char *text;
    } cases[] = {
        {{58.9, 58.6, 59.2, 9}, "58.9 ±0.3"},
        {{1.987, 1.9, 2.1, 9}, "2.0 ±0.1"},
        {{2, 2, 2, 9}, "2.00 ±0.00"},
        {{2, 2 - 1e-9, 2 + 1e-9, 9}, "2.00 ±0.01"},
        {{123.4, 100, 150, 9}, "123 ±25"},
        {{58.9, NAN, NAN, 3}, "58.9 ±?"},
        {{NAN, NAN, NAN, 0}, "?"},
        {{INFINITY, NAN, NAN, 1}, "?"},
        {{2.5e6, 2.4e6, 2.6e6, 9}, "2.5e+06 ±1e+05"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[WORDS_BYTES];
        CU_ASSERT_STRING_EQUAL(interval_text(cases[i].interval, text), cases[i].text);
    }
}

static const CU_TestInfo tests[] = {
    {"digits are those that are known", test_digits_are_those_that_are_known},
    CU_TEST_INFO_NULL,
};

SUITE("interval_text", tests);
