/* Every engine of the table keeps the contract of model/engine.h: waits give what `expect` says,
 * one at a time and many in flight. Then what the timer promises of its own: that it waits. (What
 * the engines for storage promise is in test_storage_engines.c.) */
#include "engines/engines.h"
#include "job/job_options.h"
#include "system/clock.h"
#include "system/scratch.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define REAP_MOST 64
#define FILE_BYTES_MOST 262144.0

static size_t options_count(const struct engine *engine)
{
    size_t count = 0;
    while (engine->options && engine->options[count].name) {
        count++;
    }
    return count;
}

/* Place of an option in the engine's table. */
static size_t option_index(const struct engine *engine, const char *name)
{
    for (size_t i = 0; i < options_count(engine); i++) {
        if (strcmp(engine->options[i].name, name) == 0) {
            return i;
        }
    }
    CU_FAIL_FATAL("no such option");
    return 0;
}

/* What a job would give without a word about it, but quick and small. */
static struct task_spec small_spec(const struct engine *engine)
{
    struct task_spec spec = {.tasks = 1, .waits = 1, .seed = 42};
    for (size_t i = 0; i < options_count(engine); i++) {
        const struct option *option = &engine->options[i];
        double value = option->fallback;
        if (isnan(value)) {
            value = option->kind == OPTION_TIME ? 50e-6 : option->minimum;
        } else if (option->kind == OPTION_BYTES) {
            value = fmin(value, FILE_BYTES_MOST);
        }
        spec.engine_option[i] = value;
    }
    return spec;
}

/* An engine with what it keeps in a rank, and its scratch file if it has one. */
struct setting {
    const struct engine *engine;
    struct task_spec spec;
    struct scratch *scratch;
    void *shared;
    struct engine_cell cell; /* the present one */
    pthread_t service;       /* answers its workers, while it is served */
    bool served;
};

static void fill(const void *context, uint64_t offset, void *buffer, size_t bytes)
{
    const struct setting *setting = context;
    setting->engine->fill(&setting->spec, offset, buffer, bytes);
}

static void enter(struct setting *setting, const struct engine *engine, struct task_spec spec)
{
    *setting = (struct setting){.engine = engine, .spec = spec};
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
                                                &(struct scratch_content){fill, setting},
                                                setting->spec.path, TASK_PATH_BYTES, &error),
                              0);
    }
}

/* A world of one rank is its own service. */
static void *serve(void *argument)
{
    const struct setting *setting = argument;
    CU_ASSERT_EQUAL(setting->engine->serve(&setting->spec, &setting->cell), 0);
    return NULL;
}

/* The service ends when the rank has left. */
static void end_service(struct setting *setting)
{
    struct engine_notes notes = {0};
    if (setting->served) {
        CU_ASSERT_EQUAL(
            setting->engine->leave(&setting->spec, &setting->cell, setting->shared, &notes), 0);
        pthread_join(setting->service, NULL);
        setting->served = false;
    }
}

static void leave(struct setting *setting)
{
    end_service(setting);
    if (setting->engine->detach) {
        setting->engine->detach(setting->shared);
    }
    scratch_remove(setting->scratch);
}

/* The next cell of one rank with so many threads and in flight. */
static struct engine_cell next_cell(const struct setting *setting, unsigned threads, unsigned depth)
{
    return (struct engine_cell){.ranks = 1,
                                .threads = threads,
                                .depth = depth,
                                .tasks = setting->spec.tasks,
                                .visit = setting->cell.visit + 1};
}

/* 0 or -errno. */
static int try_attach(struct setting *setting, unsigned threads, unsigned depth)
{
    struct engine_notes notes = {0};
    end_service(setting);
    setting->cell = next_cell(setting, threads, depth);
    if (setting->engine->serve) {
        setting->served = pthread_create(&setting->service, NULL, serve, setting) == 0;
        CU_ASSERT_FATAL(setting->served);
    }
    return setting->engine->enter
               ? setting->engine->enter(&setting->spec, &setting->cell, &setting->shared, &notes)
               : 0;
}

static void attach(struct setting *setting, unsigned threads, unsigned depth)
{
    CU_ASSERT_EQUAL_FATAL(try_attach(setting, threads, depth), 0);
}

