/* Estimates without assumptions about the distribution: medians and order statistics. */
#ifndef CUAL_ANSWER_STATS_H
#define CUAL_ANSWER_STATS_H

#include <stddef.h>

/* A median with the 95 % interval between two order statistics; low and high are NAN when n < 6,
 * where no such interval exists; median is NAN when n = 0. */
struct interval {
    double median, low, high;
    size_t n;
};

/* NAN values are left out; `values` is reordered. */
struct interval stats_median(double *values, size_t n);

/* The median over rounds of a[i] / b[i], rounds where either is NAN left out. `scratch` holds n. */
struct interval stats_ratio(const double *a, const double *b, size_t n, double *scratch);

/* Half of the interval's width over its median; INFINITY when there is no interval. */
double stats_half_width(struct interval interval);

/* The ranks k (from 1) of the order statistics x(k), x(n+1−k) that enclose the median with at
 * least 95 %: the largest such k, 0 when n < 6. David and Nagaraja, Order Statistics, 7.1. */
size_t stats_interval_rank(size_t n);

#endif
