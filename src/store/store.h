/* HDF5 files: axes, variables, attributes, texts, slabs, sync, and files that appear whole or not
 * at all. This room alone calls the library, and it knows nothing of what the numbers mean.
 *
 * store_file.h makes, opens and closes a file, store_write.h, store_read.h and store_copy.h say
 * what can be done with one that is open, and store_patch.h overwrites numbers in place. This
 * header holds what they have in common.
 *
 * Objects are named by full path ("/group/name"). The first error sticks to the store: every later
 * call on that store does nothing and reads give nothing, so that a caller may write a whole file
 * and ask once, at store_commit or store_close. A store is used by one thread at a time. */
#ifndef CUAL_STORE_STORE_H
#define CUAL_STORE_STORE_H

#include <stddef.h>

/* An open file. */
struct store;

/* Types of values. Texts are UTF-8 of any length; bytes that are no UTF-8 become '?'. */
enum store_type {
    STORE_FLOAT64,
    STORE_INT64,
    STORE_INT32,
    STORE_UINT64,
    STORE_UINT32,
    STORE_UINT8,
    STORE_TEXT /* values are char * */
};

/* Bytes of a value of a type in memory. */
size_t store_type_bytes(enum store_type type);

/* A dataset has at most so many axes. */
#define STORE_AXES_MAX 8

/* The status of the first error of a store, 0 when there is none. */
int store_status(const struct store *store);

/* Give a store an error that its caller has found: something in the file cannot be, or there is no
 * memory. `what` ends the sentence "OBJECT is damaged: it …", without its full stop. */
void store_damaged(struct store *store, const char *object, const char *what);
void store_no_memory(struct store *store);

#endif
