#include "model/kernel.h"

const char *const kernel_bound_words[KERNEL_BOUND_COUNT] = {
    [KERNEL_BOUND_TOOL] = "the tool itself",
    [KERNEL_BOUND_FLOATING_POINT] = "the floating-point units",
    [KERNEL_BOUND_INTEGER] = "the integer units",
    [KERNEL_BOUND_BANDWIDTH] = "the memory bus",
    [KERNEL_BOUND_LATENCY] = "the latency of the memory",
    [KERNEL_BOUND_LIST] = "one list",
};
