#include "system/error.h"

#include "system/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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
    dprintf(descriptor, "cual: %s%s\n", error->text, error_stop(error->text));
}

/* C0, DEL and the C1 controls, which terminals obey too. */
static bool is_control(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    return length == 1 ? s[0] < 0x20 || s[0] == 0x7f : s[0] == 0xc2 && s[1] < 0xa0;
}

const char *error_escape(const char *text, char *out, unsigned long out_bytes)
{
    static const char ellipsis[] = "…";
    const char *from = text;
    size_t used = 0, cut = 0; /* cut: where an ellipsis would still fit */
    while (*from) {
        size_t length = utf8_bytes(from);
        bool bad = length == 0 || is_control(from, length);
        size_t written = bad ? 1 : length;
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
        memcpy(out + used, bad ? "?" : from, written);
        used += written;
        from += length == 0 ? 1 : length;
    }
    out[used] = '\0';
    return out;
}
