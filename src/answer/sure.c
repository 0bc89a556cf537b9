#include "answer/sure.h"

#include <math.h>

#define LOOKS_EACH 64      /* rounds, up to which every round is looked at */
#define PIECES 8           /* of the time up to then, by its logarithm */
#define OVERSHOOT (-0.583) /* by which what is only looked at now and then is higher than seen */

static double density(double z)
{
    return exp(-z * z / 2) / sqrt(2 * M_PI);
}

/* The logarithm of a number of rounds over those of the first look. */
static double since_first(double rounds)
{
    return log(rounds / SURE_ROUNDS_LEAST);
}

/* The probability that the mean of n values, over its standard deviation, exceeds z at some look:
 * at the first one, or by the rate at which a Brownian motion W(t)/sqrt(t) does so per unit of
 * log(t), the less the further apart looks are (Siegmund, Sequential Analysis, 1985, 4.2 and 10.2).
 * Looks follow each other by one round up to LOOKS_EACH, then by one in as many. `further` is how
 * far they go beyond that, in units of log(t). */
static double ever_above(double z, double further)
{
    const double step = since_first(LOOKS_EACH) / PIECES;
    double looks = further * exp(OVERSHOOT * z / sqrt(LOOKS_EACH));
    for (int p = 0; p < PIECES; p++) {
        double rounds = SURE_ROUNDS_LEAST * exp((p + 0.5) * step);
        looks += step * exp(OVERSHOOT * z / sqrt(rounds));
    }
    return erfc(z / M_SQRT2) / 2 + density(z) * z / 2 * looks;
}

double sure_boundary(double level, size_t n)
{
    double span = 2 * since_first((double)n), usual = since_first(LOOKS_EACH);
    double further = n > LOOKS_EACH && span > usual ? span - usual : 0;
    double low = 1, high = 40; /* ever_above falls between them */
    while (high - low > 1e-6) {
        double middle = (low + high) / 2;
        *(ever_above(middle, further) > level ? &low : &high) = middle;
    }
    return high;
}

double sure_boundary_estimated(double level, size_t n, double freedom)
{
    double z = sure_boundary(level, n), z2 = z * z, v = freedom;
    double first = (z2 + 1) * z / 4;
    double second = ((5 * z2 + 16) * z2 + 3) * z / 96;
    double third = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384;
    double fourth = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) * z / 92160;
    return z + first / v + second / (v * v) + third / (v * v * v) + fourth / (v * v * v * v);
}
