/* Every engine of the table keeps the contract of model/engine.h: waits give what `expect` says,
 * one at a time and many in flight. (What an engine promises of its own is in test_timer.c,
 * test_message.c, test_blocks.c and test_storage_engines.c.) */
#include "job/job_options.h"
#include "unit/engines/engine.h"
#include "unit/suite.h"

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
        CU_ASSERT(engine_options_count(*e) <= OPTIONS_MAX);
        for (size_t i = 0; i < engine_options_count(*e); i++) {
            const struct option *option = &(*e)->options[i];
            CU_ASSERT(option_is_sane(option));
            CU_ASSERT_FALSE(is_a_key_of_workloads(option->name));
            CU_ASSERT_EQUAL(engine_option_index(*e, option->name), i); /* each name once */
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
            struct task_spec spec = engine_small_spec(*e);
            CU_ASSERT((*e)->most_in_flight(&spec, why, sizeof why) >= 1);
            CU_ASSERT(why[0] != '\0');
        }
    }
}

static void files_are_whole_pages_and_filled_alike_in_any_pieces(void)
{
    enum { PAGE = 4096 };
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct task_spec spec = engine_small_spec(*e);
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
        struct engine_setting setting;
        engine_enter(&setting, *e, engine_small_spec(*e));
        engine_attach(&setting, 1, 1);
        CU_ASSERT_EQUAL(engine_wrong_one_by_one(&setting, 300), 0);
        engine_leave(&setting);
    }
}

static void in_flight_gives_what_is_expected_each_slot_once(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct engine_setting setting;
        engine_enter(&setting, *e, engine_small_spec(*e));
        for (uint32_t depth = 2; depth <= 64; depth++) {
            engine_attach(&setting, 1, depth);
            CU_ASSERT_EQUAL(
                engine_wrong_in_flight(&setting, 0, depth, ENGINE_REAP_MOST, 3 * depth + 1), 0);
        }
        engine_leave(&setting);
    }
}

static void few_can_be_reaped_at_a_time(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct engine_setting setting;
        engine_enter(&setting, *e, engine_small_spec(*e));
        engine_attach(&setting, 1, 37);
        for (uint32_t most = 1; most <= 40; most += 3) {
            CU_ASSERT_EQUAL(engine_wrong_in_flight(&setting, 0, 37, most, 111), 0);
        }
        engine_leave(&setting);
    }
}

/* Less to do than there are slots. */
static void slots_may_stay_empty(void)
{
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct engine_setting setting;
        engine_enter(&setting, *e, engine_small_spec(*e));
        engine_attach(&setting, 1, 200);
        for (uint64_t items = 0; items <= 130; items += 13) {
            CU_ASSERT_EQUAL(engine_wrong_in_flight(&setting, 0, 200, ENGINE_REAP_MOST, items), 0);
        }
        engine_leave(&setting);
    }
}

struct thread_of_engine {
    pthread_t thread;
    unsigned number;
    const struct engine_setting *setting;
    uint64_t wrong;
};

static void *wait_in_flight(void *argument)
{
    struct thread_of_engine *self = argument;
    self->wrong = engine_wrong_in_flight(self->setting, self->number, 16, ENGINE_REAP_MOST, 1000);
    return NULL;
}

static void threads_do_not_meet(void)
{
    enum { THREADS = 4 };
    for (const struct engine *const *e = engines_all; *e; e++) {
        struct engine_setting setting;
        struct thread_of_engine threads[THREADS];
        engine_enter(&setting, *e, engine_small_spec(*e));
        engine_attach(&setting, THREADS, 16);
        for (unsigned t = 0; t < THREADS; t++) {
            threads[t] = (struct thread_of_engine){.number = t, .setting = &setting};
            pthread_create(&threads[t].thread, NULL, wait_in_flight, &threads[t]);
        }
        for (unsigned t = 0; t < THREADS; t++) {
            pthread_join(threads[t].thread, NULL);
            CU_ASSERT_EQUAL(threads[t].wrong, 0);
        }
        engine_leave(&setting);
    }
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
    CU_TEST_INFO_NULL,
};

SUITE_MPI("engines", tests);
