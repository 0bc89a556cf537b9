#include "runfile/runfile_file.h"

#include "runfile/runfile_layout.h"
#include "store/store_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const runfile_answer_groups[] = {"/advice", "/verdict", "/claims", NULL};

struct runfile *runfile_new(const char *path, struct error *error)
{
    struct runfile *file = calloc(1, sizeof *file);
    if (file) {
        file->path = strdup(path);
        file->descriptor = -1;
    }
    if (!file || !file->path) {
        error_set(error, STATUS_STORAGE, "Out of memory.");
        runfile_free(file);
        return NULL;
    }
    return file;
}

void runfile_free(struct runfile *file)
{
    if (file) {
        store_room_close(file->room);
        if (file->descriptor >= 0) {
            close(file->descriptor);
        }
        free(file->place);
        free(file->path);
        free(file);
    }
}

bool runfile_keeps(const struct runfile *file, const struct runfile_variable *variable)
{
    return runfile_is_of_samples(variable) &&
           runfile_has_variable(variable, file->length[RUNFILE_AXIS_RANK], file->spreads);
}

int runfile_set_storage(struct error *error, const struct error *found)
{
    return error_set(error, STATUS_STORAGE, "%s", found->text);
}

bool runfile_rescue(struct runfile *file, struct error *found)
{
    char *name = NULL, text[RUNFILE_LINE_BYTES], shown[RUNFILE_LINE_BYTES];
    if (file->descriptor < 0 || store_is_named(file->descriptor, file->path)) {
        return false;
    }
    int kept = store_part_rescue(file->descriptor, file->path, &name);
    snprintf(text, sizeof text, "%.*s", RUNFILE_LINE_BYTES - 1, found->text);
    if (kept < 0) {
        snprintf(found->text, sizeof found->text, "%s; what was measured cannot be kept: %s", text,
                 strerror(-kept));
        return false;
    }
    snprintf(found->text, sizeof found->text, "%s; what was measured is in %s", text,
             error_escape(name, shown, sizeof shown));
    free(file->path);
    file->path = name;
    file->descriptor = kept;
    struct error ignored = {0};
    store_stamp(name, kept, &file->stamp, &ignored);
    return true;
}

bool runfile_is_one(struct store *store, const char *path, struct error *error)
{
    char shown[RUNFILE_LINE_BYTES];
    char *source = store_read_text(store, "/", "source");
    int version = 0;
    bool is = source && sscanf(source, RUNFILE_SOURCE ", version %d", &version) == 1;
    error_escape(path, shown, sizeof shown);
    if (!is && store_status(store) == 0) {
        error_set(error, STATUS_USAGE, "%s: is not a run file.", shown);
    } else if (is && version != RUNFILE_VERSION) {
        error_set(error, STATUS_USAGE,
                  "%s: is a run file of version %d; this program reads version %d.", shown, version,
                  RUNFILE_VERSION);
    }
    free(source);
    return error->status == 0; /* a damaged one counts as one */
}

bool runfile_is_ours(const struct runfile *file, struct store *store)
{
    char *id = store_read_text(store, "/", "id");
    bool ours = id && strcmp(id, file->id) == 0;
    if (!ours) {
        store_damaged(store, "/", "is not of this run: another file has taken its place");
    }
    free(id);
    return ours;
}

bool runfile_lengths(struct store *store, size_t length[RUNFILE_AXES])
{
    size_t shape[STORE_AXES_MAX] = {0}, ranks[STORE_AXES_MAX] = {0};
    size_t quantiles[STORE_AXES_MAX] = {0};
    if (store_shape(store, "/time", shape) != RUNFILE_SAMPLES) {
        store_damaged(store, "/time", "has the wrong axes");
    }
    if (store_has(store, "/per_rank")) {
        store_shape(store, "/per_rank/rank", ranks);
        if (store_has(store, "/per_rank/quantile")) {
            store_shape(store, "/per_rank/quantile", quantiles);
        }
    }
    if (quantiles[0] != 0 && quantiles[0] != SAMPLE_QUANTILES) {
        store_damaged(store, "/per_rank/quantile", "has the wrong length");
    }
    shape[RUNFILE_AXIS_RANK] = ranks[0];
    for (int axis = 0; axis < RUNFILE_AXES; axis++) {
        length[axis] = shape[axis];
        if (axis < RUNFILE_SAMPLES && shape[axis] == 0) {
            store_damaged(store, "/time", "has an axis without length");
        }
    }
    return quantiles[0] > 0;
}

