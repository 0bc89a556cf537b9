/* Stands in for src/run/registry.c in build/cual-faults: the same tables and the wrong entries. */
#include "run/registry.h"

#include "engines/engines.h"
#include "faults.h"
#include "kernels/kernels.h"

#include <string.h>

const struct kernel *const registry_kernels[] = {
    &kernel_none,      &kernel_flops, &kernel_primes, &kernel_triad, &kernel_chase,
    &fault_loses_task, &fault_races,  &fault_drops,   NULL,
};

const struct engine *const registry_engines[] = {
    &engine_none, &engine_timer, &engine_file, &fault_mixes_up, NULL,
};

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
