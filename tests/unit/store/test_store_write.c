#include "store/store_file.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "unit/store/table.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

static void slabs_change_what_they_cover_alone(void)
{
    table_enter();
    table_commit(false);
    struct error error = {0};
    struct store *store = store_open(table_path, true, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_write_slab(store, "/table", STORE_FLOAT64, (const size_t[]){0, 2}, (const size_t[]){3, 1},
                     (const double[]){10, 11, 12});
    CU_ASSERT_EQUAL(store_close(store, &error), 0);

    int32_t values[12];
    const int32_t expected[12] = {-1, -1, 10, -1, -1, -1, 11, -1, -1, -1, 12, -1};
    size_t shape[STORE_AXES_MAX];
    store = store_open(table_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(store_shape(store, "/table", shape), 2);
    CU_ASSERT(shape[0] == 3 && shape[1] == 4);
    store_read(store, "/table", STORE_INT32, 12, values);
    CU_ASSERT_EQUAL(memcmp(values, expected, sizeof values), 0);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    table_leave(1);
}

static void texts_come_back_as_utf8(void)
{
    table_enter();
    table_commit(false);
    struct error error = {0};
    struct store *store = store_open(table_path, true, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_text(store, "/table", "note", "R×T\nsecond line \xc3");
    char *text = store_read_text(store, "/table", "note");
    CU_ASSERT_STRING_EQUAL(text, "R×T\nsecond line ?");
    free(text);
    CU_ASSERT_PTR_NULL(store_read_text(store, "/table", "absent"));
    char **texts = store_read_texts(store, "/row", 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(texts);
    CU_ASSERT_STRING_EQUAL(texts[1], "zwölf");
    CU_ASSERT_STRING_EQUAL(texts[2], "bad ? byte");
    free(texts);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    table_leave(1);
}

static void long_texts_become_datasets(void)
{
    table_enter();
    size_t length = 200000;
    char *text = malloc(length + 1);
    memset(text, 'x', length);
    text[length] = '\0';
    struct error error = {0};
    struct store *store = store_create(table_path, NULL, 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_group(store, "/facts");
    store_text(store, "/facts", "short", "few");
    store_text(store, "/facts", "long", text);
    CU_ASSERT_EQUAL(store_commit(store, false, &error), 0);
    store = store_open(table_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT(store_has(store, "/facts/long"));
    CU_ASSERT(!store_has(store, "/facts/short"));
    char **back = store_read_texts(store, "/facts/long", 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(back);
    CU_ASSERT_STRING_EQUAL(back[0], text);
    free(back);
    free(text);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    table_leave(1);
}

static const CU_TestInfo tests[] = {
    {"slabs change what they cover alone", slabs_change_what_they_cover_alone},
    {"texts come back as UTF-8", texts_come_back_as_utf8},
    {"long texts become datasets", long_texts_become_datasets},
    CU_TEST_INFO_NULL,
};

SUITE("store write", tests);
