/* A plan as data: JSON by the schema in docs/plan.schema.json. */
#ifndef CUAL_TERMINAL_PLAN_JSON_H
#define CUAL_TERMINAL_PLAN_JSON_H

#include "job/plan.h"

#include <stdio.h>

/* Number of the schema: raised when a key goes or changes its meaning. */
#define PLAN_JSON_VERSION 1

/* Prints one object and a line feed, with every cell that the job asks for. 0, -ENOMEM or -EIO. */
int plan_print_json(FILE *out, const struct plan *plan);

#endif
