/* Calibration: what it finds is possible, and it says when others were in its way. */
#include "sweep/calibrate.h"

#include "kernels/kernels.h"

#include "unit/place.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct calibration calibrate(struct surroundings *surroundings)
{
    struct place place = place_take();
    struct workload workload = {.kernel = kernels_find("primes")};
    struct job_axis_values cores = {.count = 2, .value = {1, topo_cores(place.topo) + 1}};
    struct calibration found = {.disturbed = true};
    CU_ASSERT_EQUAL(calibrate_kernel(&found, &workload, &cores, place.topo, surroundings), 0);
    CU_ASSERT(found.unit_s > 0 && found.unit_s < 1e-3);
    CU_ASSERT_EQUAL(found.worth[0], 1);
    CU_ASSERT(isnan(found.worth[1])); /* more than there are */
    place_give_back(&place);
    return found;
}

static void nobody_looked_for_is_nobody_there(void)
{
    CU_ASSERT_FALSE(calibrate(NULL).disturbed);
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
    CU_ASSERT(calibrate(surroundings).disturbed);
    surroundings_close(surroundings);
    free(core);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    rmdir(root);
}

static const CU_TestInfo tests[] = {
    {"nobody looked for is nobody there", nobody_looked_for_is_nobody_there},
    {"others in the way are told", others_in_the_way_are_told},
    CU_TEST_INFO_NULL,
};

SUITE("calibrate", tests);
