/* An answer as data: JSON by the schema in docs/answer.schema.json. */
#ifndef CUAL_TERMINAL_ANSWER_JSON_H
#define CUAL_TERMINAL_ANSWER_JSON_H

#include "terminal/answer_content.h"

#include <stdio.h>

/* Number of the schema: raised when a key goes or changes its meaning. */
#define ANSWER_JSON_VERSION 1

/* Prints one object and a line feed. What is not known is null. 0, -ENOMEM or -EIO. */
int answer_print_json(FILE *out, const struct answer_text *answer);

#endif
