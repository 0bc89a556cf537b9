#include "answer/sure.h"

#include <math.h>

static double density(double z)
{
    return exp(-z * z / 2) / sqrt(2 * M_PI);
}

/* The probability that W(t)/sqrt(t) exceeds z somewhere in 1 ≤ t ≤ exp(span). */
static double ever_above(double z, double span)
{
    return density(z) * ((z - 1 / z) * span / 2 + 2 / z);
}

double sure_boundary(double level, size_t n)
{
    const double usual = log(64.0 / SURE_ROUNDS_LEAST);
    double grown = 2 * log((double)n / SURE_ROUNDS_LEAST);
    double span = n > 64 && grown > usual ? grown : usual;
    double low = 1, high = 40; /* ever_above falls between them */
    while (high - low > 1e-6) {
        double middle = (low + high) / 2;
        *(ever_above(middle, span) > level ? &low : &high) = middle;
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
