#include "runfile/runfile_read.h"

#include "runfile/integrity.h"
#include "runfile/runfile_samples.h"
#include "store/store_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a variable of ranks into its numbers of each sample, the first of which is `number`.
 * Returns how many there are. */
static size_t read_ranks(struct store *store, const struct runfile_variable *variable,
                         struct samples *samples, size_t number)
{
    char object[RUNFILE_OBJECT_BYTES];
    size_t count = samples->cells * samples->rounds;
    size_t each = runfile_elements(variable, samples->ranks);
    double *numbers = malloc((count * each + 1) * sizeof *numbers);
    if (!numbers) {
        store_no_memory(store);
        return each;
    }
    store_read(store, runfile_variable_object(variable, object), STORE_FLOAT64, count * each,
               numbers);
    for (size_t i = 0; i < count * each && store_status(store) == 0; i++) {
        *samples_rank_number(samples, i / each, number + i % each) = numbers[i];
    }
    free(numbers);
    return each;
}

static void read_variables(struct store *store, struct samples *samples, uint64_t *check)
{
    size_t count = samples->cells * samples->rounds, number = 0;
    for (size_t v = 0; v < runfile_variable_count && store_status(store) == 0; v++) {
        const struct runfile_variable *variable = &runfile_variables[v];
        char object[RUNFILE_OBJECT_BYTES];
        runfile_variable_object(variable, object);
        if (variable->source == RUNFILE_FROM_SAMPLES) {
            store_read(store, object, STORE_FLOAT64, count, samples->value[variable->member]);
        } else if (variable->source == RUNFILE_FROM_HASHES) {
            store_read(store, object, STORE_UINT64, count, check);
        } else if (runfile_is_of_ranks(variable) &&
                   runfile_has_variable(variable, samples->ranks, samples->spread != NULL)) {
            number += read_ranks(store, variable, samples, number);
        }
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

/* Keeps a sample whose hash is the one that was stored, and drops it else. */
static void take_sample(struct samples *samples, size_t at, uint64_t stored, uint64_t *words,
                        struct runfile_past *past)
{
    size_t cell = at / samples->rounds, round = at % samples->rounds;
    double time_s = samples->value[SAMPLE_TIME][at];
    if (stored != 0 && stored == runfile_hash_sample(samples, cell, round, words)) {
        past->samples++;
        past->rounds = round + 1 > past->rounds ? round + 1 : past->rounds;
        past->elapsed_s = fmax(past->elapsed_s, samples->value[SAMPLE_START][at] + time_s);
        return;
    }
    past->damaged += stored != 0 || !isnan(time_s);
    drop(samples, at);
}

void runfile_take_samples(struct store *store, struct samples *samples, struct runfile_past *past)
{
    size_t count = samples->cells * samples->rounds;
    uint64_t *check = calloc(count + 1, sizeof *check), *words = runfile_hash_words(samples);
    if (!check || !words) {
        store_no_memory(store);
    } else if (store_status(store) == 0) {
        read_variables(store, samples, check);
        for (size_t at = 0; at < count && store_status(store) == 0; at++) {
            take_sample(samples, at, check[at], words, past);
        }
    }
    free(words);
    free(check);
}

/* False, with what differs in `error`, when the samples are of another shape than the file. */
static bool fits(const size_t length[RUNFILE_AXES], bool spreads, const struct samples *samples,
                 const char *path, struct error *error)
{
    const struct {
        const char *what;
        size_t in_file, asked;
    } sizes[] = {{"cells", runfile_cells(length), samples->cells},
                 {"rounds", length[RUNFILE_AXIS_ROUND], samples->rounds},
                 {"ranks", length[RUNFILE_AXIS_RANK], samples->ranks},
                 {"quantiles of ranks", spreads ? SAMPLE_QUANTILES : 0,
                  samples->spread ? SAMPLE_QUANTILES : 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i].in_file != sizes[i].asked) {
            char shown[RUNFILE_LINE_BYTES];
            error_set(error, STATUS_USAGE, "%s: has room for %zu %s, but this run has %zu.",
                      error_escape(path, shown, sizeof shown), sizes[i].in_file, sizes[i].what,
                      sizes[i].asked);
            return false;
        }
    }
    return true;
}

void runfile_read_root(struct store *store, struct runfile_past *past)
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
    size_t length[RUNFILE_AXES];
    if (runfile_is_one(store, path, error)) {
        integrity_verify_tree(store, "/");
        runfile_read_root(store, past);
        bool spreads = runfile_lengths(store, length);
        if (store_status(store) == 0 && fits(length, spreads, samples, path, error)) {
            runfile_take_samples(store, samples, past);
        }
    }
    int status = store_close(store, error);
    return status ? status : error->status;
}

char *runfile_read_fact(const char *path, const char *group, const char *name, struct error *error)
{
    struct store *store = store_open(path, false, error);
    if (!store) {
        return NULL;
    }
    char *text = NULL, object[RUNFILE_OBJECT_BYTES];
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
