#include "store/store.h"

#include "store/store_state.h"

size_t store_type_bytes(enum store_type type)
{
    static const size_t bytes[] = {
        [STORE_FLOAT64] = 8,          [STORE_INT64] = 8,  [STORE_INT32] = 4,
        [STORE_UINT64] = 8,           [STORE_UINT32] = 4, [STORE_UINT8] = 1,
        [STORE_TEXT] = sizeof(char *)};
    return bytes[type];
}

int store_status(const struct store *store)
{
    return store->error.status;
}

void store_damaged(struct store *store, const char *object, const char *what)
{
    char path[STORE_SHOWN_BYTES], name[STORE_SHOWN_BYTES];
    error_set(&store->error, STATUS_STORAGE, "%s: %s is damaged: it %s",
              error_escape(store->path, path, sizeof path), error_escape(object, name, sizeof name),
              what);
}

void store_no_memory(struct store *store)
{
    char path[STORE_SHOWN_BYTES];
    error_set(&store->error, STATUS_STORAGE, "%s: there is no memory for it",
              error_escape(store->path, path, sizeof path));
}
