/* The space that a run file takes on its disk. */
#ifndef CUAL_RUNFILE_RUNFILE_SPACE_H
#define CUAL_RUNFILE_RUNFILE_SPACE_H

#include "job/plan.h"
#include "runfile/runfile_variables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A larger file of a run that is told to end is not compressed: there is no time for it. */
#define RUNFILE_HURRY_BYTES (UINT64_C(64) << 20)

struct runfile_space {
    uint64_t bytes;       /* while the run goes on */
    uint64_t ended_bytes; /* at most, when it has ended, with the answer */
};

/* The space of a file whose axes have these lengths, with quantiles of rank times or without, and
 * in which so many cells are measured. */
struct runfile_space runfile_space(const size_t length[RUNFILE_AXES], bool spreads,
                                   size_t measured_cells);

/* The space of the file that a run of the plan will make. */
struct runfile_space runfile_space_of_plan(const struct plan *plan);

#endif
