/* The samples of a run file: written in place, round by round, and read with their hashes. */
#include "runfile/integrity.h"
#include "runfile/runfile_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((size_t)16 << 10)     /* at least, in several rounds when one takes less */
#define PIECE_BYTES_MOST ((size_t)1 << 30) /* the library's limit is 4 GiB */
#define ROUND_PARTS_MOST 1024              /* finding a place walks along all of them */

/* Arrays in the order in which they are written: the time comes last, so that a run that is killed
 * leaves no sample with a time and without the rest. */
enum { CHECK = SAMPLE_VARIABLES, PER_RANK, QUANTILES, SLOWEST, FASTEST, ARRAYS };

static void array_object(int array, char object[OBJECT_BYTES])
{
    static const char *const others[] = {"/check", "/per_rank/time", "/per_rank/time_quantile",
                                         "/per_rank/slowest", "/per_rank/fastest"};
    if (array < SAMPLE_VARIABLES) {
        runfile_object("/", sample_columns[array].name, object);
    } else {
        snprintf(object, OBJECT_BYTES, "%s", others[array - CHECK]);
    }
}

double runfile_fill(int v)
{
    return v == SAMPLE_FLAGS ? 0 : v == SAMPLE_ORDER ? -1 : NAN;
}

enum store_type runfile_type(int v)
{
    return v == SAMPLE_FLAGS ? STORE_UINT32 : v == SAMPLE_ORDER ? STORE_INT32 : STORE_FLOAT64;
}

