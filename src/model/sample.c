#include "model/sample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every flag does. */
#define EXCLUDING ((1u << SAMPLE_FLAG_COUNT) - 1)

const char *const sample_flag_names[SAMPLE_FLAG_COUNT] = {"misbound",  "too_short", "shallow",
                                                          "cache",     "crowded",   "stolen",
                                                          "throttled", "frequency", "slowed"};

static double *filled_with_nan(size_t count)
{
    double *values = malloc((count ? count : 1) * sizeof *values);
    for (size_t i = 0; values && i < count; i++) {
        values[i] = NAN;
    }
    return values;
}

const double sample_quantiles[SAMPLE_QUANTILES] = {0, 0.25, 0.5, 0.75, 1};

static const struct sample_spread no_spread = {{NAN, NAN, NAN, NAN, NAN}, NAN, NAN};

int samples_create(struct samples *samples, size_t cells, size_t rounds, size_t launched)
{
    size_t ranks = launched < SAMPLE_RANKS_MOST ? launched : SAMPLE_RANKS_MOST;
    *samples = (struct samples){.cells = cells, .rounds = rounds, .ranks = ranks};
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        samples->value[v] = filled_with_nan(cells * rounds);
        if (!samples->value[v]) {
            samples_free(samples);
            return -ENOMEM;
        }
    }
    samples->per_rank = filled_with_nan(cells * rounds * ranks);
    if (launched > SAMPLE_RANKS_MOST) {
        samples->spread = malloc((cells * rounds + 1) * sizeof *samples->spread);
    }
    if (!samples->per_rank || (launched > SAMPLE_RANKS_MOST && !samples->spread)) {
        samples_free(samples);
        return -ENOMEM;
    }
    for (size_t at = 0; samples->spread && at < cells * rounds; at++) {
        samples->spread[at] = no_spread;
    }
    return 0;
}

double samples_bytes(size_t cells, size_t rounds, size_t launched)
{
    size_t ranks = launched < SAMPLE_RANKS_MOST ? launched : SAMPLE_RANKS_MOST;
    size_t spread = launched > SAMPLE_RANKS_MOST ? sizeof(struct sample_spread) : 0;
    size_t each = (SAMPLE_VARIABLES + ranks) * sizeof(double) + spread;
    return (double)cells * (double)rounds * (double)each;
}

void samples_free(struct samples *samples)
{
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        free(samples->value[v]);
    }
    free(samples->per_rank);
    free(samples->spread);
    *samples = (struct samples){0};
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct sample_spread spread_of(double *time_s, size_t ranks)
{
    struct sample_spread spread = {.slowest = 0, .fastest = 0};
    for (size_t r = 1; r < ranks; r++) {
        spread.slowest = time_s[r] > time_s[(size_t)spread.slowest] ? (double)r : spread.slowest;
        spread.fastest = time_s[r] < time_s[(size_t)spread.fastest] ? (double)r : spread.fastest;
    }
    qsort(time_s, ranks, sizeof *time_s, ascending);
    for (int q = 0; q < SAMPLE_QUANTILES; q++) {
        double place = sample_quantiles[q] * (double)(ranks - 1);
        size_t below = (size_t)place, above = below + 1 < ranks ? below + 1 : below;
        double part = place - (double)below;
        spread.quantile_s[q] = time_s[below] + part * (time_s[above] - time_s[below]);
    }
    return spread;
}

void samples_keep_ranks(struct samples *samples, size_t at, double *time_s, size_t ranks)
{
    if (ranks <= samples->ranks) {
        memcpy(&samples->per_rank[at * samples->ranks], time_s, ranks * sizeof *time_s);
    }
    if (samples->spread) {
        samples->spread[at] = spread_of(time_s, ranks);
    }
}

size_t samples_rank_numbers(const struct samples *samples)
{
    return samples->ranks + (samples->spread ? SAMPLE_QUANTILES + 2 : 0);
}

double *samples_rank_number(const struct samples *samples, size_t at, size_t i)
{
    if (i < samples->ranks) {
        return &samples->per_rank[at * samples->ranks + i];
    }
    struct sample_spread *spread = &samples->spread[at];
    i -= samples->ranks;
    return i < SAMPLE_QUANTILES    ? &spread->quantile_s[i]
           : i == SAMPLE_QUANTILES ? &spread->slowest
                                   : &spread->fastest;
}

bool samples_valid(const struct samples *samples, size_t cell, size_t round)
{
    size_t at = cell * samples->rounds + round;
    if (isnan(samples->value[SAMPLE_TIME][at])) {
        return false;
    }
    double flags = samples->value[SAMPLE_FLAGS][at];
    return isnan(flags) || ((unsigned)flags & EXCLUDING) == 0;
}
