/* Memory of a plan: what each cell takes is counted, what there is not for is infeasible by name,
 * and all else is feasible. */
#include "job/plan_memory.h"
#include "unit/job/planned.h"
#include "unit/planted.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MIB 1048576.0

static const struct job_extent extent = {
    .cores = 4, .caches = {.bytes = {32768, 1 << 20, 1 << 25}, .cores = {1, 1, 4}}};

static void open_plan(struct planned *planned, const char *text, const char *root)
{
    planned_open(planned, text, extent, (struct plan_limits){.cores = 4, .ranks = 4, .root = root});
}

/* The footprints of the cell at the last point of a job. */
static double bytes_of_last(const char *text, int ranks)
{
    struct planned planned;
    open_plan(&planned, text, NULL);
    struct cell cell = plan_cell(&planned.plan, planned.plan.cells - 1);
    double bytes = plan_memory_footprints(&cell, ranks);
    planned_close(&planned);
    return bytes;
}

static void each_footprint_takes_memory(void)
{
    static const char triad[] =
        "ranks: 2\nthreads: 3\n"
        "workloads: {w: {compute: triad, memory: 4 L3, work: 1, tasks: 9}}\n";
    static const char chase[] =
        "ranks: 2\nthreads: 3\n"
        "workloads: {w: {compute: chase, memory: 2 L3, work: 1, tasks: 1}}\n";
    static const char few[] = "ranks: 2\nthreads: 3\n"
                              "workloads: {w: {compute: triad, memory: 4 L3, work: 1, tasks: 2}}\n";
    static const char none[] = "ranks: 2\nthreads: 3\n"
                               "workloads: {w: {compute: flops, work: 1, tasks: 2}}\n";
    CU_ASSERT_EQUAL(bytes_of_last(triad, 2), 2 * 3 * 0x1p27);
    CU_ASSERT_EQUAL(bytes_of_last(triad, 1), 1 * 3 * 0x1p27); /* of two nodes each has one rank */
    CU_ASSERT_EQUAL(bytes_of_last(chase, 2), 2 * 0x1p26);
    CU_ASSERT_EQUAL(bytes_of_last(few, 2), 2 * 0x1p27);
    CU_ASSERT_EQUAL(bytes_of_last(none, 2), 0);
}

/* A job, how much memory its only point takes beside that of another job, and the key that takes
 * the most. */
static const struct taken {
    const char *text, *less;
    double mib;
    const char *key;
} taken[] = {
    {"workloads: {w: {compute: append, work: 1 M, tasks: 64}}\n",
     "workloads: {w: {compute: append, work: 1, tasks: 1}}\n", 64e6 * 8 / MIB, "tasks"},
    {"workloads: {w: {compute: append, guard: sharded, work: 1 M, tasks: 64}}\n",
     "workloads: {w: {compute: append, guard: sharded, work: 1, tasks: 1}}\n", 128e6 * 8 / MIB,
     "tasks"},
    {"depth: 4\nworkloads: {w: {wait: uring, file: 1 GiB, block: 64 MiB, tasks: 8}}\n",
     "depth: 4\nworkloads: {w: {wait: uring, file: 1 GiB, block: 512 B, tasks: 8}}\n", 256,
     "block"},
    {"depth: 4\nworkloads: {w: {wait: message, size: 64 MiB, tasks: 8}}\n",
     "depth: 4\nworkloads: {w: {wait: message, size: 16 B, tasks: 8}}\n", 2 * 256 + 8 * 64, "size"},
    {"depth: 1048576\nworkloads: {w: {wait: timer, latency: 1 ms, tasks: 1 M}}\n",
     "workloads: {w: {wait: timer, latency: 1 ms, tasks: 1 M}}\n", 160, "depth"},
    {"rounds: 1000000\nworkloads: {w: {wait: none, tasks: 1}}\n",
     "rounds: 1\nworkloads: {w: {wait: none, tasks: 1}}\n",
     1.2e6 * 8 * (SAMPLE_VARIABLES + 4) / MIB, "rounds"},
};

static struct plan_memory memory_of(const char *text)
{
    struct planned planned;
    open_plan(&planned, text, NULL);
    const struct plan_memory_always always = {
        .starting = 0,
        .samples_bytes = samples_bytes(planned.plan.cells, (size_t)planned.job.rounds, 4)};
    struct cell cell = plan_cell(&planned.plan, 0);
    struct plan_memory memory = plan_memory(&always, &cell, 1);
    planned_close(&planned);
    return memory;
}