static size_t parts(size_t whole, size_t part)
{
    return (whole + part - 1) / part;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* -- how the arrays lie -- */

struct layout runfile_layout(const size_t length[RANKS], size_t each)
{
    struct layout layout = {.each = each, .round_parts = 1, .cell_parts = 1};
    size_t cells = 1, rounds = length[CELLS];
    for (int axis = 0; axis < CELLS; axis++) {
        cells *= length[axis];
        layout.chunk[axis] = length[axis];
    }
    size_t bytes = cells * each * sizeof(double);
    size_t together = larger(parts(PIECE_BYTES, bytes), parts(rounds, ROUND_PARTS_MOST));
    layout.rounds = together < rounds ? together : rounds;
    layout.round_parts = parts(rounds, layout.rounds);
    bytes *= layout.rounds;
    layout.inner = cells / length[0];
    while (bytes > PIECE_BYTES_MOST && layout.cut < CELLS) {
        size_t step_bytes = bytes / layout.chunk[layout.cut];
        size_t steps = larger(1, PIECE_BYTES_MOST / step_bytes);
        layout.chunk[layout.cut] = steps;
        layout.cell_parts *= parts(length[layout.cut], steps);
        bytes = step_bytes * steps;
        if (steps > 1 || layout.cut == CELLS - 1) {
            break;
        }
        layout.cut++;
        layout.inner /= length[layout.cut];
    }
    layout.cells = layout.chunk[layout.cut] * layout.inner;
    layout.chunk[CELLS] = layout.rounds;
    layout.chunk[SAMPLES] = each;
    return layout;
}

/* The cells of a piece: the first, and how many. */
static size_t part_cells(const struct layout *layout, const size_t length[RANKS], size_t part,
                         size_t *first)
{
    size_t step = layout->chunk[layout->cut], row = length[layout->cut];
    size_t along = part % parts(row, step) * step;
    *first = (part / parts(row, step) * row + along) * layout->inner;
    return (row - along < step ? row - along : step) * layout->inner;
}

/* Elements of a sample in an array, in files with so many rank times. */
static size_t array_each(int array, size_t ranks)
{
    return array == PER_RANK ? ranks : array == QUANTILES ? SAMPLE_QUANTILES : 1;
}

/* Where those of an array of /per_rank begin among the numbers of a sample's ranks. */
static size_t array_first(int array, size_t ranks)
{
    size_t first = 0;
    for (int before = PER_RANK; before < array; before++) {
        first += array_each(before, ranks);
    }
    return first;
}

static struct layout layout_of(const struct runfile *file, int array)
{
    return runfile_layout(file->length, array_each(array, file->length[SAMPLES]));
}

static int arrays_of(const struct runfile *file)
{
    return file->length[SAMPLES] == 0 ? PER_RANK : file->spreads ? ARRAYS : QUANTILES;
}

static enum store_type array_type(int array)
{
    return array < SAMPLE_VARIABLES               ? runfile_type(array)
           : array == CHECK                       ? STORE_UINT64
           : array == SLOWEST || array == FASTEST ? STORE_INT32
                                                  : STORE_FLOAT64;
}

static size_t array_parts(const struct runfile *file, int array)
{
    struct layout layout = layout_of(file, array);
    return layout.round_parts * layout.cell_parts;
}

/* -- finding it -- */

bool runfile_lengths(struct store *store, size_t length[RANKS])
{
    size_t shape[STORE_AXES_MAX] = {0}, ranks[STORE_AXES_MAX] = {0};
    size_t quantiles[STORE_AXES_MAX] = {0};
    if (store_shape(store, "/time", shape) != SAMPLES) {
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
    shape[SAMPLES] = ranks[0];
    for (int axis = 0; axis < RANKS; axis++) {
        length[axis] = shape[axis];
        if (axis < SAMPLES && shape[axis] == 0) {
            store_damaged(store, "/time", "has an axis without length");
        }
    }
    return quantiles[0] > 0;
}

/* Of each piece of an array. */
static uint64_t piece_bytes(const struct runfile *file, int array)
{
    struct layout layout = layout_of(file, array);
    size_t element = array_type(array) == STORE_UINT32 || array_type(array) == STORE_INT32 ? 4 : 8;
    return (uint64_t)layout.cells * layout.rounds * layout.each * element;
}

static void locate_array(struct runfile *file, struct store *store, int array, uint64_t *place)
{
    struct layout layout = layout_of(file, array);
    char object[OBJECT_BYTES];
    array_object(array, object);
    uint64_t bytes = piece_bytes(file, array);
    for (size_t i = 0; i < layout.round_parts * layout.cell_parts; i++) {
        size_t start[RANKS] = {[CELLS] = i / layout.cell_parts * layout.rounds}, cell;
        part_cells(&layout, file->length, i % layout.cell_parts, &cell);
        for (int axis = CELLS - 1; axis >= 0; axis--) {
            start[axis] = cell % file->length[axis];
            cell /= file->length[axis];
        }
        place[i] = store_place(store, object, start, bytes);
    }
}

/* Bytes of the file that are overwritten. */
struct extent {
    uint64_t place, bytes;
};

static int by_place(const void *a, const void *b)
{
    const struct extent *one = a, *other = b;
    return (one->place > other->place) - (one->place < other->place);
}

/* No byte may belong to two pieces: no hash tells where a piece lies, and writing one would take
 * samples from the other. */
static void check_apart(const struct runfile *file, struct store *store, size_t pieces,
                        size_t cells)
{
    struct extent *extent = calloc(pieces + 1, sizeof *extent);
    if (!extent) {
        store_no_memory(store);
        return;
    }
    size_t count = 0;
    for (int array = 0; array < arrays_of(file); array++) {
        for (size_t i = array_parts(file, array); i > 0; i--, count++) {
            extent[count] = (struct extent){file->place[count], piece_bytes(file, array)};
        }
    }
    extent[count++] = (struct extent){file->status_place, cells};
    qsort(extent, count, sizeof *extent, by_place);
    for (size_t i = 1; i < count && store_status(store) == 0; i++) {
        if (extent[i].place - extent[i - 1].place < extent[i - 1].bytes) {
            store_damaged(store, "/", "has two pieces in one place");
        }
    }
    free(extent);
}

static void locate_all(struct runfile *file, struct store *store)
{
    size_t count = 0, cells = 1;
    file->spreads = runfile_lengths(store, file->length);
    for (int array = 0; array < arrays_of(file) && store_status(store) == 0; array++) {
        count += array_parts(file, array);
    }
    free(file->place);
    file->place = calloc(count + 1, sizeof *file->place);
    if (!file->place) {
        store_no_memory(store);
    }
    uint64_t *place = file->place;
    for (int array = 0; array < arrays_of(file) && store_status(store) == 0; array++) {
        locate_array(file, store, array, place);
        place += array_parts(file, array);
    }
    for (int axis = 0; axis < CELLS; axis++) {
        cells *= file->length[axis];
    }
    file->status_place = store_place(store, "/status", (const size_t[CELLS]){0}, cells);
    if (store_status(store) == 0) {
        check_apart(file, store, count, cells);
    }
}

int runfile_locate(struct runfile *file, struct error *error)
{
    struct error found = {0};
    struct store *store = store_open(file->path, false, &found);
    if (!store) {
        return runfile_storage_error(&found, error);
    }
    if (runfile_is_ours(file, store)) {
        locate_all(file, store);
    }
    if (store_close(store, &found) != 0 || store_stamp(file->path, &file->stamp, &found) != 0) {
        return runfile_storage_error(&found, error);
    }
    return 0;
}

/* -- writing -- */

static double as_stored(int v, double value)
{
    return isnan(value) ? runfile_fill(v) : value;
}

/* The hash of a sample; 0 where there is none. */
static uint64_t hash_of(const struct samples *samples, size_t cell, size_t round, uint64_t *words)
{
    size_t at = cell * samples->rounds + round, count = 0;
    if (isnan(samples->value[SAMPLE_TIME][at])) {
        return 0;
    }
    words[count++] = cell;
    words[count++] = round;
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        words[count++] = integrity_word(as_stored(v, samples->value[v][at]));
    }
    for (size_t i = 0; i < samples_rank_numbers(samples); i++) {
        words[count++] = integrity_word(*samples_rank_number(samples, at, i));
    }
    return integrity_of_words(words, count);
}

static uint64_t *hash_words(const struct samples *samples)
{
    return calloc(2 + SAMPLE_VARIABLES + samples_rank_numbers(samples), sizeof(uint64_t));
}

/* What is written, and where to. */
struct writing {
    const struct runfile *file;
    const struct samples *samples;
    struct store_patch *patch;
    void *buffer; /* for the largest piece */
    uint64_t *words;
};

/* NAN where there is none. */
static void put_number(void *buffer, int array, size_t i, double value)
{
    double stored = array < SAMPLE_VARIABLES ? as_stored(array, value) : value;
    switch (array_type(array)) {
    case STORE_UINT32:
        ((uint32_t *)buffer)[i] = (uint32_t)stored;
        break;
    case STORE_INT32:
        ((int32_t *)buffer)[i] = isnan(stored) ? -1 : (int32_t)stored;
        break;
    default:
        ((double *)buffer)[i] = stored;
    }
}

/* The elements of one sample, or of none, at `i` of the buffer. */
static void put_sample(const struct writing *writing, int array, size_t i, size_t cell,
                       size_t round)
{
    const struct samples *samples = writing->samples;
    bool inside = round < samples->rounds && cell < samples->cells;
    size_t at = cell * samples->rounds + round;
    if (array == CHECK) {
        ((uint64_t *)writing->buffer)[i] =
            inside ? hash_of(samples, cell, round, writing->words) : 0;
    } else if (array >= PER_RANK) {
        size_t each = array_each(array, samples->ranks);
        size_t first = array_first(array, samples->ranks);
        for (size_t n = 0; n < each; n++) {
            double value = inside ? *samples_rank_number(samples, at, first + n) : NAN;
            put_number(writing->buffer, array, i * each + n, value);
        }
    } else {
        put_number(writing->buffer, array, i, inside ? samples->value[array][at] : NAN);
    }
}

/* Writes the pieces of an array that hold rounds `first` to `last`. */
static void write_pieces(const struct writing *writing, int array, const uint64_t *place,
                         size_t first, size_t last)
{
    struct layout layout = layout_of(writing->file, array);
    for (size_t t = first / layout.rounds; t <= last / layout.rounds; t++) {
        for (size_t part = 0; part < layout.cell_parts; part++) {
            size_t cell, i = 0;
            size_t count = part_cells(&layout, writing->file->length, part, &cell);
            for (size_t c = 0; c < layout.cells; c++) {
                for (size_t r = 0; r < layout.rounds; r++, i++) {
                    put_sample(writing, array, i, c < count ? cell + c : SIZE_MAX,
                               t * layout.rounds + r);
                }
            }
            store_patch_write(writing->patch, place[t * layout.cell_parts + part],
                              array_type(array), i * layout.each, writing->buffer);
        }
    }
}

static void write_arrays(const struct writing *writing, size_t first, size_t last)
{
    const uint64_t *place[ARRAYS], *at = writing->file->place;
    for (int array = 0; array < arrays_of(writing->file); array++) {
        place[array] = at;
        at += array_parts(writing->file, array);
    }
    for (int array = 0; array < arrays_of(writing->file); array++) {
        if (array != SAMPLE_TIME) {
            write_pieces(writing, array, place[array], first, last);
        }
    }
    write_pieces(writing, SAMPLE_TIME, place[SAMPLE_TIME], first, last);
}

static size_t largest_piece(const struct runfile *file)
{
    size_t most = 1;
    for (int array = CHECK; array < arrays_of(file); array++) {
        struct layout layout = layout_of(file, array);
        most = larger(most, layout.cells * layout.rounds * layout.each);
    }
    return most;
}

/* The file open for overwriting; when others have written to it, it is looked whether it is still
 * this run's, and where all lies now. */
static struct store_patch *open_patch(struct runfile *file, struct error *error)
{
    struct store_patch *patch = store_patch_open(file->path, &file->stamp, error);
    if (!patch && !error->status && runfile_locate(file, error) == 0) {
        patch = store_patch_open(file->path, &file->stamp, error);
    }
    if (!patch) {
        error_set(error, STATUS_STORAGE, "%s: others write to the file.", file->path);
    }
    return patch;
}

int runfile_write_round(struct runfile *file, const struct runfile_content *content, size_t round,
                        struct error *error)
{
    const struct samples *samples = content->samples;
    struct error found = {0};
    struct writing writing = {.file = file,
                              .samples = samples,
                              .buffer = calloc(largest_piece(file), sizeof(double)),
                              .words = hash_words(samples)};
    if (!writing.buffer || !writing.words) {
        error_set(&found, STATUS_STORAGE, "Out of memory.");
    } else {
        writing.patch = open_patch(file, &found);
    }
    if (writing.patch) {
        size_t first = file->whole < round ? file->whole : round;
        memcpy(writing.buffer, content->plan->status, samples->cells);
        store_patch_write(writing.patch, file->status_place, STORE_UINT8, samples->cells,
                          writing.buffer);
        write_arrays(&writing, first, round);
        store_patch_close(writing.patch, &file->stamp, &found);
    }
    free(writing.buffer);
    free(writing.words);
    if (found.status) {
        return runfile_storage_error(&found, error);
    }
    file->whole = round;
    return 0;
}

/* -- reading -- */

/* Each array of it for itself, then by sample. */
static void read_spread(struct store *store, struct samples *samples)
{
    size_t count = samples->cells * samples->rounds;
    double *numbers = malloc((count + 1) * SAMPLE_QUANTILES * sizeof *numbers);
    if (!numbers) {
        store_no_memory(store);
        return;
    }
    for (int array = QUANTILES; array < ARRAYS && store_status(store) == 0; array++) {
        char object[OBJECT_BYTES];
        size_t each = array_each(array, samples->ranks);
        size_t first = array_first(array, samples->ranks);
        array_object(array, object);
        store_read(store, object, STORE_FLOAT64, count * each, numbers);
        for (size_t i = 0; i < count * each && store_status(store) == 0; i++) {
            *samples_rank_number(samples, i / each, first + i % each) = numbers[i];
        }
    }
    free(numbers);
}

static void read_arrays(struct store *store, struct samples *samples, uint64_t *check)
{
    size_t count = samples->cells * samples->rounds;
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        char object[OBJECT_BYTES];
        array_object(v, object);
        store_read(store, object, STORE_FLOAT64, count, samples->value[v]);
    }
    store_read(store, "/check", STORE_UINT64, count, check);
    if (samples->ranks > 0) {
        store_read(store, "/per_rank/time", STORE_FLOAT64, count * samples->ranks,
                   samples->per_rank);
    }
    if (samples->spread) {
        read_spread(store, samples);
    }
}

