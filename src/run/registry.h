/* The two tables: every kernel and every engine that there is. */
#ifndef CUAL_RUN_REGISTRY_H
#define CUAL_RUN_REGISTRY_H

#include "model/engine.h"
#include "model/kernel.h"

#include <string.h>

/* NULL-terminated, in the order in which `cual list` shows them. */
extern const struct kernel *const registry_kernels[];
extern const struct engine *const registry_engines[];

/* By name; NULL when there is none. */
static inline const struct kernel *registry_kernel(const char *name)
{
    const struct kernel *const *kernel = registry_kernels;
    while (*kernel && strcmp((*kernel)->name, name) != 0) {
        kernel++;
    }
    return *kernel;
}

static inline const struct engine *registry_engine(const char *name)
{
    const struct engine *const *engine = registry_engines;
    while (*engine && strcmp((*engine)->name, name) != 0) {
        engine++;
    }
    return *engine;
}

#endif
