#include "run/registry.h"

#include "engines/engines.h"
#include "kernels/kernels.h"

#define KERNEL_ADDRESS(name) &kernel_##name,
#define ENGINE_ADDRESS(name) &engine_##name,

const struct kernel *const registry_kernels[] = {KERNELS(KERNEL_ADDRESS) NULL};
const struct engine *const registry_engines[] = {ENGINES(ENGINE_ADDRESS) NULL};
