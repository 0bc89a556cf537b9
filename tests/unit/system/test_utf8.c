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

static void code_points_are_those_of_the_characters(void)
{
    static const struct {
        const char *text;
        uint32_t code_point;
    } known[] = {{"a", 'a'}, {"\u00d7", 0xd7}, {"\u2026", 0x2026}, {"\U0001f600", 0x1f600}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t bytes = utf8_bytes(known[i].text);
        CU_ASSERT_EQUAL(utf8_code_point(known[i].text, bytes), known[i].code_point);
    }
}

static void what_is_seen_is_printable(void)
{
    static const uint32_t seen[] = {' ', '~', 0xa1, 0xd7, 0x2026, 0x4e00, 0x1f600, 0xfffd};
    static const uint32_t unseen[] = {0,      0x1f,   0x7f,   0xa0,    0xad,    0x200b,  0x202e,
                                      0x2028, 0x3000, 0xd800, 0xe000,  0xfe0f,  0xfeff,  0xffff,
                                      0x378,  0x2800, 0x3164, 0x1d173, 0xe0041, 0x10ffff};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        CU_ASSERT(utf8_is_printable(seen[i]));
    }
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++) {
        CU_ASSERT_FALSE(utf8_is_printable(unseen[i]));
    }
}

static const CU_TestInfo tests[] = {
    {"characters have one to four bytes", characters_have_one_to_four_bytes},
    {"what is no character has none", what_is_no_character_has_none},
    {"code points are those of the characters", code_points_are_those_of_the_characters},
    {"what is seen is printable", what_is_seen_is_printable},
    CU_TEST_INFO_NULL,
};

SUITE("utf8", tests);
