#include "answer/stats.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdint.h>

/* Probability that a fair coin shows heads at most k times in n throws. */
static long double tail(size_t n, size_t k)
{
    long double term = powl(0.5L, (long double)n), sum = 0;
    for (size_t j = 0; j <= k; j++) {
        sum += term;
        term *= (long double)(n - j) / (long double)(j + 1);
    }
    return sum;
}

static void test_rank_is_largest_that_covers(void)
{
    for (size_t n = 0; n < 6; n++) {
        CU_ASSERT_EQUAL(stats_interval_rank(n), 0);
    }
    for (size_t n = 6; n <= 400; n++) {
        size_t k = stats_interval_rank(n);
        CU_ASSERT_FATAL(k >= 1 && k <= n / 2);
        CU_ASSERT(tail(n, k - 1) <= 0.025L);
        CU_ASSERT(tail(n, k) > 0.025L);
    }
}

static void test_rank_of_many_is_the_normal_limit(void)
{
    double normal = 500000 - 1.959964 * sqrt(1e6) / 2;
    CU_ASSERT_DOUBLE_EQUAL((double)stats_interval_rank(1000000), normal, 1.5);
}

static void test_median_and_ends_are_order_statistics(void)
{
    double values[] = {7, NAN, 1, 6, 2, NAN, 5, 3, 4};
    struct interval interval = stats_median(values, 9);
    CU_ASSERT_EQUAL(interval.n, 7);
    CU_ASSERT_EQUAL(interval.median, 4);
    CU_ASSERT_EQUAL(interval.low, 1);
    CU_ASSERT_EQUAL(interval.high, 7);
    CU_ASSERT_DOUBLE_EQUAL(stats_half_width(interval), 0.75, 1e-12);
    double even[] = {4, 1, 3, 2};
    CU_ASSERT_EQUAL(stats_median(even, 4).median, 2.5);
}

static void test_five_values_have_no_interval(void)
{
    double values[] = {5, 4, 3, 2, 1};
    struct interval interval = stats_median(values, 5);
    CU_ASSERT_EQUAL(interval.median, 3);
    CU_ASSERT(isnan(interval.low) && isnan(interval.high));
    CU_ASSERT(isinf(stats_half_width(interval)));
}

static void test_nothing_has_no_median(void)
{
    double values[] = {NAN, NAN};
    struct interval interval = stats_median(values, 2);
    CU_ASSERT_EQUAL(interval.n, 0);
    CU_ASSERT(isnan(interval.median));
    CU_ASSERT(isinf(stats_half_width(interval)));
    CU_ASSERT(isnan(stats_median(NULL, 0).median));
}

static void test_ratio_is_paired(void)
{
    double a[] = {2, 40, 600, 8, NAN, 1, 20, 4}, b[] = {1, 20, 300, 4, 1, NAN, 10, 2};
    double scratch[8];
    struct interval ratio = stats_ratio(a, b, 8, scratch);
    CU_ASSERT_EQUAL(ratio.n, 6);
    CU_ASSERT_EQUAL(ratio.median, 2);
    CU_ASSERT_EQUAL(ratio.low, 2);
    CU_ASSERT_EQUAL(ratio.high, 2);
}

/* In (0, 1): a linear congruential generator (Knuth's MMIX). */
static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

static void test_interval_covers_the_truth(void)
{
    enum { TRIALS = 4000, SIZES = 3 };
    static const size_t sizes[SIZES] = {6, 20, 51};
    uint64_t state = 1;
    for (int s = 0; s < SIZES; s++) {
        int covered = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            double values[51]; /* skewed: exponential, with the median ln 2 */
            for (size_t i = 0; i < sizes[s]; i++) {
                values[i] = -log(uniform(&state));
            }
            struct interval interval = stats_median(values, sizes[s]);
            covered += interval.low <= log(2) && log(2) <= interval.high;
        }
        CU_ASSERT(covered >= 0.94 * TRIALS);
        CU_ASSERT(covered <= 0.985 * TRIALS);
    }
}

CU_TestInfo stats_tests[] = {
    {"the rank is the largest that encloses the median with 95 %",
     test_rank_is_largest_that_covers},
    {"a million values neither overflow nor lose the rank", test_rank_of_many_is_the_normal_limit},
    {"the interval ends are order statistics", test_median_and_ends_are_order_statistics},
    {"five values have a median and no interval", test_five_values_have_no_interval},
    {"no value, no median", test_nothing_has_no_median},
    {"a ratio is taken within its round", test_ratio_is_paired},
    {"the interval covers the true median about 95 times in 100", test_interval_covers_the_truth},
    CU_TEST_INFO_NULL,
};
