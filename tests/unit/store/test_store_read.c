#include "store/store_file.h"
#include "store/store_read.h"
#include "unit/store/table.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <hdf5.h>
#include <string.h>

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

enum { LENGTH = 1 << 20 };

/* A file with a dataset of zeros in one piece, packed by these filters, of which `pieces` times its
 * length is claimed and the rest is not there. */
static void make_packed(const H5Z_filter_t *filters, size_t count, hsize_t pieces)
{
    static const unsigned char zeros[LENGTH];
    const unsigned level = 9;
    const hsize_t piece = LENGTH, length = piece * pieces;
    hid_t file = H5Fcreate(table_path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &length, NULL);
    H5Pset_chunk(creation, 1, &piece);
    for (size_t i = 0; i < count; i++) {
        bool deflate = filters[i] == H5Z_FILTER_DEFLATE;
        H5Pset_filter(creation, filters[i], 0, deflate, deflate ? &level : NULL);
    }
    hid_t data = H5Dcreate2(file, "data", H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    hid_t memory = H5Screate_simple(1, &piece, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, (hsize_t[]){0}, NULL, &piece, NULL);
    CU_ASSERT(H5Dwrite(data, H5T_NATIVE_UCHAR, memory, space, H5P_DEFAULT, zeros) >= 0);
    H5Dclose(data);
    H5Sclose(memory);
    H5Sclose(space);
    H5Pclose(creation);
    H5Fclose(file);
}

/* What is read of it; empty, or the words of the error. */
static void check_packed(size_t pieces, const char *words)
{
    struct error error = {0};
    size_t shape[STORE_AXES_MAX] = {0};
    struct store *store = store_open(table_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_shape(store, "/data", shape);
    CU_ASSERT_EQUAL(store_close(store, &error), words[0] ? STATUS_STORAGE : 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, words));
    CU_ASSERT(words[0] || shape[0] == LENGTH * pieces);
}

static void a_compressed_dataset_is_no_larger_than_it_can_be(void)
{
    const H5Z_filter_t ours[] = {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE};
    table_enter();
    make_packed(ours, 2, 1); /* a thousandth of its size */
    check_packed(1, "");
    make_packed(ours, 2, 8);
    check_packed(8, "has an impossible size");
    table_leave(1);
}

static void other_packings_are_refused(void)
{
    const H5Z_filter_t twice[] = {H5Z_FILTER_DEFLATE, H5Z_FILTER_DEFLATE};
    const H5Z_filter_t sums[] = {H5Z_FILTER_FLETCHER32};
    table_enter();
    make_packed(twice, 2, 1);
    check_packed(1, "is packed in a way that no run file is");
    make_packed(sums, 1, 1);
    check_packed(1, "is packed in a way that no run file is");
    table_leave(1);
}

static const CU_TestInfo tests[] = {
    {"wrong lengths and types are damage", wrong_lengths_and_types_are_damage},
    {"a compressed dataset is no larger than it can be",
     a_compressed_dataset_is_no_larger_than_it_can_be},
    {"other packings are refused", other_packings_are_refused},
    CU_TEST_INFO_NULL,
};

SUITE("store read", tests);
