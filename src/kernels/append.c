/* One list that all workers of the cell append to: what it costs to share data, and what a race
 * loses. Each item is a hash of its own number, so that a list with the right number and sum of
 * items holds each exactly once, but for one chance in 2^64. The list is large enough for all
 * items.
 *
 * By guard:
 *  - none: reads the length, writes the item there, then the length plus one; each is atomic, but
 *    not the three together: who comes in between loses an item
 *  - atomic: fetches and adds to the length in one step, then writes the item
 *  - lock: a mutex; through calls of MPI a lock over a word, by compare-and-swap
 *  - sharded: a list of each worker's own, copied to the shared list at the end, inside the time,
 * to a place got as with atomic
 *
 * Threads of one process (R = 1) have the list in their memory. With R > 1 it is a window in rank
 * 0's memory. Through memory, all ranks have that mapped and do with it what threads do,
 * instruction by instruction; through rma, all of them, rank 0 and its threads, too, reach it by
 * one-sided calls of MPI. Async on one thread is R = 1 and takes its path: it never comes in
 * between. */
#include "model/kernel.h"
#include "ranks/window.h"
#include "system/pages.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { APPEND_GUARD, APPEND_THROUGH };

/* From KERNEL_GUARD_NONE and from KERNEL_THROUGH_MEMORY on. */
static const char *const append_guards[] = {"none", "atomic", "lock", "sharded", NULL};
static const char *const append_throughs[] = {"memory", "rma", NULL};
#define GUARD_CHOICE(guard) ((guard)-KERNEL_GUARD_NONE)
#define THROUGH_CHOICE(through) ((through)-KERNEL_THROUGH_MEMORY)

/* The words of a list; what is written often has cache lines of its own. The lock is a mutex, or a
 * single word where calls of MPI take it. The workers say at the end how many items they appended,
 * and their sum. */
enum {
    WORD_LENGTH = 0,
    WORD_LOCK = 16,
    WORD_APPENDED = 32,
    WORD_SUM,
    WORD_FIRST_ITEM = 48,
};

_Static_assert(sizeof(pthread_mutex_t) <= (WORD_APPENDED - WORD_LOCK) * sizeof(uint64_t),
               "a mutex fits into its words");

/* What the threads of a rank share. */
struct append_list {
    enum kernel_guard guard;
    bool is_of_rank_0;     /* makes and checks the list */
    unsigned workers;      /* of all ranks */
    uint64_t capacity;     /* of items */
    uint64_t shard_room;   /* for those of one worker */
    struct window *window; /* of several ranks */
    void *memory;          /* of one rank */
    uint64_t *word;        /* in either; NULL: out of reach but for calls of MPI */
};

static enum kernel_guard append_guard_of(const struct task_spec *spec)
{
    return (enum kernel_guard)(KERNEL_GUARD_NONE + (int)spec->kernel_option[APPEND_GUARD]);
}

static enum kernel_through append_through_of(const struct task_spec *spec)
{
    return (enum kernel_through)(KERNEL_THROUGH_MEMORY + (int)spec->kernel_option[APPEND_THROUGH]);
}

/* One worker, on cache lines of its own. */
struct append {
    _Alignas(128) struct append_list *list;
    int (*one)(struct append *append, uint64_t item);
    uint64_t seed;
    uint64_t appended, sum; /* of its items in list or shard: how many, and what they add up to */
    void *memory;           /* that the shard lies in */
    uint64_t *shard;        /* items of its own, and how many of them are not merged yet */
    uint64_t in_shard;
    int failed;
};

/* ---- The list, in memory or behind calls of MPI ---- */

static int list_fetch_add(struct append_list *list, size_t word, uint64_t add, uint64_t *before)
{
    if (!list->word) {
        return window_fetch_add(list->window, word, add, before);
    }
    *before = __atomic_fetch_add(&list->word[word], add, __ATOMIC_RELAXED);
    return 0;
}

static int list_load(struct append_list *list, size_t word, uint64_t *value)
{
    if (!list->word) {
        return window_load(list->window, word, value);
    }
    *value = __atomic_load_n(&list->word[word], __ATOMIC_RELAXED);
    return 0;
}

