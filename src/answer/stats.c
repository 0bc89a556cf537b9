#include "answer/stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void stats_sort(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
}

/* NAN when n = 0. */
static double sorted_median(const double *sorted, size_t n)
{
    return n > 0 ? (sorted[(n - 1) / 2] + sorted[n / 2]) / 2 : NAN;
}

#define STATS_PAIRS (STATS_PAIRS_MOST * (STATS_PAIRS_MOST + 1) / 2)

double stats_centre(double *values, size_t n)
{
    double mean[STATS_PAIRS];
    size_t count = 0;
    stats_sort(values, n);
    for (size_t i = 0; i < n && n <= STATS_PAIRS_MOST; i++) {
        for (size_t j = i; j < n; j++) {
            mean[count++] = (values[i] + values[j]) / 2;
        }
    }
    stats_sort(mean, count);
    return count > 0 ? sorted_median(mean, count) : sorted_median(values, n);
}

/* What makes the k-th distance the standard deviation of n normal values; Croux and Rousseeuw,
 * Computational Statistics 1, 1992. */
static double distance_factor(size_t n)
{
    static const double few[] = {0, 0, 0.399, 0.994, 0.512, 0.844, 0.611, 0.857, 0.669, 0.872};
    double size = (double)n, usual = 2.2219;
    if (n < sizeof few / sizeof *few) {
        return usual * few[n];
    }
    return usual * size / (size + (n % 2 == 1 ? 1.4 : 3.8));
}

double stats_spread(const double *values, size_t n)
{
    double distance[STATS_PAIRS];
    size_t count = 0, half = n / 2 + 1;
    if (n < 2 || n > STATS_PAIRS_MOST) {
        return NAN;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            distance[count++] = fabs(values[i] - values[j]);
        }
    }
    stats_sort(distance, count);
    return distance_factor(n) * distance[half * (half - 1) / 2 - 1];
}

bool stats_two_groups(const double *sorted, size_t n, struct stats_groups *groups)
{
    enum { LEAST = 12 };
    const double wide = 5, far = 1.15;
    size_t quarter = (n + 3) / 4, split = quarter;
    if (n < LEAST) {
        return false;
    }
    for (size_t i = quarter; i <= n - quarter; i++) {
        bool is_wider = sorted[i] / sorted[i - 1] > sorted[split] / sorted[split - 1];
        split = is_wider ? i : split;
    }
    *groups = (struct stats_groups){
        .n = {split, n - split},
        .median = {sorted_median(sorted, split), sorted_median(sorted + split, n - split)},
    };
    size_t strays = 0; /* whose deviation is too large for such a gap */
    double gap = log(sorted[split] / sorted[split - 1]);
    for (size_t i = 0; i < n; i++) {
        strays += wide * fabs(log(sorted[i] / groups->median[i >= split])) >= gap;
    }
    return 2 * strays <= n && groups->median[1] > far * groups->median[0];
}

/* C(n, j − 1) from C(n, j). */
static double term_below(double term, size_t n, size_t j)
{
    return term * (double)j / (double)(n - j + 1);
}

size_t stats_interval_rank_at(size_t n, double level)
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
    below -= term;                                     /* the terms 0 … k − 1 */
    double left_out = level / 2 * total * (1 + 1e-12); /* equal but for rounding is enough */
    while (k > 0 && below > left_out) {
        term = term_below(term, n, k--);
        below -= term;
    }
    return k;
}

size_t stats_interval_rank(size_t n)
{
    return stats_interval_rank_at(n, STATS_LEVEL);
}

size_t stats_least_n(double level)
{
    return (size_t)ceil(1 - log2(level));
}

struct interval stats_sorted_at(const double *sorted, size_t n, double level)
{
    struct interval interval = {sorted_median(sorted, n), NAN, NAN, n};
    size_t k = stats_interval_rank_at(n, level);
    if (k > 0) {
        interval.low = sorted[k - 1];
        interval.high = sorted[n - k];
    }
    return interval;
}

