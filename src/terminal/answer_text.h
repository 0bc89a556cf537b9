/* An answer as the terminal shows it: at a glance, and what was asked for beside that. */
#ifndef CUAL_TERMINAL_ANSWER_TEXT_H
#define CUAL_TERMINAL_ANSWER_TEXT_H

#include "terminal/answer_content.h"
#include "terminal/command.h"

#include <stdbool.h>

/* What is shown below the advice, and how. */
struct answer_parts {
    bool rows, claims;
    bool brief; /* of a row's reason the first sentences only */
    bool json;  /* all of it, as data, and nothing else on stdout */
};

/* The options of a command that prints an answer; ends without the table's end mark. */
#define ANSWER_OPTIONS                                                                             \
    {"--why", 0, NULL, "show all rows of the verdict, too, with their reasons"},                   \
        {"--claims", 0, NULL, "show what became of the common claims, too"},                       \
        {"--all", 0, NULL, "show both, and all sentences of the reasons"},                         \
    {                                                                                              \
        "--json", 0, NULL, "print the whole answer as JSON"                                        \
    }
struct answer_parts answer_parts_of(const struct arguments *arguments);

/* Prints the answer on stdout. 0, or -EIO when it could not be written. */
int answer_print(const struct answer_text *answer, struct answer_parts parts, bool colour);

#endif
