#include "runfile/integrity.h"

#include "store/store_copy.h"
#include "store/store_read.h"
#include "store/store_write.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define HASH "xxh64"
#define HASH_BYTES 17
#define OBJECT_BYTES 512
#define DEPTH_MOST 4 /* groups within groups that a run file could have */
#define SAMPLE_AXES 6
#define NAN_WORD UINT64_C(0x7ff8000000000000)

uint64_t integrity_word(double value)
{
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    return isnan(value) ? NAN_WORD : word;
}

uint64_t integrity_of_words(const uint64_t *words, size_t count)
{
    uint64_t in_file[32];
    XXH64_state_t state;
    XXH64_reset(&state, 0);
    while (count > 0) {
        size_t some = count < 32 ? count : 32;
        for (size_t i = 0; i < some; i++) {
            in_file[i] = htole64(words[i]);
        }
        XXH64_update(&state, in_file, some * sizeof *in_file);
        words += some;
        count -= some;
    }
    return XXH64_digest(&state);
}

static void add_word(XXH64_state_t *state, uint64_t word)
{
    word = htole64(word);
    XXH64_update(state, &word, sizeof word);
}

static void add_text(XXH64_state_t *state, const char *text)
{
    size_t bytes = strlen(text);
    add_word(state, bytes);
    XXH64_update(state, text, bytes);
}

static void add_value(XXH64_state_t *state, const struct store_value *value)
{
    add_word(state, value->class);
    add_word(state, value->axes);
    for (size_t i = 0; i < value->axes; i++) {
        add_word(state, value->shape[i]);
    }
    for (size_t i = 0; i < value->count; i++) {
        if (value->texts) {
            add_text(state, value->texts[i]);
        } else if (value->words && value->class == STORE_CLASS_FLOAT) {
            double number;
            memcpy(&number, &value->words[i], sizeof number);
            add_word(state, integrity_word(number));
        } else if (value->words) {
            add_word(state, value->words[i]);
        }
    }
}

static bool is_the_librarys(const char *attribute)
{
    return store_is_of_axes(attribute) || strcmp(attribute, HASH) == 0 ||
           strncmp(attribute, "_Netcdf4", strlen("_Netcdf4")) == 0;
}

static void add_attributes(XXH64_state_t *state, struct store *store, const char *object)
{
    size_t count = 0, kept = 0;
    char **names = store_attributes(store, object, &count);
    for (size_t i = 0; i < count; i++) {
        kept += !is_the_librarys(names[i]);
    }
    add_word(state, kept);
    for (size_t i = 0; i < count; i++) {
        struct store_value value;
        if (!is_the_librarys(names[i])) {
            store_read_value(store, object, names[i], true, &value);
            add_text(state, names[i]);
            add_value(state, &value);
            store_value_free(&value);
        }
    }
    free(names);
}

static void add_members(XXH64_state_t *state, struct store *store, const char *group)
{
    size_t count = 0;
    char **names = store_members(store, group, &count);
    add_word(state, count);
    for (size_t i = 0; i < count; i++) {
        add_text(state, names[i]);
    }
    free(names);
}

static void add_dataset(XXH64_state_t *state, struct store *store, const char *object)
{
    struct store_value value;
    bool read = store_read_value(store, object, NULL, false, &value);
    if (read && value.axes < SAMPLE_AXES) {
        read = store_read_value(store, object, NULL, true, &value);
    }
    for (size_t i = 0; read && value.words && i < value.count && strcmp(object, "/status") == 0;
         i++) {
        bool changes = value.words[i] == CELL_DONE || value.words[i] == CELL_FAILED;
        value.words[i] = changes ? CELL_EMPTY : value.words[i];
    }
    add_value(state, &value);
    store_value_free(&value);
}

uint64_t integrity_of_object(struct store *store, const char *object)
{
    XXH64_state_t state;
    XXH64_reset(&state, 0);
    bool group = store_is_group(store, object);
    add_text(&state, object);
    add_word(&state, !group);
    (group ? add_members : add_dataset)(&state, store, object);
    add_attributes(&state, store, object);
    return store_status(store) == 0 ? XXH64_digest(&state) : 0;
}

void integrity_seal(struct store *store, const char *object)
{
    char text[HASH_BYTES];
    snprintf(text, sizeof text, "%016" PRIx64, integrity_of_object(store, object));
    store_text(store, object, HASH, text);
}

void integrity_verify(struct store *store, const char *object)
{
    char text[HASH_BYTES];
    char *stored = store_read_text(store, object, HASH);
    snprintf(text, sizeof text, "%016" PRIx64, integrity_of_object(store, object));
    if (!stored) {
        store_damaged(store, object, "has no hash");
    } else if (strcmp(stored, text) != 0) {
        store_damaged(store, object, "does not match its hash");
    }
    free(stored);
}

/* Calls `each` for a group and all that is in it, members first. */
static void walk(struct store *store, const char *group, int depth,
                 void (*each)(struct store *store, const char *object))
{
    size_t count = 0;
    char **names = depth < DEPTH_MOST ? store_members(store, group, &count) : NULL;
    for (size_t i = 0; i < count && store_status(store) == 0; i++) {
        char object[OBJECT_BYTES];
        snprintf(object, sizeof object, "%s/%s", strcmp(group, "/") == 0 ? "" : group, names[i]);
        if (store_is_group(store, object)) {
            walk(store, object, depth + 1, each);
        } else {
            each(store, object);
        }
    }
    free(names);
    each(store, group);
}

void integrity_seal_tree(struct store *store, const char *group)
{
    walk(store, group, 0, integrity_seal);
}

void integrity_verify_tree(struct store *store, const char *group)
{
    walk(store, group, 0, integrity_verify);
}
