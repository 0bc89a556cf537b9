/* Every kernel of the table keeps the contract of model/kernel.h; then what only the source of a
 * kernel lets one see: that each instruction set gives the same, and that damage is found. */
#include "kernels/kernels.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

/* A second copy of two kernels, with their insides in reach. */
#define kernel_flops flops_in_reach
#define kernel_triad triad_in_reach
#include "kernels/flops.c"
#include "kernels/triad.c"
#include "unit/suite.h"
#undef kernel_flops
#undef kernel_triad

#define ITEMS 24
#define MOST_WORKERS 3
/* What is larger than the L2 cache is beyond all caches. */
#define LAST_CACHE_BYTES (1 << 20)
static const struct caches caches = {.bytes = {32768, LAST_CACHE_BYTES}};

#define SHARED_TASKS 6000 /* of 100 units: as many as any test here computes in all */

static const uint64_t few_units[] = {0, 1, 2, 3, 7, 8, 9, 100, 1000};

static size_t options_count(const struct kernel *kernel)
{
    size_t count = 0;
    while (kernel->options && kernel->options[count].name) {
        count++;
    }
    return count;
}

/* What a job would give without a word about it, but with `memory` bytes where bytes are asked. */
static struct task_spec small_spec(const struct kernel *kernel, double memory)
{
    struct task_spec spec = {.tasks = ITEMS, .work = 100, .seed = 42, .caches = caches};
    for (size_t i = 0; i < options_count(kernel); i++) {
        const struct option *option = &kernel->options[i];
        spec.kernel_option[i] = option->kind == OPTION_BYTES ? memory : option->fallback;
    }
    return spec;
}

/* Several workers of one kernel, in one thread. */
struct team {
    const struct kernel *kernel;
    struct task_spec spec;
    unsigned workers;
    void *shared, *state[MOST_WORKERS];
};

/* Opens one of so many workers, each laid elsewhere, which computes up to a million units. */
static int open_one(const struct kernel *kernel, const struct task_spec *spec, unsigned workers,
                    void *shared, void **state)
{
    static uint64_t layout;
    layout = task_mix(layout);
    const struct kernel_worker worker = {.workers = workers, .units = 1000000, .layout = layout};
    return kernel->open(spec, &worker, shared, state);
}

static void team_open(struct team *team, const struct kernel *kernel, unsigned workers,
                      double memory)
{
    *team = (struct team){.kernel = kernel, .spec = small_spec(kernel, memory), .workers = workers};
    const struct kernel_sharing alone = {.ranks = 1, .workers = workers, .tasks = SHARED_TASKS};
    if (kernel->share)
        CU_ASSERT_EQUAL_FATAL(kernel->share(&team->spec, &alone, &team->shared), 0);
    for (unsigned worker = 0; worker < workers && kernel->open; worker++)
        CU_ASSERT_EQUAL_FATAL(
            open_one(kernel, &team->spec, workers, team->shared, &team->state[worker]), 0);
}

static void team_close(struct team *team)
{
    struct kernel_notes notes;
    for (unsigned worker = 0; worker < team->workers && team->kernel->finish; worker++)
        CU_ASSERT_EQUAL(team->kernel->finish(team->state[worker]), 0);
    for (unsigned worker = 0; worker < team->workers && team->kernel->open; worker++)
        CU_ASSERT_EQUAL(team->kernel->close(team->state[worker]), 0);
    if (team->kernel->unshare)
        CU_ASSERT_EQUAL(team->kernel->unshare(team->shared, &notes), 0);
}

static int right(const struct team *team, unsigned worker, uint64_t item, uint64_t units)
{
    return team->kernel->compute(team->state[worker], item, units) ==
           team->kernel->expect(&team->spec, item, units);
}

static void table_is_complete(void)
{
    for (const struct kernel *const *k = kernels_all; *k; k++) {
        const struct kernel *kernel = *k;
        CU_ASSERT_PTR_EQUAL(kernels_find(kernel->name), kernel);
        CU_ASSERT_FATAL(kernel->bound < KERNEL_BOUND_COUNT);
        CU_ASSERT(kernel_bound_words[kernel->bound] && *kernel_bound_words[kernel->bound]);
        CU_ASSERT(kernel->help && *kernel->help && !strchr(kernel->help, '\n'));
        CU_ASSERT(kernel->compute && kernel->expect);
        CU_ASSERT_EQUAL(!kernel->open, !kernel->close);
        CU_ASSERT(kernel->open || !kernel->finish);
        CU_ASSERT_EQUAL(!kernel->share, !kernel->unshare);
        CU_ASSERT(kernel->flops_per_unit >= 0 && kernel->bytes_per_unit >= 0);
        CU_ASSERT(kernel->unit || kernel->flops_per_unit + kernel->bytes_per_unit == 0);
    }
}