size_t runfile_cells(const size_t length[RUNFILE_AXES])
{
    size_t cells = 1;
    for (int axis = 0; axis < RUNFILE_CELLS; axis++) {
        cells *= length[axis];
    }
    return cells;
}

/* -- where the samples lie -- */

/* Bytes of the file that are overwritten. */
struct extent {
    uint64_t place, bytes;
};

/* Finds the pieces of a variable, which begin at `*extent`, and moves that behind them. */
static void locate_pieces(const struct runfile *file, struct store *store,
                          const struct runfile_variable *variable, struct extent **extent)
{
    struct runfile_layout layout = runfile_layout(variable, file->length);
    uint64_t bytes = runfile_layout_elements(&layout) * store_type_bytes(variable->type);
    char object[RUNFILE_OBJECT_BYTES];
    runfile_variable_object(variable, object);
    for (size_t i = 0; i < runfile_layout_parts(&layout); i++) {
        size_t cell, start[RUNFILE_AXES] = {0};
        runfile_layout_cells(&layout, file->length, i % layout.cell_parts, &cell);
        start[RUNFILE_AXIS_ROUND] = i / layout.cell_parts * layout.rounds;
        for (int axis = RUNFILE_CELLS - 1; axis >= 0; axis--) {
            start[axis] = cell % file->length[axis];
            cell /= file->length[axis];
        }
        *(*extent)++ = (struct extent){store_place(store, object, start, bytes), bytes};
    }
}

static int by_place(const void *a, const void *b)
{
    const struct extent *one = a, *other = b;
    return (one->place > other->place) - (one->place < other->place);
}

/* No byte may belong to two pieces: no hash tells where a piece lies, and writing one would take
 * samples from the other. */
static void check_apart(struct store *store, struct extent *extent, size_t count)
{
    qsort(extent, count, sizeof *extent, by_place);
    for (size_t i = 1; i < count && store_status(store) == 0; i++) {
        if (extent[i].place - extent[i - 1].place < extent[i - 1].bytes) {
            store_damaged(store, "/", "has two pieces in one place");
        }
    }
}

/* Pieces of all variables. */
static size_t count_pieces(const struct runfile *file)
{
    size_t count = 0;
    for (size_t v = 0; v < runfile_variable_count; v++) {
        if (runfile_keeps(file, &runfile_variables[v])) {
            struct runfile_layout layout = runfile_layout(&runfile_variables[v], file->length);
            count += runfile_layout_parts(&layout);
        }
    }
    return count;
}

/* Finds all pieces, and behind them the status. */
static void locate_all(struct runfile *file, struct store *store, struct extent *extent,
                       size_t count)
{
    struct extent *end = extent;
    for (size_t v = 0; v < runfile_variable_count && store_status(store) == 0; v++) {
        if (runfile_keeps(file, &runfile_variables[v])) {
            locate_pieces(file, store, &runfile_variables[v], &end);
        }
    }
    size_t cells = runfile_cells(file->length);
    file->status_place = store_place(store, "/status", (const size_t[RUNFILE_CELLS]){0}, cells);
    extent[count] = (struct extent){file->status_place, cells};
    for (size_t i = 0; i < count; i++) {
        file->place[i] = extent[i].place;
    }
    if (store_status(store) == 0) {
        check_apart(store, extent, count + 1);
    }
}

static void locate(struct runfile *file, struct store *store)
{
    file->spreads = runfile_lengths(store, file->length);
    if (store_status(store) != 0) {
        return;
    }
    size_t count = count_pieces(file);
    struct extent *extent = calloc(count + 1, sizeof *extent);
    free(file->place);
    file->place = calloc(count + 1, sizeof *file->place);
    if (extent && file->place) {
        locate_all(file, store, extent, count);
    } else {
        store_no_memory(store);
    }
    free(extent);
}

int runfile_locate(struct runfile *file, struct error *error)
{
    struct error found = {0};
    struct store *store = store_open_held(file->path, file->descriptor, &found);
    if (!store) {
        return runfile_set_storage(error, &found);
    }
    if (runfile_is_ours(file, store)) {
        locate(file, store);
    }
    if (store_close(store, &found) != 0 ||
        store_stamp(file->path, file->descriptor, &file->stamp, &found) != 0) {
        return runfile_set_storage(error, &found);
    }
    return 0;
}
