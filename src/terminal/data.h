/* Values of JSON, of which a command with --json makes what it prints. A value that there is no
 * memory for is NULL; whatever takes a NULL becomes NULL itself, so that only the whole is looked
 * at. */
#ifndef CUAL_TERMINAL_DATA_H
#define CUAL_TERMINAL_DATA_H

#include "model/point.h"

#include <jansson.h>
#include <stdio.h>

/* A number, or null for NAN and infinity, which JSON does not know. */
json_t *data_number(double value);

/* The same of a count or a size that is held as a double. */
json_t *data_whole(double value);

/* A text, which may come from outside: what is not fit to be printed is escaped. null for NULL. */
json_t *data_text(const char *text);

/* null for a point without ranks, which stands for none. */
json_t *data_point(struct point point);

/* Appends a value, which it takes, to an array; without memory *array is NULL from then on. */
void data_append(json_t **array, json_t *value);

/* Prints an object, which it takes, and a line feed. 0, -ENOMEM when it is NULL, or -EIO. */
int data_print(FILE *out, json_t *all);

#endif
