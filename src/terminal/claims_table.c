#include "terminal/claims_table.h"

#include "answer/claims.h"
#include "system/error.h"
#include "terminal/prose.h"
#include "text/words.h"

#include <errno.h>

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

static void put_reason(FILE *out, const struct claim_row *row, bool colour)
{
    char text[TEXT_BYTES + 2 * CLAIM_REASON_BYTES], shown[2 * CLAIM_REASON_BYTES];
    struct words words = {text, sizeof text, 0};
    words_add(&words, "claim %d %s:", row->number, error_escape(row->outcome, shown, sizeof shown));
    size_t head_bytes = words.used;
    words_add(&words, " %s", error_escape(row->reason, shown, sizeof shown));
    prose_wrapped(out, text, head_bytes, colour);
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
    for (size_t i = 0; i < count; i++) {
        put_reason(out, &rows[i], colour);
    }
    return ferror(out) ? -EIO : 0;
}
