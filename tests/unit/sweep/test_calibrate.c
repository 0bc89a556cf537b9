/* Calibration: what it finds is possible, and it says when others were in its way. */
#include "sweep/calibrate.h"

#include "kernels/kernels.h"
#include "sweep/calibrator.h"

#include "unit/place.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether others disturbed it. */
static bool is_disturbed(struct surroundings *surroundings)
{
    struct place place = place_take();
    struct workload workload = {.kernel = kernels_find("primes")};
    struct job_axis_values cores = {.count = 2, .value = {1, topo_cores(place.topo) + 1}};
    struct calibration found = {.worth.disturbed = {1}};
    const struct calibration_place here = {.topo = place.topo,
                                           .surroundings = surroundings,
                                           .cores_most = topo_cores(place.topo),
                                           .most_s = INFINITY};
    CU_ASSERT_EQUAL(calibrate_kernel(&found, &workload, &cores, &here), 0);
    CU_ASSERT(found.unit_s > 0 && found.unit_s < 1e-3);
    CU_ASSERT_EQUAL(found.worth.median[0], 1);
    CU_ASSERT(isnan(found.worth.median[1])); /* more than there are */
    bool disturbed = found.worth.disturbed[0];
    calibration_free(&found);
    place_give_back(&place);
    return disturbed;
}

static void nobody_looked_for_is_nobody_there(void)
{
    CU_ASSERT_FALSE(is_disturbed(NULL));
}

/* A node of eight hardware threads to a core, none of which is ever idle. */
static void others_in_the_way_are_told(void)
{
    char root[] = "/tmp/cual-unit-XXXXXX", path[64];
    struct place place = place_take();
    int count = topo_cores(place.topo);
    place_give_back(&place);
    struct topo_mask *core = calloc((size_t)count, sizeof *core);
    CU_ASSERT_PTR_NOT_NULL_FATAL(core);
    core[0].word[0] = 0xff;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
    snprintf(path, sizeof path, "%s/proc", root);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/proc/stat", root);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (int cpu = 0; cpu < 8; cpu++) {
        fprintf(file, "cpu%d 1 0 1 5 0 0 0 0 0 0\n", cpu);
    }
    CU_ASSERT_EQUAL(fclose(file), 0);
    struct surroundings *surroundings = surroundings_open(root, core, count);
    CU_ASSERT_PTR_NOT_NULL_FATAL(surroundings);
    pid_t own = getpid();
    CU_ASSERT_EQUAL(surroundings_ours(surroundings, &own, 1), 0);
    CU_ASSERT(is_disturbed(surroundings));
    surroundings_close(surroundings);
    free(core);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    rmdir(root);
}

/* Of ten times three were disturbed, one of them only by its CPU time; the rest differ as such
 * times do. */
static void what_was_slowed_is_left_out(void)
{
    struct timings timings = {.count = 10};
    double times_s[CALIBRATOR_MOST];
    for (size_t i = 0; i < timings.count; i++) {
        timings.time_s[i] = timings.cpu_s[i] = 0.02 + 0.0004 * (double)i;
    }
    timings.cpu_s[3] *= 2;
    timings.disturbed[5] = timings.disturbed[8] = true;
    CU_ASSERT_EQUAL(calibrator_undisturbed(&timings, times_s), 7);
    for (size_t i = 0; i < timings.count; i++) {
        CU_ASSERT_EQUAL(isnan(times_s[i]), i == 3 || i == 5 || i == 8);
        CU_ASSERT(isnan(times_s[i]) || times_s[i] == timings.time_s[i]);
    }
}

/* What disturbs cores only makes them worth less. */
static void measuring_again_keeps_the_better(void)
{
    struct place place = place_take();
    struct workload workload = {.kernel = kernels_find("primes")};
    const struct calibration_place here = {
        .topo = place.topo, .cores_most = topo_cores(place.topo), .most_s = INFINITY};
    struct calibration found = {.worth = {.median = {1, 0.1}, .disturbed = {0, 1}}};
    if (topo_cores(place.topo) > 1) {
        CU_ASSERT_EQUAL(calibrate_again(&found, 1, 2, &workload, &here), 0);
        CU_ASSERT(found.worth.median[1] > 0.1 && found.worth.median[0] == 1);
        CU_ASSERT(!(found.worth.low[1] > found.worth.median[1]));
        found.worth.median[1] = 100;
        found.worth.disturbed[1] = 0;
        CU_ASSERT_EQUAL(calibrate_again(&found, 1, 2, &workload, &here), 0);
        CU_ASSERT_EQUAL(found.worth.median[1], 100);
    }
    place_give_back(&place);
}

static const CU_TestInfo tests[] = {
    {"nobody looked for is nobody there", nobody_looked_for_is_nobody_there},
    {"others in the way are told", others_in_the_way_are_told},
    {"what was slowed is left out", what_was_slowed_is_left_out},
    {"measuring again keeps the better", measuring_again_keeps_the_better},
    CU_TEST_INFO_NULL,
};

SUITE("calibrate", tests);
