/* An engine of the table in use: with its scratch file and its service if it has them, one wait at
 * a time and many in flight. */
#ifndef CUAL_TESTS_UNIT_ENGINES_ENGINE_H
#define CUAL_TESTS_UNIT_ENGINES_ENGINE_H

#include "engines/engines.h"
#include "system/scratch.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ENGINE_REAP_MOST 64
#define ENGINE_FILE_BYTES_MOST 262144.0

static inline size_t engine_options_count(const struct engine *engine)
{
    size_t count = 0;
    while (engine->options && engine->options[count].name) {
        count++;
    }
    return count;
}

/* Place of an option in the engine's table. */
static inline size_t engine_option_index(const struct engine *engine, const char *name)
{
    for (size_t i = 0; i < engine_options_count(engine); i++) {
        if (strcmp(engine->options[i].name, name) == 0) {
            return i;
        }
    }
    CU_FAIL_FATAL("no such option");
    return 0;
}

/* What a job would give without a word about it, but quick and small. */
static inline struct task_spec engine_small_spec(const struct engine *engine)
{
    struct task_spec spec = {.tasks = 1, .waits = 1, .seed = 42};
    for (size_t i = 0; i < engine_options_count(engine); i++) {
        const struct option *option = &engine->options[i];
        double value = option->fallback;
        if (isnan(value)) {
            value = option->kind == OPTION_TIME ? 50e-6 : option->minimum;
        } else if (option->kind == OPTION_BYTES) {
            value = fmin(value, ENGINE_FILE_BYTES_MOST);
        }
        spec.engine_option[i] = value;
    }
    return spec;
}

/* An engine with what it keeps in a rank, and its scratch file if it has one. */
struct engine_setting {
    const struct engine *engine;
    struct task_spec spec;
    struct scratch *scratch;
    void *shared;
    struct engine_cell cell; /* the present one */
    pthread_t service;       /* answers its workers, while it is served */
    bool served;
};

static inline void engine_fill(const void *context, uint64_t offset, void *buffer, size_t bytes)
{
    const struct engine_setting *setting = context;
    setting->engine->fill(&setting->spec, offset, buffer, bytes);
}

static inline void engine_enter(struct engine_setting *setting, const struct engine *engine,
                                struct task_spec spec)
{
    *setting = (struct engine_setting){.engine = engine, .spec = spec};
    if (engine->check) {
        CU_ASSERT_PTR_NULL(engine->check(&setting->spec));
    }
    if (engine->file_bytes) {
        const char *folder = getenv("TMPDIR");
        struct error error = {0};
        setting->scratch = scratch_create(folder ? folder : "/tmp", &error);
        CU_ASSERT_PTR_NOT_NULL_FATAL(setting->scratch);
        CU_ASSERT_EQUAL_FATAL(scratch_make_file(setting->scratch,
                                                engine->file_bytes(&setting->spec),
                                                &(struct scratch_content){engine_fill, setting},
                                                setting->spec.path, TASK_PATH_BYTES, &error),
                              0);
    }
}

/* A world of one rank is its own service. */
static inline void *engine_serve(void *argument)
{
    const struct engine_setting *setting = argument;
    CU_ASSERT_EQUAL(setting->engine->serve(&setting->spec, &setting->cell), 0);
    return NULL;
}

/* The service ends when the rank has left. */
static inline void engine_end_service(struct engine_setting *setting)
{
    struct engine_notes notes = {0};
    if (setting->served) {
        CU_ASSERT_EQUAL(
            setting->engine->leave(&setting->spec, &setting->cell, setting->shared, &notes), 0);
        pthread_join(setting->service, NULL);
        setting->served = false;
    }
}

static inline void engine_leave(struct engine_setting *setting)
{
    engine_end_service(setting);
    if (setting->engine->detach) {
        setting->engine->detach(setting->shared);
    }
    scratch_remove(setting->scratch);
}

/* The next cell of one rank with so many threads and in flight. */
static inline struct engine_cell engine_next_cell(const struct engine_setting *setting,
                                                  unsigned threads, unsigned depth)
{
    return (struct engine_cell){.ranks = 1,
                                .threads = threads,
                                .depth = depth,
                                .tasks = setting->spec.tasks,
                                .visit = setting->cell.visit + 1};
}