static void options_are_sane(void)
{
    for (const struct kernel *const *k = kernels_all; *k; k++) {
        CU_ASSERT(options_count(*k) <= OPTIONS_MAX);
        for (size_t i = 0; i < options_count(*k); i++) {
            const struct option *option = &(*k)->options[i];
            CU_ASSERT(option->help && *option->help && !strchr(option->help, '\n'));
            CU_ASSERT(option->minimum <= option->maximum && option->maximum < 0x1p53);
            CU_ASSERT(isnan(option->fallback) ||
                      (option->fallback >= option->minimum && option->fallback <= option->maximum));
            CU_ASSERT_EQUAL(option->kind == OPTION_CHOICE, option->choices != NULL);
            for (size_t other = 0; other < i; other++)
                CU_ASSERT(strcmp((*k)->options[other].name, option->name) != 0);
        }
    }
}

static void check_results(const struct kernel *kernel, unsigned workers, double memory)
{
    struct team team;
    team_open(&team, kernel, workers, memory);
    size_t wrong = 0;
    for (size_t u = 0; u < sizeof few_units / sizeof *few_units; u++) {
        for (uint64_t item = 0; item < ITEMS; item++) {
            wrong += !right(&team, (unsigned)(item % workers), item, few_units[u]);
        }
    }
    wrong += !right(&team, 0, 5, 70000); /* more than any of them has before it begins again */
    wrong += !right(&team, 0, UINT64_MAX, 50);
    CU_ASSERT_EQUAL(wrong, 0);
    team_close(&team);
}

static void results_are_as_expected(void)
{
    for (const struct kernel *const *kernel = kernels_all; *kernel; kernel++) {
        for (unsigned workers = 1; workers <= MOST_WORKERS; workers++) {
            check_results(*kernel, workers, 65536);
            check_results(*kernel, workers, 3 << 20);
        }
    }
}

static void memory_beyond_the_caches_is_right(void)
{
    for (const struct kernel *const *kernel = kernels_all; *kernel; kernel++) {
        if (options_count(*kernel) > 0) {
            check_results(*kernel, 2, LAST_CACHE_BYTES + 65536);
        }
    }
}

static void order_does_not_matter(void)
{
    for (const struct kernel *const *kernel = kernels_all; *kernel; kernel++) {
        struct team one, two;
        team_open(&one, *kernel, 1, 65536);
        team_open(&two, *kernel, 2, 65536);
        uint64_t forward = 0, backward = 0;
        for (uint64_t item = 0; item < ITEMS; item++) {
            uint64_t last = ITEMS - 1 - item;
            forward += task_contribution(item, (*kernel)->compute(one.state[0], item, 77));
            backward += task_contribution(last, (*kernel)->compute(two.state[item % 2], last, 77));
        }
        CU_ASSERT_EQUAL(forward, backward);
        team_close(&one);
        team_close(&two);
    }
}

static void results_depend_on_the_work(void)
{
    for (const struct kernel *const *kernel = kernels_all; *kernel; kernel++) {
        struct task_spec spec = small_spec(*kernel, 65536);
        uint64_t usual = (*kernel)->expect(&spec, 0, 500);
        bool same = true;
        for (uint64_t item = 1; item < ITEMS; item++) {
            same = same && (*kernel)->expect(&spec, item, 500) == usual;
        }
        CU_ASSERT_EQUAL(same, (*kernel)->same_for_every_item);
        CU_ASSERT_EQUAL((*kernel)->expect(&spec, 0, 500), usual);
        CU_ASSERT_EQUAL((*kernel)->expect(&spec, 0, 400) == usual, !(*kernel)->unit);
    }
}

