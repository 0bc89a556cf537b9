/* The advice in a run file: group /advice, a row for each line of the tree. */
#ifndef CUAL_RUNFILE_RUNFILE_ADVICE_H
#define CUAL_RUNFILE_RUNFILE_ADVICE_H

#include "answer/advice.h"

struct store;

/* Writes the group; errors stay in the store. */
void runfile_write_advice(struct store *store, const struct advice *advice, const char *summary);

/* Reads it. `*summary` is the caller's to free; it stays NULL, and the advice empty, where the file
 * has no advice. */
void runfile_read_advice(struct store *store, struct advice *advice, char **summary);

#endif
