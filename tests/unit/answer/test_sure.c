/* Boundaries that hold at every look. */
#include "answer/sure.h"

#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdint.h>

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(2 * M_PI * uniform(state));
}

/* Sums of normal values that are looked at after each of 64: how many are ever above. */
static void test_boundary_holds_at_every_look(void)
{
    enum { RUNS = 50000, LOOKS = 64 };
    static const double levels[] = {0.05, 0.0125, 0.0025};
    for (int l = 0; l < 3; l++) {
        uint64_t state = 11;
        double boundary = sure_boundary(levels[l], LOOKS);
        int ever = 0;
        for (int run = 0; run < RUNS; run++) {
            double sum = 0;
            bool above = false;
            for (int n = 1; n <= LOOKS; n++) {
                sum += normal(&state);
                above |= n >= SURE_ROUNDS_LEAST && sum / sqrt(n) > boundary;
            }
            ever += above;
        }
        CU_ASSERT(ever <= 1.2 * levels[l] * RUNS); /* a count of 125 varies by 9 % */
        CU_ASSERT(ever >= 0.8 * levels[l] * RUNS); /* and it is no higher than it must be */
    }
}

static void test_boundary_grows(void)
{
    CU_ASSERT(sure_boundary(0.01, 64) > sure_boundary(0.02, 64));
    CU_ASSERT_EQUAL(sure_boundary(0.01, 8), sure_boundary(0.01, 64));
    CU_ASSERT(sure_boundary(0.01, 6400) > sure_boundary(0.01, 640));
    CU_ASSERT(sure_boundary(0.01, 640) > sure_boundary(0.01, 64));
}

/* Quantiles of Student's t at the probability of z = 3.0902, 0.001: Abramowitz and Stegun, 26.10.
 */
static void test_freedom_widens(void)
{
    double z = sure_boundary(0.01, 64);
    CU_ASSERT_DOUBLE_EQUAL(sure_boundary_estimated(0.01, 64, 1e9), z, 1e-6);
    CU_ASSERT(sure_boundary_estimated(0.01, 64, 8) > sure_boundary_estimated(0.01, 64, 16));
    static const struct {
        double freedom, t;
    } known[] = {{10, 4.144}, {20, 3.552}, {60, 3.232}};
    double low = 1e-9, high = 0.4; /* the level whose boundary is 3.0902 */
    for (int i = 0; i < 100; i++) {
        double middle = sqrt(low * high);
        *(sure_boundary(middle, 64) > 3.0902 ? &low : &high) = middle;
    }
    for (int k = 0; k < 3; k++) {
        CU_ASSERT_DOUBLE_EQUAL(sure_boundary_estimated(low, 64, known[k].freedom), known[k].t,
                               0.01);
    }
}

static const CU_TestInfo tests[] = {
    {"a boundary is crossed as often as it says, at whatever look",
     test_boundary_holds_at_every_look},
    {"a boundary grows with the certainty and the rounds", test_boundary_grows},
    {"an estimated deviation widens it as Student's t does", test_freedom_widens},
    CU_TEST_INFO_NULL,
};

SUITE("sure", tests);
