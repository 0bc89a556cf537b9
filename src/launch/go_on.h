/* The command line that goes on with a run. */
#ifndef CUAL_LAUNCH_GO_ON_H
#define CUAL_LAUNCH_GO_ON_H

#include <stdbool.h>

/* The words of a `cual run` as they were given, for a shell: with --resume, with -o `output` unless
 * there is one, and without the --force that would replace the file. Memory of the caller (free);
 * NULL when there is none. */
char *go_on_command(char *const *argv, const char *output, bool has_output);

/* What people are told of it, escaped: "`safe` in OUTPUT; go on with: COMMAND", or, with NULL, that
 * nothing was measured yet. Memory of the caller (free); NULL when there is none. */
char *go_on_text(const char *safe, char *const *argv, const char *output, bool has_output);

#endif
