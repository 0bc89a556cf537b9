/* The two tables: every kernel and every engine that there is. */
#ifndef CUAL_RUN_REGISTRY_H
#define CUAL_RUN_REGISTRY_H

#include "model/engine.h"
#include "model/kernel.h"

/* NULL-terminated, in the order in which `cual list` shows them. */
extern const struct kernel *const registry_kernels[];
extern const struct engine *const registry_engines[];

/* NULL when there is none of that name. */
const struct kernel *registry_kernel(const char *name);
const struct engine *registry_engine(const char *name);

#endif
