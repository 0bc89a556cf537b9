/* Telling UTF-8 from other bytes, and characters that are seen from those that are not. */
#ifndef CUAL_SYSTEM_UTF8_H
#define CUAL_SYSTEM_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that begins at `text`, which ends with a zero byte: 1 to 4, or 0 when the
 * bytes there are not UTF-8 (Unicode 15, table 3-7). */
size_t utf8_bytes(const char *text);

/* The code point of the character of so many bytes, as utf8_bytes counts them, at `text`. */
uint32_t utf8_code_point(const char *text, size_t bytes);

/* False for code points in the table of unprintable.inc: what a terminal obeys, what changes the
 * order of the text around it, and what cannot be seen or told from a space. */
bool utf8_is_printable(uint32_t code_point);

#endif
