/* Errors: the first one counts, and what comes from outside is fit to be printed. */
#include "model/task.h"
#include "system/error.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static void the_first_error_counts(void)
{
    struct error error = {0};
    CU_ASSERT_EQUAL(error_set(&error, STATUS_USAGE, "line %d: %s", 3, "no such key"), STATUS_USAGE);
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    CU_ASSERT_STRING_EQUAL(error.text, "line 3: no such key");
    CU_ASSERT_EQUAL(error_set(&error, STATUS_STORAGE, "disk full"), STATUS_USAGE);
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    CU_ASSERT_STRING_EQUAL(error.text, "line 3: no such key");
    error = (struct error){0};
    CU_ASSERT_EQUAL(error_no_memory(&error, "the job"), STATUS_ENVIRONMENT);
    CU_ASSERT_STRING_EQUAL(error.text, "no memory for the job");
}

static void a_sentence_ends_with_one_full_stop(void)
{
    CU_ASSERT_STRING_EQUAL(error_stop("disk full"), ".");
    CU_ASSERT_STRING_EQUAL(error_stop("The disk is full. Make room."), "");
    CU_ASSERT_STRING_EQUAL(error_stop("which file?"), "");
    CU_ASSERT_STRING_EQUAL(error_stop("cut off…"), "");
    CU_ASSERT_STRING_EQUAL(error_stop(""), ".");
}

static void exit_statuses_are_those_of_the_design(void)
{
    CU_ASSERT_EQUAL(STATUS_DONE, 0);
    CU_ASSERT_EQUAL(STATUS_WRONG, 1);
    CU_ASSERT_EQUAL(STATUS_USAGE, 2);
    CU_ASSERT_EQUAL(STATUS_INTERRUPTED, 3);
    CU_ASSERT_EQUAL(STATUS_STORAGE, 4);
    CU_ASSERT_EQUAL(STATUS_ENVIRONMENT, 5);
}

