#include "kernels/kernels.h"

#define KERNEL_ADDRESS(name) &kernel_##name,

const struct kernel *const kernels_all[] = {KERNELS(KERNEL_ADDRESS) NULL};
