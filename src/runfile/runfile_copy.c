#include "runfile/runfile_copy.h"

#include "runfile/runfile_space.h"
#include "store/store_copy.h"

/* Begins the copy of an open file. */
static struct store *begin(struct store *from, const char *path, bool compressed,
                           struct store_room *room, uint64_t more_bytes, struct error *error)
{
    size_t length[RUNFILE_AXES];
    bool spreads = runfile_lengths(from, length);
    if (store_status(from) != 0) {
        return NULL;
    }
    struct runfile_space space = runfile_space(length, spreads, runfile_cells(length));
    uint64_t bytes = compressed ? space.ended_bytes : space.bytes;
    struct store *to = store_create(path, room, bytes + more_bytes, error);
    if (to) {
        store_copy(to, from, compressed, runfile_answer_groups);
    }
    return to;
}

struct store *runfile_copy(const struct runfile *file, bool compressed, struct store_room *room,
                           uint64_t more_bytes, struct error *error)
{
    struct store *from = store_open_held(file->path, file->descriptor, error);
    if (!from) {
        return NULL;
    }
    struct store *to = begin(from, file->path, compressed, room, more_bytes, error);
    struct error found = {0};
    if (store_close(from, &found) != 0 && !to) {
        error_set(error, (enum status)found.status, "%s", found.text);
    }
    return to;
}
