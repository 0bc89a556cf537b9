/* Estimates without assumptions about the distribution: medians and order statistics. */
#ifndef CUAL_ANSWER_STATS_H
#define CUAL_ANSWER_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* A median with the 95 % interval between two order statistics; low and high are NAN when n < 6,
 * where no such interval exists; median is NAN when n = 0. */
struct interval {
    double median, low, high;
    size_t n;
};

/* The probability that an interval misses the true median, where none is given. */
#define STATS_LEVEL 0.05

/* The fewest rounds that have an interval at that level: stats_least_n(STATS_LEVEL). */
#define STATS_ROUNDS_LEAST 6

/* NAN values are left out; the others stand sorted in the first `interval.n` of `values` then. */
struct interval stats_median(double *values, size_t n);

/* The same at another level: low and high are NAN where n is less than stats_least_n. */
struct interval stats_median_at(double *values, size_t n, double level);

/* How far apart the rounds of a pair may be where one of them lacks a value. */
#define STATS_PAIR_ROUNDS 3

/* The median over rounds of a[i] / b[i]; NAN where a round has no value. What has no partner in its
 * own round is paired with the nearest that has none either, of the other and no more than
 * STATS_PAIR_ROUNDS away: near ones first, of those early ones, each value once. What is in no pair
 * is left out. `scratch` holds n, and the ratios sorted then. */
struct interval stats_ratio(const double *a, const double *b, size_t n, double *scratch);
struct interval stats_ratio_at(const double *a, const double *b, size_t n, double level,
                               double *scratch);

/* Sorts `n` values, the least first. */
void stats_sort(double *values, size_t n);

/* The centre of n values: the median of the means of all pairs (Hodges and Lehmann, Ann. Math.
 * Stat. 34, 1963), which varies less than the median where values are few; beyond
 * STATS_PAIRS_MOST values the median. Sorts the values; NAN when n = 0. */
#define STATS_PAIRS_MOST 96
double stats_centre(double *values, size_t n);

/* The standard deviation of n values as their distances tell it: Q_n (Rousseeuw and Croux, J. Am.
 * Stat. Assoc. 88, 1993), which half of the values may spoil, and which knows as much of it as
 * 0.6 n normal values do. NAN below 2 and beyond STATS_PAIRS_MOST values. */
double stats_spread(const double *values, size_t n);

/* Values of two kinds, such as the times of a machine that has two states. */
struct stats_groups {
    size_t n[2];      /* the lower ones, the higher ones */
    double median[2]; /* of each */
};

/* Whether the values, > 0 and sorted, fall into two groups: each has at least a quarter of them,
 * the gap between them is 5 times as wide as the median deviation in the groups, and the medians
 * differ by more than 15 %, by their logarithms. False below 12 values: there chance makes gaps. */
bool stats_two_groups(const double *sorted, size_t n, struct stats_groups *groups);

/* The interval of the median of values that are sorted already. */
struct interval stats_sorted_at(const double *sorted, size_t n, double level);

/* The same; where n is too small for an interval, from the least to the greatest. */
struct interval stats_sorted_or_range(const double *sorted, size_t n, double level);

/* The probability of values so far above `limit`, or further, if log(value) were symmetric around
 * log(limit): Wilcoxon's signed ranks, exact to 40 values, normal beyond (Hollander, Wolfe and
 * Chicken, Nonparametric Statistical Methods, 3.1). For ratios of pairs that are disturbed alike,
 * which are symmetric so; one odd value among few weighs less than in an order statistic. `sorted`
 * ascends, all > 0; 1 when n = 0. */
double stats_above_probability(const double *sorted, size_t n, double limit);

/* Half of the interval's width over its median; INFINITY when there is no interval. */
double stats_half_width(struct interval interval);

/* The ranks k (from 1) of the order statistics x(k), x(n+1−k) that enclose the median with at
 * least 95 %: the largest such k, 0 when n < 6. David and Nagaraja, Order Statistics, 7.1. */
size_t stats_interval_rank(size_t n);

/* The same with at least 1 − level; level ≥ 1e-9. */
size_t stats_interval_rank_at(size_t n, double level);

/* The least n that has an interval at this level: its ends are the least and the greatest. */
size_t stats_least_n(double level);

#endif
