/* Hashes by which a number that was measured is told from one that a disk has changed.
 *
 * The hash is XXH64 with seed 0 over words of 64 bits, little-endian, and texts: a word with the
 * count of the bytes, then the bytes. Of a number, the word is
 *   for a float     the bits of its double, every NaN being 0x7ff8000000000000,
 *   for an integer  its two's complement, an unsigned one extended by zeros.
 *
 * A SAMPLE is hashed in /check, a dataset of uint64 with the axes of the samples; 0: there is none.
 * Its words: index of the cell in cube order ((((workload × C + cores) × R + ranks) × T + threads)
 * × D + depth), each an index on its axis; index of the round from 0; the values of the sample
 * variables as they stand in the file, each turned into a double, in the order of their creation
 * (time, cpu, … start: runfile_variables.c); the rank times of /per_rank/time, if there is one; of
 * /per_rank, if they are there, the quantiles of time_quantile, slowest and fastest. Only
 * a sample whose hash matches counts as one.
 *
 * Every OBJECT, group or dataset, has a hash of its own as the attribute `xxh64`: 16 hexadecimal
 * digits. Its sequence:
 *   text   full path: "/", "/verdict", "/verdict/reason"
 *   word   0: group, 1: dataset
 *   group: word count of its members; text name of each, ordered by their bytes
 *   dataset: its value
 *   word   count of its attributes, those left out that the library keeps for itself
 *          (DIMENSION_LIST, REFERENCE_LIST, CLASS, NAME, names with _Netcdf4) and `xxh64`;
 *          then of each, ordered by the bytes of the names: text name, its value
 * A value, of a dataset or an attribute:
 *   word   1: float, 2: signed, 3: unsigned, 4: text
 *   word   count of its axes (0: one value); word length of each
 *   its elements in order, each a word or a text
 * Of a dataset with six axes or more, samples, the elements are left out: /check is for them. In
 * /status, which changes during the run, done (1) and failed (3) count as empty (0): a cell
 * is done where a sample of it is. */
#ifndef CUAL_RUNFILE_INTEGRITY_H
#define CUAL_RUNFILE_INTEGRITY_H

#include "model/sample.h"
#include "store/store.h"

/* The hash of so many words. */
uint64_t integrity_of_words(const uint64_t *words, size_t count);

/* The word of a double. */
uint64_t integrity_word(double value);

/* The hash of an object; 0 after an error. */
uint64_t integrity_of_object(struct store *store, const char *object);

/* Gives an object its hash, in place of an earlier one; for groups with all that is in them.
 * Attributes and members must be complete. */
void integrity_seal(struct store *store, const char *object);
void integrity_seal_tree(struct store *store, const char *group);

/* Check an object, or a group with all that is in it. The store remembers as damaged what has no
 * hash or does not match it. */
void integrity_verify(struct store *store, const char *object);
void integrity_verify_tree(struct store *store, const char *group);

#endif
