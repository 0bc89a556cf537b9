#include "terminal/claims_table.h"

#include "answer/claims.h"
#include "system/error.h"
#include "terminal/prose.h"
#include "text/words.h"

#include <errno.h>
#include <string.h>

enum { OUTCOME_COLUMNS = 19, CLAIM_COLUMNS = 90, TEXT_BYTES = 512 };

static void put_row(FILE *out, const struct claim_row *row)
{
    char outcome[TEXT_BYTES], text[TEXT_BYTES];
    fprintf(out, "%3d  ", row->number);
    prose_text(out, error_escape(row->outcome, outcome, sizeof outcome), OUTCOME_COLUMNS, false,
               false);
    prose_text(out, error_escape(row->text, text, sizeof text), CLAIM_COLUMNS, false, true);
    fputc('\n', out);
}

static bool is_tried(const struct claim_row *row)
{
    return claims_outcome_of(row->outcome) != CLAIM_NOT_TRIED;
}

static bool is_told_alike(const struct claim_row *a, const struct claim_row *b)
{
    return strcmp(a->outcome, b->outcome) == 0 && strcmp(a->reason, b->reason) == 0;
}

/* The next row from `i` on that is told with the row `first`; `count` when there is none. */
static size_t next_told(const struct claim_row *rows, size_t count, size_t first, size_t i)
{
    while (i < count && !is_told_alike(&rows[first], &rows[i])) {
        i++;
    }
    return i;
}

/* "claim 3", "claims 6, 7 and 10". */
static void add_numbers(struct words *words, const struct claim_row *rows, size_t count,
                        size_t first)
{
    size_t second = next_told(rows, count, first, first + 1);
    words_add(words, "claim%s %d", second < count ? "s" : "", rows[first].number);
    for (size_t i = second, next; i < count; i = next) {
        next = next_told(rows, count, first, i + 1);
        words_add(words, "%s %d", next < count ? "," : " and", rows[i].number);
    }
}

static void put_reason(FILE *out, const struct claim_row *rows, size_t count, size_t first,
                       bool colour)
{
    char text[TEXT_BYTES + 2 * CLAIM_REASON_BYTES], shown[2 * CLAIM_REASON_BYTES];
    const struct claim_row *row = &rows[first];
    struct words words = {text, sizeof text, 0};
    add_numbers(&words, rows, count, first);
    words_add(&words, " %s:", error_escape(row->outcome, shown, sizeof shown));
    size_t head_bytes = words.used;
    words_add(&words, " %s", error_escape(row->reason, shown, sizeof shown));
    prose_wrapped(out, text, head_bytes, colour);
}

static void put_reasons(FILE *out, const struct claim_row *rows, size_t count, bool tried,
                        bool colour)
{
    for (size_t i = 0; i < count; i++) {
        if (is_tried(&rows[i]) == tried && next_told(rows, count, i, 0) == i) {
            put_reason(out, rows, count, i, colour);
        }
    }
}

int claims_print(FILE *out, const struct claim_row *rows, size_t count, bool colour)
{
    if (count == 0) {
        return 0;
    }
    fprintf(out, "\n%scommon claims, tested on this machine%s\n", colour ? PROSE_BOLD : "",
            colour ? PROSE_PLAIN : "");
    for (size_t i = 0; i < count; i++) {
        put_row(out, &rows[i]);
    }
    fputc('\n', out);
    put_reasons(out, rows, count, true, colour);
    put_reasons(out, rows, count, false, colour);
    return ferror(out) ? -EIO : 0;
}