static void drop(struct samples *samples, size_t at)
{
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        samples->value[v][at] = NAN;
    }
    for (size_t i = 0; i < samples_rank_numbers(samples); i++) {
        *samples_rank_number(samples, at, i) = NAN;
    }
}

static void take_sample(struct samples *samples, size_t cell, size_t round, uint64_t check,
                        uint64_t *words, struct runfile_past *past)
{
    size_t at = cell * samples->rounds + round;
    double time_s = samples->value[SAMPLE_TIME][at];
    if (check != 0 && check == hash_of(samples, cell, round, words)) {
        past->samples++;
        past->rounds = larger(past->rounds, round + 1);
        past->elapsed_s = fmax(past->elapsed_s, samples->value[SAMPLE_START][at] + time_s);
        return;
    }
    past->damaged += check != 0 || !isnan(time_s);
    drop(samples, at);
}

void runfile_take_samples(struct store *store, struct samples *samples, struct runfile_past *past)
{
    size_t count = samples->cells * samples->rounds;
    uint64_t *check = calloc(count + 1, sizeof *check), *words = hash_words(samples);
    if (!check || !words) {
        store_no_memory(store);
    } else if (store_status(store) == 0) {
        read_arrays(store, samples, check);
        for (size_t at = 0; at < count && store_status(store) == 0; at++) {
            take_sample(samples, at / samples->rounds, at % samples->rounds, check[at], words,
                        past);
        }
    }
    free(words);
    free(check);
}

