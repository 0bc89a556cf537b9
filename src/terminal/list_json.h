/* What there is to choose from as data: JSON by the schema in docs/list.schema.json. */
#ifndef CUAL_TERMINAL_LIST_JSON_H
#define CUAL_TERMINAL_LIST_JSON_H

#include "job/job_beside.h"

#include <stdio.h>

/* Number of the schema: raised when a key goes or changes its meaning. */
#define LIST_JSON_VERSION 1

/* Prints one object and a line feed: the jobs beside the program, and what the tables of kernels,
 * engines, keys and claims hold. 0, -ENOMEM or -EIO. */
int list_print_json(FILE *out, const struct job_beside *beside);

#endif
