/* Files copied value by value, so that the pieces of datasets may be compressed in the copy, or
 * not.
 */
#ifndef CUAL_STORE_STORE_COPY_H
#define CUAL_STORE_STORE_COPY_H

#include "store/store.h"

#include <stdbool.h>

/* Copies the groups, datasets, attributes and axes of `from`, in the order of their creation, and
 * its permissions to `to`, which is new and empty. Datasets in pieces keep them: `compressed`, each
 * by itself, or with all their space. `without` are the full paths of what is left out, up to NULL.
 * The copy takes little more memory than the largest piece. `to` gets the error of `from`, too. */
void store_copy(struct store *to, struct store *from, bool compressed, const char *const *without);

/* True for an attribute in which the library keeps what it knows of axes. */
bool store_is_of_axes(const char *attribute);

#endif
