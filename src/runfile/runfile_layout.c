#include "runfile/runfile_layout.h"

#define PIECE_BYTES ((size_t)16 << 10)      /* at least, in several rounds when one takes less */
#define PIECE_BYTES_MOST ((size_t)16 << 20) /* compressing takes as much memory twice */
#define ROUND_PARTS_MOST 1024               /* finding a place walks along all of them */

static size_t parts(size_t whole, size_t part)
{
    return (whole + part - 1) / part;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Cuts the cells until a piece is no larger than the library can hold. */
static void cut_cells(struct runfile_layout *layout, const size_t length[RUNFILE_AXES],
                      size_t bytes)
{
    while (bytes > PIECE_BYTES_MOST && layout->cut < RUNFILE_CELLS) {
        size_t step_bytes = bytes / layout->chunk[layout->cut];
        size_t steps = larger(1, PIECE_BYTES_MOST / step_bytes);
        layout->chunk[layout->cut] = steps;
        layout->cell_parts *= parts(length[layout->cut], steps);
        bytes = step_bytes * steps;
        if (steps > 1 || layout->cut == RUNFILE_CELLS - 1) {
            break;
        }
        layout->cut++;
        layout->inner /= length[layout->cut];
    }
}

struct runfile_layout runfile_layout(const struct runfile_variable *variable,
                                     const size_t length[RUNFILE_AXES])
{
    size_t each = runfile_elements(variable, length[RUNFILE_AXIS_RANK]);
    struct runfile_layout layout = {.each = each, .cell_parts = 1};
    size_t cells = 1, rounds = length[RUNFILE_AXIS_ROUND];
    for (int axis = 0; axis < RUNFILE_CELLS; axis++) {
        cells *= length[axis];
        layout.chunk[axis] = length[axis];
    }
    size_t bytes = cells * each * sizeof(double);
    size_t together = larger(parts(PIECE_BYTES, bytes), parts(rounds, ROUND_PARTS_MOST));
    layout.rounds = together < rounds ? together : rounds;
    layout.round_parts = parts(rounds, layout.rounds);
    layout.inner = cells / length[RUNFILE_AXIS_WORKLOAD];
    cut_cells(&layout, length, bytes * layout.rounds);
    layout.cells = layout.chunk[layout.cut] * layout.inner;
    layout.chunk[RUNFILE_AXIS_ROUND] = layout.rounds;
    layout.chunk[RUNFILE_AXIS_RANK] = each;
    return layout;
}

size_t runfile_layout_parts(const struct runfile_layout *layout)
{
    return layout->round_parts * layout->cell_parts;
}

size_t runfile_layout_elements(const struct runfile_layout *layout)
{
    return layout->cells * layout->rounds * layout->each;
}

size_t runfile_layout_cells(const struct runfile_layout *layout, const size_t length[RUNFILE_AXES],
                            size_t part, size_t *first)
{
    size_t step = layout->chunk[layout->cut], row = length[layout->cut];
    size_t along = part % parts(row, step) * step;
    *first = (part / parts(row, step) * row + along) * layout->inner;
    return (row - along < step ? row - along : step) * layout->inner;
}
