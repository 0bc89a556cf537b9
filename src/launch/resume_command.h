/* The command line that resumes a run. */
#ifndef CUAL_LAUNCH_RESUME_COMMAND_H
#define CUAL_LAUNCH_RESUME_COMMAND_H

#include <stdbool.h>

/* The words of a `cual run` as they were given, for a shell: with --resume, with -o `output` unless
 * `has_output`, and without a --force that would replace the file. Memory of the caller (free);
 * NULL when there is none. */
char *resume_command(char *const *argv, const char *output, bool has_output);

/* What the user is told of it, fit to be printed: "SAFE in OUTPUT; resume with: COMMAND", or, when
 * `safe` is NULL, that nothing was measured yet. Memory of the caller (free); NULL when there is
 * none. */
char *resume_command_text(const char *safe, char *const *argv, const char *output, bool has_output);

#endif
