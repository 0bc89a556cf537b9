/* The kernel append: every guard keeps every item, and what is wrong with a list is found. */
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "unit/place.h"
#include "worker/worker.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* A second copy with its insides in reach. */
#define kernel_append append_in_reach
#include "kernels/append.c"
#include "unit/suite.h"
#undef kernel_append

enum { TASKS = 240, WORK = 25, THREADS = 4 };
static const uint64_t all_items = TASKS * WORK;

static struct task_spec spec_of(enum kernel_guard guard)
{
    return (struct task_spec){.tasks = TASKS,
                              .work = WORK,
                              .seed = 11,
                              .kernel_option = {[APPEND_GUARD] = (double)GUARD_CHOICE(guard)}};
}

static void the_guard_is_that_of_the_option(void)
{
    static const struct {
        const char *choice;
        enum kernel_guard guard;
    } expected[] = {{"none", KERNEL_GUARD_NONE},
                    {"atomic", KERNEL_GUARD_ATOMIC},
                    {"lock", KERNEL_GUARD_LOCK},
                    {"sharded", KERNEL_GUARD_SHARDED}};
    for (enum kernel_guard guard = KERNEL_GUARD_NONE; guard <= KERNEL_GUARD_SHARDED; guard++) {
        struct task_spec spec = spec_of(guard);
        CU_ASSERT_STRING_EQUAL(kernel_append.options[APPEND_GUARD].choices[GUARD_CHOICE(guard)],
                               expected[GUARD_CHOICE(guard)].choice);
        CU_ASSERT_EQUAL(kernel_append.guard(&spec), expected[GUARD_CHOICE(guard)].guard);
    }
}

static void the_way_to_the_list_is_that_of_the_option(void)
{
    const struct option *option = &kernel_append.options[APPEND_THROUGH];
    struct task_spec spec = spec_of(KERNEL_GUARD_ATOMIC);
    spec.kernel_option[APPEND_THROUGH] = option->fallback;
    CU_ASSERT_EQUAL(kernel_append.through(&spec), KERNEL_THROUGH_MEMORY);
    CU_ASSERT_STRING_EQUAL(option->choices[(int)option->fallback], "memory");
    spec.kernel_option[APPEND_THROUGH] = option->maximum;
    CU_ASSERT_EQUAL(kernel_append.through(&spec), KERNEL_THROUGH_RMA);
    CU_ASSERT_STRING_EQUAL(option->choices[(int)option->maximum], "rma");
}

static void every_guard_keeps_every_item(void)
{
    struct place place = place_take();
    for (enum kernel_guard guard = KERNEL_GUARD_NONE; guard <= KERNEL_GUARD_SHARDED; guard++) {
        for (int threads = 1; threads <= THREADS; threads += THREADS - 1) {
            int cores = threads < topo_cores(place.topo) ? threads : topo_cores(place.topo);
            for (int depth = 1; depth <= 8; depth += 7) {
                struct task_spec spec = spec_of(guard);
                struct worker_cell cell = {
                    .kernel = kernels_find("append"),
                    .engine = engines_find("none"),
                    .spec = &spec,
                    .tasks = TASKS,
                    .point = {.ranks = 1, .threads = threads, .depth = depth, .cores = cores},
                    .topo = place.topo,
                };
                struct worker_result result;
                worker_run(&cell, &result);
                CU_ASSERT_EQUAL(result.error, 0);
                CU_ASSERT_EQUAL(result.sum,
                                worker_expected_sum(cell.kernel, cell.engine, &spec, TASKS));
                double lost = result.kernel_notes.lost;
                bool may_lose = guard == KERNEL_GUARD_NONE && threads > 1;
                CU_ASSERT(lost >= 0 && lost <= (may_lose ? (double)all_items : 0));
            }
        }
    }
    place_give_back(&place);
}

/* A list with its workers, in this thread. */
struct team {
    struct task_spec spec;
    struct append_list *list;
    struct append *worker[THREADS];
};

static void team_open(struct team *team, enum kernel_guard guard, unsigned workers)
{
    const struct kernel_sharing alone = {.ranks = 1, .workers = workers, .tasks = TASKS};
    const struct kernel_worker alike = {.workers = workers, .units = TASKS, .layout = 1};
    void *shared = NULL;
    *team = (struct team){.spec = spec_of(guard)};
    CU_ASSERT_EQUAL_FATAL(append_share(&team->spec, &alone, &shared), 0);
    team->list = shared;
    for (unsigned w = 0; w < workers; w++) {
        void *state = NULL;
        CU_ASSERT_EQUAL_FATAL(append_open(&team->spec, &alike, shared, &state), 0);
        team->worker[w] = state;
    }
}

static uint64_t length_of(const struct team *team)
{
    uint64_t length = 0;
    CU_ASSERT_EQUAL(list_load(team->list, WORD_LENGTH, &length), 0);
    return length;
}

