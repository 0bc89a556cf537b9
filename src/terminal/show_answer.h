/* The answer that a run file holds, as the terminal shows it. */
#ifndef CUAL_TERMINAL_SHOW_ANSWER_H
#define CUAL_TERMINAL_SHOW_ANSWER_H

#include "terminal/answer_text.h"

#include <stdbool.h>

/* Prints the answer of a run file, and errors. Returns the exit status: 0,
 * STATUS_WRONG when the answer is not credible, STATUS_USAGE or STATUS_STORAGE. */
int show_answer(const char *path, struct answer_parts parts, bool colour);

#endif
