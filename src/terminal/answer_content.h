/* An answer that is to be shown. */
#ifndef CUAL_TERMINAL_ANSWER_CONTENT_H
#define CUAL_TERMINAL_ANSWER_CONTENT_H

#include "answer/advice.h"
#include "terminal/claims_table.h"
#include "terminal/table.h"

#include <stddef.h>

/* What `run` has in memory, and `show` reads from a file; texts must be printable. */
struct answer_text {
    const struct advice *advice;
    const char *summary; /* what was measured, in a line; empty: the file has no advice, and all
                            else is shown */
    const char *machine; /* one line */
    const char *path;    /* of the run file */
    const struct table_row *rows;
    size_t row_count;
    const struct claim_row *claims;
    size_t claim_count;
};

#endif