bool runfile_is_one(struct store *store, const char *path, struct error *error)
{
    char shown[LINE_BYTES];
    char *source = store_read_text(store, "/", "source");
    int version = 0;
    bool is = source && sscanf(source, SOURCE ", version %d", &version) == 1;
    error_escape(path, shown, sizeof shown);
    if (!is && store_status(store) == 0) {
        error_set(error, STATUS_USAGE, "%s: is not a run file.", shown);
    } else if (is && version != VERSION) {
        error_set(error, STATUS_USAGE,
                  "%s: is a run file of version %d; this program reads version %d.", shown, version,
                  VERSION);
    }
    free(source);
    return error->status == 0; /* a damaged one counts as one */
}

/* False, with what differs in `error`, when the samples are of another shape than the file. */
static bool fits(const size_t length[RANKS], bool spreads, const struct samples *samples,
                 const char *path, struct error *error)
{
    size_t cells = 1;
    for (int axis = 0; axis < CELLS; axis++) {
        cells *= length[axis];
    }
    const struct {
        const char *what;
        size_t in_file, asked;
    } sizes[] = {{"cells", cells, samples->cells},
                 {"rounds", length[CELLS], samples->rounds},
                 {"ranks", length[SAMPLES], samples->ranks},
                 {"quantiles of ranks", spreads ? SAMPLE_QUANTILES : 0,
                  samples->spread ? SAMPLE_QUANTILES : 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i].in_file != sizes[i].asked) {
            char shown[LINE_BYTES];
            error_set(error, STATUS_USAGE, "%s: has room for %zu %s, this run is of %zu.",
                      error_escape(path, shown, sizeof shown), sizes[i].in_file, sizes[i].what,
                      sizes[i].asked);
            return false;
        }
    }
    return true;
}

