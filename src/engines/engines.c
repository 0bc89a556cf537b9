#include "engines/engines.h"

#define ENGINE_ADDRESS(name) &engine_##name,

const struct engine *const engines_all[] = {ENGINES(ENGINE_ADDRESS) NULL};
