/* Writing to an open HDF5 file. */
#ifndef CUAL_STORE_STORE_WRITE_H
#define CUAL_STORE_STORE_WRITE_H

#include "store/store.h"

#include <stddef.h>

/* What a dataset is called and what it is made of. */
struct store_variable {
    const char *group; /* "/" or "/name" */
    const char *name;
    enum store_type type; /* in the file */
    const char *unit;     /* attributes; NULL: none */
    const char *long_name;
    size_t axes;             /* 0: one value */
    const char *const *axis; /* names of axes of the same group, slowest first */
    double fill;             /* of every element until it is written; not for texts */
    const size_t *chunk;     /* lengths along the axes of the pieces that lie together in the file;
                                NULL: all of the dataset lies together */
};

void store_group(struct store *store, const char *group);

/* Adds an axis: a one-dimensional variable that gives a dimension its length `count` and its
 * values. The variable's own `axis` is ignored; `values` are of its type. */
void store_axis(struct store *store, const struct store_variable *axis, size_t count,
                const void *values);

/* Adds a dataset of full size, with its space allocated and filled and its axes attached. */
void store_variable(struct store *store, const struct store_variable *variable);

/* Write a whole dataset, or the slab of `count` elements from `start` along each axis, from memory
 * of `type`; numbers are converted to the file's type. Metadata change for texts alone. */
void store_write(struct store *store, const char *object, enum store_type type, const void *values);
void store_write_slab(struct store *store, const char *object, enum store_type type,
                      const size_t *start, const size_t *count, const void *values);

/* Write an attribute, in place of one of that name. A text too long for an attribute (> 32 KiB)
 * becomes a dataset of that name; then `object` must be a group. */
void store_text(struct store *store, const char *object, const char *name, const char *text);
void store_numbers(struct store *store, const char *object, const char *name, enum store_type type,
                   size_t count, const void *values);

#endif
