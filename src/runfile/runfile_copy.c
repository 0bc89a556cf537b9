#include "runfile/runfile_copy.h"

#include "runfile/runfile_file.h"
#include "runfile/runfile_layout.h"
#include "runfile/runfile_space.h"
#include "store/store_copy.h"

#include <stdlib.h>
#include <string.h>

/* Where the pieces of each variable of samples end. Returns how many variables those are. */
static size_t lay_out(struct store_pieces *pieces, const size_t length[RUNFILE_AXES], bool ended)
{
    size_t count = 0;
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *variable = &runfile_variables[v];
        if (runfile_is_of_samples(variable)) {
            struct runfile_layout layout =
                ended ? runfile_layout_ended(variable, length) : runfile_layout(variable, length);
            pieces[count] = (struct store_pieces){.group = variable->group, .name = variable->name};
            memcpy(pieces[count++].length, layout.chunk, sizeof layout.chunk);
        }
    }
    return count;
}

/* Begins the copy of an open file. */
static struct store *begin(struct store *from, const char *path, bool ended,
                           struct store_room *room, uint64_t more_bytes, struct error *error)
{
    size_t length[RUNFILE_AXES];
    bool spreads = runfile_lengths(from, length);
    struct store_pieces *pieces = calloc(runfile_variable_count, sizeof *pieces);
    struct store *to = NULL;
    if (!pieces) {
        store_no_memory(from);
    } else if (store_status(from) == 0) {
        struct runfile_space space = runfile_space(length, spreads, runfile_cells(length));
        to =
            store_create(path, room, (ended ? space.ended_bytes : space.bytes) + more_bytes, error);
    }
    if (to) {
        const struct store_copying copying = {.count = lay_out(pieces, length, ended),
                                              .pieces = pieces,
                                              .compressed = ended,
                                              .without = runfile_answer_groups};
        store_copy(to, from, &copying);
    }
    free(pieces);
    return to;
}

struct store *runfile_copy(const char *path, bool ended, struct store_room *room,
                           uint64_t more_bytes, struct error *error)
{
    struct store *from = store_open(path, false, error);
    if (!from) {
        return NULL;
    }
    struct store *to = begin(from, path, ended, room, more_bytes, error);
    struct error found = {0};
    if (store_close(from, &found) != 0 && !to) {
        error_set(error, (enum status)found.status, "%s", found.text);
    }
    return to;
}
