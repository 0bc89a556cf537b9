/* Telling UTF-8 from other bytes. */
#ifndef CUAL_SYSTEM_UTF8_H
#define CUAL_SYSTEM_UTF8_H

#include <stddef.h>

/* Bytes of the character that begins at `text`, which ends with a zero byte: 1 to 4, or 0 when the
 * bytes there are not UTF-8 (Unicode 15, table 3-7). */
size_t utf8_bytes(const char *text);

#endif
