#include "system/error.h"

#include <stdarg.h>
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

/* Bytes of the UTF-8 sequence at `s`, 0 when it is broken (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) {
        return 1;
    }
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    int overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    int surrogate = s[0] == 0xed && s[1] > 0x9f;
    int beyond = s[0] == 0xf4 && s[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : length;
}

/* C0, DEL and the C1 controls, which terminals obey too. */
static int is_control(const unsigned char *s, size_t length)
{
    return length == 1 ? s[0] < 0x20 || s[0] == 0x7f : s[0] == 0xc2 && s[1] < 0xa0;
}

const char *error_escape(const char *text, char *out, unsigned long out_bytes)
{
    static const char ellipsis[] = "…";
    const unsigned char *from = (const unsigned char *)text;
    size_t used = 0, cut = 0; /* cut: where an ellipsis would still fit */
    while (*from) {
        size_t length = utf8_length(from);
        int bad = length == 0 || is_control(from, length);
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
        memcpy(out + used, bad ? "?" : (const char *)from, written);
        used += written;
        from += length == 0 ? 1 : length;
    }
    out[used] = '\0';
    return out;
}
