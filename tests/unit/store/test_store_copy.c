#include "store/store_copy.h"
#include "store/store_file.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "unit/store/table.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PLACES = 64, STEPS = 4096, PIECE_STEPS = 16 };

static char copy_path[128];

/* The table, a group with a variable of 2 MiB of which ten numbers are written, and another group.
 */
static void make(void)
{
    static const char *const axes[] = {"place", "step"};
    int64_t numbers[STEPS];
    double values[10];
    struct error error = {0};
    for (int i = 0; i < STEPS; i++) {
        numbers[i] = i;
    }
    for (int i = 0; i < 10; i++) {
        values[i] = 1 / (1.0 + i);
    }
    snprintf(copy_path, sizeof copy_path, "%s/b.h5", table_folder);
    struct store *store = table_make(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_write_slab(store, "/table", STORE_INT64, (const size_t[]){0, 2}, (const size_t[]){3, 1},
                     (const int64_t[]){10, 11, 12});
    store_group(store, "/more");
    store_text(store, "/more", "note", "R×T");
    store_numbers(store, "/more", "masks", STORE_UINT32, 3, (const uint32_t[]){1, 2, 4});
    struct store_variable axis = {.group = "/more", .name = "place", .type = STORE_INT64};
    store_axis(store, &axis, PLACES, numbers);
    axis.name = "step";
    store_axis(store, &axis, STEPS, numbers);
    store_variable(store, &(struct store_variable){.group = "/more",
                                                   .name = "wide",
                                                   .type = STORE_FLOAT64,
                                                   .unit = "s",
                                                   .axes = 2,
                                                   .axis = axes,
                                                   .fill = NAN,
                                                   .chunk = (size_t[]){PLACES, PIECE_STEPS}});
    store_write_slab(store, "/more/wide", STORE_FLOAT64, (const size_t[]){3, 510},
                     (const size_t[]){2, 5}, values);
    store_variable(store,
                   &(struct store_variable){.group = "/more", .name = "text", .type = STORE_TEXT});
    store_write(store, "/more/text", STORE_TEXT, (const char *const[]){"zwölf"});
    store_group(store, "/out");
    store_text(store, "/out", "note", "left out");
    CU_ASSERT_EQUAL(store_commit(store, false, &error), 0);
}

/* Copies a file; the copy must end with the expected status. */
static void copy(const char *path, const char *to_path, bool compressed, int expected)
{
    struct error error = {0};
    struct store *from = store_open(path, false, &error);
    struct store *to = store_create(to_path, NULL, 4 << 20, &error);
    CU_ASSERT_FATAL(from && to);
    store_copy(to, from, compressed, (const char *const[]){"/out", NULL});
    CU_ASSERT_EQUAL(store_close(from, &(struct error){0}), expected);
    CU_ASSERT_EQUAL(store_commit(to, true, &error), expected);
}

static void check_same_value(struct store *a, struct store *b, const char *object,
                             const char *attribute)
{
    struct store_value one, other;
    CU_ASSERT(store_read_value(a, object, attribute, true, &one));
    CU_ASSERT_FATAL(store_read_value(b, object, attribute, true, &other));
    CU_ASSERT(one.class == other.class && one.axes == other.axes);
    CU_ASSERT(memcmp(one.shape, other.shape, sizeof one.shape) == 0);
    CU_ASSERT(!one.words || memcmp(one.words, other.words, one.count * sizeof *one.words) == 0);
    for (size_t i = 0; one.texts && i < one.count; i++) {
        CU_ASSERT_STRING_EQUAL(one.texts[i], other.texts[i]);
    }
    store_value_free(&one);
    store_value_free(&other);
}

/* All names of attributes, with those of axes, and the values of the others. */
static void check_same_attributes(struct store *a, struct store *b, const char *object)
{
    size_t count = 0, others = 0;
    char **names = store_attributes(a, object, &count);
    char **other_names = store_attributes(b, object, &others);
    CU_ASSERT_EQUAL_FATAL(count, others);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_STRING_EQUAL(names[i], other_names[i]);
        if (!store_is_of_axes(names[i])) {
            check_same_value(a, b, object, names[i]);
        }
    }
    free(names);
    free(other_names);
}

