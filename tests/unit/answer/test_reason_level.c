/* What is said of the place of a kernel's data: which level is the limit, that a speed-up comes
 * from the caches, that processes have copies. */
#include "unit/answer/study.h"
#include "unit/suite.h"

#define KIB 1024.0
#define MIB (1024 * KIB)

/* Two cores, each with an L1 and an L2 cache, that share an L3 cache. */
static const struct caches caches = {.bytes = {32 * KIB, 1 * MIB, 32 * MIB}, .cores = {1, 1, 2}};

/* Tasks of 1 ms that move 20 MB each. */
static void open_walk(struct study *study, const char *kernel, double footprint_bytes)
{
    study_open(study, 8);
    study_set_kernel(&study->workload, kernel);
    study->workload.memory_bytes = 2e7;
    study->workload.footprint = (struct footprint){footprint_bytes, strcmp(kernel, "chase") == 0};
    study->question.caches = caches;
    study_measure(study, serial, 0.1, 0.1, 0);
}

static void check_says(struct study *study, const char *limit, const char *reason)
{
    const struct verdict *verdict = study_judge(study);
    if (strcmp(verdict->limit, limit) != 0 || !strstr(verdict->reason, reason)) {
        printf("\n%s: %s\n", verdict->limit, verdict->reason);
    }
    CU_ASSERT_STRING_EQUAL(verdict->limit, limit);
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict->reason, reason));
    study_check_reworded(study);
}

static const struct level_words {
    const char *kernel;
    double bytes;
    const char *limit, *reason;
} level_words[] = {
    {"triad", 16 * KIB, "the L1: 20.0 GB/s", "The limit is the L1 cache: 20.0 GB/s on 1 core."},
    {"triad", 64 * KIB, "the L2: 20.0 GB/s", "The limit is the L2 cache: 20.0 GB/s on 1 core."},
    {"triad", 8 * MIB, "the L3: 20.0 GB/s", "The limit is the L3 cache: 20.0 GB/s on 1 core."},
    {"triad", 128 * MIB, "the memory: 20.0 GB/s",
     "The limit is the memory bus: 20.0 GB/s on 1 core."},
    {"triad", 1 * MIB, "the L2/L3: 20.0 GB/s",
     "The limit is the L2 or the L3 cache: 20.0 GB/s on 1 core. The footprint of a worker, 1 MiB, "
     "lies between the L2 and the L3 cache."},
    {"triad", 32 * MIB, "the L3/memory: 20.0 GB/s",
     "The limit is the L3 cache or the memory bus: 20.0 GB/s on 1 core. The footprint of a worker, "
     "32 MiB, lies between the L3 cache and the memory."},
    {"chase", 16 * KIB, "the L1: 3.20 ns a load", "The limit is the latency of the L1 cache: each"},
    {"chase", 8 * MIB, "the L3: 3.20 ns a load",
     "The limit is the latency of the L3 cache: each load waits for the one before, and takes 3.20 "
     "ns."},
    {"chase", 128 * MIB, "the memory: 3.20 ns a load", "The limit is the latency of the memory:"},
    {"chase", 32 * MIB, "the L3/memory: 3.20 ns a load", "latency of the L3 cache or the memory: "},
};

static void the_level_of_the_data_is_the_limit(void)
{
    for (size_t i = 0; i < sizeof level_words / sizeof *level_words; i++) {
        struct study study;
        open_walk(&study, level_words[i].kernel, level_words[i].bytes);
        check_says(&study, level_words[i].limit, level_words[i].reason);
        study_close(&study);
    }
}

static void cores_that_share_a_cache_count_together(void)
{
    struct study study;
    open_walk(&study, "triad", 20 * MIB);
    study_measure(&study, threads, 0.055, 0.1, 0); /* at 1×2×1@2 both lie in the L3 cache */
    study.worth[1] = 1.8;
    check_says(
        &study, "the L3/memory: 36.0 GB/s",
        "the L3 cache or the memory bus: 36.0 GB/s on 2 cores, 20.0 GB/s on 1. The footprint "
        "of a worker, 20 MiB, lies between the L3 cache and the memory.");
    study_close(&study);
    open_walk(&study, "triad", 64 * KIB); /* of an L2 cache each has its own */
    study_measure(&study, threads, 0.05, 0.1, 0);
    check_says(&study, "the L2: 39.6 GB/s", "the L2 cache: 39.6 GB/s on 2 cores, 20.0 GB/s on 1.");
    study_close(&study);
    open_walk(&study, "chase", 8 * MIB);
    study_measure(&study, threads, 0.08, 0.16, 0);
    study.worth[1] = 1.25;
    check_says(&study, "the cores: 1.25 of 2", "as if they shared the L3 cache.");
    study_close(&study);
}