/* What the list is found to be when all have ended well. */
static int team_close(struct team *team, double *lost)
{
    struct kernel_notes notes = {.lost = NAN};
    for (unsigned w = 0; w < THREADS && team->worker[w]; w++) {
        CU_ASSERT_EQUAL(append_finish(team->worker[w]), 0);
    }
    for (unsigned w = 0; w < THREADS && team->worker[w]; w++) {
        CU_ASSERT_EQUAL(append_close(team->worker[w]), 0);
    }
    int found = append_unshare(team->list, &notes);
    *lost = notes.lost;
    return found;
}

static void shards_are_merged_at_the_end(void)
{
    struct team team;
    double lost;
    team_open(&team, KERNEL_GUARD_SHARDED, 3);
    for (uint64_t item = 0; item < 30; item++) {
        append_compute(team.worker[item % 3], item, WORK);
    }
    CU_ASSERT_EQUAL(length_of(&team), 0);
    CU_ASSERT_EQUAL(append_finish(team.worker[1]), 0);
    CU_ASSERT_EQUAL(length_of(&team), 10 * WORK);
    CU_ASSERT_EQUAL(append_finish(team.worker[1]), 0); /* there is nothing left */
    CU_ASSERT_EQUAL(length_of(&team), 10 * WORK);
    CU_ASSERT_EQUAL(team_close(&team, &lost), 0);
    CU_ASSERT_EQUAL(lost, 0);
}

static void a_shard_that_is_not_merged_is_found(void)
{
    struct team team;
    struct kernel_notes notes = {.lost = NAN};
    team_open(&team, KERNEL_GUARD_SHARDED, 2);
    append_compute(team.worker[0], 0, WORK);
    append_compute(team.worker[1], 1, WORK);
    CU_ASSERT_EQUAL(append_finish(team.worker[0]), 0);
    CU_ASSERT_EQUAL(append_close(team.worker[0]), 0);
    CU_ASSERT_EQUAL(append_close(team.worker[1]), -EILSEQ);
    CU_ASSERT_EQUAL(append_unshare(team.list, &notes), 0);
}

/* What the list is found to be after damage to its words, each worker having appended an item. */
static int found_after(enum kernel_guard guard, unsigned workers, size_t word, uint64_t value,
                       double *lost)
{
    struct team team;
    team_open(&team, guard, workers);
    for (unsigned w = 0; w < workers; w++) {
        append_compute(team.worker[w], w, WORK);
        append_finish(team.worker[w]);
    }
    CU_ASSERT_EQUAL(list_store(team.list, word, value), 0);
    return team_close(&team, lost);
}

static void a_wrong_list_is_found(void)
{
    double lost;
    uint64_t twice = append_value(append_first(task_mix(spec_of(KERNEL_GUARD_NONE).seed), 1) + 3);
    for (enum kernel_guard guard = KERNEL_GUARD_NONE; guard <= KERNEL_GUARD_SHARDED; guard++) {
        /* as it should be; one item too few, one too many, none, a hole, one item twice */
        CU_ASSERT_EQUAL(found_after(guard, 2, WORD_LENGTH, 2 * WORK, &lost), 0);
        CU_ASSERT_EQUAL(lost, 0);
        if (guard != KERNEL_GUARD_NONE) {
            CU_ASSERT_EQUAL(found_after(guard, 2, WORD_LENGTH, 2 * WORK - 1, &lost), -EILSEQ);
            CU_ASSERT_EQUAL(lost, 1);
            CU_ASSERT_EQUAL(found_after(guard, 2, WORD_LENGTH, 0, &lost), -EILSEQ);
        }
        CU_ASSERT_EQUAL(found_after(guard, 2, WORD_LENGTH, 2 * WORK + 1, &lost), -EILSEQ);
        CU_ASSERT_EQUAL(found_after(guard, 2, WORD_LENGTH, UINT64_MAX, &lost), -EILSEQ);
        CU_ASSERT_EQUAL(found_after(guard, 2, WORD_FIRST_ITEM + 5, 0, &lost), -EILSEQ);
        CU_ASSERT_EQUAL(found_after(guard, 2, WORD_FIRST_ITEM + 5, twice, &lost), -EILSEQ);
    }
}

static void lost_items_are_counted_where_several_race(void)
{
    double lost;
    CU_ASSERT_EQUAL(found_after(KERNEL_GUARD_NONE, 2, WORD_LENGTH, 2 * WORK - 3, &lost), 0);
    CU_ASSERT_EQUAL(lost, 3);
    /* one worker alone has nobody to race with */
    CU_ASSERT_EQUAL(found_after(KERNEL_GUARD_NONE, 1, WORD_LENGTH, WORK - 1, &lost), -EILSEQ);
}

static void an_item_beyond_the_room_is_refused(void)
{
    for (enum kernel_guard guard = KERNEL_GUARD_NONE; guard <= KERNEL_GUARD_SHARDED; guard++) {
        struct team team;
        struct kernel_notes notes;
        team_open(&team, guard, 1);
        append_compute(team.worker[0], 0, all_items);
        CU_ASSERT_EQUAL(team.worker[0]->failed, 0);
        append_compute(team.worker[0], 1, 2);
        append_compute(team.worker[0], 2, 0); /* what failed once stays failed */
        append_finish(team.worker[0]);
        CU_ASSERT_EQUAL(append_close(team.worker[0]), -EILSEQ);
        append_unshare(team.list, &notes);
    }
}

