/* Measured numbers as a person reads them, and text that is put together piece by piece. */
#ifndef CUAL_TEXT_WORDS_H
#define CUAL_TEXT_WORDS_H

#include <stddef.h>

#define WORDS_BYTES 48

/* Writes a time as "1.07 ms", with three digits and the unit that suits them; "?" for NAN. Returns
 * `text`. */
const char *words_time(double seconds, char text[WORDS_BYTES]);

/* Writes a time in the same way that may be long: "1.07 ms", "12.0 min", "3.50 h", "2.10 years".
 * Returns `text`. */
const char *words_duration(double seconds, char text[WORDS_BYTES]);

/* Writes a rate as "38.7 GB/s", in powers of ten. Returns `text`. */
const char *words_rate(double bytes_per_s, char text[WORDS_BYTES]);

/* Writes a frequency as "412 k/s", in powers of ten. Returns `text`. */
const char *words_frequency(double per_s, char text[WORDS_BYTES]);

/* Writes a number ≥ 0 with three digits, or as many as it has before the point: "0.5", "1.25",
 * "4096". Returns `text`. */
const char *words_number(double number, char text[WORDS_BYTES]);

/* Writes a count of which three digits are known as "412 000". Returns `text`. */
const char *words_count(double count, char text[WORDS_BYTES]);

/* Writes a size as "4 KiB", in powers of two. Returns `text`. */
const char *words_bytes(double bytes, char text[WORDS_BYTES]);

/* Returns the decimals with which a number ≥ 0 shows three digits: 2 for 1.07, 0 for 412. */
int words_decimals(double value);

/* Text in the memory of the caller; starts as {memory, its bytes}. */
struct words {
    char *text;
    size_t bytes, used; /* used = bytes: the text was cut */
};

/* Appends to the text. A text that does not fit is cut between two characters and ends in "…";
 * nothing is appended after that. */
void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Returns the columns of a terminal that a UTF-8 text takes, one for each code point. */
size_t words_columns(const char *text);

/* Returns the bytes of the first `columns` columns of the text. */
size_t words_bytes_of_columns(const char *text, size_t columns);

#endif
