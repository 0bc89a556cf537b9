/* Text on a terminal: in columns, and wrapped into lines. */
#ifndef CUAL_TERMINAL_PROSE_H
#define CUAL_TERMINAL_PROSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PROSE_BOLD "\033[1m"
#define PROSE_PLAIN "\033[0m"

void prose_spaces(FILE *out, size_t count);

/* The text in so many columns, cut with "…" where it is longer; nothing is put after the last. */
void prose_text(FILE *out, const char *text, size_t width, bool right, bool last);

/* The text in lines of at most 100 columns, all but the first indented, its first `head_bytes` bold
 * when `colour`. */
void prose_wrapped(FILE *out, const char *text, size_t head_bytes, bool colour);

#endif