static void check_same(const char *path, const char *other)
{
    static const char *const objects[] = {"/row",       "/column",    "/table",    "/more/place",
                                          "/more/step", "/more/wide", "/more/text"};
    struct error error = {0};
    struct store *a = store_open(path, false, &error), *b = store_open(other, false, &error);
    CU_ASSERT_FATAL(a && b);
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        check_same_value(a, b, objects[i], NULL);
        check_same_attributes(a, b, objects[i]);
    }
    check_same_attributes(a, b, "/");
    check_same_attributes(a, b, "/more");
    CU_ASSERT(!store_has(b, "/out"));
    CU_ASSERT_EQUAL(store_close(a, &error), 0);
    CU_ASSERT_EQUAL(store_close(b, &error), 0);
}

static off_t bytes_of(const char *path)
{
    struct stat found = {0};
    CU_ASSERT_EQUAL(stat(path, &found), 0);
    CU_ASSERT(found.st_blocks * 512 <= found.st_size + 65536); /* nothing is kept beyond its end */
    return found.st_size;
}

static void a_compressed_copy_holds_the_same_in_less_space(void)
{
    table_enter();
    make();
    CU_ASSERT_EQUAL(chmod(table_path, 0640), 0);
    copy(table_path, copy_path, true, 0);
    check_same(table_path, copy_path);
    struct stat found = {0};
    CU_ASSERT(stat(copy_path, &found) == 0 && (found.st_mode & 07777) == 0640);
    CU_ASSERT(bytes_of(table_path) > (off_t)sizeof(double) * PLACES * STEPS);
    CU_ASSERT(bytes_of(copy_path) < 128 << 10);
    table_leave(2);
}

static void a_copy_of_a_compressed_file_can_be_overwritten_in_place(void)
{
    table_enter();
    make();
    const size_t start[2] = {0, PIECE_STEPS};
    const uint64_t bytes = sizeof(double) * PLACES * PIECE_STEPS;
    struct error error = {0};
    char again[128];
    snprintf(again, sizeof again, "%s/c.h5", table_folder);
    copy(table_path, copy_path, true, 0);
    copy(copy_path, again, false, 0);
    check_same(table_path, again);
    struct store *store = store_open(copy_path, false, &error);
    CU_ASSERT_EQUAL(store_place(store, "/more/wide", start, bytes), 0);
    CU_ASSERT_EQUAL(store_close(store, &error), STATUS_STORAGE);
    error = (struct error){0};
    store = store_open(again, false, &error);
    CU_ASSERT(store_place(store, "/more/wide", start, bytes) > 0);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    table_leave(3);
}

static void no_copy_of_a_damaged_file_appears(void)
{
    table_enter();
    make();
    copy(table_path, copy_path, true, 0);
    FILE *file = fopen(copy_path, "r+b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    char bytes[128 << 10];
    size_t count = fread(bytes, 1, sizeof bytes, file), damaged = 0;
    for (size_t at = 0; at + 4 < count; at++) { /* the head of what deflate has made */
        if (memcmp(bytes + at, "\x78\x5e", 2) == 0) {
            CU_ASSERT(fseek(file, (long)at + 2, SEEK_SET) == 0 && fputc(0xff, file) == 0xff);
            damaged++;
        }
    }
    CU_ASSERT(damaged > 0);
    fclose(file);
    char again[128];
    snprintf(again, sizeof again, "%s/c.h5", table_folder);
    copy(copy_path, again, false, STATUS_STORAGE);
    table_leave(2);
}

static const CU_TestInfo tests[] = {
    {"a compressed copy holds the same in less space",
     a_compressed_copy_holds_the_same_in_less_space},
    {"a copy of a compressed file can be overwritten in place",
     a_copy_of_a_compressed_file_can_be_overwritten_in_place},
    {"no copy of a damaged file appears", no_copy_of_a_damaged_file_appears},
    CU_TEST_INFO_NULL,
};

SUITE("store copy", tests);
