#include "answer/interval_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Decimals that the half-width justifies, and no more than `most`. */
static int decimals_justified(double half, int most)
{
    if (!(half > 0)) {
        return most;
    }
    double first_digit = ceil(-log10(half));
    return first_digit < 0 ? 0 : first_digit < most ? (int)first_digit : most;
}

const char *interval_text(struct interval interval, char text[WORDS_BYTES])
{
    double median = interval.median, half = (interval.high - interval.low) / 2;
    if (!isfinite(median)) {
        return strcpy(text, "?");
    }
    int decimals = words_decimals(median);
    if (!isfinite(half)) {
        snprintf(text, WORDS_BYTES, median < 1e6 ? "%.*f ±?" : "%.*g ±?", decimals, median);
    } else if (median < 1e6 && half < 1e6) {
        decimals = decimals_justified(half, decimals);
        /* Not even a narrow interval is no interval. */
        half = half > 0 ? fmax(half, pow(10, -decimals)) : half;
        snprintf(text, WORDS_BYTES, "%.*f ±%.*f", decimals, median, decimals, half);
    } else {
        snprintf(text, WORDS_BYTES, "%.2g ±%.1g", median, half);
    }
    return text;
}
