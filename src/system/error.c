#include "system/error.h"

#include "system/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ESCAPE_BYTES = sizeof "\\U0010ffff" };

int error_set(struct error *error, enum status status, const char *format, ...)
{
    if (error->status == STATUS_DONE) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        error->status = status;
    }
    return error->status;
}

int error_no_memory(struct error *error, const char *what)
{
    return error_set(error, STATUS_ENVIRONMENT, "no memory for %s", what);
}

const char *error_stop(const char *text)
{
    static const char *const ends[] = {".", "?", "…"};
    size_t length = strlen(text);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t bytes = strlen(ends[i]);
        if (length >= bytes && strcmp(text + length - bytes, ends[i]) == 0) {
            return "";
        }
    }
    return ".";
}

void error_print(const struct error *error, int descriptor)
{
    char text[ERROR_ESCAPED(ERROR_TEXT_BYTES)]; /* the last to look at what callers put in */
    error_escape(error->text, text, sizeof text);
    dprintf(descriptor, "cual: %s%s\n", text, error_stop(text));
    if (error->remedy[0]) {
        error_escape(error->remedy, text, sizeof text);
        dprintf(descriptor, "%s%s\n", text, error_stop(text));
    }
}

/* Takes the next character off the text. Writes it, or its escape; returns how many bytes it wrote.
 */
static size_t escape_next(const char **text, char one[ESCAPE_BYTES])
{
    const char *from = *text;
    size_t bytes = utf8_bytes(from);
    uint32_t code_point = bytes ? utf8_code_point(from, bytes) : (unsigned char)*from;
    *text += bytes ? bytes : 1;
    if (bytes && utf8_is_printable(code_point)) {
        memcpy(one, from, bytes);
        return bytes;
    }
    const char *form = bytes < 2 ? "\\x%02x" : code_point < 0x10000 ? "\\u%04x" : "\\U%08x";
    return (size_t)snprintf(one, ESCAPE_BYTES, form, code_point);
}

const char *error_escape(const char *text, char *out, unsigned long out_bytes)
{
    static const char ellipsis[] = "…";
    size_t used = 0, cut = 0; /* cut: where an ellipsis would still fit */
    while (*text) {
        char one[ESCAPE_BYTES];
        size_t written = escape_next(&text, one);
        if (used + sizeof ellipsis <= out_bytes) {
            cut = used;
        }
        if (used + written + 1 > out_bytes) {
            used = cut;
            if (used + sizeof ellipsis <= out_bytes) {
                memcpy(out + used, ellipsis, sizeof ellipsis - 1);
                used += sizeof ellipsis - 1;
            }
            break;
        }
        memcpy(out + used, one, written);
        used += written;
    }
    out[used] = '\0';
    return out;
}
