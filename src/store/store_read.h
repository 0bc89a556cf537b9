/* Reading from an open HDF5 file. No size that the file states is believed before it is checked
 * against the file's own size. */
#ifndef CUAL_STORE_STORE_READ_H
#define CUAL_STORE_STORE_READ_H

#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False after an error, too. */
bool store_has(struct store *store, const char *object);
bool store_is_group(struct store *store, const char *object);

/* Lengths of a dataset's axes. Returns how many axes there are, 0 for one value or after an error.
 */
size_t store_shape(struct store *store, const char *object, size_t shape[STORE_AXES_MAX]);

/* Reads a dataset of exactly `count` numbers, converted to `type`. */
void store_read(struct store *store, const char *object, enum store_type type, size_t count,
                void *values);

/* The texts of a dataset of exactly `count`, as one block that the caller frees: an array of
 * pointers and, behind it, the texts. NULL after an error. */
char **store_read_texts(struct store *store, const char *object, size_t count);

/* The text attribute of an object, for the caller to free. NULL when there is none or after an
 * error. */
char *store_read_text(struct store *store, const char *object, const char *name);

/* Names of what is in a group, or of the attributes of an object, in the order of their bytes, as
 * one block that the caller frees. NULL after an error. */
char **store_members(struct store *store, const char *group, size_t *count);
char **store_attributes(struct store *store, const char *object, size_t *count);

/* A dataset or an attribute, whatever it is. Numbers are words of 64 bits: of a float the bits of
 * the double, of an integer its two's complement. */
enum store_class {
    STORE_CLASS_OTHER,
    STORE_CLASS_FLOAT,
    STORE_CLASS_SIGNED,
    STORE_CLASS_UNSIGNED,
    STORE_CLASS_TEXT
};

struct store_value {
    enum store_class class;
    size_t axes, shape[STORE_AXES_MAX], count;
    uint64_t *words;
    char **texts; /* one block */
};

/* Reads an attribute of an object or, when `attribute` is NULL, the object itself, a dataset.
 * Without `all` only the class and the shape are read. False after an error; the value is freed
 * with store_value_free in any case. */
bool store_read_value(struct store *store, const char *object, const char *attribute, bool all,
                      struct store_value *value);
void store_value_free(struct store_value *value);

/* Where the piece of a dataset that begins at `start` lies, in bytes from the file's beginning; the
 * piece must take `bytes`. 0 after an error. The place stays valid as long as nobody writes the
 * file with the library. */
uint64_t store_place(struct store *store, const char *object, const size_t *start, uint64_t bytes);

#endif