static void *open_worker(const struct setting *setting, unsigned thread, unsigned depth)
{
    void *state = NULL;
    struct engine_cell cell = setting->cell;
    cell.depth = depth;
    CU_ASSERT_EQUAL_FATAL(
        setting->engine->open(&setting->spec, &cell, thread, setting->shared, &state), 0);
    return state;
}

/* Waits for each item in turn. How many gave an error or not what was expected. */
static uint64_t wrong_one_by_one(const struct setting *setting, uint64_t items)
{
    void *state = open_worker(setting, 0, 1);
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
struct flight {
    uint64_t next, end; /* items not yet submitted */
    uint64_t ended, wrong;
    uint64_t item[];
};

static void submit(const struct setting *setting, void *state, struct flight *flight, uint32_t slot)
{
    flight->item[slot] = UINT64_MAX;
    if (flight->next < flight->end) {
        flight->item[slot] = flight->next++;
        flight->wrong += setting->engine->submit(state, slot, flight->item[slot]) != 0;
    }
}

/* False when the slot of a completion was not in flight. */
static bool take(const struct setting *setting, struct flight *flight, uint32_t depth,
                 const struct completion *done)
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
static uint64_t wrong_in_flight(const struct setting *setting, unsigned thread, uint32_t depth,
                                uint32_t most, uint64_t items)
{
    struct flight *flight = malloc(sizeof *flight + depth * sizeof flight->item[0]);
    void *state = open_worker(setting, thread, depth);
    struct completion done[REAP_MOST];
    *flight = (struct flight){.end = items};
    for (uint32_t slot = 0; slot < depth; slot++) {
        submit(setting, state, flight, slot);
    }
    bool sane = true;
    while (sane && flight->ended < items) {
        int count = setting->engine->reap(state, most, done);
        sane = count >= 0 && (uint32_t)count <= most;
        for (int i = 0; sane && i < count; i++) {
            sane = take(setting, flight, depth, &done[i]);
        }
        for (int i = 0; sane && i < count; i++) {
            submit(setting, state, flight, done[i].slot);
        }
    }
    setting->engine->close(state);
    uint64_t wrong = sane ? flight->wrong : UINT64_MAX;
    free(flight);
    return wrong;
}

static void the_table_is_complete(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        const struct engine *engine = *e;
        CU_ASSERT_PTR_EQUAL(engines_find(engine->name), engine);
        CU_ASSERT(engine->blocking && *engine->blocking && engine->in_flight && *engine->in_flight);
        CU_ASSERT(engine->help && *engine->help && !strchr(engine->help, '\n'));
        CU_ASSERT(engine->open && engine->close && engine->wait && engine->expect);
        CU_ASSERT(engine->submit && engine->reap);
        CU_ASSERT_EQUAL(!engine->file_bytes, !engine->fill);
        CU_ASSERT_EQUAL(!engine->enter, !engine->detach);
        CU_ASSERT_EQUAL(engine->waits, strcmp(engine->name, "none") != 0);
    }
    CU_ASSERT_PTR_NULL(engines_find("no such engine"));
    CU_ASSERT_PTR_NULL(engines_find(""));
}

static bool option_is_sane(const struct option *option)
{
    bool in_range = isnan(option->fallback) ||
                    (option->fallback >= option->minimum && option->fallback <= option->maximum);
    size_t choices = 0;
    while (option->choices && option->choices[choices]) {
        choices++;
    }
    bool choice_fits = option->kind != OPTION_CHOICE || (choices > 0 && option->minimum == 0 &&
                                                         option->maximum == (double)(choices - 1));
    return option->name[0] != '\0' && option->help && *option->help &&
           !strchr(option->help, '\n') && option->minimum <= option->maximum &&
           option->maximum < 0x1p53 && in_range && choice_fits;
}

