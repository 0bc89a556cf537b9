/* The numbers of a sample as they stand in a run file, and their hash. */
#ifndef CUAL_RUNFILE_RUNFILE_SAMPLES_H
#define CUAL_RUNFILE_RUNFILE_SAMPLES_H

#include "runfile/runfile_variables.h"

#include <stddef.h>
#include <stdint.h>

/* A number as it is stored: the variable's fill where there is none (NAN). */
double runfile_stored(const struct runfile_variable *variable, double value);

/* Makes room for the words that runfile_hash_sample hashes; the caller frees it. NULL when there is
 * no memory. */
uint64_t *runfile_hash_words(const struct samples *samples);

/* The hash of a sample, as integrity.h says; 0 where there is none. */
uint64_t runfile_hash_sample(const struct samples *samples, size_t cell, size_t round,
                             uint64_t *words);

#endif
