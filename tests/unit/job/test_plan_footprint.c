/* What footprints mean for a plan: levels that differ. */
#include "job/plan_footprint.h"
#include "unit/job/planned.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

/* Cores with 1 MiB of L2 cache that share 32 MiB of L3 cache. */
static const struct job_extent extent = {
    .cores = 4, .caches = {.bytes = {32768, 1 << 20, 1 << 25}, .cores = {1, 1, 4}}};
static const struct plan_limits limits = {.cores = 4, .ranks = 4};

/* The warning on the only workload of a job at the points of these axes; empty: there is none. */
static const char *warning_of(const char *axes, const char *workload, char text[512])
{
    char job[512];
    struct planned planned;
    snprintf(job, sizeof job, "%s\nworkloads: {w: {%s, work: 1, tasks: 100}}\n", axes, workload);
    planned_open(&planned, job, extent, limits);
    text[0] = '\0';
    CU_ASSERT_EQUAL(plan_footprint_warn(&planned.plan, 0, text, 512), text[0] != '\0');
    planned_close(&planned);
    return text;
}

static const struct {
    const char *axes, *workload, *warning;
} warnings[] = {
    {"threads: [1, 4]", "compute: flops", ""},
    {"threads: [1, 4]", "compute: triad, memory: 0.5 L2", ""},
    {"threads: [1, 4]", "compute: triad, memory: 4 L3", ""},
    {"threads: [1, 4]\ncores: [1, 4]", "compute: triad, memory: 0.1 L3", ""},
    {"threads: [1, 4]\ncores: [1, 4]", "compute: triad, memory: 0.7 L1", ""},
    {"ranks: [1, 4]\ncores: [1, 4]", "compute: chase, memory: 2 L3", ""},
    {"threads: [1, 4]\ncores: [1, 4]", "compute: chase, memory: 0.5 L3", ""},
    {"threads: 1", "compute: triad, memory: 1 L2",
     "the footprint of a worker, 1 MiB, lies between the L2 and the L3 cache at 1×1×1@1; its times "
     "depend on what else the cache holds."},
    {"threads: [1, 2, 4]\nranks: [1, 2]", "compute: triad, memory: 1 L2",
     "the footprint of a worker, 1 MiB, lies between the L2 and the L3 cache at 1×1×1@1, 1×2×1@1, "
     "1×4×1@1 and 3 more; its times depend on what else the cache holds."},
    {"threads: [1, 4]\ncores: [1, 4]", "compute: triad, memory: 0.5 L3",
     "the footprint of a worker, 16 MiB, lies in the L3 cache at 1×1×1@1, and between the L3 cache "
     "and the memory at 1×4×1@1, and in the memory at 1×4×1@4; a difference between these points "
     "may "
     "come from the caches."},
    {"ranks: [1, 4]\ncores: [1, 4]", "compute: chase, memory: 0.5 L3",
     "the footprint of a worker, 16 MiB, lies in the L3 cache at 1×1×1@1, and between the L3 cache "
     "and the memory at 4×1×1@1, and in the memory at 4×1×1@4; a difference between these points "
     "may "
     "come from the caches."},
};

static void levels_that_differ_are_warned_of(void)
{
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
        char text[512];
        warning_of(warnings[i].axes, warnings[i].workload, text);
        if (strcmp(text, warnings[i].warning) != 0) {
            printf("\n%s, %s: %s\n", warnings[i].axes, warnings[i].workload, text);
        }
        CU_ASSERT_STRING_EQUAL(text, warnings[i].warning);
    }
}

static const CU_TestInfo tests[] = {
    {"levels that differ between points are warned of", levels_that_differ_are_warned_of},
    CU_TEST_INFO_NULL,
};

SUITE("plan footprint", tests);
