/* Numbers as a person reads them: three digits are enough, and none has an exponent. */
#include "text/words.h"

#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static const struct {
    double value;
    const char *number, *bytes;
} written[] = {
    {0, "0", "0 B"},
    {0.5, "0.5", "0.5 B"},
    {1.25, "1.25", "1.25 B"},
    {120, "120", "120 B"},
    {999.4, "999", "999 B"},
    {999.6, "1000", "1000 B"},
    {1023, "1023", "1023 B"},
    {1024, "1024", "1 KiB"},
    {4096, "4096", "4 KiB"},
    {1e6, "1000000", "977 KiB"},
    {1047552, "1047552", "1023 KiB"},
    {1.5 * 1048576, "1572864", "1.5 MiB"},
};

static void numbers_have_no_exponent(void)
{
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        char text[WORDS_BYTES];
        CU_ASSERT_STRING_EQUAL(words_number(written[i].value, text), written[i].number);
        CU_ASSERT_STRING_EQUAL(words_bytes(written[i].value, text), written[i].bytes);
    }
}

static const CU_TestInfo tests[] = {
    {"numbers have no exponent", numbers_have_no_exponent},
    CU_TEST_INFO_NULL,
};

SUITE("words", tests);
