/* The program and what lies beside it, where it was built or installed: jobs, a Python package. */
#ifndef CUAL_SYSTEM_BESIDE_H
#define CUAL_SYSTEM_BESIDE_H

#include <limits.h>
#include <stdbool.h>

#define BESIDE_PATH_BYTES PATH_MAX

/* The path of this program, links resolved; empty where /proc does not tell. Returns path. */
const char *beside_program(char path[BESIDE_PATH_BYTES]);

/* The path of what is called `name`, such as "jobs": of an installed program in ../share/cual, of a
 * built one in the program's own folder; links are resolved. False where neither is there. */
bool beside_find(const char *name, char path[BESIDE_PATH_BYTES]);

#endif
