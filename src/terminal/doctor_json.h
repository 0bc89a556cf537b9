/* The findings of a checkup as data: JSON by the schema in docs/doctor.schema.json. */
#ifndef CUAL_TERMINAL_DOCTOR_JSON_H
#define CUAL_TERMINAL_DOCTOR_JSON_H

#include "checkup/checkup.h"

#include <stdio.h>

/* Number of the schema: raised when a key goes or changes its meaning. */
#define DOCTOR_JSON_VERSION 1

/* Prints one object and a line feed; `machine` says in a line what this machine is. 0, -ENOMEM or
 * -EIO. */
int doctor_print_json(FILE *out, const char *machine, const struct checkup *checkup);

#endif