static void chase_visits_every_line(void)
{
    enum { MOST = 2 * LAST_CACHE_BYTES / 64 };
    static uint8_t visits[MOST];
    const uint64_t sizes[] = {256, 320, 64 * 127, 8192, 12345, MOST - 1}; /* in lines */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct team team;
        team_open(&team, kernels_find("chase"), 1, 64.0 * (double)sizes[i]);
        memset(visits, 0, sizeof visits);
        uint64_t lines = (uint64_t)kernel_footprint(team.kernel, &team.spec).bytes / 64;
        CU_ASSERT(lines <= sizes[i] && lines + sizes[i] / 64 >= sizes[i]);
        CU_ASSERT(i > 3 || lines == sizes[i]);
        for (uint64_t item = 0; item < lines; item++) {
            uint64_t line = team.kernel->compute(team.state[0], item, 1);
            CU_ASSERT_FATAL(line < lines);
            visits[line]++;
        }
        size_t wrong = 0;
        for (size_t line = 0; line < lines; line++) {
            wrong += visits[line] != 1;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        team_close(&team);
    }
}

static void instruction_sets_agree(void)
{
    double *b = aligned_alloc(64, TRIAD_BLOCK_BYTES), *c = aligned_alloc(64, TRIAD_BLOCK_BYTES);
    double *a = aligned_alloc(64, TRIAD_BLOCK_BYTES);
    for (size_t j = 0; j < TRIAD_BLOCK; j++) {
        b[j] = triad_b(j);
        c[j] = triad_c(j);
    }
    for (unsigned set = 0; set <= vector_widest(); set++) {
        CU_ASSERT_EQUAL(flops_loops[set](1.0, 7.0, 123), 480 * 123 * 7);
        for (int stream = 0; stream < 2; stream++) {
            memset(a, 0, TRIAD_BLOCK_BYTES);
            triad_loops[set][stream](a, b, c, 9.0, TRIAD_BLOCK);
            for (size_t j = 0; j < TRIAD_BLOCK; j++)
                CU_ASSERT_EQUAL(a[j], b[j] + 9.0 * c[j]);
        }
    }
    free(a);
    free(b);
    free(c);
}

/* Opens a triad, lets it write twice over what it has, and damages what `damage` says. */
static int close_after(void (*damage)(struct triad *), double memory)
{
    struct task_spec spec = small_spec(&triad_in_reach, memory);
    void *state = NULL;
    CU_ASSERT_EQUAL_FATAL(open_one(&triad_in_reach, &spec, 1, NULL, &state), 0);
    struct triad *triad = state;
    for (uint64_t item = 0; item < 10; item++) {
        triad_in_reach.compute(triad, item, triad->blocks / 5);
    }
    damage(triad);
    return triad_in_reach.close(triad);
}

static void nothing(struct triad *triad)
{
    (void)triad;
}

static void change_last_element(struct triad *triad)
{
    triad->a[triad->blocks / 5 * 5 * TRIAD_BLOCK - 1] += 1;
}

static void lose_a_block(struct triad *triad)
{
    triad->scale[3]++; /* what an unwritten block looks like: the task before it is still there */
}

/* What other contents have kept goes: other tests count what is kept. */
static void forget_what_is_kept(void)
{
    void *memory = NULL, *start = NULL;
    CU_ASSERT_EQUAL_FATAL(
        pages_allocate_filled(12 * LAST_CACHE_BYTES, UINT64_C(1) << 32, 0, &memory, &start), 0);
    pages_free(memory);
}

static void triad_finds_damage(void)
{
    /* in the caches, past them, and filled already */
    const double sizes[] = {1 << 19, 2 * LAST_CACHE_BYTES, 12 * LAST_CACHE_BYTES};
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(close_after(nothing, sizes[i]), 0);
        CU_ASSERT_EQUAL(close_after(change_last_element, sizes[i]), -EILSEQ);
        CU_ASSERT_EQUAL(close_after(lose_a_block, sizes[i]), -EILSEQ);
    }
    forget_what_is_kept();
}

/* How many blocks of arrays of `memory` bytes one of `workers` has that computes so many units. */
static size_t blocks_of(double memory, unsigned workers, uint64_t units)
{
    struct task_spec spec = small_spec(&triad_in_reach, memory);
    const struct kernel_worker worker = {.workers = workers, .units = units, .layout = 1};
    void *state = NULL;
    CU_ASSERT_EQUAL_FATAL(triad_in_reach.open(&spec, &worker, NULL, &state), 0);
    size_t blocks = ((struct triad *)state)->blocks;
    triad_in_reach.close(state);
    return blocks;
}

