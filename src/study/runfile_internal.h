/* What the files of the room `runfile` share. */
#ifndef CUAL_STUDY_RUNFILE_INTERNAL_H
#define CUAL_STUDY_RUNFILE_INTERNAL_H

#include "study/runfile.h"
#include "system/store.h"

#define SOURCE "cual run file" /* how a run file is known */
#define ID_BYTES 33            /* 128 random bits in hexadecimal */
#define NAME_BYTES 256
#define OBJECT_BYTES 512
#define LINE_BYTES 512
#define SLACK_BYTES (1u << 20) /* of a file beyond its samples */

struct runfile {
    char *path;
    char id[ID_BYTES]; /* tells this run's file from one that took its place */
};

/* Arrays span the first so many of the axes workload, cores, ranks, threads, depth, round, rank. */
enum { WORKLOADS = 1, WORTHS = 2, CELLS = 5, SAMPLES = 6, RANKS = 7 };

/* "/group/name", or "/name" in the root. */
void runfile_object(const char *group, const char *name, char object[OBJECT_BYTES]);

/* False when another run's file has taken the place of this one; the store then holds the error. */
bool runfile_is_ours(const struct runfile *file, struct store *store);

/* Hands a store's error up: whatever it is, for a run in progress it is storage. */
int runfile_storage_error(const struct error *found, struct error *error);

#endif
