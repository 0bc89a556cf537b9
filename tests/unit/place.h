/* The cores a test may use, and the mask to return to when it has had workers bound. */
#ifndef CUAL_TESTS_UNIT_PLACE_H
#define CUAL_TESTS_UNIT_PLACE_H

#include "machine/topo.h"

#include <CUnit/CUnit.h>
#include <sched.h>

struct place {
    struct topo *topo;
    cpu_set_t mask;
};

static inline struct place place_take(void)
{
    struct place place = {.topo = topo_create()};
    struct topo_mask allowed;
    CU_ASSERT_PTR_NOT_NULL_FATAL(place.topo);
    sched_getaffinity(0, sizeof place.mask, &place.mask);
    CU_ASSERT_EQUAL_FATAL(topo_allowed(place.topo, &allowed), 0);
    CU_ASSERT_FATAL(topo_use(place.topo, &allowed) > 0);
    return place;
}

static inline void place_give_back(struct place *place)
{
    topo_bind_process(place->topo, topo_cores(place->topo)); /* the team's threads, too */
    sched_setaffinity(0, sizeof place->mask, &place->mask);
    topo_free(place->topo);
}

#endif
