/* Batch system: what Slurm says in the environment is taken over, and nothing that makes no sense.
 */
#include "machine/batch.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *const variables[] = {
    "SLURM_JOB_ID",      "SLURM_JOB_NUM_NODES",   "SLURM_CPUS_ON_NODE", "SLURM_MEM_PER_NODE",
    "SLURM_MEM_PER_CPU", "SLURM_JOB_END_TIME",    "SLURM_STEP_ID",      "SLURM_STEP_NUM_TASKS",
    "SLURM_PROCID",      "SLURM_NTASKS_PER_NODE",
};
enum { VARIABLES = sizeof variables / sizeof variables[0] };

/* The environment as one value for each variable in their order; NULL: not set. */
static struct batch read_with(const char *const values[VARIABLES])
{
    struct batch batch;
    for (size_t i = 0; i < VARIABLES; i++) {
        if (values[i]) {
            setenv(variables[i], values[i], 1);
        } else {
            unsetenv(variables[i]);
        }
    }
    batch_read(&batch);
    for (size_t i = 0; i < VARIABLES; i++) {
        unsetenv(variables[i]);
    }
    return batch;
}

static void what_is_granted_is_read(void)
{
    const char *const values[VARIABLES] = {"12", "4",  "8",  "2048", NULL,
                                           NULL, NULL, "16", "3",    "2"};
    struct batch batch = read_with(values);
    CU_ASSERT(batch.known);
    CU_ASSERT_STRING_EQUAL(batch.job, "12");
    CU_ASSERT_EQUAL(batch.nodes, 4);
    CU_ASSERT_EQUAL(batch.node_tasks, 2);
    CU_ASSERT_EQUAL(batch.cpus, 8);
    CU_ASSERT_EQUAL(batch.memory_bytes, 2048.0 * 1048576);
    CU_ASSERT_EQUAL(batch_left_s(&batch), INFINITY);
    CU_ASSERT_EQUAL(batch.step_tasks, 0); /* a batch script is no step */
    CU_ASSERT_EQUAL(batch.step_rank, 0);
}

static void memory_may_be_granted_by_cpu(void)
{
    const char *const values[VARIABLES] = {"12", NULL, "8",  NULL, "1024",
                                           NULL, NULL, NULL, NULL, NULL};
    CU_ASSERT_EQUAL(read_with(values).memory_bytes, 8192.0 * 1048576);
    const char *const all[VARIABLES] = {"12", NULL, "8", "0", NULL, NULL, NULL, NULL, NULL, NULL};
    CU_ASSERT(isnan(read_with(all).memory_bytes));
}

static void a_step_is_told_from_a_script(void)
{
    const char *const values[VARIABLES] = {"12", NULL, NULL, NULL, NULL, NULL, "0", "16", "3", "2"};
    struct batch batch = read_with(values);
    CU_ASSERT_EQUAL(batch.step_tasks, 16);
    CU_ASSERT_EQUAL(batch.step_rank, 3);
}

static void the_time_that_is_left_is_told(void)
{
    char end[32];
    snprintf(end, sizeof end, "%lld", (long long)time(NULL) + 100);
    const char *const values[VARIABLES] = {"12", NULL, NULL, NULL, NULL,
                                           end,  NULL, NULL, NULL, NULL};
    struct batch batch = read_with(values);
    double left_s = batch_left_s(&batch);
    CU_ASSERT(left_s > 90 && left_s <= 100);
}

/* The settings of a job by which its CPUs are cores or hardware threads, and what is made of them.
 */
static const struct {
    const char *name, *value;
    int core_threads, reserved_cores, components;
} settings[] = {
    {"SLURM_THREADS_PER_CORE", "1", 1, 0, 1}, {"SLURM_THREADS_PER_CORE", "2", 2, 0, 1},
    {"SLURM_HINT", "nomultithread", 1, 0, 1}, {"SLURM_HINT", "multithread", 2, 0, 1},
    {"SLURM_HINT", "compute_bound", 0, 0, 1}, {"SLURM_CORE_SPEC", "2", 0, 2, 1},
    {"SLURM_HET_SIZE", "3", 0, 0, 3},         {"SLURM_HET_SIZE", "0", 0, 0, 1},
    {"SLURM_HET_SIZE", "-1", 0, 0, 1},
};

static void settings_of_a_job_are_read(void)
{
    const char *const values[VARIABLES] = {"12", NULL, "8"};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        setenv(settings[i].name, settings[i].value, 1);
        struct batch batch = read_with(values);
        unsetenv(settings[i].name);
        CU_ASSERT_EQUAL(batch.core_threads, settings[i].core_threads);
        CU_ASSERT_EQUAL(batch.reserved_cores, settings[i].reserved_cores);
        CU_ASSERT_EQUAL(batch.components, settings[i].components);
    }
}

