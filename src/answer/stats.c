#include "answer/stats.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* C(n, j − 1) from C(n, j). */
static double term_below(double term, size_t n, size_t j)
{
    return term * (double)j / (double)(n - j + 1);
}

size_t stats_interval_rank(size_t n)
{
    /* Binomial coefficients relative to the middle one: none overflows, and those that are left out
     * are too small to count. */
    size_t middle = n / 2;
    double term = 1, below = 0;
    for (size_t j = middle; term > 1e-20; j--) {
        below += term;
        term = term_below(term, n, j);
    }
    double total = 2 * below - (n % 2 == 0 ? 1 : 0);

    size_t k = middle;
    term = 1;
    below -= term; /* the terms 0 … k − 1 */
    while (below > 0.025 * total) {
        term = term_below(term, n, k--);
        below -= term;
    }
    return k;
}

static struct interval interval_of_sorted(const double *sorted, size_t n)
{
    struct interval interval = {NAN, NAN, NAN, n};
    if (n > 0) {
        interval.median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }
    size_t k = stats_interval_rank(n);
    if (k > 0) {
        interval.low = sorted[k - 1];
        interval.high = sorted[n - k];
    }
    return interval;
}

struct interval stats_median(double *values, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(values[i])) {
            values[kept++] = values[i];
        }
    }
    if (kept > 1) {
        qsort(values, kept, sizeof *values, by_value);
    }
    return interval_of_sorted(values, kept);
}

struct interval stats_ratio(const double *a, const double *b, size_t n, double *scratch)
{
    for (size_t i = 0; i < n; i++) {
        scratch[i] = a[i] / b[i];
    }
    return stats_median(scratch, n);
}

double stats_half_width(struct interval interval)
{
    double half = (interval.high - interval.low) / 2 / interval.median;
    return isnan(half) ? INFINITY : half;
}