static void a_list_beyond_the_memory_is_refused(void)
{
    void *shared = NULL;
    const uint64_t sizes[][2] = {
        {UINT64_MAX, 2}, {2, UINT64_MAX}, {UINT64_C(1) << 40, 1 << 20}, {1, UINT64_C(1) << 60}};
    for (enum kernel_guard guard = KERNEL_GUARD_NONE; guard <= KERNEL_GUARD_SHARDED; guard++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct task_spec spec = spec_of(guard);
            struct kernel_sharing sharing = {.ranks = 1, .workers = 3, .tasks = sizes[s][0]};
            spec.work = sizes[s][1];
            CU_ASSERT_EQUAL(append_share(&spec, &sharing, &shared), -ENOMEM);
        }
    }
    CU_ASSERT_PTR_NULL(shared);
}

/* Each thread a worker; the list lies in a window, as with several ranks. */
static void *append_in_thread(void *argument)
{
    struct append *append = argument;
    static atomic_ullong next_item; /* from one team to the next: items need only differ */
    for (int task = 0; task < TASKS / THREADS; task++) {
        append_compute(append, atomic_fetch_add(&next_item, 1), WORK);
    }
    append->failed = append->failed ? append->failed : append_finish(append);
    return NULL;
}

/* Moves a new team's list into a window. */
static void move_to_window(struct append_list *list, enum kernel_through through)
{
    const struct kernel_sharing sharing = {.ranks = 1, .workers = THREADS, .tasks = TASKS};
    list->word = NULL;
    pages_free(list->memory);
    list->memory = NULL;
    CU_ASSERT_EQUAL_FATAL(list_open_window(list, &sharing, through, 0), 0);
    CU_ASSERT_EQUAL(list->word == NULL, through == KERNEL_THROUGH_RMA);
}

static void every_guard_keeps_every_item_in_a_window(enum kernel_through through)
{
    for (enum kernel_guard guard = KERNEL_GUARD_NONE; guard <= KERNEL_GUARD_SHARDED; guard++) {
        struct team team;
        pthread_t thread[THREADS];
        double lost;
        team_open(&team, guard, THREADS);
        move_to_window(team.list, through);
        for (int t = 0; t < THREADS; t++) {
            CU_ASSERT_EQUAL_FATAL(
                pthread_create(&thread[t], NULL, append_in_thread, team.worker[t]), 0);
        }
        for (int t = 0; t < THREADS; t++) {
            pthread_join(thread[t], NULL);
        }
        CU_ASSERT(guard == KERNEL_GUARD_NONE || length_of(&team) == all_items);
        CU_ASSERT_EQUAL(team_close(&team, &lost), 0);
        CU_ASSERT(lost >= 0 && lost <= (guard == KERNEL_GUARD_NONE ? (double)all_items : 0));
    }
}

static void every_guard_keeps_every_item_by_calls_of_mpi(void)
{
    every_guard_keeps_every_item_in_a_window(KERNEL_THROUGH_RMA);
}

static void every_guard_keeps_every_item_in_shared_memory(void)
{
    every_guard_keeps_every_item_in_a_window(KERNEL_THROUGH_MEMORY);
}

/* The memory of a process does not hold the window: the kernel tells how large it is. */
static void a_window_says_how_large_it_is(void)
{
    for (int moved = 0; moved < 2; moved++) {
        struct team team;
        struct kernel_notes notes = {.lost = NAN};
        team_open(&team, KERNEL_GUARD_ATOMIC, 1);
        if (moved) {
            move_to_window(team.list, KERNEL_THROUGH_MEMORY);
        }
        CU_ASSERT_EQUAL(append_close(team.worker[0]), 0);
        CU_ASSERT_EQUAL(append_unshare(team.list, &notes), 0);
        double bytes = (double)(WORD_FIRST_ITEM + all_items) * sizeof(uint64_t);
        CU_ASSERT_EQUAL(notes.shared_bytes, moved ? bytes : 0);
    }
}

static const CU_TestInfo tests[] = {
    {"the guard is that of the option", the_guard_is_that_of_the_option},
    {"what processes reach the list through is that of the option",
     the_way_to_the_list_is_that_of_the_option},
    {"every guard keeps every item; what has none may lose some to threads",
     every_guard_keeps_every_item},
    {"the same in a window, through calls of MPI", every_guard_keeps_every_item_by_calls_of_mpi},
    {"the same in a window, through shared memory", every_guard_keeps_every_item_in_shared_memory},
    {"a window says how large it is", a_window_says_how_large_it_is},
    {"shards are merged at the end", shards_are_merged_at_the_end},
    {"a shard that is not merged is found", a_shard_that_is_not_merged_is_found},
    {"a list with items lost, doubled or missing is found", a_wrong_list_is_found},
    {"lost items are counted where several race", lost_items_are_counted_where_several_race},
    {"an item beyond the room is refused", an_item_beyond_the_room_is_refused},
    {"a list beyond the memory is refused", a_list_beyond_the_memory_is_refused},
    CU_TEST_INFO_NULL,
};

SUITE_MPI("append", tests);