/* 0 or -errno. */
static inline int engine_try_attach(struct engine_setting *setting, unsigned threads,
                                    unsigned depth)
{
    struct engine_notes notes = {0};
    engine_end_service(setting);
    setting->cell = engine_next_cell(setting, threads, depth);
    if (setting->engine->serve) {
        setting->served = pthread_create(&setting->service, NULL, engine_serve, setting) == 0;
        CU_ASSERT_FATAL(setting->served);
    }
    return setting->engine->enter
               ? setting->engine->enter(&setting->spec, &setting->cell, &setting->shared, &notes)
               : 0;
}

static inline void engine_attach(struct engine_setting *setting, unsigned threads, unsigned depth)
{
    CU_ASSERT_EQUAL_FATAL(engine_try_attach(setting, threads, depth), 0);
}

static inline void *engine_open_worker(const struct engine_setting *setting, unsigned thread,
                                       unsigned depth)
{
    void *state = NULL;
    struct engine_cell cell = setting->cell;
    cell.depth = depth;
    CU_ASSERT_EQUAL_FATAL(
        setting->engine->open(&setting->spec, &cell, thread, setting->shared, &state), 0);
    return state;
}

/* Waits for each item in turn. How many gave an error or not what was expected. */
static inline uint64_t engine_wrong_one_by_one(const struct engine_setting *setting, uint64_t items)
{
    void *state = engine_open_worker(setting, 0, 1);
    uint64_t wrong = 0;
    for (uint64_t item = 0; item < items; item++) {
        uint64_t result = ~setting->engine->expect(&setting->spec, item);
        int failed = setting->engine->wait(state, item, &result);
        wrong += failed || result != setting->engine->expect(&setting->spec, item);
    }
    setting->engine->close(state);
    return wrong;
}

/* What is in flight: the item by slot, UINT64_MAX in an empty one. */
struct engine_flight {
    uint64_t next, end; /* items not yet submitted */
    uint64_t ended, wrong;
    uint64_t item[];
};

static inline void engine_submit(const struct engine_setting *setting, void *state,
                                 struct engine_flight *flight, uint32_t slot)
{
    flight->item[slot] = UINT64_MAX;
    if (flight->next < flight->end) {
        flight->item[slot] = flight->next++;
        flight->wrong += setting->engine->submit(state, slot, flight->item[slot]) != 0;
    }
}

/* False when the slot of a completion was not in flight. */
static inline bool engine_take(const struct engine_setting *setting, struct engine_flight *flight,
                               uint32_t depth, const struct completion *done)
{
    if (done->slot >= depth || flight->item[done->slot] == UINT64_MAX) {
        return false;
    }
    uint64_t item = flight->item[done->slot];
    flight->wrong += done->result != setting->engine->expect(&setting->spec, item);
    flight->item[done->slot] = UINT64_MAX;
    flight->ended++;
    return true;
}

/* Keeps `depth` items in flight until all have ended; at most `most` are reaped at a time. How many
 * gave an error or not what was expected; UINT64_MAX when a slot was reported that did not wait. */
static inline uint64_t engine_wrong_in_flight(const struct engine_setting *setting, unsigned thread,
                                              uint32_t depth, uint32_t most, uint64_t items)
{
    struct engine_flight *flight = malloc(sizeof *flight + depth * sizeof flight->item[0]);
    void *state = engine_open_worker(setting, thread, depth);
    struct completion done[ENGINE_REAP_MOST];
    *flight = (struct engine_flight){.end = items};
    for (uint32_t slot = 0; slot < depth; slot++) {
        engine_submit(setting, state, flight, slot);
    }
    bool sane = true;
    while (sane && flight->ended < items) {
        int count = setting->engine->reap(state, most, done);
        sane = count >= 0 && (uint32_t)count <= most;
        for (int i = 0; sane && i < count; i++) {
            sane = engine_take(setting, flight, depth, &done[i]);
        }
        for (int i = 0; sane && i < count; i++) {
            engine_submit(setting, state, flight, done[i].slot);
        }
    }
    setting->engine->close(state);
    uint64_t wrong = sane ? flight->wrong : UINT64_MAX;
    free(flight);
    return wrong;
}

#endif