/* What the attributes of the root say. */
static void read_root(struct store *store, struct runfile_past *past)
{
    char *id = store_read_text(store, "/", "id"),
         *complete = store_read_text(store, "/", "complete");
    snprintf(past->id, sizeof past->id, "%s", id ? id : "");
    past->complete = complete && strcmp(complete, "1") == 0;
    free(complete);
    free(id);
}

int runfile_read_samples(const char *path, struct samples *samples, struct runfile_past *past,
                         struct error *error)
{
    *past = (struct runfile_past){0};
    struct store *store = store_open(path, false, error);
    if (!store) {
        return error->status;
    }
    size_t length[RANKS];
    if (runfile_is_one(store, path, error)) {
        integrity_verify_tree(store, "/");
        read_root(store, past);
        bool spreads = runfile_lengths(store, length);
        if (store_status(store) == 0 && fits(length, spreads, samples, path, error)) {
            runfile_take_samples(store, samples, past);
        }
    }
    int status = store_close(store, error);
    return status ? status : error->status;
}

/* Rounds that have begun, by the hashes. */
static size_t rounds_begun(struct store *store, const size_t length[RANKS])
{
    size_t count = 1, begun = 0;
    for (int axis = 0; axis < SAMPLES; axis++) {
        count *= length[axis];
    }
    uint64_t *check = store_status(store) == 0 ? calloc(count + 1, sizeof *check) : NULL;
    if (!check) {
        store_no_memory(store);
        return 0;
    }
    store_read(store, "/check", STORE_UINT64, count, check);
    for (size_t at = 0; at < count; at++) {
        begun = check[at] != 0 ? larger(begun, at % length[CELLS] + 1) : begun;
    }
    free(check);
    return begun;
}

