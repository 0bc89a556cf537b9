/* How the samples lie in a run file: in pieces of some rounds each, so that a round is a few large
 * writes. */
#ifndef CUAL_RUNFILE_RUNFILE_LAYOUT_H
#define CUAL_RUNFILE_RUNFILE_LAYOUT_H

#include "runfile/runfile_variables.h"

#include <stddef.h>
#include <stdint.h>

/* The pieces of a variable. A piece that is larger than the variable at its end is filled up. */
struct runfile_layout {
    size_t chunk[RUNFILE_AXES]; /* lengths of a piece */
    size_t rounds;              /* of a piece */
    size_t cells;               /* of a piece */
    size_t cut;                 /* the axis along which the cells are cut … */
    size_t inner;               /* … and the cells of one step along it */
    size_t each;                /* elements of a sample: 1, or the ranks */
    size_t round_parts;         /* pieces for all rounds … */
    size_t cell_parts;          /* … and for all cells */
};

/* How a variable of samples lies in a file whose axes have these lengths. */
struct runfile_layout runfile_layout(const struct runfile_variable *variable,
                                     const size_t length[RUNFILE_AXES]);

/* How many pieces there are, and the elements of each. */
size_t runfile_layout_parts(const struct runfile_layout *layout);
size_t runfile_layout_elements(const struct runfile_layout *layout);

/* The cells of a piece, by its number among those of the same rounds: how many there are, and the
 * first of them. */
size_t runfile_layout_cells(const struct runfile_layout *layout, const size_t length[RUNFILE_AXES],
                            size_t part, size_t *first);

#endif
