/* What an open file is, for the files of this room alone. */
#ifndef CUAL_STORE_STORE_STATE_H
#define CUAL_STORE_STORE_STATE_H

#include "system/error.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#define STORE_SHOWN_BYTES 512  /* room for a path or a name in a message */
#define STORE_OBJECT_BYTES 512 /* room for an object's full path */

struct store {
    hid_t file;     /* negative: closed */
    int descriptor; /* of the same file, by which the library has opened it; negative: none */
    char *path;     /* where the file is, or will be after the commit */
    char *part;     /* where the file is until the commit; NULL: it was opened in place */
    uint64_t bytes; /* that the file will take */
    struct error error;
};

static inline bool store_failed(const struct store *store)
{
    return store->error.status != 0;
}

#endif