static int list_store(struct append_list *list, size_t word, uint64_t value)
{
    if (!list->word) {
        return window_store(list->window, word, value);
    }
    __atomic_store_n(&list->word[word], value, __ATOMIC_RELAXED);
    return 0;
}

static int list_get(struct append_list *list, size_t word, uint64_t *values, size_t count)
{
    if (!list->word) {
        return window_get(list->window, word, values, count);
    }
    memcpy(values, list->word + word, count * sizeof *values);
    return 0;
}

static int list_put(struct append_list *list, size_t word, const uint64_t *values, size_t count)
{
    if (!list->word) {
        return window_put(list->window, word, values, count);
    }
    memcpy(list->word + word, values, count * sizeof *values);
    return 0;
}

static pthread_mutex_t *list_mutex(struct append_list *list)
{
    return (pthread_mutex_t *)&list->word[WORD_LOCK];
}

static int list_lock(struct append_list *list)
{
    return list->word ? -pthread_mutex_lock(list_mutex(list))
                      : window_lock(list->window, WORD_LOCK);
}

static int list_unlock(struct append_list *list)
{
    return list->word ? -pthread_mutex_unlock(list_mutex(list))
                      : window_unlock(list->window, WORD_LOCK);
}

/* Writes items where nobody else does. */
static int list_fill(struct append_list *list, uint64_t index, const uint64_t *items,
                     uint64_t count)
{
    if (index > list->capacity || count > list->capacity - index) {
        return -EILSEQ;
    }
    return list_put(list, WORD_FIRST_ITEM + index, items, count);
}

/* ---- One item, by guard ---- */

static int append_unguarded(struct append *append, uint64_t item)
{
    struct append_list *list = append->list;
    uint64_t length;
    int failed = list_load(list, WORD_LENGTH, &length);
    if (!failed && length >= list->capacity) {
        return -EILSEQ;
    }
    failed = failed ? failed : list_store(list, WORD_FIRST_ITEM + length, item);
    return failed ? failed : list_store(list, WORD_LENGTH, length + 1);
}

static int append_atomic(struct append *append, uint64_t item)
{
    uint64_t index;
    int failed = list_fetch_add(append->list, WORD_LENGTH, 1, &index);
    return failed ? failed : list_fill(append->list, index, &item, 1);
}

static int append_locked(struct append *append, uint64_t item)
{
    struct append_list *list = append->list;
    uint64_t length, longer;
    int failed = list_lock(list);
    if (failed) {
        return failed;
    }
    failed = list_get(list, WORD_LENGTH, &length, 1);
    failed = failed ? failed : list_fill(list, length, &item, 1);
    longer = failed ? 0 : length + 1;
    failed = failed ? failed : list_put(list, WORD_LENGTH, &longer, 1);
    int unlocked = list_unlock(list);
    return failed ? failed : unlocked;
}

static int append_to_shard(struct append *append, uint64_t item)
{
    if (append->in_shard >= append->list->shard_room) {
        return -EILSEQ;
    }
    append->shard[append->in_shard++] = item;
    return 0;
}

static int (*const append_ones[])(struct append *append, uint64_t item) = {
    [KERNEL_GUARD_NONE] = append_unguarded,
    [KERNEL_GUARD_ATOMIC] = append_atomic,
    [KERNEL_GUARD_LOCK] = append_locked,
    [KERNEL_GUARD_SHARDED] = append_to_shard,
};

/* ---- The cell ---- */

/* The list and, with guard sharded, as much again may take half of the node's memory. 0 or
 * -ENOMEM. */
static int list_measure(struct append_list *list, uint64_t tasks, uint64_t work)
{
    uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES), page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t most =
        pages * page / 2 / sizeof(uint64_t) / (list->guard == KERNEL_GUARD_SHARDED ? 2 : 1);
    uint64_t each = (tasks + list->workers - 1) / list->workers;
    if (most < WORD_FIRST_ITEM || __builtin_mul_overflow(tasks, work, &list->capacity) ||
        __builtin_mul_overflow(each, work, &list->shard_room) ||
        list->capacity > most - WORD_FIRST_ITEM) {
        return -ENOMEM;
    }
    return 0;
}

static uint64_t list_words(const struct append_list *list)
{
    return WORD_FIRST_ITEM + list->capacity;
}

/* The mutex of a single process is one as its threads would have it. With these attributes Linux
 * refuses nothing, and there is nothing to destroy. */
