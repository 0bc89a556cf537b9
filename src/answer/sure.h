/* How sure estimates are that are looked at again and again: the values at which a statement is
 * right with a given probability at every look, not only at one. */
#ifndef CUAL_ANSWER_SURE_H
#define CUAL_ANSWER_SURE_H

#include <stddef.h>

/* From this many rounds on something is sure. */
#define SURE_ROUNDS_LEAST 5

/* How many standard deviations above its true value a mean of n values may lie so that the
 * probability that it ever lies higher, at any of the looks from SURE_ROUNDS_LEAST values on, is
 * `level`: the boundary for a Brownian motion over its standard deviation that is looked at after
 * every value (Siegmund, Sequential Analysis, 1985, 4.2 and 10.2), one-sided. It holds for 64
 * values and grows beyond like sqrt(2 ln ln n). 0 < level < 0.5. */
double sure_boundary(double level, size_t n);

/* The same where the standard deviation is an estimate with `freedom` degrees of freedom: the
 * quantile of Student's t at the same probability (Abramowitz and Stegun, 26.7.5; freedom ≥ 3). */
double sure_boundary_estimated(double level, size_t n, double freedom);

#endif
