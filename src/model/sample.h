/* A sample is what one visit of a cell measured. Samples are kept as one array per variable in
 * which the rounds of a cell are contiguous. */
#ifndef CUAL_MODEL_SAMPLE_H
#define CUAL_MODEL_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sample_variable {
    SAMPLE_TIME,
    SAMPLE_CPU,
    SAMPLE_SWITCHES_VOLUNTARY,
    SAMPLE_SWITCHES_INVOLUNTARY,
    SAMPLE_FAULTS,
    SAMPLE_MEMORY,
    SAMPLE_DEPTH_ACHIEVED,
    SAMPLE_DEPTH_MOST,
    SAMPLE_SERVICE_BUSY,
    SAMPLE_SETUP,
    SAMPLE_START_SKEW,
    SAMPLE_OTHERS,
    SAMPLE_STEAL,
    SAMPLE_THROTTLING,
    SAMPLE_LOST,
    SAMPLE_COMPLETION,
    SAMPLE_FLAGS,
    SAMPLE_ORDER,
    SAMPLE_START,
    SAMPLE_VARIABLES
};

/* Flags of a sample, a bit mask; a sample with any of them is excluded from every estimate. */
enum sample_flag {
    SAMPLE_MISBOUND = 1,    /* a mask read back was not as planned */
    SAMPLE_TOO_SHORT = 2,   /* shorter than 1000 × the cost of the clock */
    SAMPLE_SHALLOW = 4,     /* achieved less than half of the depth that was asked and possible */
    SAMPLE_CACHE = 8,       /* the page cache was not as asked, cold or warm */
    SAMPLE_CROWDED = 16,    /* other processes computed on its cores */
    SAMPLE_STOLEN = 32,     /* the hypervisor gave its cores to others */
    SAMPLE_THROTTLED = 64,  /* a quota or heat stopped its cores */
    SAMPLE_FREQUENCY = 128, /* their frequency changed meanwhile */
    SAMPLE_SLOWED = 256     /* the same work took a lot more CPU time than in other rounds */
};
#define SAMPLE_FLAG_COUNT 9
extern const char *const sample_flag_names[SAMPLE_FLAG_COUNT]; /* "misbound" … by bit */

/* What became of a cell. */
enum cell_status { CELL_EMPTY, CELL_DONE, CELL_INFEASIBLE, CELL_FAILED };

/* A cell of at most this many ranks keeps the time of each rank. In a run with more ranks launched,
 * every cell also keeps the quantiles of its ranks' times. */
#define SAMPLE_RANKS_MOST 64

/* The quantiles of the times of a cell's ranks, and which ranks had the extremes. A quantile
 * interpolates linearly between its neighbours (Hyndman and Fan's type 7). */
#define SAMPLE_QUANTILES 5
extern const double sample_quantiles[SAMPLE_QUANTILES]; /* 0, 0.25, 0.5, 0.75, 1 */
struct sample_spread {
    double quantile_s[SAMPLE_QUANTILES];
    double slowest, fastest; /* the numbers of these ranks in the cell; the lowest of several */
};

/* value[v][cell × rounds + round]; NAN where there is no sample. Cells in cube order:
 * ((((workload × C + cores) × R + ranks) × T + threads) × D + depth), each an index on its axis. */
struct samples {
    size_t cells, rounds;
    double *value[SAMPLE_VARIABLES];
    size_t ranks;     /* columns of per_rank */
    double *per_rank; /* time of each rank in s: [(cell × rounds + round) × ranks + rank] */
    struct sample_spread *spread; /* [cell × rounds + round]; NULL where ranks suffice */
};

/* Allocates the samples of a run with `launched` ranks, with NAN as every value. Returns 0 or
 * -ENOMEM. samples_free frees what samples_create allocated, also after an error. */
int samples_create(struct samples *samples, size_t cells, size_t rounds, size_t launched);
void samples_free(struct samples *samples);

/* Returns the bytes that samples_create allocates. */
double samples_bytes(size_t cells, size_t rounds, size_t launched);

/* Stores the times of the `ranks` ranks of a sample, by rank number, as far as there are columns
 * for them, and sorts `time_s`. The sample is at `at` = cell × rounds + round. */
void samples_keep_ranks(struct samples *samples, size_t at, double *time_s, size_t ranks);

/* samples_rank_numbers returns how many numbers are kept of the ranks of each sample, and
 * samples_rank_number returns where the i-th of them stands. The times of the ranks come first,
 * then the quantiles, the slowest and the fastest rank. */
size_t samples_rank_numbers(const struct samples *samples);
double *samples_rank_number(const struct samples *samples, size_t at, size_t i);

/* Returns true when the sample is valid: it is there and has no flag. */
bool samples_valid(const struct samples *samples, size_t cell, size_t round);

#endif
