/* Memory that counts is what a workload takes, all of it and nothing else. */
#include "engines/engines.h"
#include "unit/place.h"
#include "unit/suite.h"
#include "worker/worker.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { TAKEN = 16 << 20, SHARED = 1 << 30 };
#define LITTLE (TAKEN / 8.0) /* of threads and their stacks */

static char *take(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_FATAL(memory != MAP_FAILED);
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    return memset(memory, 1, bytes);
}

static void what_is_taken_while_nothing_counts_does_not_count(void)
{
    struct memory memory = {0};
    memory_measure_shared(&memory, 1);
    memory_start_counting(&memory); /* it does so already */
    double before_bytes = memory_in_use_bytes(&memory);
    CU_ASSERT(before_bytes > 0);
    memory_stop_counting(&memory);
    char *of_tool = take(TAKEN);
    memory_stop_counting(&memory); /* it has */
    memory_start_counting(&memory);
    CU_ASSERT_DOUBLE_EQUAL(memory_in_use_bytes(&memory), before_bytes, LITTLE);
    char *counts = take(TAKEN);
    CU_ASSERT_DOUBLE_EQUAL(memory_in_use_bytes(&memory), before_bytes + TAKEN, LITTLE);
    memory_stop_counting(&memory);
    munmap(of_tool, TAKEN);
    memory_start_counting(&memory);
    CU_ASSERT_DOUBLE_EQUAL(memory_in_use_bytes(&memory), before_bytes + TAKEN, LITTLE);
    munmap(counts, TAKEN);
    CU_ASSERT_DOUBLE_EQUAL(memory_in_use_bytes(&memory), before_bytes, LITTLE);
    memory_stop_counting(NULL);
    memory_start_counting(NULL);
}

/* A kernel each of whose workers takes memory, and whose processes share some. */
static int taking_open(const struct task_spec *spec, const struct kernel_worker *worker,
                       void *shared, void **state)
{
    (void)spec, (void)worker, (void)shared;
    *state = take(TAKEN);
    return 0;
}

static uint64_t taking_compute(void *state, uint64_t item, uint64_t units)
{
    return item + units + (uint64_t)((char *)state)[0];
}

static int taking_close(void *state)
{
    return munmap(state, TAKEN) == 0 ? 0 : -errno;
}

static int taking_share(const struct task_spec *spec, const struct kernel_sharing *sharing,
                        void **shared)
{
    (void)spec, (void)sharing;
    *shared = NULL;
    return 0;
}

static int taking_unshare(void *shared, struct kernel_notes *notes)
{
    (void)shared;
    notes->shared_bytes = SHARED;
    return 0;
}

static const struct kernel taking = {
    .name = "taking",
    .unit = "one",
    .share = taking_share,
    .unshare = taking_unshare,
    .open = taking_open,
    .compute = taking_compute,
    .close = taking_close,
};

static double bytes_of_cell(const struct place *place, struct memory *memory, int threads,
                            int64_t *ended_ns)
{
    const uint64_t tasks = 2u * TAKEN / sizeof *ended_ns;
    const struct task_spec spec = {.tasks = tasks, .work = 1};
    const struct worker_cell cell = {
        .kernel = &taking,
        .memory = memory,
        .engine = engines_find("none"),
        .spec = &spec,
        .tasks = tasks,
        .point = {.ranks = 1, .threads = threads, .depth = 1, .cores = 1},
        .topo = place->topo,
        .ended_ns = ended_ns,
    };
    struct worker_result result;
    worker_run(&cell, &result);
    CU_ASSERT_EQUAL(result.error, 0);
    return result.memory_bytes;
}

static void a_cell_counts_what_its_workers_take_and_share(void)
{
    if (suite_lacks_heap()) {
        return;
    }
    struct place place = place_take();
    struct memory memory = {0};
    memory_measure_shared(&memory, 1);
    double before_bytes = memory_in_use_bytes(&memory);
    memory_stop_counting(&memory);
    double alone_bytes = bytes_of_cell(&place, &memory, 1, NULL);
    CU_ASSERT_DOUBLE_EQUAL(alone_bytes, before_bytes + TAKEN + SHARED, LITTLE);
    char *of_tool = take(TAKEN); /* such as a store of samples that grows */
    double team_bytes = bytes_of_cell(&place, &memory, 3, NULL);
    CU_ASSERT_DOUBLE_EQUAL(team_bytes, before_bytes + 3.0 * TAKEN + SHARED, LITTLE);
    munmap(of_tool, TAKEN);
    CU_ASSERT_DOUBLE_EQUAL(bytes_of_cell(&place, &memory, 1, NULL), alone_bytes, LITTLE);
    place_give_back(&place);
}

/* What is never touched is no memory yet. */
static void to_keep_the_ends_of_tasks_is_no_memory_of_the_workload(void)
{
    if (suite_lacks_heap()) {
        return;
    }
    struct place place = place_take();
    struct memory memory = {0};
    memory_measure_shared(&memory, 1);
    memory_stop_counting(&memory);
    double without_bytes = bytes_of_cell(&place, &memory, 1, NULL);
    int64_t *ended_ns = mmap(NULL, 2 * TAKEN, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CU_ASSERT_FATAL((void *)ended_ns != MAP_FAILED);
    CU_ASSERT_DOUBLE_EQUAL(bytes_of_cell(&place, &memory, 1, ended_ns), without_bytes, LITTLE);
    munmap(ended_ns, 2 * TAKEN);
    place_give_back(&place);
}

static const CU_TestInfo tests[] = {
    {"what is taken while nothing counts does not count",
     what_is_taken_while_nothing_counts_does_not_count},
    {"a cell counts what its workers take and what they share",
     a_cell_counts_what_its_workers_take_and_share},
    {"to keep the ends of tasks is no memory of the workload",
     to_keep_the_ends_of_tasks_is_no_memory_of_the_workload},
    CU_TEST_INFO_NULL,
};

SUITE("memory", tests);
