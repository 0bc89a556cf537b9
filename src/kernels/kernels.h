/* Every compute kernel, for the table in src/run/registry.c. */
#ifndef CUAL_KERNELS_KERNELS_H
#define CUAL_KERNELS_KERNELS_H

#include "model/kernel.h"

extern const struct kernel kernel_none;
extern const struct kernel kernel_flops;
extern const struct kernel kernel_primes;
extern const struct kernel kernel_triad;
extern const struct kernel kernel_chase;

#endif
