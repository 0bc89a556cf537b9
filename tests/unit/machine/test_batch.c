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
    {"nonsense is not known", nonsense_is_not_known},
    CU_TEST_INFO_NULL,
};

SUITE("batch", tests);
