/* Samples: what they are called, what of them is kept, and which of them are valid. */
#include "model/sample.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

static void flag_names_go_by_bit(void)
{
    static const struct {
        unsigned flag;
        const char *name;
    } named[] = {{SAMPLE_MISBOUND, "misbound"},   {SAMPLE_TOO_SHORT, "too_short"},
                 {SAMPLE_SHALLOW, "shallow"},     {SAMPLE_CACHE, "cache"},
                 {SAMPLE_CROWDED, "crowded"},     {SAMPLE_STOLEN, "stolen"},
                 {SAMPLE_THROTTLED, "throttled"}, {SAMPLE_FREQUENCY, "frequency"},
                 {SAMPLE_SLOWED, "slowed"}};
    CU_ASSERT_EQUAL(sizeof named / sizeof named[0], SAMPLE_FLAG_COUNT);
    for (unsigned bit = 0; bit < SAMPLE_FLAG_COUNT; bit++) {
        CU_ASSERT_EQUAL(named[bit].flag, 1u << bit);
        CU_ASSERT_STRING_EQUAL(sample_flag_names[bit], named[bit].name);
    }
}

static void new_samples_are_all_nan(void)
{
    enum { CELLS = 7, ROUNDS = 5, RANKS = 3 };
    struct samples samples;
    CU_ASSERT_EQUAL_FATAL(samples_create(&samples, CELLS, ROUNDS, RANKS), 0);
    CU_ASSERT_EQUAL(samples.cells, CELLS);
    CU_ASSERT_EQUAL(samples.rounds, ROUNDS);
    CU_ASSERT_EQUAL(samples.ranks, RANKS);
    size_t missing = 0;
    for (size_t i = 0; i < CELLS * ROUNDS; i++) {
        for (int v = 0; v < SAMPLE_VARIABLES; v++) {
            missing += isnan(samples.value[v][i]) != 0;
        }
    }
    CU_ASSERT_EQUAL(missing, (size_t)CELLS * ROUNDS * SAMPLE_VARIABLES);
    missing = 0;
    for (size_t i = 0; i < CELLS * ROUNDS * RANKS; i++) {
        missing += isnan(samples.per_rank[i]) != 0;
    }
    CU_ASSERT_EQUAL(missing, CELLS * ROUNDS * RANKS);
    samples_free(&samples);
    samples_free(&samples); /* empty by now: nothing is freed twice */
    CU_ASSERT_PTR_NULL(samples.per_rank);
}

static void check_spread(struct samples *samples, size_t at, const double *quantile_s,
                         double slowest, double fastest)
{
    const struct sample_spread *spread = &samples->spread[at];
    for (int q = 0; q < SAMPLE_QUANTILES; q++) {
        CU_ASSERT_DOUBLE_EQUAL(spread->quantile_s[q], quantile_s[q], 1e-12);
    }
    CU_ASSERT_EQUAL(spread->slowest, slowest);
    CU_ASSERT_EQUAL(spread->fastest, fastest);
}

static void times_of_many_ranks_are_kept_as_quantiles(void)
{
    enum { MANY = 100 };
    struct samples samples;
    double time_s[MANY], few[] = {3, 1, 1, 3};
    CU_ASSERT_EQUAL_FATAL(samples_create(&samples, 2, 2, MANY), 0);
    CU_ASSERT_EQUAL(samples.ranks, SAMPLE_RANKS_MOST);
    CU_ASSERT_EQUAL(samples_rank_numbers(&samples), SAMPLE_RANKS_MOST + SAMPLE_QUANTILES + 2);
    for (size_t r = 0; r < MANY; r++) {
        time_s[r] = (double)(r * 37 % MANY); /* 0 … 99 in another order */
    }
    samples_keep_ranks(&samples, 1, time_s, MANY);
    check_spread(&samples, 1, (const double[]){0, 24.75, 49.5, 74.25, 99}, 27, 0);
    CU_ASSERT(isnan(samples.per_rank[1 * SAMPLE_RANKS_MOST])); /* not some of them */
    samples_keep_ranks(&samples, 2, few, 4);
    check_spread(&samples, 2, (const double[]){1, 1, 2, 3, 3}, 0, 1);
    CU_ASSERT_EQUAL(*samples_rank_number(&samples, 2, 0), 3);
    CU_ASSERT_EQUAL(*samples_rank_number(&samples, 2, 2), 1);
    CU_ASSERT(isnan(*samples_rank_number(&samples, 2, 4)));
    samples_keep_ranks(&samples, 3, (double[]){5}, 1);
    check_spread(&samples, 3, (const double[]){5, 5, 5, 5, 5}, 0, 0);
    CU_ASSERT(isnan(samples.spread[0].slowest) && isnan(samples.spread[0].quantile_s[4]));
    samples_free(&samples);
    CU_ASSERT_EQUAL_FATAL(samples_create(&samples, 2, 2, SAMPLE_RANKS_MOST), 0);
    CU_ASSERT_PTR_NULL(samples.spread);
    samples_free(&samples);
}

static void too_many_samples_are_refused(void)
{
    struct samples samples;
    CU_ASSERT(samples_create(&samples, (size_t)1 << 30, (size_t)1 << 26, 1) < 0);
    CU_ASSERT_PTR_NULL(samples.value[SAMPLE_TIME]);
}

/* Whether the one sample of cell 1, round 2 is valid, and that it is that one which is asked. */
static bool is_valid(double time_s, double flags)
{
    struct samples samples;
    CU_ASSERT_EQUAL_FATAL(samples_create(&samples, 3, 4, 1), 0);
    samples.value[SAMPLE_TIME][1 * 4 + 2] = time_s;
    samples.value[SAMPLE_FLAGS][1 * 4 + 2] = flags;
    bool valid = samples_valid(&samples, 1, 2);
    CU_ASSERT_FALSE(samples_valid(&samples, 2, 1));
    CU_ASSERT_FALSE(samples_valid(&samples, 1, 1));
    samples_free(&samples);
    return valid;
}

static void a_sample_is_valid_when_it_is_there_without_a_flag(void)
{
    CU_ASSERT_TRUE(is_valid(1.0, 0));
    CU_ASSERT_TRUE(is_valid(1.0, NAN));
    CU_ASSERT_FALSE(is_valid(NAN, 0));
    CU_ASSERT_FALSE(is_valid(NAN, NAN));
    for (unsigned flags = 1; flags < 1u << SAMPLE_FLAG_COUNT; flags++) {
        CU_ASSERT_FALSE(is_valid(1.0, flags));
    }
}

static const CU_TestInfo tests[] = {
    {"flag names go by bit", flag_names_go_by_bit},
    {"new samples are NaN everywhere", new_samples_are_all_nan},
    {"times of many ranks are kept as quantiles", times_of_many_ranks_are_kept_as_quantiles},
    {"samples that do not fit the memory are refused", too_many_samples_are_refused},
    {"a sample is valid when it is there and has no flag",
     a_sample_is_valid_when_it_is_there_without_a_flag},
    CU_TEST_INFO_NULL,
};

SUITE("sample", tests);
