#include "terminal/prose.h"

#include "text/words.h"

#include <string.h>

enum { LINE_COLUMNS = 100, INDENT = 2, WORD_BYTES = 2048 };

void prose_spaces(FILE *out, size_t count)
{
    fprintf(out, "%*s", (int)count, "");
}

void prose_text(FILE *out, const char *text, size_t width, bool right, bool last)
{
    size_t columns = words_columns(text);
    if (columns > width) {
        fprintf(out, "%.*s…", (int)words_bytes_of_columns(text, width - 1), text);
        return;
    }
    prose_spaces(out, right ? width - columns : 0);
    fputs(text, out);
    prose_spaces(out, right || last ? 0 : width - columns);
}

/* Bytes up to the next space where a line may end; a number stays with what it counts. */
static size_t unbroken_bytes(const char *text)
{
    size_t start = 0, bytes = strcspn(text, " ");
    while (text[bytes] && strspn(text + start, "0123456789.") == bytes - start) {
        start = bytes + 1;
        bytes = start + strcspn(text + start, " ");
    }
    return bytes;
}

static bool breaks_before(size_t column, size_t columns)
{
    return column > 0 && column + 1 + columns > LINE_COLUMNS;
}

size_t prose_lines(const char *text)
{
    size_t lines = 1, column = 0;
    while (*text) {
        size_t bytes = unbroken_bytes(text);
        char word[WORD_BYTES];
        snprintf(word, sizeof word, "%.*s", (int)bytes, text);
        size_t columns = words_columns(word);
        bool breaks = breaks_before(column, columns);
        lines += breaks;
        column = (breaks ? INDENT : column + (column > 0)) + columns;
        text += bytes + strspn(text + bytes, " ");
    }
    return lines;
}

void prose_wrapped(FILE *out, const char *text, size_t head_bytes, bool colour)
{
    const char *head_end = text + head_bytes;
    bool is_bold = colour;
    fputs(is_bold ? PROSE_BOLD : "", out);
    size_t column = 0;
    while (*text) {
        size_t bytes = unbroken_bytes(text);
        char word[WORD_BYTES];
        snprintf(word, sizeof word, "%.*s", (int)bytes, text);
        size_t columns = words_columns(word);
        if (breaks_before(column, columns)) {
            fputc('\n', out);
            prose_spaces(out, INDENT);
            column = INDENT;
        } else if (column > 0) {
            fputc(' ', out);
            column++;
        }
        prose_text(out, word, LINE_COLUMNS - INDENT, false, true);
        if (is_bold && text + bytes >= head_end) {
            fputs(PROSE_PLAIN, out);
            is_bold = false;
        }
        column += columns;
        text += bytes + strspn(text + bytes, " ");
    }
    fputc('\n', out);
}
