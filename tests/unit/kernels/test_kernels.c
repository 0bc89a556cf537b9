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
    struct task_spec spec = {.tasks = ITEMS, .work = 100, .seed = 42};
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

static void team_open(struct team *team, const struct kernel *kernel, unsigned workers,
                      double memory)
{
    *team = (struct team){.kernel = kernel, .spec = small_spec(kernel, memory), .workers = workers};
    const struct kernel_sharing alone = {.ranks = 1, .workers = workers, .tasks = SHARED_TASKS};
    if (kernel->share)
        CU_ASSERT_EQUAL_FATAL(kernel->share(&team->spec, &alone, &team->shared), 0);
    for (unsigned worker = 0; worker < workers && kernel->open; worker++)
        CU_ASSERT_EQUAL_FATAL(
            kernel->open(&team->spec, workers, team->shared, &team->state[worker]), 0);
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
            check_results(*kernel, 2, triad_cache_bytes() + (1 << 20));
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
    enum { LINES = 65536 / 64 };
    struct team team;
    team_open(&team, kernels_find("chase"), 1, 65536);
    uint8_t visits[LINES] = {0};
    for (uint64_t item = 0; item < LINES; item++) {
        uint64_t line = team.kernel->compute(team.state[0], item, 1);
        CU_ASSERT_FATAL(line < LINES);
        visits[line]++;
    }
    for (size_t line = 0; line < LINES; line++)
        CU_ASSERT_EQUAL(visits[line], 1);
    team_close(&team);
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
static int close_after(void (*damage)(struct triad *))
{
    struct task_spec spec = small_spec(&triad_in_reach, 1 << 20);
    void *state = NULL;
    CU_ASSERT_EQUAL_FATAL(triad_in_reach.open(&spec, 1, NULL, &state), 0);
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

static void triad_finds_damage(void)
{
    CU_ASSERT_EQUAL(close_after(nothing), 0);
    CU_ASSERT_EQUAL(close_after(change_last_element), -EILSEQ);
    CU_ASSERT_EQUAL(close_after(lose_a_block), -EILSEQ);
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
    CU_TEST_INFO_NULL,
};

SUITE("kernels", tests);
