#include "job/job_draft.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int job_draft_error(const struct job_draft *draft, const struct job_slot *slot, const char *format,
                    ...)
{
    char message[ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return job_node_error(draft->context->error, slot->given ? slot->given : draft->name,
                          draft->name->text, slot->option->name, "%s", message);
}

size_t job_draft_name_length(const char *name)
{
    size_t length = 0;
    while (isalnum((unsigned char)name[length]) || (name[length] && strchr("_-.", name[length]))) {
        length++;
    }
    bool ends = name[length] == '\0' ||
                (name[length] == '[' && length > 0 && name[strlen(name) - 1] == ']');
    return ends && length <= JOB_NAME_LETTERS_MAX ? length : 0;
}
