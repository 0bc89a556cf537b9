#include "runfile/runfile_layout.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

/* Files of few and of very many cells, rounds and ranks. */
static const size_t lengths[][RUNFILE_AXES] = {
    {1, 1, 1, 1, 1, 1, 1},        {3, 2, 2, 2, 3, 7, 2},        {3, 2, 2, 2, 3, 5000, 64},
    {2, 64, 64, 64, 4, 10, 64},   {64, 16, 16, 16, 16, 3, 64},  {1, 1, 1, 1, 64, 100000, 1},
    {5, 100, 100, 100, 3, 2, 64}, {1, 1, 3000, 1000, 7, 2, 64},
};

/* Times each cell is in a piece; every one of them must be in one. */
static void check_cells(const struct runfile_layout *layout, const size_t length[RUNFILE_AXES])
{
    size_t cells = 1, wrong = 0;
    for (int axis = 0; axis < RUNFILE_CELLS; axis++) {
        cells *= length[axis];
    }
    unsigned char *times = calloc(cells, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(times);
    for (size_t part = 0; part < layout->cell_parts; part++) {
        size_t first, count = runfile_layout_cells(layout, length, part, &first);
        CU_ASSERT(count <= layout->cells && first + count <= cells);
        for (size_t cell = first; cell < first + count && cell < cells; cell++) {
            times[cell]++;
        }
    }
    for (size_t cell = 0; cell < cells; cell++) {
        wrong += times[cell] != 1;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(times);
}

static void pieces_hold_every_sample_once(void)
{
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (size_t v = 0; v < runfile_variable_count; v++) {
            if (!runfile_is_of_samples(&runfile_variables[v])) {
                continue;
            }
            struct runfile_layout layout = runfile_layout(&runfile_variables[v], lengths[i]);
            size_t rounds = lengths[i][RUNFILE_AXIS_ROUND];
            CU_ASSERT(layout.round_parts * layout.rounds >= rounds);
            CU_ASSERT((layout.round_parts - 1) * layout.rounds < rounds);
            CU_ASSERT(runfile_layout_elements(&layout) * sizeof(double) <= (size_t)16 << 20);
            if (v == 0 || layout.each > 1 || runfile_variables[v].member == SAMPLE_TIME) {
                check_cells(&layout, lengths[i]);
            }
        }
    }
}

static const CU_TestInfo tests[] = {
    {"pieces hold every sample once", pieces_hold_every_sample_once},
    CU_TEST_INFO_NULL,
};

SUITE("runfile layout", tests);
