/* Whether all of a file stands in it. A file from outside may name others, which the library then
 * opens and reads as if they belonged to it. */
#ifndef CUAL_STORE_STORE_INSIDE_H
#define CUAL_STORE_STORE_INSIDE_H

struct store;

/* Looks at every link and dataset of an open file, and reads no value. Gives the store an error for
 * the first that leads elsewhere: an external or soft link, an external or virtual dataset, or what
 * is neither a group nor a dataset. */
void store_check_inside(struct store *store);

#endif
