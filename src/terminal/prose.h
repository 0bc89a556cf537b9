/* Text on a terminal: in columns, and wrapped into lines. */
#ifndef CUAL_TERMINAL_PROSE_H
#define CUAL_TERMINAL_PROSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PROSE_BOLD "\033[1m"
#define PROSE_CHOSEN "\033[1;32m"
#define PROSE_PLAIN "\033[0m"

/* Writes so many blanks. */
void prose_spaces(FILE *out, size_t count);

/* Writes a text in `width` columns, cut with "…" where it is longer, at the right or the left. The
 * last text of a line is not padded. */
void prose_text(FILE *out, const char *text, size_t width, bool right, bool last);

/* Returns how many lines prose_wrapped makes of a text. */
size_t prose_lines(const char *text);

/* Writes a text in lines of at most 100 columns, all but the first indented. The first `head_bytes`
 * of the text are bold when `colour`. */
void prose_wrapped(FILE *out, const char *text, size_t head_bytes, bool colour);

#endif