/* A key of an engine must not hide one that every workload has. */
static bool is_a_key_of_workloads(const char *name)
{
    for (const struct option *own = job_workload_options; own->name; own++) {
        if (strcmp(own->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void option_tables_are_sane(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        CU_ASSERT(options_count(*e) <= OPTIONS_MAX);
        for (size_t i = 0; i < options_count(*e); i++) {
            const struct option *option = &(*e)->options[i];
            CU_ASSERT(option_is_sane(option));
            CU_ASSERT_FALSE(is_a_key_of_workloads(option->name));
            CU_ASSERT_EQUAL(option_index(*e, option->name), i); /* each name once */
        }
    }
}

static void each_can_be_used_here_or_says_why_not(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        char why[256] = "";
        CU_ASSERT(!(*e)->available || (*e)->available(why, sizeof why) == 0 || why[0] != '\0');
        why[0] = '\0';
        if ((*e)->most_in_flight) {
            struct task_spec spec = small_spec(*e);
            CU_ASSERT((*e)->most_in_flight(&spec, why, sizeof why) >= 1);
            CU_ASSERT(why[0] != '\0');
        }
    }
}

static void files_are_whole_pages_and_filled_alike_in_any_pieces(void)
{
    enum { PAGE = 4096 };
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct task_spec spec = small_spec(*e);
        uint64_t bytes = (*e)->file_bytes ? (*e)->file_bytes(&spec) : 0;
        char *whole = malloc(bytes + 1), *pieces = malloc(bytes + 1);
        CU_ASSERT_EQUAL(bytes % PAGE, 0);
        memset(pieces, 0, bytes);
        if (bytes) {
            (*e)->fill(&spec, 0, whole, bytes);
            for (uint64_t at = 0; at < bytes; at += PAGE) {
                (*e)->fill(&spec, at, pieces + at, PAGE);
            }
            CU_ASSERT_EQUAL(memcmp(whole, pieces, bytes), 0);
            spec.seed++;
            (*e)->fill(&spec, 0, pieces, bytes);
            CU_ASSERT_NOT_EQUAL(memcmp(whole, pieces, PAGE), 0);
        }
        free(whole);
        free(pieces);
    }
}

static void one_at_a_time_gives_what_is_expected(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct setting setting;
        enter(&setting, *e, small_spec(*e));
        attach(&setting, 1, 1);
        CU_ASSERT_EQUAL(wrong_one_by_one(&setting, 300), 0);
        leave(&setting);
    }
}

static void in_flight_gives_what_is_expected_each_slot_once(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct setting setting;
        enter(&setting, *e, small_spec(*e));
        for (uint32_t depth = 2; depth <= 64; depth++) {
            attach(&setting, 1, depth);
            CU_ASSERT_EQUAL(wrong_in_flight(&setting, 0, depth, REAP_MOST, 3 * depth + 1), 0);
        }
        leave(&setting);
    }
}

static void few_can_be_reaped_at_a_time(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct setting setting;
        enter(&setting, *e, small_spec(*e));
        attach(&setting, 1, 37);
        for (uint32_t most = 1; most <= 40; most += 3) {
            CU_ASSERT_EQUAL(wrong_in_flight(&setting, 0, 37, most, 111), 0);
        }
        leave(&setting);
    }
}

/* Less to do than there are slots. */
static void slots_may_stay_empty(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct setting setting;
        enter(&setting, *e, small_spec(*e));
        attach(&setting, 1, 200);
        for (uint64_t items = 0; items <= 130; items += 13) {
            CU_ASSERT_EQUAL(wrong_in_flight(&setting, 0, 200, REAP_MOST, items), 0);
        }
        leave(&setting);
    }
}

struct thread_of_engine {
    pthread_t thread;
    unsigned number;
    const struct setting *setting;
    uint64_t wrong;
};

static void *wait_in_flight(void *argument)
{
    struct thread_of_engine *self = argument;
    self->wrong = wrong_in_flight(self->setting, self->number, 16, REAP_MOST, 1000);
    return NULL;
}

static void threads_do_not_meet(void)
{
    enum { THREADS = 4 };
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct setting setting;
        struct thread_of_engine threads[THREADS];
        enter(&setting, *e, small_spec(*e));
        attach(&setting, THREADS, 16);
        for (unsigned t = 0; t < THREADS; t++) {
            threads[t] = (struct thread_of_engine){.number = t, .setting = &setting};
            pthread_create(&threads[t].thread, NULL, wait_in_flight, &threads[t]);
        }
        for (unsigned t = 0; t < THREADS; t++) {
            pthread_join(threads[t].thread, NULL);
            CU_ASSERT_EQUAL(threads[t].wrong, 0);
        }
        leave(&setting);
    }
}

