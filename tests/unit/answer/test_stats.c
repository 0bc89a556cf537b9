#include "answer/stats.h"
#include "unit/suite.h"

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

static void test_rank_at_other_levels(void)
{
    static const double levels[] = {0.5, 0.0625, 0.05, 0.01, 0.05 / 25, 0.05 / 10000};
    for (size_t l = 0; l < sizeof levels / sizeof levels[0]; l++) {
        size_t least = stats_least_n(levels[l]);
        CU_ASSERT_EQUAL(stats_interval_rank_at(least - 1, levels[l]), 0);
        for (size_t n = least; n <= 300; n++) {
            size_t k = stats_interval_rank_at(n, levels[l]);
            CU_ASSERT_FATAL(k >= 1 && k <= (n + 1) / 2);
            CU_ASSERT(tail(n, k - 1) <= levels[l] / 2);
            CU_ASSERT(tail(n, k) > levels[l] / 2);
        }
    }
    CU_ASSERT_EQUAL(stats_least_n(0.05), 6);
    CU_ASSERT_EQUAL(stats_least_n(0.05 / 25), 10);
    for (size_t n = 0; n <= 300; n++) {
        CU_ASSERT_EQUAL(stats_interval_rank_at(n, 0.05), stats_interval_rank(n));
        CU_ASSERT_EQUAL(stats_interval_rank_at(n, 1e-9) > 0, n >= stats_least_n(1e-9));
    }
}

static void test_another_level_is_a_wider_interval(void)
{
    double values[12], ratios[12], ones[12];
    for (size_t i = 0; i < 12; i++) {
        values[i] = (double)((5 * i) % 12);
        ones[i] = 1;
    }
    struct interval interval = stats_median_at(values, 12, 0.002);
    CU_ASSERT_EQUAL(interval.n, 12);
    CU_ASSERT_EQUAL(interval.low, 0);
    CU_ASSERT_EQUAL(interval.high, 11);
    CU_ASSERT_EQUAL(stats_median(values, 12).low, 2);
    CU_ASSERT_EQUAL(stats_ratio_at(values, ones, 12, 0.002, ratios).low, 0);
    CU_ASSERT_EQUAL(ratios[11], 11); /* sorted */
    CU_ASSERT(isnan(stats_median_at(values, 12, 0.0001).low));
}

static void test_without_an_interval_there_is_a_range(void)
{
    const double sorted[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct interval range = stats_sorted_or_range(sorted, 9, 0.002);
    CU_ASSERT(range.low == 1 && range.high == 9 && range.median == 5 && range.n == 9);
    range = stats_sorted_or_range(sorted, 1, 0.05);
    CU_ASSERT(range.low == 1 && range.high == 1);
    CU_ASSERT_EQUAL(stats_sorted_or_range(sorted, 9, 0.05).low, 2);
    CU_ASSERT(isnan(stats_sorted_or_range(sorted, 0, 0.05).low));
}

static void test_ratio_is_paired(void)
{
    double a[] = {2, 40, 600, 8, NAN, NAN, 20, 4}, b[] = {1, 20, 300, 4, 1, NAN, 10, 2};
    double scratch[8];
    struct interval ratio = stats_ratio(a, b, 8, scratch);
    CU_ASSERT_EQUAL(ratio.n, 6);
    CU_ASSERT_EQUAL(ratio.median, 2);
    CU_ASSERT_EQUAL(ratio.low, 2);
    CU_ASSERT_EQUAL(ratio.high, 2);
}

/* The ratios of a and b, sorted, must be these; turned around, their inverses. */
static void check_pairs(size_t n, const double *a, const double *b, size_t count,
                        const double *ratios)
{
    double scratch[16];
    CU_ASSERT_EQUAL_FATAL(stats_ratio(a, b, n, scratch).n, count);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(scratch[i], ratios[i]);
    }
    CU_ASSERT_EQUAL_FATAL(stats_ratio(b, a, n, scratch).n, count);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(scratch[count - 1 - i], 1 / ratios[i]);
    }
}

