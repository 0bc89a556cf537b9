#include "store/store_inside.h"

#include "store/store_hdf5.h"

#define LINKS_MAX 65536 /* of a whole file */

struct looking {
    struct store *store;
    unsigned links; /* seen so far */
};

static bool lies_elsewhere(hid_t dataset)
{
    hid_t creation = H5Dget_create_plist(dataset);
    bool elsewhere = H5Pget_layout(creation) == H5D_VIRTUAL || H5Pget_external_count(creation) != 0;
    store_close_id(creation);
    return elsewhere;
}

/* What is wrong with the object that a hard link leads to; NULL: nothing. */
static const char *wrong_with(hid_t object)
{
    switch (H5Iget_type(object)) {
    case H5I_GROUP:
        return NULL;
    case H5I_DATASET:
        return lies_elsewhere(object) ? "does not stand in this file" : NULL;
    default:
        return "is neither a group nor a dataset";
    }
}

/* 0: goes on; -1: the store has an error. */
static herr_t look_at_link(hid_t root, const char *name, const H5L_info_t *link, void *context)
{
    struct looking *looking = context;
    struct store *store = looking->store;
    const char *wrong = "is a link to something else";
    if (++looking->links > LINKS_MAX) {
        wrong = "is one of too many";
    } else if (link->type == H5L_TYPE_HARD) {
        hid_t object = H5Oopen(root, name, H5P_DEFAULT);
        if (!store_worked(store, object, "open", name)) {
            return -1;
        }
        wrong = wrong_with(object);
        store_close_id(object);
    }
    if (wrong) {
        store_damaged(store, name, wrong);
    }
    return wrong ? -1 : 0;
}

void store_check_inside(struct store *store)
{
    struct looking looking = {store, 0};
    herr_t seen = H5Lvisit(store->file, H5_INDEX_NAME, H5_ITER_NATIVE, look_at_link, &looking);
    if (!store_failed(store)) {
        store_worked(store, seen, "list", "/");
    }
}