static void all_that_is_kept_takes_memory(void)
{
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        struct plan_memory more = memory_of(taken[i].text), less = memory_of(taken[i].less);
        double mib = (more.wanted.node_bytes - less.wanted.node_bytes) / MIB;
        CU_ASSERT_DOUBLE_EQUAL(mib, taken[i].mib, 0.01 * taken[i].mib);
        CU_ASSERT_STRING_EQUAL(more.key, taken[i].key);
    }
}

/* A machine of much memory, below which what limits a run is put. */
static const struct planted_file machine[] = {
    {"/proc/meminfo", "MemAvailable:   60000000 kB\n"},
    {"/proc/self/cgroup", "4:memory:/job\n0::/job\n"},
};

static const char chase[] =
    "ranks: [1, 2]\n"
    "workloads: {w: {compute: chase, memory: 512 MiB, work: 1, tasks: 8}}\n";
static const char triad[] =
    "threads: [1, 2, 4]\n"
    "workloads: {w: {compute: triad, memory: 256 MiB, work: 1, tasks: 8}}\n";
static const char reads[] =
    "depth: [1, 16, 32]\n"
    "workloads: {w: {wait: uring, file: 2 GiB, block: 32 MiB, tasks: 64}}\n";
static const char list[] = "cores: [1, 2]\nscaling: weak\nthreads: 2\n"
                           "workloads: {w: {compute: append, work: 1 M, tasks: 50}}\n";
static const char asks[] = "ranks: [1, 2]\n"
                           "workloads: {w: {wait: message, size: 64 MiB, tasks: 8}}\n";

#define GROUP_1 "/sys/fs/cgroup/memory/job/memory.limit_in_bytes"
#define GROUP_2 "/sys/fs/cgroup/job/memory.max"
#define RAM "/proc/meminfo"

/* Jobs around a limit: how many of their points are feasible, from the first on, and which key is
 * named for the others. */
static const struct around {
    const char *job, *path, *text;
    size_t feasible;
    const char *key;
} around[] = {
    {chase, GROUP_1, "536870912\n", 0, "memory"}, /* 512 MiB */
    {chase, GROUP_1, "805306368\n", 1, "memory"}, /* 768 MiB */
    {chase, GROUP_1, "1073741824\n", 1, "memory"},
    {chase, GROUP_1, "1207959552\n", 1, "memory"}, /* 1152 MiB: what else there is has no room */
    {chase, GROUP_1, "1610612736\n", 2, ""},
    {chase, GROUP_2, "536870912\n", 0, "memory"},
    {chase, GROUP_2, "1073741824\n", 1, "memory"},
    {chase, GROUP_2, "1207959552\n", 1, "memory"},
    {chase, GROUP_2, "1610612736\n", 2, ""},
    {chase, RAM, "MemAvailable: 786432 kB\n", 0, "memory"},
    {chase, RAM, "MemAvailable: 1048576 kB\n", 1, "memory"},
    {chase, RAM, "MemAvailable: 1572864 kB\n", 2, ""},
    {triad, GROUP_1, "536870912\n", 1, "memory"},
    {triad, GROUP_1, "805306368\n", 2, "memory"},
    {triad, GROUP_1, "1073741824\n", 2, "memory"},
    {triad, GROUP_1, "1342177280\n", 3, ""},
    {triad, GROUP_2, "402653184\n", 0, "memory"},
    {triad, GROUP_2, "1073741824\n", 2, "memory"},
    {triad, RAM, "MemAvailable: 1048576 kB\n", 2, "memory"},
    {reads, GROUP_1, "536870912\n", 1, "block"},
    {reads, GROUP_1, "805306368\n", 2, "block"},
    {reads, GROUP_2, "805306368\n", 2, "block"},
    {reads, RAM, "MemAvailable: 2097152 kB\n", 3, ""},
    {list, GROUP_1, "805306368\n", 1, "tasks"},
    {list, GROUP_2, "805306368\n", 1, "tasks"},
    {list, RAM, "MemAvailable: 1310720 kB\n", 2, ""},
    {asks, GROUP_1, "805306368\n", 1, "size"},
    {asks, GROUP_1, "1073741824\n", 2, ""},
    {asks, GROUP_2, "805306368\n", 1, "size"},
    {asks, RAM, "MemAvailable: 917504 kB\n", 1, "size"},
};

/* Every point that is not feasible says what of it takes how much, and of what there is too little.
 */
