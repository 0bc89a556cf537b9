#include "text/words.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int words_decimals(double value)
{
    return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

struct unit {
    double size;
    const char *name;
};

/* Writes the value in the largest of the units (smallest first) that it reaches. */
static const char *in_unit(double value, const struct unit *units, size_t count,
                           char text[WORDS_BYTES])
{
    if (isnan(value)) {
        return strcpy(text, "?");
    }
    size_t u = 0;
    /* 0.9995 of a unit is already written as 1.00 of it. */
    while (u + 1 < count && value >= 0.9995 * units[u + 1].size) {
        u++;
    }
    double number = value / units[u].size;
    if (number < 1e6) {
        snprintf(text, WORDS_BYTES, "%.*f %s", words_decimals(number), number, units[u].name);
    } else {
        snprintf(text, WORDS_BYTES, "%.2g %s", number, units[u].name);
    }
    return text;
}

const char *words_time(double seconds, char text[WORDS_BYTES])
{
    static const struct unit units[] = {{1e-9, "ns"}, {1e-6, "µs"}, {1e-3, "ms"}, {1, "s"}};
    return in_unit(seconds, units, sizeof units / sizeof units[0], text);
}

const char *words_duration(double seconds, char text[WORDS_BYTES])
{
    static const struct unit units[] = {{1e-3, "ms"}, {1, "s"},        {60, "min"},
                                        {3600, "h"},  {86400, "days"}, {31557600, "years"}};
    return in_unit(seconds, units, sizeof units / sizeof units[0], text);
}

const char *words_rate(double bytes_per_s, char text[WORDS_BYTES])
{
    static const struct unit units[] = {
        {1, "B/s"}, {1e3, "kB/s"}, {1e6, "MB/s"}, {1e9, "GB/s"}, {1e12, "TB/s"}};
    return in_unit(bytes_per_s, units, sizeof units / sizeof units[0], text);
}

const char *words_frequency(double per_s, char text[WORDS_BYTES])
{
    static const struct unit units[] = {{1, "/s"}, {1e3, "k/s"}, {1e6, "M/s"}, {1e9, "G/s"}};
    return in_unit(per_s, units, sizeof units / sizeof units[0], text);
}

const char *words_number(double number, char text[WORDS_BYTES])
{
    bool is_plain = number >= 999.5 && number < 1e15; /* where %g would write an exponent */
    snprintf(text, WORDS_BYTES, is_plain ? "%.0f" : "%.3g", number);
    return text;
}

const char *words_count(double count, char text[WORDS_BYTES])
{
    if (!(count >= 0 && count < 1e15)) {
        snprintf(text, WORDS_BYTES, isnan(count) ? "?" : "%.3g", count);
        return text;
    }
    char digits[WORDS_BYTES];
    double step = pow(10, fmax(0, floor(log10(fmax(1, count))) - 2));
    int length = snprintf(digits, sizeof digits, "%.0f", round(count / step) * step);
    size_t used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text[used++] = ' ';
        }
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

const char *words_bytes(double bytes, char text[WORDS_BYTES])
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t u = 0;
    while (u + 1 < sizeof names / sizeof names[0] && bytes >= 1024) {
        bytes /= 1024;
        u++;
    }
    char number[WORDS_BYTES];
    snprintf(text, WORDS_BYTES, "%.30s %s", words_number(bytes, number), names[u]);
    return text;
}

static bool is_inside_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

void words_add(struct words *words, const char *format, ...)
{
    static const char ellipsis[] = "…";
    if (words->used >= words->bytes) {
        return;
    }
    size_t room = words->bytes - words->used;
    va_list arguments;
    va_start(arguments, format);
    int needed = vsnprintf(words->text + words->used, room, format, arguments);
    va_end(arguments);
    if (needed < 0) {
        return;
    }
    if ((size_t)needed < room) {
        words->used += (size_t)needed;
        return;
    }
    size_t end = words->bytes - sizeof ellipsis;
    while (end > 0 && is_inside_character(words->text[end])) {
        end--;
    }
    memcpy(words->text + end, ellipsis, sizeof ellipsis);
    words->used = words->bytes; /* what follows would not be next to it */
}

size_t words_columns(const char *text)
{
    size_t columns = 0;
    for (; *text; text++) {
        columns += !is_inside_character(*text);
    }
    return columns;
}

size_t words_bytes_of_columns(const char *text, size_t columns)
{
    size_t bytes = 0;
    for (; text[bytes]; bytes++) {
        if (!is_inside_character(text[bytes]) && columns-- == 0) {
            break;
        }
    }
    return bytes;
}