/* What is needed of the file to go on with it. */
static int read_for_going_on(struct runfile *file, uint64_t *bytes, struct error *error)
{
    struct store *store = store_open(file->path, false, error);
    if (!store) {
        return error->status;
    }
    if (runfile_is_one(store, file->path, error)) {
        struct runfile_past past = {0};
        integrity_verify_tree(store, "/");
        read_root(store, &past);
        memcpy(file->id, past.id, sizeof file->id);
        file->spreads = runfile_lengths(store, file->length);
        size_t begun = rounds_begun(store, file->length);
        file->whole = begun > 0 ? begun - 1 : 0;
        *bytes = runfile_answer_bytes(file->length[0] * file->length[WORKLOADS]);
    }
    int status = store_close(store, error);
    return status ? status : error->status;
}

struct runfile *runfile_reopen(const char *path, struct error *error)
{
    uint64_t bytes = 0;
    struct runfile *file = calloc(1, sizeof *file);
    if (file) {
        file->path = strdup(path);
    }
    if (!file || !file->path) {
        error_set(error, STATUS_STORAGE, "Out of memory.");
    } else if (read_for_going_on(file, &bytes, error) == 0 && runfile_locate(file, error) == 0) {
        file->room = store_room_open(path, file->stamp.bytes + bytes, error);
    }
    if (error->status) {
        runfile_free(file);
        return NULL;
    }
    return file;
}

char *runfile_read_fact(const char *path, const char *group, const char *name, struct error *error)
{
    struct store *store = store_open(path, false, error);
    if (!store) {
        return NULL;
    }
    char *text = NULL, object[OBJECT_BYTES];
    if (runfile_is_one(store, path, error) && store_has(store, group)) {
        runfile_object(group, name, object);
        integrity_verify(store, group);
        text = store_read_text(store, group, name);
        if (!text && store_has(store, object)) {
            integrity_verify(store, object);
            char **texts = store_read_texts(store, object, 1);
            text = texts ? strdup(texts[0]) : NULL;
            free(texts);
        }
    }
    if (store_close(store, error) != 0 || error->status) {
        free(text);
        return NULL;
    }
    return text;
}