struct interval stats_sorted_or_range(const double *sorted, size_t n, double level)
{
    struct interval interval = stats_sorted_at(sorted, n, level);
    if (n > 0 && isnan(interval.low)) {
        interval.low = sorted[0];
        interval.high = sorted[n - 1];
    }
    return interval;
}

struct interval stats_median_at(double *values, size_t n, double level)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(values[i])) {
            values[kept++] = values[i];
        }
    }
    if (kept > 1) {
        stats_sort(values, kept);
    }
    return stats_sorted_at(values, kept, level);
}

struct interval stats_median(double *values, size_t n)
{
    return stats_median_at(values, n, STATS_LEVEL);
}

/* Gives a[i], which is alone in its round, the partner at round j if that is free: ratios[j] of a
 * lone b is NAN until it is taken. */
static bool pair_with(const double *a, const double *b, size_t i, size_t j, double *ratios)
{
    if (!isnan(a[j]) || isnan(b[j]) || !isnan(ratios[j])) {
        return false;
    }
    ratios[i] = a[i] / b[j];
    ratios[j] = 0;
    return true;
}

static void pair_rounds(const double *a, const double *b, size_t n, double *ratios)
{
    size_t alone = 0;
    for (size_t i = 0; i < n; i++) {
        ratios[i] = a[i] / b[i];
        alone += isnan(b[i]) && !isnan(a[i]);
    }
    for (size_t apart = 1; apart <= STATS_PAIR_ROUNDS && alone > 0; apart++) {
        for (size_t i = 0; i < n; i++) {
            bool is_alone = !isnan(a[i]) && isnan(b[i]) && isnan(ratios[i]);
            bool paired = is_alone && i >= apart && pair_with(a, b, i, i - apart, ratios);
            if (is_alone && !paired && n - i > apart) {
                pair_with(a, b, i, i + apart, ratios);
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        ratios[i] = isnan(a[i]) ? NAN : ratios[i]; /* what marked a partner as taken */
    }
}

struct interval stats_ratio_at(const double *a, const double *b, size_t n, double level,
                               double *scratch)
{
    pair_rounds(a, b, n, scratch);
    return stats_median_at(scratch, n, level);
}

struct interval stats_ratio(const double *a, const double *b, size_t n, double *scratch)
{
    return stats_ratio_at(a, b, n, STATS_LEVEL, scratch);
}

/* The probability that a random subset of the ranks 1 … n adds up to no more than `sum`. */
static double subset_probability(size_t n, size_t sum)
{
    enum { MOST = 40 };
    double mean = (double)(n * (n + 1)) / 4;
    if (n > MOST) {
        double deviation = sqrt(mean * (double)(2 * n + 1) / 6);
        return 0.5 * erfc((mean - (double)sum - 0.5) / deviation / M_SQRT2);
    }
    double probability[MOST * (MOST + 1) / 2 + 1] = {1}, below = 0;
    for (size_t rank = 1; rank <= n; rank++) {
        for (size_t s = rank * (rank + 1) / 2 + 1; s-- > 0;) {
            probability[s] = (probability[s] + (s >= rank ? probability[s - rank] : 0)) / 2;
        }
    }
    for (size_t s = 0; s <= sum && s <= n * (n + 1) / 2; s++) {
        below += probability[s];
    }
    return below;
}

double stats_above_probability(const double *sorted, size_t n, double limit)
{
    /* Outward from the limit, nearest first: ranks of what lies below it. Equal distances count as
     * if what lies below were further, which claims less. */
    size_t above = 0, ranks_below = 0;
    while (above < n && sorted[above] <= limit) {
        above++;
    }
    size_t below = above; /* of those not yet ranked */
    for (size_t rank = 1; rank <= n; rank++) {
        bool nearer_above =
            above < n && (below == 0 || sorted[above] / limit <= limit / sorted[below - 1]);
        if (nearer_above) {
            above++;
        } else {
            below--;
            ranks_below += rank;
        }
    }
    return n == 0 ? 1 : subset_probability(n, ranks_below);
}

double stats_half_width(struct interval interval)
{
    double half = (interval.high - interval.low) / 2 / interval.median;
    return isnan(half) ? INFINITY : half;
}
