/* The table of compute kernels. A new kernel is a file of its own and a name in this table. */
#ifndef CUAL_KERNELS_KERNELS_H
#define CUAL_KERNELS_KERNELS_H

#include "model/kernel.h"

#include <string.h>

/* In the order in which they are shown; src/kernels/NAME.c defines kernel_NAME. */
#define KERNELS(each) each(none) each(flops) each(primes) each(triad) each(chase) each(append)

#define KERNEL_DECLARE(name) extern const struct kernel kernel_##name;
KERNELS(KERNEL_DECLARE)

/* NULL-terminated. */
extern const struct kernel *const kernels_all[];

/* Returns the kernel of this name, or NULL when there is none. */
static inline const struct kernel *kernels_find(const char *name)
{
    const struct kernel *const *kernel = kernels_all;
    while (*kernel && strcmp((*kernel)->name, name) != 0) {
        kernel++;
    }
    return *kernel;
}

#endif