static void list_make_mutex(struct append_list *list)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes,
                                 list->window ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE);
    pthread_mutex_init(list_mutex(list), &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static int list_open_memory(struct append_list *list, uint64_t layout)
{
    size_t bytes = list_words(list) * sizeof *list->word;
    void *start = NULL;
    int failed = pages_allocate(bytes, layout, &list->memory, &start);
    if (!failed) {
        list->word = memset(start, 0, bytes);
        list_make_mutex(list);
    }
    return failed;
}

/* Collective, with a failure, too: the ranks agree there. */
static int list_open_window(struct append_list *list, const struct kernel_sharing *sharing,
                            enum kernel_through through, int failed)
{
    int ranks = (int)sharing->ranks;
    if (failed) {
        return window_create(sharing->process, ranks, 0, failed, NULL);
    }
    failed = window_create(sharing->process, ranks, list_words(list), 0, &list->window);
    if (failed || through == KERNEL_THROUGH_RMA) {
        return failed;
    }
    list->word = window_memory(list->window);
    if (list->is_of_rank_0) {
        list_make_mutex(list);
    }
    return window_meet(list->window);
}

static void list_free(struct append_list *list)
{
    if (list) {
        window_free(list->window);
        pages_free(list->memory);
        free(list);
    }
}

static int append_share(const struct task_spec *spec, const struct kernel_sharing *sharing,
                        void **shared)
{
    struct append_list *list = calloc(1, sizeof *list);
    int failed = list ? 0 : -ENOMEM;
    if (!failed) {
        *list = (struct append_list){
            .guard = append_guard_of(spec),
            .is_of_rank_0 = sharing->rank == 0,
            .workers = sharing->workers,
        };
        failed = list_measure(list, sharing->tasks, spec->work);
    }
    if (sharing->ranks > 1) {
        failed = list_open_window(list, sharing, append_through_of(spec), failed);
    } else if (!failed) {
        failed = list_open_memory(list, sharing->layout);
    }
    if (failed) {
        list_free(list);
        return failed;
    }
    *shared = list;
    return 0;
}

/* Counts and adds the items that stand in the list; one that was never written is 0, which
 * no item is. */
static int list_add_up(struct append_list *list, uint64_t length, uint64_t *sum)
{
    enum { PIECE = 4096 };
    uint64_t piece[PIECE], empty = 0;
    for (uint64_t at = 0; at < length; at += PIECE) {
        uint64_t count = length - at < PIECE ? length - at : PIECE;
        int failed = list_get(list, WORD_FIRST_ITEM + at, piece, count);
        if (failed) {
            return failed;
        }
        for (uint64_t i = 0; i < count; i++) {
            *sum += piece[i];
            empty += piece[i] == 0;
        }
    }
    return empty > 0 ? -EILSEQ : 0;
}

/* All that was appended is there exactly once; without a guard, where several workers race, it is
 * counted what is not. */
static int list_check(struct append_list *list, struct kernel_notes *notes)
{
    uint64_t length = 0, said[2] = {0}, sum = 0;
    int failed = list_get(list, WORD_LENGTH, &length, 1);
    failed = failed ? failed : list_get(list, WORD_APPENDED, said, 2);
    uint64_t appended = said[0];
    if (!failed && (length > appended || length > list->capacity)) {
        failed = -EILSEQ;
    }
    failed = failed ? failed : list_add_up(list, length, &sum);
    if (failed) {
        return failed;
    }
    uint64_t lost = appended - length;
    notes->lost = (double)lost;
    bool may_lose = list->guard == KERNEL_GUARD_NONE && list->workers > 1;
    bool right = lost == 0 ? sum == said[1] : may_lose;
    return right ? 0 : -EILSEQ;
}

static int append_unshare(void *shared, struct kernel_notes *notes)
{
    struct append_list *list = shared;
    int failed = list->window ? window_meet(list->window) : 0;
    if (!failed && list->is_of_rank_0) {
        failed = list_check(list, notes);
    }
    if (list->window && list->is_of_rank_0) {
        notes->shared_bytes = (double)(list_words(list) * sizeof(uint64_t));
    }
    list_free(list);
    return failed;
}

/* ---- A worker ---- */

static int append_open(const struct task_spec *spec, const struct kernel_worker *worker,
                       void *shared, void **state)
{
    struct append_list *list = shared;
    struct append *append = aligned_alloc(_Alignof(struct append), sizeof *append);
    if (!append) {
        return -ENOMEM;
    }
    *append = (struct append){
        .list = list, .one = append_ones[list->guard], .seed = task_mix(spec->seed)};
    if (list->guard == KERNEL_GUARD_SHARDED) {
        size_t bytes = (list->shard_room + 1) * sizeof *append->shard;
        void *start = NULL;
        int failed = pages_allocate(bytes, worker->layout, &append->memory, &start);
        if (failed) {
            free(append);
            return failed;
        }
        append->shard = memset(start, 0, bytes);
    }
    *state = append;
    return 0;
}

/* The number of the first unit of a segment; the others are the next ones. */
static uint64_t append_first(uint64_t seed, uint64_t item)
{
    return task_mix(seed ^ task_mix(item));
}

/* What is appended for a unit: a hash of its number, never 0. */
static uint64_t append_value(uint64_t number)
{
    uint64_t value = task_mix(number);
    return value ? value : 1;
}

/* Returns the sum of the numbers of what it appended. */
static uint64_t append_compute(void *state, uint64_t item, uint64_t units)
{
    struct append *append = state;
    const uint64_t first = append_first(append->seed, item);
    uint64_t numbers = 0;
    for (uint64_t number = first; number - first < units && !append->failed; number++) {
        uint64_t value = append_value(number);
        append->failed = append->one(append, value);
        if (!append->failed) {
            append->appended++;
            append->sum += value;
            numbers += number;
        }
    }
    return numbers;
}

static int append_finish(void *state)
{
    struct append *append = state;
    uint64_t index, count = append->in_shard;
    if (count == 0 || append->failed) {
        return append->failed;
    }
    int failed = list_fetch_add(append->list, WORD_LENGTH, count, &index);
    failed = failed ? failed : list_fill(append->list, index, append->shard, count);
    append->in_shard = failed ? count : 0;
    return failed;
}

/* Items that were not merged are not said to be in the list: they are a failure of their own. */
static int append_close(void *state)
{
    struct append *append = state;
    uint64_t before;
    int failed = append->failed ? append->failed : append->in_shard > 0 ? -EILSEQ : 0;
    if (append->in_shard == 0) {
        int unsaid = list_fetch_add(append->list, WORD_APPENDED, append->appended, &before);
        unsaid = unsaid ? unsaid : list_fetch_add(append->list, WORD_SUM, append->sum, &before);
        failed = failed ? failed : unsaid;
    }
    pages_free(append->memory);
    free(append);
    return failed;
}

static uint64_t append_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    const uint64_t first = append_first(task_mix(spec->seed), item);
    const uint64_t pairs = units % 2 == 0 ? units / 2 * (units - 1) : (units - 1) / 2 * units;
    return units * first + pairs;
}

