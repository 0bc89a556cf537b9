/* Every wait engine; the table is in run/registry.c. */
#ifndef CUAL_ENGINES_ENGINES_H
#define CUAL_ENGINES_ENGINES_H

#include "model/engine.h"

extern const struct engine engine_none;
extern const struct engine engine_timer;
extern const struct engine engine_file;

#endif
