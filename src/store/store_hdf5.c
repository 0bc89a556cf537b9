#include "store/store_hdf5.h"

#include "system/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void store_start_library(void)
{
    H5dont_atexit();                       /* after a full disk its end at exit crashes */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* the top speaks, not the library */
}

static herr_t keep_first_reason(unsigned n, const H5E_error2_t *entry, void *data)
{
    struct store_reason *reason = data;
    (void)n;
    if (reason->text[0] != '\0' || !entry->desc) {
        return 0;
    }
    const char *number = strstr(entry->desc, "errno = ");
    if (number) {
        reason->number = atoi(number + strlen("errno = "));
    }
    const char *text = reason->number != 0 ? strerror(reason->number) : entry->desc;
    error_escape(text, reason->text, sizeof reason->text);
    return 0;
}

struct store_reason store_reason(void)
{
    struct store_reason reason = {0};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first_reason, &reason);
    return reason;
}

bool store_worked(struct store *store, int64_t result, const char *doing, const char *object)
{
    if (result >= 0) {
        return true;
    }
    struct store_reason reason = store_reason();
    char path[STORE_SHOWN_BYTES], name[STORE_SHOWN_BYTES];
    if (reason.number == ENOSPC || reason.number == EDQUOT) {
        path_set_full(&store->error, store->path, store->bytes);
    } else {
        error_set(&store->error, STATUS_STORAGE, "%s: cannot %s %s: %s",
                  error_escape(store->path, path, sizeof path), doing,
                  error_escape(object, name, sizeof name), reason.text);
    }
    return false;
}

void store_close_id(hid_t id)
{
    if (id >= 0) {
        H5Idec_ref(id);
    }
}

void store_keep_order(hid_t properties)
{
    H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(properties, false);
}

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

hid_t store_file_type(enum store_type type)
{
    switch (type) {
    case STORE_FLOAT64:
        return H5Tcopy(H5T_IEEE_F64LE);
    case STORE_INT64:
        return H5Tcopy(H5T_STD_I64LE);
    case STORE_INT32:
        return H5Tcopy(H5T_STD_I32LE);
    case STORE_UINT64:
        return H5Tcopy(H5T_STD_U64LE);
    case STORE_UINT32:
        return H5Tcopy(H5T_STD_U32LE);
    case STORE_UINT8:
        return H5Tcopy(H5T_STD_U8LE);
    case STORE_TEXT:
        break;
    }
    return text_type();
}

hid_t store_memory_type(enum store_type type)
{
    hid_t file = store_file_type(type);
    hid_t memory = type == STORE_TEXT ? H5Tcopy(file) : H5Tget_native_type(file, H5T_DIR_DEFAULT);
    store_close_id(file);
    return memory;
}

void store_object(const char *group, const char *name, char object[STORE_OBJECT_BYTES])
{
    snprintf(object, STORE_OBJECT_BYTES, "%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
}

H5Z_filter_t store_filter(hid_t creation, int place)
{
    unsigned flags, values[8], how;
    size_t count = sizeof values / sizeof *values;
    return H5Pget_filter2(creation, (unsigned)place, &flags, &count, values, 0, NULL, &how);
}

hid_t store_open_dataset(struct store *store, const char *object)
{
    hid_t id = H5Dopen2(store->file, object, H5P_DEFAULT);
    store_worked(store, id, "open", object);
    return id;
}

void store_free_texts(char **texts, size_t count)
{
    for (size_t i = 0; texts && i < count; i++) {
        free(texts[i]);
    }
    free(texts);
}
