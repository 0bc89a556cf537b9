#include "system/utf8.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>

static void characters_have_one_to_four_bytes(void)
{
    CU_ASSERT_EQUAL(utf8_bytes(""), 1);
    CU_ASSERT_EQUAL(utf8_bytes("a"), 1);
    CU_ASSERT_EQUAL(utf8_bytes("×"), 2);
    CU_ASSERT_EQUAL(utf8_bytes("…"), 3);
    CU_ASSERT_EQUAL(utf8_bytes("\xed\x9f\xbf"), 3);     /* the last before the surrogates */
    CU_ASSERT_EQUAL(utf8_bytes("\xf0\x9f\x98\x80"), 4); /* beyond 16 bits */
    CU_ASSERT_EQUAL(utf8_bytes("\xf4\x8f\xbf\xbf"), 4); /* the last of all */
}

static void what_is_no_character_has_none(void)
{
    static const char *const broken[] = {
        "\x80",             /* begins with what continues */
        "\xc3",             /* ends too soon */
        "\xe2\x80",         /* the same */
        "\xc3(",            /* does not continue */
        "\xc0\xaf",         /* longer than need be */
        "\xe0\x9f\xbf",     /* the same */
        "\xf0\x8f\xbf\xbf", /* the same */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* beyond the last */
        "\xf8\x90\x80\x80", /* no first byte */
        "\xff",             /* the same */
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        CU_ASSERT_EQUAL(utf8_bytes(broken[i]), 0);
    }
}

static const CU_TestInfo tests[] = {
    {"characters have one to four bytes", characters_have_one_to_four_bytes},
    {"what is no character has none", what_is_no_character_has_none},
    CU_TEST_INFO_NULL,
};

SUITE("utf8", tests);
