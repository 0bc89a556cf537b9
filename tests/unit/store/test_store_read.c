#include "store/store_file.h"
#include "store/store_read.h"
#include "unit/store/table.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>

static void wrong_lengths_and_types_are_damage(void)
{
    table_enter();
    table_commit(false);
    double values[24];
    struct error error = {0};
    struct store *store = store_open(table_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_read(store, "/table", STORE_FLOAT64, 11, values);
    CU_ASSERT_EQUAL(store_close(store, &error), STATUS_STORAGE);
    error = (struct error){0};
    store = store_open(table_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_PTR_NULL(store_read_texts(store, "/table", 12));
    CU_ASSERT_EQUAL(store_close(store, &error), STATUS_STORAGE);
    error = (struct error){0};
    store = store_open(table_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_read(store, "/row", STORE_FLOAT64, 3, values);
    CU_ASSERT_EQUAL(store_close(store, &error), STATUS_STORAGE);
    table_leave(1);
}

static const CU_TestInfo tests[] = {
    {"wrong lengths and types are damage", wrong_lengths_and_types_are_damage},
    CU_TEST_INFO_NULL,
};

SUITE("store read", tests);