static void expect_reasons(const struct plan *plan, const struct around *one)
{
    char why[512], key[32];
    snprintf(key, sizeof key, "for `%s`: ", one->key);
    for (size_t cell = 0; cell < plan->cells; cell++) {
        if (plan->status[cell] != CELL_INFEASIBLE) {
            continue;
        }
        plan_reason(plan, cell, why, sizeof why);
        bool says = strstr(why, key) && strstr(why, "takes ") &&
                    (strstr(why, "the cgroup allows ") || strstr(why, "of free memory"));
        if (!says) {
            CU_FAIL("the reason");
            printf("     %s", why);
        }
    }
}

static void what_there_is_no_memory_for_is_infeasible(void)
{
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++) {
        struct planned planned;
        struct planted root = planted_make(machine, sizeof machine / sizeof machine[0]);
        planted_put(&root, around[i].path, around[i].text);
        open_plan(&planned, around[i].job, root.root);
        if (planned.plan.feasible != around[i].feasible) {
            CU_FAIL("feasible points");
            printf("     row %zu: %zu instead of %zu\n", i, planned.plan.feasible,
                   around[i].feasible);
        }
        expect_reasons(&planned.plan, &around[i]);
        planned_close(&planned);
        planted_remove(&root);
    }
}

/* A run keeps what cells free only where there is room for all of it, twice. */
static void what_is_freed_is_given_back_where_memory_is_tight(void)
{
    static const char two[] =
        "workloads:\n  a: {compute: chase, memory: 300 MiB, work: 1, tasks: 8}\n"
        "  b: {compute: triad, memory: 300 MiB, work: 1, tasks: 8}\n";
    static const struct {
        const char *limit;
        bool tight;
    } limits[] = {{"1073741824\n", true}, {"1468006400\n", false}};
    for (size_t i = 0; i < 2; i++) {
        struct planned planned;
        struct planted root = planted_make(machine, sizeof machine / sizeof machine[0]);
        planted_put(&root, GROUP_1, limits[i].limit);
        open_plan(&planned, two, root.root);
        CU_ASSERT_EQUAL(planned.plan.feasible, 2);
        CU_ASSERT_EQUAL(planned.plan.gives_back, limits[i].tight);
        planned_close(&planned);
        planted_remove(&root);
    }
}

static void calibration_uses_as_many_cores_as_have_memory(void)
{
    static const struct {
        const char *limit;
        int cores;
    } limits[] = {{"536870912\n", 1}, {"805306368\n", 2}, {"1048576000\n", 3}, {"max\n", 4}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct planned planned;
        struct planted root = planted_make(machine, sizeof machine / sizeof machine[0]);
        planted_put(&root, GROUP_2, limits[i].limit);
        open_plan(&planned, triad, root.root);
        CU_ASSERT_EQUAL(plan_calibration_cores(&planned.plan, &planned.job.workloads[0], 4),
                        limits[i].cores);
        planned_close(&planned);
        planted_remove(&root);
    }
}

/* The work of a task that was given as a time is known only then. */
static void what_calibration_makes_too_large_is_refused(void)
{
    struct planned planned;
    struct error error = {0};
    struct planted root = planted_make(machine, sizeof machine / sizeof machine[0]);
    planted_put(&root, GROUP_2, "1073741824\n");
    open_plan(&planned, "workloads: {w: {compute: append, task: 1 s, tasks: 8}}\n", root.root);
    CU_ASSERT_EQUAL(planned.plan.feasible, 1);
    CU_ASSERT_EQUAL(plan_check_memory(&planned.plan, &error), 0);
    planned.job.workloads[0].spec.work = 100000000;
    CU_ASSERT_EQUAL(plan_check_memory(&planned.plan, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "job.yaml:1:13: w: 1×1×1@1 takes "));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "for `tasks`: the cgroup allows 1024 MiB"));
    planned_close(&planned);
    planted_remove(&root);
}

static const CU_TestInfo tests[] = {
    {"each footprint takes memory", each_footprint_takes_memory},
    {"all that is kept takes memory", all_that_is_kept_takes_memory},
    {"what there is no memory for is infeasible", what_there_is_no_memory_for_is_infeasible},
    {"what is freed is given back where memory is tight",
     what_is_freed_is_given_back_where_memory_is_tight},
    {"calibration uses as many cores as have memory",
     calibration_uses_as_many_cores_as_have_memory},
    {"what calibration makes too large is refused", what_calibration_makes_too_large_is_refused},
    CU_TEST_INFO_NULL,
};

SUITE("plan memory", tests);
