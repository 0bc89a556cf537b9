/* The HDF5 library as the files of this room call it: its errors, its types, its identifiers. */
#ifndef CUAL_STORE_STORE_HDF5_H
#define CUAL_STORE_STORE_HDF5_H

#include "store/store.h"
#include "store/store_state.h"

#include <stddef.h>

/* To be called before any other call of the library. */
void store_start_library(void);

/* The innermost reason that the library gives, with its errno, which is 0 where none is known. */
struct store_reason {
    int number;
    char text[160];
};
struct store_reason store_reason(void);

/* True when a call of the library has succeeded, whose result is then not negative. Otherwise the
 * store keeps the library's reason: "cannot DOING OBJECT". */
bool store_worked(struct store *store, int64_t result, const char *doing, const char *object);

/* Closes an identifier; a negative one is no error. */
void store_close_id(hid_t id);

/* Makes what is created with these properties keep the order of links and attributes. Times of
 * change are not kept, so that writing numbers changes nothing but the numbers. */
void store_keep_order(hid_t properties);

/* Types as numbers lie in a file, the same on every machine, and in memory. The caller closes them.
 */
hid_t store_file_type(enum store_type type);
hid_t store_memory_type(enum store_type type);

/* The full path of what is called `name` in a group. */
void store_object(const char *group, const char *name, char object[STORE_OBJECT_BYTES]);

/* The filter at a place among those of a dataset, by its properties; negative after an error. */
H5Z_filter_t store_filter(hid_t creation, int place);

/* Opens a dataset; negative after an error. */
hid_t store_open_dataset(struct store *store, const char *object);

/* Frees `count` texts and the array of them. */
void store_free_texts(char **texts, size_t count);

#endif