static void each_worker_of_triad_has_arrays_of_the_same_size(void)
{
    const size_t small = (1 << 19) / (3 * 4096), large = 3 * LAST_CACHE_BYTES / (3 * 4096);
    for (unsigned workers = 1; workers <= 64; workers *= 2) {
        CU_ASSERT_EQUAL(blocks_of(1 << 19, workers, 1000000), small);
        CU_ASSERT_EQUAL(blocks_of(3 * LAST_CACHE_BYTES, workers, 1000000), large);
    }
    /* What little work never comes to need not be filled, unless it lies in a cache. */
    CU_ASSERT_EQUAL(blocks_of(1 << 19, 2, 5), small);
    CU_ASSERT_EQUAL(blocks_of(3 * LAST_CACHE_BYTES, 2, 100), 100);
    CU_ASSERT_EQUAL(blocks_of(3 * LAST_CACHE_BYTES, 2, 0), 1);
    CU_ASSERT_EQUAL(blocks_of(1, 2, 1), 1);
}

/* How many operands of a triad are wrong, and how many elements that are read back are numbers. */
static size_t unready(const struct triad *triad)
{
    size_t found = 0;
    for (size_t j = 0; j < triad->blocks * TRIAD_BLOCK; j++) {
        found += triad->b[j] != triad_b(j) || triad->c[j] != triad_c(j);
    }
    for (size_t block = 0; block < triad->blocks; block++) {
        for (size_t i = 0; i < TRIAD_LINE; i++) {
            found += isnan(triad->a[triad_read_line(block) + i]) ? 0 : 1;
        }
    }
    return found;
}

static void arrays_are_filled_alike_through_the_caches_and_past_them(void)
{
    struct triad triad = {.blocks = 300};
    size_t bytes = 3 * (triad.blocks * TRIAD_BLOCK_BYTES + TRIAD_STAGGER_BYTES) + triad.blocks;
    char *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    for (int streams = 0; streams < 2; streams++) {
        memset(memory, 0, bytes);
        triad_fill(&triad, memory, streams, false);
        CU_ASSERT_EQUAL(unready(&triad), 0);
    }
    free(memory);
}

static void arrays_that_stay_filled_are_ready_again(void)
{
    struct task_spec spec = small_spec(&triad_in_reach, 12 * LAST_CACHE_BYTES);
    void *before = NULL;
    for (uint64_t visit = 1; visit <= 3; visit++) {
        const struct kernel_worker worker = {
            .workers = 1, .units = 1000000, .layout = visit | UINT64_C(1) << 32};
        void *state = NULL;
        CU_ASSERT_EQUAL_FATAL(triad_in_reach.open(&spec, &worker, NULL, &state), 0);
        struct triad *triad = state;
        CU_ASSERT_EQUAL(unready(triad), 0);
        CU_ASSERT(visit == 1 || triad->b == before); /* they did stay */
        before = triad->b;
        triad_in_reach.compute(triad, visit, triad->blocks);
        CU_ASSERT_EQUAL(triad_in_reach.close(triad), 0);
    }
    forget_what_is_kept();
}

static void footprints_are_those_of_the_options(void)
{
    for (const struct kernel *const *kernel = kernels_all; *kernel; kernel++) {
        struct task_spec spec = small_spec(*kernel, 122880);
        struct footprint footprint = kernel_footprint(*kernel, &spec);
        bool walks = kernel_bound_is_memory((*kernel)->bound);
        CU_ASSERT_EQUAL(footprint.bytes, walks ? 122880 : 0);
        CU_ASSERT_EQUAL(footprint.is_common, strcmp((*kernel)->name, "chase") == 0);
    }
}

static const CU_TestInfo tests[] = {
    {"each kernel's entry in the table is complete", table_is_complete},
    {"options have bounds, fallbacks and help", options_are_sane},
    {"compute gives what expect says, whatever items, units and workers", results_are_as_expected},
    {"the same with more memory than the caches hold", memory_beyond_the_caches_is_right},
    {"the order of the items does not matter", order_does_not_matter},
    {"results depend on units and, unless said otherwise, on the item", results_depend_on_the_work},
    {"chase visits every line once before it begins again", chase_visits_every_line},
    {"every instruction set gives the same", instruction_sets_agree},
    {"triad finds damaged memory when it is closed", triad_finds_damage},
    {"each worker of triad has arrays of the same size, however many workers there are",
     each_worker_of_triad_has_arrays_of_the_same_size},
    {"arrays are filled alike through the caches and past them",
     arrays_are_filled_alike_through_the_caches_and_past_them},
    {"arrays that stay filled from one visit to the next are ready again",
     arrays_that_stay_filled_are_ready_again},
    {"footprints are those of the options", footprints_are_those_of_the_options},
    CU_TEST_INFO_NULL,
};

SUITE("kernels", tests);
