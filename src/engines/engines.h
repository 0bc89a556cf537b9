/* The table of wait engines. A new engine is a file of its own and a name in this table. */
#ifndef CUAL_ENGINES_ENGINES_H
#define CUAL_ENGINES_ENGINES_H

#include "model/engine.h"

#include <string.h>

/* In the order in which they are shown; src/engines/NAME.c defines engine_NAME. */
#define ENGINES(each) each(none) each(timer) each(file) each(uring) each(message)

#define ENGINE_DECLARE(name) extern const struct engine engine_##name;
ENGINES(ENGINE_DECLARE)

/* NULL-terminated. */
extern const struct engine *const engines_all[];

/* Returns the engine of this name, or NULL when there is none. */
static inline const struct engine *engines_find(const char *name)
{
    const struct engine *const *engine = engines_all;
    while (*engine && strcmp((*engine)->name, name) != 0) {
        engine++;
    }
    return *engine;
}

#endif
