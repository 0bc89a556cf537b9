/* The speeds of single cores: what is measured, and what of it counts. */
#include "sweep/core_speeds.h"

#include "kernels/kernels.h"
#include "unit/place.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>

static void only_what_an_interval_shows_counts(void)
{
    static const struct {
        double median, low, high, counted;
    } cases[] = {
        {1, NAN, NAN, 1},       {0.98, NAN, NAN, 1},   {0.5, NAN, NAN, 1}, /* no interval */
        {0.5, 0.48, 0.52, 0.5}, {0.93, 0.90, 0.96, 1}, {0.93, 0.90, 0.95, 0.93},
        {1.2, 1.1, 1.3, 1.2},   {1.2, 1.04, 1.3, 1},
    };
    enum { COUNT = sizeof cases / sizeof *cases };
    struct core_speeds speeds;
    CU_ASSERT_EQUAL_FATAL(core_speeds_create(&speeds, COUNT), 0);
    CU_ASSERT_PTR_NULL(core_speeds_unequal(&speeds));
    for (size_t i = 0; i < COUNT; i++) {
        speeds.median[i] = cases[i].median;
        speeds.low[i] = cases[i].low;
        speeds.high[i] = cases[i].high;
    }
    core_speeds_count(&speeds);
    for (size_t i = 0; i < COUNT; i++) {
        CU_ASSERT_EQUAL(speeds.counted[i], cases[i].counted);
    }
    CU_ASSERT_PTR_EQUAL(core_speeds_unequal(&speeds), speeds.counted);
    core_speeds_free(&speeds);
}

static void every_core_of_the_node_is_measured(void)
{
    struct place place = place_take();
    struct core_speeds speeds;
    struct workload workload = {.kernel = kernels_find("primes")};
    struct calibrator calibrator = {.workload = &workload, .topo = place.topo};
    CU_ASSERT_EQUAL_FATAL(core_speeds_create(&speeds, (size_t)topo_cores(place.topo)), 0);
    calibrator_find_work(&calibrator);
    uint64_t work = calibrator.work;
    CU_ASSERT_EQUAL(core_speeds_measure(&speeds, &calibrator), 0);
    CU_ASSERT_EQUAL(calibrator.work, work);
    CU_ASSERT(speeds.median[0] == 1 && speeds.counted[0] == 1);
    for (size_t core = 0; core < speeds.count; core++) {
        CU_ASSERT(speeds.median[core] > 0 && isfinite(speeds.median[core]));
        CU_ASSERT(!(speeds.low[core] > speeds.high[core]));
    }
    core_speeds_free(&speeds);
    place_give_back(&place);
}

static const CU_TestInfo tests[] = {
    {"only what an interval shows counts", only_what_an_interval_shows_counts},
    {"every core of the node is measured", every_core_of_the_node_is_measured},
    CU_TEST_INFO_NULL,
};

SUITE("core speeds", tests);
