/* The answer that a run file holds, for people. */
#ifndef CUAL_TERMINAL_SHOW_ANSWER_H
#define CUAL_TERMINAL_SHOW_ANSWER_H

#include <stdbool.h>

/* Prints the table and the claims of a run file, and says what is wrong with it. Returns the exit
 * status: 0; STATUS_WRONG when it is not to be believed; STATUS_USAGE, STATUS_STORAGE. */
int show_answer(const char *path, bool colour);

#endif
