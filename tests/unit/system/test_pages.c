/* Memory for kernels: it lies where its layout says, and in other pages when that says so. */
#include "system/pages.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A random number that keeps the pages of large memory, and one that takes others; both begin at
 * line 5. */
#define KEEPS (5 | UINT64_C(1) << 32)
#define TAKES_OTHERS (5 | UINT64_C(16) << 32)

static void memory_lies_where_its_layout_says(void)
{
    const size_t sizes[] = {1, 64, 4096, 65536, PAGES_HUGE_BYTES - 1, PAGES_HUGE_BYTES, 9999999};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t page = sizes[i] < PAGES_HUGE_BYTES ? PAGES_SMALL_BYTES : PAGES_HUGE_BYTES;
        for (uint64_t layout = 0; layout < 70; layout += 23) {
            void *memory = NULL, *start = NULL;
            CU_ASSERT_EQUAL_FATAL(pages_allocate(sizes[i], layout, &memory, &start), 0);
            size_t before = (size_t)((char *)start - (char *)memory);
            CU_ASSERT_EQUAL(
                (uintptr_t)start % page,
                layout % 64 * PAGES_LINE_BYTES +
                    (page == PAGES_HUGE_BYTES && layout > 63 ? 64 * PAGES_LINE_BYTES : 0));
            CU_ASSERT(before + sizes[i] <= malloc_usable_size(memory));
            CU_ASSERT_EQUAL(pages_spare_bytes(), malloc_usable_size(memory) - sizes[i]);
            memset(start, 1, sizes[i]);
            pages_free(memory);
            CU_ASSERT_EQUAL(pages_spare_bytes(), 0);
        }
    }
    pages_free(NULL);
}

/* What is read in memory that was full of ones and was allocated again in the same place. */
static int left_of_ones(size_t bytes, uint64_t layout)
{
    void *memory = NULL, *start = NULL, *before = NULL;
    CU_ASSERT_EQUAL_FATAL(pages_allocate(bytes, 0, &memory, &start), 0);
    memset(start, 1, bytes);
    before = memory;
    pages_free(memory);
    CU_ASSERT_EQUAL_FATAL(pages_allocate(bytes, layout, &memory, &start), 0);
    CU_ASSERT_PTR_EQUAL_FATAL(memory, before);
    int left = ((volatile unsigned char *)start)[bytes / 2];
    pages_free(memory);
    return left;
}

static void pages_are_given_back_when_the_layout_says_so(void)
{
    if (suite_lacks_heap()) {
        return;
    }
    mallopt(M_MMAP_MAX, 0); /* as in a run: what is freed is kept */
    mallopt(M_TRIM_THRESHOLD, -1);
    CU_ASSERT_EQUAL(left_of_ones(65536, 0), 1);
    CU_ASSERT_EQUAL(left_of_ones(65536, KEEPS), 0); /* what is small always */
    CU_ASSERT_EQUAL(left_of_ones(2 * PAGES_HUGE_BYTES, 0), 1);
    CU_ASSERT_EQUAL(left_of_ones(2 * PAGES_HUGE_BYTES, KEEPS), 0);
    CU_ASSERT_EQUAL(left_of_ones(8 * PAGES_HUGE_BYTES, 0), 1);
    CU_ASSERT_EQUAL(left_of_ones(8 * PAGES_HUGE_BYTES, KEEPS), 1);
    CU_ASSERT_EQUAL(left_of_ones(8 * PAGES_HUGE_BYTES, TAKES_OTHERS), 0);
    mallopt(M_MMAP_MAX, 65536);
    mallopt(M_TRIM_THRESHOLD, 128 * 1024);
}

/* Allocates large memory for a content; whether it holds that already. */
static bool is_filled(size_t pages, uint64_t layout, uint64_t content, void **memory, void **start)
{
    int result = pages_allocate_filled(pages * PAGES_HUGE_BYTES, layout, content, memory, start);
    CU_ASSERT_FATAL(result == 0 || result == PAGES_FILLED);
    return result == PAGES_FILLED;
}

static void what_is_kept_is_there_again(void)
{
    void *memory = NULL, *start = NULL, *other = NULL, *before = NULL;
    CU_ASSERT_FALSE(is_filled(8, KEEPS, 7, &memory, &start));
    memset(start, 1, 8 * PAGES_HUGE_BYTES);
    before = start;
    pages_keep(memory);
    CU_ASSERT(pages_spare_bytes() >= 8 * PAGES_HUGE_BYTES); /* it is nobody's now */
    CU_ASSERT_TRUE(is_filled(8, KEEPS + 1, 7, &memory, &start));
    CU_ASSERT_PTR_EQUAL(start, before);
    CU_ASSERT_EQUAL(((unsigned char *)start)[8 * PAGES_HUGE_BYTES - 1], 1);
    CU_ASSERT(pages_spare_bytes() < 8 * PAGES_HUGE_BYTES);
    CU_ASSERT_FALSE(is_filled(8, KEEPS, 7, &other, &start)); /* one at a time */
    pages_keep(other);
    pages_free(memory);
    CU_ASSERT_TRUE(is_filled(8, KEEPS, 7, &memory, &start));
    pages_keep(memory);
    CU_ASSERT_FALSE(is_filled(8, TAKES_OTHERS, 7, &memory, &start)); /* now and then laid anew */
    pages_keep(memory);
    CU_ASSERT_FALSE(is_filled(9, KEEPS, 7, &memory, &start)); /* what does not fit is freed … */
    pages_keep(memory);
    CU_ASSERT_FALSE(is_filled(8, KEEPS, 7, &memory, &start));
    pages_keep(memory);
    CU_ASSERT_FALSE(is_filled(8, KEEPS, 8, &memory, &start)); /* … also by its content */
    pages_free(memory);
    CU_ASSERT_FALSE(is_filled(8, 0, 8, &memory, &start)); /* without a layout nothing is kept */
    pages_keep(memory);
    CU_ASSERT_FALSE(is_filled(8, KEEPS, 0, &memory, &start)); /* nor without a content */
    pages_keep(memory);
    CU_ASSERT_EQUAL(pages_spare_bytes(), 0);
}

static const CU_TestInfo tests[] = {
    {"memory begins at the line of a page that its layout says", memory_lies_where_its_layout_says},
    {"pages are given back to Linux when the layout says so",
     pages_are_given_back_when_the_layout_says_so},
    {"what is kept is there again, filled, now and then not", what_is_kept_is_there_again},
    CU_TEST_INFO_NULL,
};

SUITE("pages", tests);
