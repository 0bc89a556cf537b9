/* The instruction sets that kernels have loops for, and the widest that this processor runs. */
#ifndef CUAL_KERNELS_VECTOR_H
#define CUAL_KERNELS_VECTOR_H

/* Narrowest first. A table of loops has one entry for each. */
enum vector_set {
    VECTOR_BASELINE, /* what the compiler may use everywhere */
#if defined(__x86_64__)
    VECTOR_AVX2,   /* with FMA */
    VECTOR_AVX512, /* the foundation, which includes FMA */
#endif
    VECTOR_SETS
};

/* Returns the widest set that this processor runs. It is cheap enough to be called once per task,
 * and safe from several threads. */
static inline enum vector_set vector_widest(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) {
        return VECTOR_AVX512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return VECTOR_AVX2;
    }
#endif
    return VECTOR_BASELINE;
}

#endif
