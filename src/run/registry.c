#include "run/registry.h"

#include "engines/engines.h"
#include "kernels/kernels.h"

#include <string.h>

#define KERNEL_ADDRESS(name) &kernel_##name,
#define ENGINE_ADDRESS(name) &engine_##name,

const struct kernel *const registry_kernels[] = {KERNELS(KERNEL_ADDRESS) NULL};
const struct engine *const registry_engines[] = {ENGINES(ENGINE_ADDRESS) NULL};

const struct kernel *registry_kernel(const char *name)
{
    for (const struct kernel *const *kernel = registry_kernels; *kernel; kernel++) {
        if (strcmp((*kernel)->name, name) == 0) {
            return *kernel;
        }
    }
    return NULL;
}

const struct engine *registry_engine(const char *name)
{
    for (const struct engine *const *engine = registry_engines; *engine; engine++) {
        if (strcmp((*engine)->name, name) == 0) {
            return *engine;
        }
    }
    return NULL;
}
