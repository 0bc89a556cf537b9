/* What services of the kernel cost. */
#include "machine/probe.h"

#include "unit/place.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>

/* Only what holds however busy the machine is. */
static void services_of_the_kernel_cost_something(void)
{
    struct place place = place_take();
    double switch_s = probe_switch_s(place.topo, 0);
    CU_ASSERT(switch_s > 50e-9);
    CU_ASSERT(switch_s < 0.2);
    CU_ASSERT(probe_thread_s() > 500e-9);
    struct probe_lateness late = probe_lateness();
    CU_ASSERT(late.median_s > 0);
    CU_ASSERT(late.p90_s >= late.median_s);
    cpu_set_t after;
    sched_getaffinity(0, sizeof after, &after);
    CU_ASSERT(CPU_EQUAL(&after, &place.mask)); /* only threads of its own were bound */
    place_give_back(&place);
}

static const CU_TestInfo tests[] = {
    {"a switch, a thread and a timer cost something, and nothing stays bound",
     services_of_the_kernel_cost_something},
    CU_TEST_INFO_NULL,
};

SUITE("probe", tests);
