/* Residuals of real runs: the log of each time over the median of its cell. residuals.py takes them
 * out of run files. */
#ifndef CUAL_SIMULATED_RESIDUALS_H
#define CUAL_SIMULATED_RESIDUALS_H

#include <stddef.h>
#include <stdint.h>

/* Those of the cells of one workload on so many cores. */
struct residuals_kind {
    char workload[64];
    int cores;
    size_t count;
    double *log;
};

/* All of them, run after run, in each in the order of time. */
struct residuals {
    size_t count, kinds;
    struct residuals_kind *kind;
    double *log;
    double *start_s; /* since the first sample of the first run: runs follow each other */
};

/* Reads a table with the columns run, workload, cores, start in s, log. Returns 0, -errno, or
 * -EINVAL where it is none; residuals_free frees them in any case. */
int residuals_read(struct residuals *residuals, const char *path);
void residuals_free(struct residuals *residuals);

/* Those of a workload on so many cores; NULL: there are none. */
const struct residuals_kind *residuals_of(const struct residuals *residuals, const char *workload,
                                          int cores);

/* The first at or after a moment, which lies within what there is; 0 beyond the last. */
size_t residuals_at(const struct residuals *residuals, double start_s);

/* How long all of it took, in s. */
double residuals_span_s(const struct residuals *residuals);

#endif