static void test_what_is_alone_is_paired_with_the_nearest(void)
{
    const double no = NAN;
    /* the same round comes first, although its neighbour is alone */
    check_pairs(3, (double[]){2, 4, no}, (double[]){1, no, no}, 1, (double[]){2});
    /* the nearest, not the first; the early one where two are as near */
    check_pairs(5, (double[]){no, no, no, 8, no}, (double[]){1, no, 2, no, 4}, 1, (double[]){4});
    check_pairs(5, (double[]){no, 8, no, 16, no}, (double[]){no, no, 1, no, 4}, 2,
                (double[]){4, 8});
    /* each once */
    check_pairs(4, (double[]){8, no, 16, no}, (double[]){no, 2, no, no}, 1, (double[]){4});
    /* no further than three rounds */
    check_pairs(4, (double[]){8, no, no, no}, (double[]){no, no, no, 2}, 1, (double[]){4});
    check_pairs(5, (double[]){8, no, no, no, no}, (double[]){no, no, no, no, 2}, 0, NULL);
    check_pairs(0, NULL, NULL, 0, NULL);
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

/* Two cells that are equal, at the sizes that runs have. */
static void test_twins_are_seldom_told_apart(void)
{
    enum { TRIALS = 4000, MOST = 20 };
    uint64_t state = 3;
    int apart = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double a[MOST], b[MOST], scratch[MOST];
        size_t n = 10 + (size_t)trial % 11;
        for (size_t i = 0; i < n; i++) {
            a[i] = uniform(&state) < 0.2 ? NAN : 1 - 0.05 * log(uniform(&state));
            b[i] = uniform(&state) < 0.2 ? NAN : 1 - 0.05 * log(uniform(&state));
        }
        struct interval ratio = stats_ratio(a, b, n, scratch);
        apart += ratio.low > 1 || ratio.high < 1;
    }
    CU_ASSERT(apart <= 0.075 * TRIALS);
    CU_ASSERT(apart >= 0.01 * TRIALS);
}

static double above(size_t n, const double *sorted)
{
    return stats_above_probability(sorted, n, 1);
}

static void test_signed_ranks(void)
{
    /* all above: one of the 2^n sets of signs */
    CU_ASSERT_DOUBLE_EQUAL(above(6, (double[]){1.1, 1.2, 1.3, 1.4, 1.5, 1.6}), 1.0 / 64, 1e-12);
    /* an odd one that is near costs its rank, 1: the sums 0 and 1 */
    CU_ASSERT_DOUBLE_EQUAL(above(7, (double[]){0.95, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6}), 2.0 / 128,
                           1e-12);
    /* the furthest costs most: the sums 0 … 7 of 1 … 7 are 1, 1, 1, 2, 2, 3, 4, 5 */
    CU_ASSERT_DOUBLE_EQUAL(above(7, (double[]){0.5, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6}), 19.0 / 128,
                           1e-12);
    /* ratios as far on both sides say nothing, and what lies below says less */
    CU_ASSERT(above(4, (double[]){0.5, 0.8, 1.25, 2}) >= 0.5);
    CU_ASSERT_DOUBLE_EQUAL(above(3, (double[]){0.5, 0.6, 0.7}), 1, 1e-12);
    CU_ASSERT_EQUAL(above(0, NULL), 1);
}

/* Of symmetric values no more are found to be above than the probability says, few or many. */
static void test_signed_ranks_are_seldom_wrong(void)
{
    enum { TRIALS = 4000, MOST = 60 };
    static const size_t sizes[] = {7, 12, 40, 60};
    uint64_t state = 5;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int found = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            double values[MOST];
            for (size_t i = 0; i < sizes[s]; i++) {
                values[i] = uniform(&state) / uniform(&state);
            }
            stats_median(values, sizes[s]); /* sorts */
            found += stats_above_probability(values, sizes[s], 1) <= 0.025;
        }
        CU_ASSERT(found <= 0.033 * TRIALS);
        CU_ASSERT(found >= 0.012 * TRIALS);
    }
}

static void test_fewest_rounds_are_those_of_the_level(void)
{
    CU_ASSERT_EQUAL(STATS_ROUNDS_LEAST, stats_least_n(STATS_LEVEL));
    CU_ASSERT_EQUAL(stats_interval_rank(STATS_ROUNDS_LEAST), 1);
    CU_ASSERT_EQUAL(stats_interval_rank(STATS_ROUNDS_LEAST - 1), 0);
}

