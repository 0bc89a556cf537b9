/* The table of all commands. */
#ifndef CUAL_COMMANDS_HELP_H
#define CUAL_COMMANDS_HELP_H

#include "terminal/command.h"

/* The command of that name. NULL with STATUS_USAGE in `error`, which names the one that comes
 * nearest. */
const struct command *help_find(const char *name, struct error *error);

/* Prints the table on stdout. */
void help_print(void);

#endif
