/* Every compute kernel: a new one is its file and its line here. */
#ifndef CUAL_KERNELS_KERNELS_H
#define CUAL_KERNELS_KERNELS_H

#include "model/kernel.h"

/* In the order in which they are shown; src/kernels/NAME.c defines kernel_NAME. */
#define KERNELS(each) each(none) each(flops) each(primes) each(triad) each(chase) each(append)

#define KERNEL_DECLARE(name) extern const struct kernel kernel_##name;
KERNELS(KERNEL_DECLARE)

#endif