static void a_heterogeneous_job_is_its_first_component(void)
{
    const char *const values[VARIABLES] = {"12"};
    setenv("SLURM_JOB_NUM_NODES_HET_GROUP_0", "3", 1);
    setenv("SLURM_JOB_NUM_NODES_HET_GROUP_1", "5", 1);
    CU_ASSERT_EQUAL(read_with(values).nodes, 3);
    unsetenv("SLURM_JOB_NUM_NODES_HET_GROUP_0");
    unsetenv("SLURM_JOB_NUM_NODES_HET_GROUP_1");
}

/* A node of 40 cores with `smt` hardware threads each, of which a job may use some. */
static const struct {
    int cpus, core_threads, reserved_cores, cores, smt;
    bool whole;
    enum batch_match match;
} grants[] = {
    {40, 1, 0, 40, 2, true, BATCH_AS_GRANTED},  /* cores, and one hardware thread of each */
    {40, 0, 0, 40, 2, true, BATCH_UNTOLD},      /* all cores, or half of the node */
    {40, 2, 0, 40, 2, true, BATCH_MORE},        /* half of the node */
    {80, 0, 0, 40, 2, true, BATCH_AS_GRANTED},  /* all hardware threads */
    {80, 1, 0, 40, 2, false, BATCH_AS_GRANTED}, /* srun has bound to one of each core */
    {40, 0, 0, 40, 1, true, BATCH_AS_GRANTED},
    {20, 0, 0, 20, 2, false, BATCH_AS_GRANTED}, /* cores, and confined to them */
    {20, 0, 0, 10, 2, false, BATCH_AS_GRANTED}, /* hardware threads, likewise */
    {20, 0, 0, 9, 2, false, BATCH_FEWER},
    {20, 1, 0, 40, 2, true, BATCH_MORE}, /* however they are counted */
    {20, 0, 0, 40, 1, true, BATCH_MORE},
    {40, 0, 0, 38, 1, false, BATCH_FEWER},
    {40, 0, 2, 38, 1, false, BATCH_AS_GRANTED}, /* the job gave two to the system */
    {80, 0, 2, 38, 2, false, BATCH_AS_GRANTED},
    {80, 0, 1, 38, 2, false, BATCH_FEWER},
    {0, 0, 0, 38, 2, true, BATCH_AS_GRANTED}, /* nothing is told */
};

static void a_cpu_is_a_core_or_a_hardware_thread(void)
{
    for (size_t i = 0; i < sizeof grants / sizeof grants[0]; i++) {
        const struct batch batch = {.cpus = grants[i].cpus,
                                    .core_threads = grants[i].core_threads,
                                    .reserved_cores = grants[i].reserved_cores};
        CU_ASSERT_EQUAL(batch_compare(&batch, grants[i].cores, grants[i].smt, grants[i].whole),
                        grants[i].match);
    }
}

static void nonsense_is_not_known(void)
{
    static const char *const nonsense[] = {NULL, "", "-1", "1x", "x", " 1", "0x10"};
    const char *const none[VARIABLES] = {NULL, "4", "8", "1", "1", "1", "0", "16", "3", "2"};
    CU_ASSERT(!read_with(none).known);
    CU_ASSERT_EQUAL(read_with(none).nodes, 1);
    CU_ASSERT_EQUAL(read_with(none).step_tasks, 0);
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        const char *const text = nonsense[i];
        const char *const id[VARIABLES] = {text, "4", "8", "1", "1", "1", "0", "16", "3", "2"};
        const char *const rest[VARIABLES] = {"7",  text, text, text, text,
                                             text, "0",  text, text, text};
        struct batch batch = read_with(rest);
        CU_ASSERT(!read_with(id).known);
        CU_ASSERT(batch.known);
        CU_ASSERT_EQUAL(batch.nodes, 1);
        CU_ASSERT_EQUAL(batch.node_tasks, 0);
        CU_ASSERT_EQUAL(batch.cpus, 0);
        CU_ASSERT(isnan(batch.memory_bytes));
        CU_ASSERT_EQUAL(batch_left_s(&batch), INFINITY);
        CU_ASSERT_EQUAL(batch.step_tasks, 0);
    }
}

static const CU_TestInfo tests[] = {
    {"what is granted is read", what_is_granted_is_read},
    {"memory may be granted by CPU", memory_may_be_granted_by_cpu},
    {"a step is told from a script", a_step_is_told_from_a_script},
    {"the time that is left is told", the_time_that_is_left_is_told},
    {"settings of a job are read", settings_of_a_job_are_read},
    {"a heterogeneous job is its first component", a_heterogeneous_job_is_its_first_component},
    {"a CPU is a core or a hardware thread", a_cpu_is_a_core_or_a_hardware_thread},
    {"nonsense is not known", nonsense_is_not_known},
    CU_TEST_INFO_NULL,
};

SUITE("batch", tests);
