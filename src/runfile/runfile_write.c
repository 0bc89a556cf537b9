#include "runfile/runfile_write.h"

#include "runfile/runfile_file.h"
#include "runfile/runfile_layout.h"
#include "runfile/runfile_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is written, and where to. */
struct writing {
    const struct runfile *file;
    const struct samples *samples;
    struct store_patch *patch;
    void *buffer; /* for the largest piece */
    uint64_t *words;
    size_t first, last; /* rounds */
};

/* A variable, where its pieces lie, and which numbers of a sample's ranks are in it. */
struct pieces {
    const struct runfile_variable *variable;
    struct runfile_layout layout;
    const uint64_t *place;
    size_t number; /* the first of them */
};

/* As the file's type; NAN where there is none. */
static void put_number(void *buffer, const struct runfile_variable *variable, size_t i,
                       double value)
{
    double stored = runfile_stored(variable, value);
    switch (variable->type) {
    case STORE_UINT32:
        ((uint32_t *)buffer)[i] = (uint32_t)stored;
        break;
    case STORE_INT32:
        ((int32_t *)buffer)[i] = (int32_t)stored;
        break;
    default:
        ((double *)buffer)[i] = stored;
    }
}

/* The elements of one sample, or of none, from `i` of the buffer on. */
static void put_sample(const struct writing *writing, const struct pieces *pieces, size_t i,
                       size_t cell, size_t round)
{
    const struct samples *samples = writing->samples;
    const struct runfile_variable *variable = pieces->variable;
    bool inside = round < samples->rounds && cell < samples->cells;
    size_t at = cell * samples->rounds + round;
    if (variable->source == RUNFILE_FROM_HASHES) {
        ((uint64_t *)writing->buffer)[i] =
            inside ? runfile_hash_sample(samples, cell, round, writing->words) : 0;
    } else if (variable->source == RUNFILE_FROM_SAMPLES) {
        put_number(writing->buffer, variable, i,
                   inside ? samples->value[variable->member][at] : NAN);
    } else {
        for (size_t n = 0; n < pieces->layout.each; n++) {
            double value = inside ? *samples_rank_number(samples, at, pieces->number + n) : NAN;
            put_number(writing->buffer, variable, i + n, value);
        }
    }
}

/* Writes the pieces of a variable that hold the rounds. */
static void write_pieces(const struct writing *writing, const struct pieces *pieces)
{
    const struct runfile_layout *layout = &pieces->layout;
    for (size_t t = writing->first / layout->rounds; t <= writing->last / layout->rounds; t++) {
        for (size_t part = 0; part < layout->cell_parts; part++) {
            size_t cell, i = 0;
            size_t count = runfile_layout_cells(layout, writing->file->length, part, &cell);
            for (size_t c = 0; c < layout->cells; c++) {
                for (size_t r = 0; r < layout->rounds; r++, i += layout->each) {
                    put_sample(writing, pieces, i, c < count ? cell + c : SIZE_MAX,
                               t * layout->rounds + r);
                }
            }
            store_patch_write(writing->patch, pieces->place[t * layout->cell_parts + part],
                              pieces->variable->type, i, writing->buffer);
        }
    }
}

/* Calls `each` for the pieces of every variable of samples in the file. */
static void for_pieces(struct writing *writing,
                       void (*each)(struct writing *writing, const struct pieces *pieces))
{
    const uint64_t *place = writing->file->place;
    size_t number = 0;
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *variable = &runfile_variables[v];
        if (runfile_keeps(writing->file, variable)) {
            struct pieces pieces = {variable, runfile_layout(variable, writing->file->length),
                                    place, number};
            each(writing, &pieces);
            place += runfile_layout_parts(&pieces.layout);
            number += runfile_is_of_ranks(variable) ? pieces.layout.each : 0;
        }
    }
}

static bool is_time(const struct runfile_variable *variable)
{
    return variable->source == RUNFILE_FROM_SAMPLES && variable->member == SAMPLE_TIME;
}

static void write_all_but_time(struct writing *writing, const struct pieces *pieces)
{
    if (!is_time(pieces->variable)) {
        write_pieces(writing, pieces);
    }
}

static void write_time(struct writing *writing, const struct pieces *pieces)
{
    if (is_time(pieces->variable)) {
        write_pieces(writing, pieces);
    }
}

static size_t largest_piece(const struct runfile *file)
{
    size_t most = 1;
    for (size_t v = 0; v < runfile_variable_count; v++) {
        if (runfile_keeps(file, &runfile_variables[v])) {
            struct runfile_layout layout = runfile_layout(&runfile_variables[v], file->length);
            size_t elements = runfile_layout_elements(&layout);
            most = elements > most ? elements : most;
        }
    }
    return most;
}

/* The file open for overwriting; when others have written to it, it is looked where all lies now.
 */
static struct store_patch *open_patch(struct runfile *file, struct error *error)
{
    struct store_patch *patch = store_patch_open(file->path, file->descriptor, &file->stamp, error);
    if (!patch && !error->status && runfile_locate(file, error) == 0) {
        patch = store_patch_open(file->path, file->descriptor, &file->stamp, error);
    }
    if (!patch) {
        error_set(error, STATUS_STORAGE, "%s: another process writes to the file.", file->path);
    }
    return patch;
}

/* The time comes last, so that a run that is killed leaves no sample with a time and without the
 * rest. */
static void write_all(struct writing *writing, const struct plan *plan)
{
    memcpy(writing->buffer, plan->status, writing->samples->cells);
    store_patch_write(writing->patch, writing->file->status_place, STORE_UINT8,
                      writing->samples->cells, writing->buffer);
    for_pieces(writing, write_all_but_time);
    for_pieces(writing, write_time);
}

/* 0 or the status of the error. */
static int write_rounds(struct runfile *file, const struct runfile_content *content, size_t round,
                        struct error *error)
{
    struct writing writing = {.file = file,
                              .samples = content->samples,
                              .buffer = calloc(largest_piece(file), sizeof(double)),
                              .words = runfile_hash_words(content->samples),
                              .first = file->whole < round ? file->whole : round,
                              .last = round};
    if (!writing.buffer || !writing.words) {
        error_set(error, STATUS_STORAGE, "Out of memory.");
    } else {
        writing.patch = open_patch(file, error);
    }
    if (writing.patch) {
        write_all(&writing, content->plan);
        store_patch_close(writing.patch, &file->stamp, error);
    }
    free(writing.buffer);
    free(writing.words);
    return error->status;
}

int runfile_write_round(struct runfile *file, const struct runfile_content *content, size_t round,
                        struct error *error)
{
    struct error found = {0}, ignored = {0};
    int status = write_rounds(file, content, round, &found);
    if (status && runfile_rescue(file, &found)) {
        write_rounds(file, content, round, &ignored); /* where it is now */
    }
    if (status) {
        return runfile_set_storage(error, &found);
    }
    file->whole = round;
    return 0;
}
