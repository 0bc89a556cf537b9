/* A run file as a file: whether it is a run file, of which run, and where its samples lie. */
#ifndef CUAL_RUNFILE_RUNFILE_FILE_H
#define CUAL_RUNFILE_RUNFILE_FILE_H

#include "runfile/runfile_variables.h"
#include "store/store_file.h"
#include "store/store_patch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUNFILE_SOURCE "cual run file" /* the attribute `source` begins with it */
#define RUNFILE_VERSION 3
#define RUNFILE_LINE_BYTES 512
#define RUNFILE_SLACK_BYTES (1u << 20) /* of a file beyond its samples */

#define RUNFILE_ID_BYTES 33 /* 128 random bits in hexadecimal */

/* Full paths of the groups of the answer, which is made anew each time that a run ends; up to NULL.
 */
extern const char *const runfile_answer_groups[];

/* The run file of this process. The library closes it between writes; the descriptor stays open, so
 * that nothing is written to another file that takes its place. */
struct runfile {
    char *path;
    int descriptor;              /* −1: there is no file yet */
    char id[RUNFILE_ID_BYTES];   /* tells this run's file from one that took its place */
    struct store_room *room;     /* for the compressed copy at the end */
    struct store_stamp stamp;    /* of the file as it was left */
    size_t length[RUNFILE_AXES]; /* of the axes; 0 ranks: there are no rank times */
    bool spreads;                /* there are quantiles of rank times */
    uint64_t *place;             /* of the pieces, variable by variable */
    uint64_t status_place;
    size_t whole; /* rounds that are complete in the file */
};

/* Makes a run file of which only the path is known. NULL with STATUS_STORAGE when there is no
 * memory. Freeing NULL is no error. */
struct runfile *runfile_new(const char *path, struct error *error);
void runfile_free(struct runfile *file);

/* Whether a variable of samples is in the file. */
bool runfile_keeps(const struct runfile *file, const struct runfile_variable *variable);

/* Copies an error of the store to `error` with STATUS_STORAGE, which is returned: once a run has
 * begun, an error of its file is not one of usage. */
int runfile_set_storage(struct error *error, const struct error *found);

/* When another file has taken the place of this one, or it was removed: finds it under the name
 * that it has now, or copies it to a new one, which becomes its path, and appends to `found` where
 * it is. False in any other case, and when it cannot be kept. */
bool runfile_rescue(struct runfile *file, struct error *found);

/* Whether an open file is a run file of this version; else STATUS_USAGE in `error`. True after an
 * error of the store, which stays there. */
bool runfile_is_one(struct store *store, const char *path, struct error *error);

/* False when another run's file has taken the place of this one; the store then holds the error. */
bool runfile_is_ours(const struct runfile *file, struct store *store);

/* Lengths of the axes of an open file; 0 ranks when there are no rank times. Returns whether there
 * are quantiles of rank times. */
bool runfile_lengths(struct store *store, size_t length[RUNFILE_AXES]);

/* The cells of a file whose axes have these lengths. */
size_t runfile_cells(const size_t length[RUNFILE_AXES]);

/* Finds where the samples of the file lie that the descriptor is open on. 0, or STATUS_STORAGE. */
int runfile_locate(struct runfile *file, struct error *error);

#endif