/* Traffic alone does not make the memory the limit. */
static void other_kernels_are_bound_by_what_they_are(void)
{
    struct study study;
    open_walk(&study, "flops", 0);
    check_says(&study, "the core: 100 % busy", "bound by the floating-point units.");
    study_close(&study);
}

static void a_speed_up_by_the_caches_is_called_so(void)
{
    static const char effect[] =
        "That is an effect of the caches. The footprint of a worker lies "
        "between the L3 cache and the memory at 1×4×1@1 and in the L3 cache "
        "at serial.";
    const struct point crowd = {1, 4, 1, 1};
    struct study study;
    open_walk(&study, "triad", 16 * MIB);
    study_measure(&study, crowd, 0.09, 0.09, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason, effect));
    study_measure(&study, crowd, 0.097, 0.097, 0); /* hardly faster */
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "effect of the caches"));
    study_measure(&study, crowd, 0.09, 0.09, 0);
    study.workload.footprint.bytes = 64 * KIB; /* in the same cache at both */
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "effect of the caches"));
    study.workload.footprint.bytes = 16 * MIB;
    study.workload.engine.has_waits = true; /* then other workers help */
    study.workload.waits = 1;
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "effect of the caches"));
    study_close(&study);
    open_walk(&study, "triad", 16 * MIB); /* on two cores more is no wonder */
    study_measure(&study, both, 0.06, 0.12, 0);
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "effect of the caches"));
    study_close(&study);
}

/* Threads of a process that walk through the same bytes again and again. */
static void threads_that_feed_each_other_are_told(void)
{
    static const char effect[] = "That is an effect of the caches. The threads of a process walk "
                                 "through the same 16 MiB, and each finds in a cache what another "
                                 "has brought there.";
    const struct point pair = {1, 2, 1, 1};
    struct study study;
    open_walk(&study, "chase", 16 * MIB);
    study_measure(&study, pair, 0.09, 0.09, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason, effect));
    study.workload.memory_bytes = 1e5; /* 100 tasks do not come to the end */
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "effect of the caches"));
    study_close(&study);
}

static void copies_of_processes_are_told(void)
{
    static const char copies[] = "The threads of a process walk through the same 64 MiB, and each "
                                 "process has a copy of its own.";
    struct study study;
    open_walk(&study, "chase", 64 * MIB);
    study_measure(&study, (struct point){1, 2, 1, 1}, 0.1, 0.1, 0);
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, copies));
    study_measure(&study, processes, 0.06, 0.12, 0); /* on two cores, not on one */
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason, copies));
    CU_ASSERT_PTR_NULL(strstr(study.verdicts[0].reason, copies));
    study_close(&study);
    open_walk(&study, "triad", 64 * MIB); /* where each thread has its own, too */
    study_measure(&study, processes, 0.06, 0.12, 0);
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "copy"));
    study_close(&study);
}

static void small_pages_are_told(void)
{
    struct study study;
    open_walk(&study, "triad", 64 * MIB);
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "small pages"));
    study.workload.huge_pages = 0.98;
    CU_ASSERT_PTR_NULL(strstr(study_judge(&study)->reason, "small pages"));
    study.workload.huge_pages = 0.1;
    CU_ASSERT_PTR_NOT_NULL(strstr(study_judge(&study)->reason,
                                  " Linux gave small pages for this memory instead of huge ones"));
    study_close(&study);
}

static const CU_TestInfo tests[] = {
    {"the level of the data is the limit", the_level_of_the_data_is_the_limit},
    {"cores that share a cache count together", cores_that_share_a_cache_count_together},
    {"other kernels are bound by what they are", other_kernels_are_bound_by_what_they_are},
    {"a speed-up on one core that comes from the caches is called so",
     a_speed_up_by_the_caches_is_called_so},
    {"threads that feed each other are told", threads_that_feed_each_other_are_told},
    {"that processes have copies is told where they are compared", copies_of_processes_are_told},
    {"that memory is in small pages is told", small_pages_are_told},
    CU_TEST_INFO_NULL,
};

SUITE("reason level", tests);
