/* Reading a run file, except for its answer. */
#ifndef CUAL_RUNFILE_RUNFILE_READ_H
#define CUAL_RUNFILE_RUNFILE_READ_H

#include "runfile/runfile_file.h"
#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>

/* What is known of a run that has begun. */
struct runfile_past {
    char id[RUNFILE_ID_BYTES];
    bool complete;    /* it came to its end: there is nothing to resume */
    size_t rounds;    /* begun: the last one with a sample, which may lack others, counted from 1 */
    size_t samples;   /* read */
    size_t damaged;   /* samples left out because their hash does not match */
    double elapsed_s; /* the end of the last sample, since the run began */
};

/* Fills `samples`, created with the sizes of the file's axes, with all samples whose hash matches;
 * the others stay NAN. 0, STATUS_USAGE with the name of the difference (not there, not a run file,
 * another version, an axis of another length) or STATUS_STORAGE (damaged). */
int runfile_read_samples(const char *path, struct samples *samples, struct runfile_past *past,
                         struct error *error);

/* The same of an open file, whose axes must have the sizes of `samples`. Counts in `past` what was
 * read and what was left out. */
void runfile_take_samples(struct store *store, struct samples *samples, struct runfile_past *past);

/* Fills in what the attributes of the root say about the run. */
void runfile_read_root(struct store *store, struct runfile_past *past);

/* A text attribute of a group ("/", "/provenance", "/machine"), or the dataset that stands for a
 * long one, with a hash that matches; freed by the caller. NULL when there is none (`error` stays
 * as it was) or after an error. */
char *runfile_read_fact(const char *path, const char *group, const char *name, struct error *error);

#endif