static void a_long_text_is_cut(void)
{
    struct error error[2] = {0}; /* the second one would be overwritten */
    char text[3 * ERROR_TEXT_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CU_ASSERT_EQUAL(error_set(&error[0], STATUS_WRONG, "%s", text), STATUS_WRONG);
    CU_ASSERT_EQUAL(strlen(error[0].text), ERROR_TEXT_BYTES - 1);
    CU_ASSERT_EQUAL(error[1].status, 0);
}

static void check_escape(const char *text, const char *wanted)
{
    char out[256];
    CU_ASSERT_PTR_EQUAL(error_escape(text, out, sizeof out), out);
    CU_ASSERT_STRING_EQUAL(out, wanted);
}

static void good_text_stays_as_it_is(void)
{
    check_escape("", "");
    check_escape("plain ~text", "plain ~text");
    check_escape("¿Cuál? 2×3 …", "¿Cuál? 2×3 …");
    check_escape("\xc2\xa1\xdf\xba", "\xc2\xa1\xdf\xba");
    check_escape("\xe0\xa0\x80\xed\x9f\xbb\xef\xbf\xbd", "\xe0\xa0\x80\xed\x9f\xbb\xef\xbf\xbd");
    check_escape("\xf0\x90\x80\x80\xf0\x9f\x98\x80", "\xf0\x90\x80\x80\xf0\x9f\x98\x80");
    check_escape("\\x1b \\u202e", "\\x1b \\u202e"); /* escaped once, it stays so */
}

static void control_characters_are_escaped(void)
{
    for (int c = 1; c < 256; c++) {
        char text[] = {'a', (char)c, 'b', '\0'}, wanted[8];
        bool stays = c >= 0x20 && c < 0x7f;
        snprintf(wanted, sizeof wanted, stays ? "a%cb" : "a\\x%02xb", c);
        check_escape(text, wanted);
    }
    check_escape("\xc2\x80\xc2\x9b[2J", "\\u0080\\u009b[2J"); /* C1: CSI in eight bits */
    check_escape("\x1b[31mred\x1b[0m\n", "\\x1b[31mred\\x1b[0m\\x0a");
}

static void what_is_not_seen_is_escaped(void)
{
    check_escape("\u202egnp.h5", "\\u202egnp.h5"); /* from right to left */
    check_escape("a\u200b\u00ad\ufeffb", "a\\u200b\\u00ad\\ufeffb");
    check_escape("1\u00a0ms", "1\\u00a0ms");                  /* looks like a space */
    check_escape("a\u2028b\u2029", "a\\u2028b\\u2029");       /* ends of lines */
    check_escape("x\U000e0041\ufe0f", "x\\U000e0041\\ufe0f"); /* tags and variation selectors */
    check_escape("\u3164\u115f", "\\u3164\\u115f");           /* letters without a shape */
    check_escape("\ufffe\U0010ffff", "\\ufffe\\U0010ffff");   /* no characters */
}

static void broken_utf8_is_escaped(void)
{
    check_escape("\xc3", "\\xc3");
    check_escape("\xc3(", "\\xc3(");
    check_escape("\xe2\x80", "\\xe2\\x80");
    check_escape("\xe2\x80x", "\\xe2\\x80x");
    check_escape("\xc0\xaf", "\\xc0\\xaf");                            /* overlong, two bytes */
    check_escape("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf");                   /* overlong, three */
    check_escape("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf");          /* overlong, four */
    check_escape("\xed\xa0\x80", "\\xed\\xa0\\x80");                   /* a surrogate */
    check_escape("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");          /* beyond U+10FFFF */
    check_escape("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"); /* none is so long */
    check_escape("\xff\xfe", "\\xff\\xfe");
}

static void what_does_not_fit_ends_in_an_ellipsis(void)
{
    char out[16];
    CU_ASSERT_STRING_EQUAL(error_escape("abcdef", out, 7), "abcdef"); /* fits to the byte */
    CU_ASSERT_STRING_EQUAL(error_escape("abcdef", out, 6), "ab…");
    CU_ASSERT_STRING_EQUAL(error_escape("abcdef", out, 4), "…");
    CU_ASSERT_STRING_EQUAL(error_escape("ab", out, 3), "ab");
    CU_ASSERT_STRING_EQUAL(error_escape("abc", out, 3), ""); /* no room for an ellipsis */
    CU_ASSERT_STRING_EQUAL(error_escape("a××", out, 6), "a××");
    CU_ASSERT_STRING_EQUAL(error_escape("a×××", out, 7), "a×…"); /* never half of a letter */
    CU_ASSERT_STRING_EQUAL(error_escape("a\x1b\x1b", out, 9), "a\\x1b…"); /* or of an escape */
    CU_ASSERT_STRING_EQUAL(error_escape("x", out, 1), "");
}

/* Bytes that are often the beginning, middle or edge of something. */
static char random_byte(uint64_t drawn)
{
    static const unsigned char edges[] = {0x01, 0x1b, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0x8f,
                                          0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
                                          0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff, 'a'};
    return (char)(drawn % 2 ? edges[drawn / 2 % sizeof edges] : 1 + drawn / 2 % 255);
}

/* In a second reading, by another rule: decode, and look at the number of the character. */
static bool printable_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        int more = *s < 0x80 ? 0 : *s >> 5 == 6 ? 1 : *s >> 4 == 14 ? 2 : *s >> 3 == 30 ? 3 : -1;
        if (more < 0) {
            return false;
        }
        uint32_t character = more == 0 ? *s : *s & (0x3fu >> more);
        s++;
        for (int i = 0; i < more; i++, s++) {
            if (*s >> 6 != 2) {
                return false;
            }
            character = character << 6 | (*s & 0x3f);
        }
        if (character < least[more + 1] || character < 0x20 || character > 0x10ffff ||
            (character >= 0x7f && character < 0xa0) || character >> 11 == 0xd800 >> 11) {
            return false;
        }
    }
    return true;
}

static void whatever_comes_in_what_goes_out_is_printable_and_fits(void)
{
    uint64_t random = 1;
    size_t unprintable = 0, overrun = 0;
    for (int trial = 0; trial < 20000; trial++) {
        char text[24], out[32];
        size_t length = task_mix(random++) % sizeof text, bytes = 1 + task_mix(random++) % 28;
        for (size_t i = 0; i < length; i++) {
            text[i] = random_byte(task_mix(random++));
        }
        text[length] = '\0';
        memset(out, '!', sizeof out);
        error_escape(text, out, bytes);
        overrun += memchr(out, '\0', bytes) == NULL || out[bytes] != '!';
        unprintable += !printable_utf8(out);
    }
    CU_ASSERT_EQUAL(unprintable, 0);
    CU_ASSERT_EQUAL(overrun, 0);
}

static const CU_TestInfo tests[] = {
    {"the first error counts", the_first_error_counts},
    {"a sentence ends with one full stop", a_sentence_ends_with_one_full_stop},
    {"exit statuses are those of the design", exit_statuses_are_those_of_the_design},
    {"a text that is too long is cut", a_long_text_is_cut},
    {"good text stays as it is", good_text_stays_as_it_is},
    {"control characters are escaped", control_characters_are_escaped},
    {"what is not seen is escaped", what_is_not_seen_is_escaped},
    {"broken UTF-8 is escaped", broken_utf8_is_escaped},
    {"what does not fit ends in an ellipsis", what_does_not_fit_ends_in_an_ellipsis},
    {"whatever comes in, what goes out is printable and fits",
     whatever_comes_in_what_goes_out_is_printable_and_fits},
    CU_TEST_INFO_NULL,
};

SUITE("error", tests);
