/* An answer as the terminal shows it: at a glance, and what was asked for beside that. */
#ifndef CUAL_TERMINAL_ANSWER_TEXT_H
#define CUAL_TERMINAL_ANSWER_TEXT_H

#include "answer/advice.h"
#include "terminal/claims_table.h"
#include "terminal/command.h"
#include "terminal/table.h"

#include <stdbool.h>
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

/* What is shown below the advice, and how. */
struct answer_parts {
    bool rows, claims;
    bool json; /* all of it, as data, and nothing else on stdout */
};

/* The options of a command that prints an answer; ends without the table's end mark. */
#define ANSWER_OPTIONS                                                                             \
    {"--why", 0, NULL, "show all rows of the verdict, too, with their reasons"},                   \
        {"--claims", 0, NULL, "show what became of the common claims, too"},                       \
        {"--all", 0, NULL, "show both"},                                                           \
    {                                                                                              \
        "--json", 0, NULL, "print the whole answer as JSON"                                        \
    }
struct answer_parts answer_parts_of(const struct arguments *arguments);

/* Prints the answer on stdout. 0, or -EIO when it could not be written. */
int answer_print(const struct answer_text *answer, struct answer_parts parts, bool colour);

#endif
