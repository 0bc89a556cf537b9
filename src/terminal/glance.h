/* The answer at a glance, as the terminal shows it: at most 15 lines. */
#ifndef CUAL_TERMINAL_GLANCE_H
#define CUAL_TERMINAL_GLANCE_H

#include "answer/advice.h"

#include <stdbool.h>
#include <stdio.h>

/* Prints what was measured, the tree, how sure it is, and how to see more of the file. Texts must
 * be printable. 0 or -EIO. */
int glance_print(FILE *out, const struct advice *advice, const char *summary, const char *path,
                 bool colour);

#endif
