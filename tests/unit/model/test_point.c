/* Points: names and simplicity. */
#include "model/point.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES 3 /* 1, 2, 3 on each axis */
#define POINTS (VALUES * VALUES * VALUES * VALUES)

static struct point point_number(int n)
{
    return (struct point){.ranks = 1 + n % VALUES,
                          .threads = 1 + n / VALUES % VALUES,
                          .depth = 1 + n / (VALUES * VALUES) % VALUES,
                          .cores = 1 + n / (VALUES * VALUES * VALUES)};
}

static void names_are_those_of_the_design(void)
{
    static const struct {
        struct point point;
        const char *name;
    } named[] = {
        {{1, 1, 1, 1}, "serial"},
        {{1, 5, 1, 2}, "threads"},
        {{5, 1, 1, 2}, "processes"},
        {{1, 1, 5, 1}, "async"},
        {{1, 5, 5, 2}, "threads+async"},
        {{5, 1, 5, 2}, "processes+async"},
        {{5, 5, 1, 2}, "processes+threads"},
        {{5, 5, 5, 2}, "processes+threads+async"},
    };
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        CU_ASSERT_STRING_EQUAL(model_name(point_model(named[i].point)), named[i].name);
    }
}

static void a_name_is_what_is_more_than_one(void)
{
    for (int n = 0; n < POINTS; n++) {
        struct point p = point_number(n);
        char name[64];
        snprintf(name, sizeof name, "%s%s%s", p.ranks > 1 ? "+processes" : "",
                 p.threads > 1 ? "+threads" : "", p.depth > 1 ? "+async" : "");
        CU_ASSERT_STRING_EQUAL(model_name(point_model(p)), name[0] ? name + 1 : "serial");
    }
}

static void workers_and_concurrency_are_products(void)
{
    struct point point = {.ranks = 3, .threads = 5, .depth = 7, .cores = 2};
    CU_ASSERT_EQUAL(point_workers(point), 15);
    CU_ASSERT_EQUAL(point_concurrency(point), 105);
    struct point large = {.ranks = 1 << 16, .threads = 1 << 16, .depth = 1 << 20, .cores = 1};
    CU_ASSERT_EQUAL(point_workers(large), 1L << 32);
    CU_ASSERT_EQUAL(point_concurrency(large), 1L << 52);
}

static void text_is_R_T_D_at_C(void)
{
    char text[POINT_TEXT_BYTES];
    struct point point = {.ranks = 2, .threads = 3, .depth = 4, .cores = 5};
    CU_ASSERT_PTR_EQUAL(point_text(point, text), text);
    CU_ASSERT_STRING_EQUAL(text, "2×3×4@5");
    struct point largest = {INT_MAX, INT_MAX, INT_MAX, INT_MAX};
    CU_ASSERT_STRING_EQUAL(point_text(largest, text),
                           "2147483647×2147483647×2147483647@2147483647");
}

static int by_simplicity(const void *a, const void *b)
{
    return point_compare_simplicity(*(const struct point *)a, *(const struct point *)b);
}

static void simplicity_is_a_total_order(void)
{
    struct point points[POINTS];
    for (int n = 0; n < POINTS; n++) {
        points[n] = point_number(n);
    }
    qsort(points, POINTS, sizeof points[0], by_simplicity);
    for (int a = 0; a < POINTS; a++) {
        for (int b = 0; b < POINTS; b++) {
            int sign = point_compare_simplicity(points[a], points[b]);
            CU_ASSERT_EQUAL((sign > 0) - (sign < 0), (a > b) - (a < b));
        }
    }
}

static void fewer_workers_then_the_order_of_models_then_less_depth(void)
{
    static const struct point simplest_first[] = {
        {1, 1, 1, 1}, {1, 1, 2, 1}, {1, 1, 64, 1}, {1, 2, 1, 1}, {2, 1, 1, 1}, {1, 2, 2, 1},
        {2, 1, 2, 1}, {1, 4, 1, 1}, {4, 1, 1, 1},  {1, 4, 2, 1}, {4, 1, 2, 1}, {2, 2, 1, 1},
        {2, 2, 2, 1}, {2, 2, 3, 1}, {2, 3, 2, 1},  {3, 2, 2, 1}, {1, 7, 1, 1},
    };
    for (size_t i = 1; i < sizeof simplest_first / sizeof simplest_first[0]; i++) {
        CU_ASSERT(point_compare_simplicity(simplest_first[i - 1], simplest_first[i]) < 0);
        CU_ASSERT(point_compare_simplicity(simplest_first[i], simplest_first[i - 1]) > 0);
    }
}

static const CU_TestInfo tests[] = {
    {"the eight models have the names of the design", names_are_those_of_the_design},
    {"a model's name says what is more than one", a_name_is_what_is_more_than_one},
    {"workers are R·T and concurrency R·T·D", workers_and_concurrency_are_products},
    {"a point is written R×T×D@C", text_is_R_T_D_at_C},
    {"simplicity is a total order", simplicity_is_a_total_order},
    {"simpler: fewer workers, then the model, then less depth",
     fewer_workers_then_the_order_of_models_then_less_depth},
    CU_TEST_INFO_NULL,
};

SUITE("point", tests);