/* Of normal values, by few and many; half of them may be anything. */
static void test_distances_tell_the_deviation(void)
{
    enum { TRIALS = 4000 };
    static const size_t sizes[] = {2, 3, 5, 8, 9, 10, 17, STATS_PAIRS_MOST};
    uint64_t state = 5;
    double values[STATS_PAIRS_MOST + 1] = {0};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double sum = 0;
        for (int t = 0; t < TRIALS; t++) {
            for (size_t i = 0; i < sizes[s]; i++) {
                values[i] =
                    7 + 3 * sqrt(-2 * log(uniform(&state))) * cos(2 * M_PI * uniform(&state));
            }
            sum += stats_spread(values, sizes[s]) / TRIALS;
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, 3, 0.1);
    }
    double odd[] = {1, 1.1, 1.2, 1.3, 1.4, 1e9, -1e9, 1e12};
    CU_ASSERT(stats_spread(odd, 8) < 1);
    CU_ASSERT(isnan(stats_spread(values, 1)) && isnan(stats_spread(values, STATS_PAIRS_MOST + 1)));
}

static void test_two_groups_are_found(void)
{
    double values[] = {44, 46, 47, 50, 51, 53, 58, 85, 90, 99, 100, 112};
    struct stats_groups groups;
    CU_ASSERT_TRUE(stats_two_groups(values, 12, &groups));
    CU_ASSERT(groups.n[0] == 7 && groups.n[1] == 5);
    CU_ASSERT(groups.median[0] == 50 && groups.median[1] == 99);
    CU_ASSERT_FALSE(stats_two_groups(values, 11, &groups)); /* too few */
    for (int i = 0; i < 12; i++) {
        values[i] = 50 + i + (i > 5 ? 3 : 0); /* two, but no more than 15 % apart */
    }
    CU_ASSERT_FALSE(stats_two_groups(values, 12, &groups));
    for (int i = 0; i < 12; i++) {
        values[i] = i < 10 ? 50 + i : 200; /* less than a quarter */
    }
    CU_ASSERT_FALSE(stats_two_groups(values, 12, &groups));
}

/* Of one kind, noisy or skewed. */
static void test_two_groups_are_seldom_made_up(void)
{
    enum { TRIALS = 2000, N = 20 };
    uint64_t state = 3;
    int found[2] = {0};
    for (int t = 0; t < TRIALS; t++) {
        double values[N], skewed[N];
        struct stats_groups groups;
        for (int i = 0; i < N; i++) {
            double normal = sqrt(-2 * log(uniform(&state))) * cos(2 * M_PI * uniform(&state));
            values[i] = exp(0.1 * normal);
            skewed[i] = 1 - 0.2 * log(uniform(&state));
        }
        stats_sort(values, N);
        stats_sort(skewed, N);
        found[0] += stats_two_groups(values, N, &groups);
        found[1] += stats_two_groups(skewed, N, &groups);
    }
    CU_ASSERT(found[0] <= 0.005 * TRIALS);
    CU_ASSERT(found[1] <= 0.05 * TRIALS);
}

static const CU_TestInfo tests[] = {
    {"the fewest rounds are those of the level", test_fewest_rounds_are_those_of_the_level},
    {"the rank is the largest that encloses the median with 95 %",
     test_rank_is_largest_that_covers},
    {"a million values neither overflow nor lose the rank", test_rank_of_many_is_the_normal_limit},
    {"the interval ends are order statistics", test_median_and_ends_are_order_statistics},
    {"five values have a median and no interval", test_five_values_have_no_interval},
    {"no value, no median", test_nothing_has_no_median},
    {"another level has another rank", test_rank_at_other_levels},
    {"a smaller error is a wider interval", test_another_level_is_a_wider_interval},
    {"without an interval there is a range", test_without_an_interval_there_is_a_range},
    {"a ratio is taken within its round", test_ratio_is_paired},
    {"what is alone in its round is paired with the nearest",
     test_what_is_alone_is_paired_with_the_nearest},
    {"95 % intervals of twins exclude 1 in at most 7.5 %", test_twins_are_seldom_told_apart},
    {"the interval covers the true median about 95 times in 100", test_interval_covers_the_truth},
    {"the distances of pairs tell the standard deviation", test_distances_tell_the_deviation},
    {"signed ranks are the probability of so few below", test_signed_ranks},
    {"signed ranks find equals apart as seldom as they say", test_signed_ranks_are_seldom_wrong},
    {"values of two kinds are told apart", test_two_groups_are_found},
    {"those of one kind hardly ever are", test_two_groups_are_seldom_made_up},
    CU_TEST_INFO_NULL,
};

SUITE("stats", tests);