static const struct option append_options[] = {
    [APPEND_GUARD] = {.name = "guard",
                      .kind = OPTION_CHOICE,
                      .maximum = GUARD_CHOICE(KERNEL_GUARD_SHARDED),
                      .fallback = GUARD_CHOICE(KERNEL_GUARD_ATOMIC),
                      .choices = append_guards,
                      .help = "what keeps appends from losing each other's items"},
    [APPEND_THROUGH] = {.name = "through",
                        .kind = OPTION_CHOICE,
                        .maximum = THROUGH_CHOICE(KERNEL_THROUGH_RMA),
                        .fallback = THROUGH_CHOICE(KERNEL_THROUGH_MEMORY),
                        .choices = append_throughs,
                        .help = "what processes reach the list through: memory that they share, as "
                                "threads do, or one-sided calls of MPI (rma)"},
    {.name = NULL},
};

const struct kernel kernel_append = {
    .name = "append",
    .bound = KERNEL_BOUND_LIST,
    .help = "items appended to one list of all workers",
    .unit = "one item appended",
    .options = append_options,
    .calls_mpi = true,
    .one_node = true,
    .guard = append_guard_of,
    .through = append_through_of,
    .share = append_share,
    .unshare = append_unshare,
    .open = append_open,
    .compute = append_compute,
    .finish = append_finish,
    .close = append_close,
    .expect = append_expect,
};