/* The timer with a latency in seconds. */
static struct task_spec timer_spec(const struct engine *timer, double latency_s)
{
    struct task_spec spec = small_spec(timer);
    spec.engine_option[option_index(timer, "latency")] = latency_s;
    CU_ASSERT_EQUAL(timer->latency_s(&spec), latency_s);
    return spec;
}

static void a_timer_waits_its_latency(void)
{
    const struct engine *timer = engines_find("timer");
    struct setting setting;
    enter(&setting, timer, timer_spec(timer, 3e-3));
    int64_t start_ns = clock_now_ns();
    CU_ASSERT_EQUAL(wrong_one_by_one(&setting, 10), 0);
    CU_ASSERT((double)(clock_now_ns() - start_ns) >= 10 * 3e6);
    leave(&setting);
}

/* Waits that begin one after the other end in that order, none before its time. */
static void timers_in_flight_each_wait_their_latency(void)
{
    enum { DEPTH = 500 };
    const struct engine *timer = engines_find("timer");
    struct setting setting;
    int64_t begun_ns[DEPTH], last_ns = 0;
    struct completion done[REAP_MOST];
    enter(&setting, timer, timer_spec(timer, 5e-3));
    void *state = open_worker(&setting, 0, DEPTH);
    for (uint32_t slot = 0; slot < DEPTH; slot++) {
        begun_ns[slot] = clock_now_ns();
        timer->submit(state, slot, slot);
    }
    uint32_t ended = 0, early = 0, out_of_order = 0;
    for (int count; ended < DEPTH; ended += (uint32_t)count) {
        count = timer->reap(state, REAP_MOST, done);
        CU_ASSERT_FATAL(count > 0);
        for (int i = 0; i < count; i++) {
            early += clock_now_ns() - begun_ns[done[i].slot] < 5000000;
            out_of_order += begun_ns[done[i].slot] < last_ns;
            last_ns = begun_ns[done[i].slot];
        }
    }
    CU_ASSERT_EQUAL(early, 0);
    CU_ASSERT_EQUAL(out_of_order, 0);
    timer->close(state);
    leave(&setting);
}

static void a_timer_can_have_very_many_in_flight(void)
{
    const struct engine *timer = engines_find("timer");
    struct setting setting;
    enter(&setting, timer, timer_spec(timer, 1e-3));
    CU_ASSERT_EQUAL(wrong_in_flight(&setting, 0, 100000, REAP_MOST, 250000), 0);
    leave(&setting);
}

static void a_latency_of_nothing_is_no_wait(void)
{
    const struct engine *timer = engines_find("timer");
    struct setting setting;
    enter(&setting, timer, timer_spec(timer, 0));
    CU_ASSERT_EQUAL(wrong_one_by_one(&setting, 1000), 0);
    CU_ASSERT_EQUAL(wrong_in_flight(&setting, 0, 64, REAP_MOST, 1000), 0);
    leave(&setting);
}

static const CU_TestInfo tests[] = {
    {"the table is complete", the_table_is_complete},
    {"option tables are sane", option_tables_are_sane},
    {"each can be used here or says why not", each_can_be_used_here_or_says_why_not},
    {"files are whole pages, filled alike in any pieces",
     files_are_whole_pages_and_filled_alike_in_any_pieces},
    {"one at a time gives what is expected", one_at_a_time_gives_what_is_expected},
    {"in flight gives what is expected, each slot once, for depths 2 to 64",
     in_flight_gives_what_is_expected_each_slot_once},
    {"few can be reaped at a time", few_can_be_reaped_at_a_time},
    {"slots may stay empty", slots_may_stay_empty},
    {"threads of a rank do not meet", threads_do_not_meet},
    {"timer: each wait takes its latency", a_timer_waits_its_latency},
    {"timer: in flight, too, and in order", timers_in_flight_each_wait_their_latency},
    {"timer: 100 000 in flight", a_timer_can_have_very_many_in_flight},
    {"timer: a latency of nothing is no wait", a_latency_of_nothing_is_no_wait},
    CU_TEST_INFO_NULL,
};

SUITE_MPI("engines", tests);
