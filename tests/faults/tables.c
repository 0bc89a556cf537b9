/* Stands in for src/kernels/kernels.c and src/engines/engines.c in build/cual-faults: the same
 * tables and the wrong entries. */
#include "engines/engines.h"
#include "faults.h"
#include "kernels/kernels.h"

#define KERNEL_ADDRESS(name) &kernel_##name,
#define ENGINE_ADDRESS(name) &engine_##name,
#define FAULT_ADDRESS(name) &fault_##name,

/* Of two with one name the first counts. */
const struct kernel *const kernels_all[] = {FAULT_KERNELS_INSTEAD(FAULT_ADDRESS) KERNELS(
    KERNEL_ADDRESS) FAULT_KERNELS(FAULT_ADDRESS) TOLD_KERNELS(FAULT_ADDRESS) NULL};
const struct engine *const engines_all[] = {FAULT_ENGINES_INSTEAD(FAULT_ADDRESS) ENGINES(
    ENGINE_ADDRESS) FAULT_ENGINES(FAULT_ADDRESS) TOLD_ENGINES(FAULT_ADDRESS) NULL};
