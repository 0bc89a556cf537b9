#include "checkup/finding.h"

#include "system/error.h"

#include <stdarg.h>
#include <stdio.h>

/* Texts from outside lose the characters that a terminal would obey. */
static void set(char *text, size_t text_bytes, const char *format, va_list arguments)
{
    char raw[4096];
    vsnprintf(raw, sizeof raw, format, arguments);
    error_escape(raw, text, text_bytes);
}

#define SET(finding, to, format)                                                                   \
    do {                                                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        (finding)->state = (to);                                                                   \
        set((finding)->value, sizeof(finding)->value, format, arguments);                          \
        va_end(arguments);                                                                         \
    } while (0)

void finding_good(struct checkup_finding *finding, const char *format, ...)
{
    SET(finding, FINDING_GOOD, format);
}

void finding_warn(struct checkup_finding *finding, const char *format, ...)
{
    SET(finding, FINDING_WARNING, format);
}

void finding_unknown(struct checkup_finding *finding, const char *format, ...)
{
    SET(finding, FINDING_UNKNOWN, format);
}

void finding_advise(struct checkup_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set(finding->advice, sizeof finding->advice, format, arguments);
    va_end(arguments);
}
