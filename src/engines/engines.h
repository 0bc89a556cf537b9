/* Every wait engine: a new one is its file and its line here. */
#ifndef CUAL_ENGINES_ENGINES_H
#define CUAL_ENGINES_ENGINES_H

#include "model/engine.h"

/* In the order in which they are shown; src/engines/NAME.c defines engine_NAME. */
#define ENGINES(each) each(none) each(timer) each(file) each(uring) each(message)

#define ENGINE_DECLARE(name) extern const struct engine engine_##name;
ENGINES(ENGINE_DECLARE)

#endif
