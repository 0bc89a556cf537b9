#include "terminal/note.h"

#include "system/error.h"

#include <stdarg.h>
#include <stdio.h>

void note_print(const char *format, ...)
{
    char raw[2048], text[ERROR_ESCAPED(sizeof raw)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    error_escape(raw, text, sizeof text);
    fprintf(stderr, "note: %s%s\n", text, error_stop(text));
}
