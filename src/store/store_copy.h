/* Files copied value by value, so that what is in the copy may lie otherwise than it did. */
#ifndef CUAL_STORE_STORE_COPY_H
#define CUAL_STORE_STORE_COPY_H

#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

/* A dataset that lies in pieces, and the lengths of those along its axes. */
struct store_pieces {
    const char *group, *name;
    size_t length[STORE_AXES_MAX];
};

/* How a copy lies. */
struct store_copying {
    size_t count;
    const struct store_pieces *pieces; /* of so many datasets; each other one lies together */
    bool compressed; /* the pieces are, each by itself; false: they have all their space */
    const char *const *without; /* full paths of what is left out, up to NULL */
};

/* Copies the groups, datasets, attributes and axes of `from`, in the order of their creation, and
 * its permissions to `to`, which is new and empty. The copy takes little memory, however large the
 * file is. `to` gets the error of `from`, too. */
void store_copy(struct store *to, struct store *from, const struct store_copying *copying);

/* True for an attribute in which the library keeps what it knows of axes. */
bool store_is_of_axes(const char *attribute);

#endif
