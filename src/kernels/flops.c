/* Multiply-adds on registers: x = x × 1 + b, with small integers b, so that every sum is exact and
 * the same for every instruction set and rounding mode. Twelve independent accumulators hide the
 * latency of the units (4 cycles × 2 units ask for 8), and leave registers for the two factors. */
#include "kernels/vector.h"
#include "model/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define FLOPS_ACCUMULATORS 12
#define FLOPS_PER_UNIT_FMA 480 /* a multiple of 12 accumulators × 8, 4 or 2 lanes */

typedef double flops_pair __attribute__((vector_size(16)));

/* Carries out `units` units and returns the sum over all lanes: exact up to 2^40 units, where
 * 480 × 15 × units is still below 2^53. */
typedef uint64_t flops_loop(double one, double b, uint64_t units);

/* The body of every loop; only the vector and its multiply-add differ. The accumulators
 * are named one by one because an array of them would live in memory. */
#define FLOPS_BODY(vector, multiply_add)                                                           \
    enum { lanes = sizeof(vector) / sizeof(double) };                                              \
    const uint64_t steps = FLOPS_PER_UNIT_FMA / (FLOPS_ACCUMULATORS * lanes) * units;              \
    const vector zero = {0}, a = zero + one, c = zero + b;                                         \
    /* different starts, or the compiler finds the sums equal; together they are 0 */              \
    vector x0 = zero - 6, x1 = zero - 5, x2 = zero - 4, x3 = zero - 3, x4 = zero - 2;              \
    vector x5 = zero - 1, x6 = zero + 1, x7 = zero + 2, x8 = zero + 3, x9 = zero + 4;              \
    vector x10 = zero + 5, x11 = zero + 6;                                                         \
    for (uint64_t step = 0; step < steps; step++) {                                                \
        x0 = multiply_add(x0, a, c);                                                               \
        x1 = multiply_add(x1, a, c);                                                               \
        x2 = multiply_add(x2, a, c);                                                               \
        x3 = multiply_add(x3, a, c);                                                               \
        x4 = multiply_add(x4, a, c);                                                               \
        x5 = multiply_add(x5, a, c);                                                               \
        x6 = multiply_add(x6, a, c);                                                               \
        x7 = multiply_add(x7, a, c);                                                               \
        x8 = multiply_add(x8, a, c);                                                               \
        x9 = multiply_add(x9, a, c);                                                               \
        x10 = multiply_add(x10, a, c);                                                             \
        x11 = multiply_add(x11, a, c);                                                             \
    }                                                                                              \
    const vector all = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11;                \
    double sum = 0;                                                                                \
    for (unsigned lane = 0; lane < lanes; lane++)                                                  \
        sum += all[lane];                                                                          \
    return (uint64_t)(int64_t)sum;

static inline flops_pair flops_multiply_add(flops_pair x, flops_pair a, flops_pair b)
{
    return x * a + b;
}

static uint64_t flops_baseline(double one, double b, uint64_t units)
{
    FLOPS_BODY(flops_pair, flops_multiply_add)
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static uint64_t flops_avx2(double one, double b, uint64_t units)
{
    FLOPS_BODY(__m256d, _mm256_fmadd_pd)
}

#if defined(__clang__) /* knows no such preference, and needs none where vectors are spelt out */
#define FLOPS_AVX512 "avx512f"
#else
#define FLOPS_AVX512 "avx512f,prefer-vector-width=512"
#endif
__attribute__((target(FLOPS_AVX512))) static uint64_t flops_avx512(double one, double b,
                                                                   uint64_t units)
{
    FLOPS_BODY(__m512d, _mm512_fmadd_pd)
}
#endif

static flops_loop *const flops_loops[VECTOR_SETS] = {
    [VECTOR_BASELINE] = flops_baseline,
#if defined(__x86_64__)
    [VECTOR_AVX2] = flops_avx2,
    [VECTOR_AVX512] = flops_avx512,
#endif
};

static unsigned flops_addend(uint64_t item)
{
    return 1 + (unsigned)(item % 15);
}

static uint64_t flops_compute(void *state, uint64_t item, uint64_t units)
{
    (void)state;
    volatile double one = 1.0; /* a factor that the compiler may not know */
    return flops_loops[vector_widest()](one, flops_addend(item), units);
}

static uint64_t flops_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    (void)spec;
    return FLOPS_PER_UNIT_FMA * units * flops_addend(item);
}

const struct kernel kernel_flops = {
    .name = "flops",
    .bound = KERNEL_BOUND_FLOATING_POINT,
    .help = "multiply-adds of doubles on registers",
    .unit = "480 multiply-adds of doubles",
    .flops_per_unit = 2.0 * FLOPS_PER_UNIT_FMA,
    .compute = flops_compute,
    .expect = flops_expect,
};
