/* What is printed as JSON is always JSON: numbers, texts from outside, and no memory. */
#include "terminal/data.h"
#include "unit/suite.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRINTED_BYTES 512

/* What is printed of a value, which is taken, as the member of an object. */
static void check_prints(json_t *value, const char *wanted)
{
    char text[PRINTED_BYTES] = "", all[PRINTED_BYTES];
    FILE *out = fmemopen(text, sizeof text, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(data_print(out, json_pack("{so}", "it", value)), 0);
    fclose(out);
    snprintf(all, sizeof all, "{\n  \"it\": %s\n}\n", wanted);
    CU_ASSERT_STRING_EQUAL(text, all);
}

static void test_numbers(void)
{
    check_prints(data_number(0.5), "0.5");
    check_prints(data_number(NAN), "null");
    check_prints(data_number(INFINITY), "null");
    check_prints(data_number(-INFINITY), "null");
    check_prints(data_whole(9007199254740992.0), "9007199254740992");
    check_prints(data_whole(INFINITY), "null");
    const double third = 1.0 / 3;
    json_t *value = data_number(third);
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    CU_ASSERT(text && strtod(text, NULL) == third);
    free(text);
    json_decref(value);
}

static void test_texts(void)
{
    check_prints(data_text("12 × “b”"), "\"12 × “b”\"");
    check_prints(data_text("a\"b"), "\"a\\\"b\"");
    check_prints(data_text("\xff\xfe"), "\"\\\\xff\\\\xfe\"");
    check_prints(data_text("a\x1b[2J\n"), "\"a\\\\x1b[2J\\\\x0a\"");
    check_prints(data_text("\xed\xa0\x80"), "\"\\\\xed\\\\xa0\\\\x80\""); /* a surrogate */
    check_prints(data_text("\xe2\x80\xae"), "\"\\\\u202e\"");
    check_prints(data_text("\xe2\x80"), "\"\\\\xe2\\\\x80\""); /* the end lacks */
    check_prints(data_text(""), "\"\"");
    check_prints(data_text(NULL), "null");
}

static void test_points(void)
{
    char text[PRINTED_BYTES] = "";
    json_t *value = data_point((struct point){.ranks = 2, .threads = 3, .depth = 4, .cores = 5});
    const char *name, *model;
    int ranks, threads, depth, cores;
    CU_ASSERT_EQUAL(json_unpack_ex(value, NULL, JSON_STRICT, "{ss ss si si si si}", "point", &name,
                                   "model", &model, "ranks", &ranks, "threads", &threads, "depth",
                                   &depth, "cores", &cores),
                    0);
    snprintf(text, sizeof text, "%s %s %d %d %d %d", name, model, ranks, threads, depth, cores);
    CU_ASSERT_STRING_EQUAL(text, "2×3×4@5 processes+threads+async 2 3 4 5");
    json_decref(value);
    check_prints(data_point((struct point){0}), "null");
}

/* What lacks is not left out: nothing is printed at all. */
static void test_no_memory(void)
{
    char text[PRINTED_BYTES] = "";
    json_t *array = json_array();
    data_append(&array, json_integer(1));
    CU_ASSERT_EQUAL(json_array_size(array), 1);
    data_append(&array, NULL);
    CU_ASSERT_PTR_NULL(array);
    data_append(&array, json_integer(2));
    CU_ASSERT_PTR_NULL(array);
    FILE *out = fmemopen(text, sizeof text, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(data_print(out, json_pack("{so}", "it", array)), -ENOMEM);
    fclose(out);
    CU_ASSERT_STRING_EQUAL(text, "");
}

static void test_full_disk(void)
{
    FILE *out = fopen("/dev/full", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    setvbuf(out, NULL, _IONBF, 0);
    CU_ASSERT_EQUAL(data_print(out, json_object()), -EIO);
    fclose(out);
}

static const CU_TestInfo tests[] = {
    {"a number is printed whole, and as null where JSON has none", test_numbers},
    {"a text is printed as UTF-8 that a terminal may have", test_texts},
    {"a point has its numbers, its name and its model", test_points},
    {"without memory for a part nothing is printed", test_no_memory},
    {"what cannot be written is an error", test_full_disk},
    CU_TEST_INFO_NULL,
};

SUITE("data", tests);
