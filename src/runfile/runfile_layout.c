#include "runfile/runfile_layout.h"

#define PIECE_BYTES ((size_t)16 << 10)     /* at least, in several rounds when one takes less */
#define PIECE_BYTES_MOST ((size_t)1 << 30) /* the library's limit is 4 GiB */
#define ROUND_PARTS_MOST 1024              /* finding a place walks along all of them */
/* Of a compressed piece: the library and h5py keep 1 MiB of a dataset's pieces expanded. */
#define ENDED_BYTES_MOST ((size_t)512 << 10)

static size_t parts(size_t whole, size_t part)
{
    return (whole + part - 1) / part;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Cuts the cells until a piece of so many bytes takes no more than `most`. */
static void cut_cells(struct runfile_layout *layout, const size_t length[RUNFILE_AXES],
                      size_t bytes, size_t most)
{
    while (bytes > most && layout->cut < RUNFILE_CELLS) {
        size_t step_bytes = bytes / layout->chunk[layout->cut];
        size_t steps = larger(1, most / step_bytes);
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

/* Bytes of a round of a variable. */
static size_t round_bytes(const struct runfile_variable *variable,
                          const size_t length[RUNFILE_AXES])
{
    size_t bytes = runfile_elements(variable, length[RUNFILE_AXIS_RANK]) * sizeof(double);
    for (int axis = 0; axis < RUNFILE_CELLS; axis++) {
        bytes *= length[axis];
    }
    return bytes;
}

/* Pieces of so many rounds, which take `most` bytes at most. */
static struct runfile_layout layout_of(const struct runfile_variable *variable,
                                       const size_t length[RUNFILE_AXES], size_t together,
                                       size_t most)
{
    size_t each = runfile_elements(variable, length[RUNFILE_AXIS_RANK]);
    struct runfile_layout layout = {.each = each, .cell_parts = 1, .inner = 1};
    size_t rounds = length[RUNFILE_AXIS_ROUND];
    for (int axis = 0; axis < RUNFILE_CELLS; axis++) {
        layout.inner *= axis == RUNFILE_AXIS_WORKLOAD ? 1 : length[axis];
        layout.chunk[axis] = length[axis];
    }
    layout.rounds = together < rounds ? together : rounds;
    layout.round_parts = parts(rounds, layout.rounds);
    cut_cells(&layout, length, round_bytes(variable, length) * layout.rounds, most);
    layout.cells = layout.chunk[layout.cut] * layout.inner;
    layout.chunk[RUNFILE_AXIS_ROUND] = layout.rounds;
    layout.chunk[RUNFILE_AXIS_RANK] = each;
    return layout;
}

struct runfile_layout runfile_layout(const struct runfile_variable *variable,
                                     const size_t length[RUNFILE_AXES])
{
    size_t together = larger(parts(PIECE_BYTES, round_bytes(variable, length)),
                             parts(length[RUNFILE_AXIS_ROUND], ROUND_PARTS_MOST));
    return layout_of(variable, length, together, PIECE_BYTES_MOST);
}

struct runfile_layout runfile_layout_ended(const struct runfile_variable *variable,
                                           const size_t length[RUNFILE_AXES])
{
    size_t together = larger(1, ENDED_BYTES_MOST / round_bytes(variable, length));
    return layout_of(variable, length, together, ENDED_BYTES_MOST);
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
