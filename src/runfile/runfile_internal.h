/* What the files of the room `runfile` share. */
#ifndef CUAL_RUNFILE_RUNFILE_INTERNAL_H
#define CUAL_RUNFILE_RUNFILE_INTERNAL_H

#include "runfile/runfile.h"
#include "store/store_file.h"
#include "store/store_patch.h"
#include "store/store_read.h"
#include "store/store_write.h"

#define SOURCE "cual run file" /* how a run file is known */
#define NAME_BYTES 256
#define OBJECT_BYTES 512
#define LINE_BYTES 512
#define SLACK_BYTES (1u << 20) /* of a file beyond its samples */

#define VERSION 2

/* Arrays span the first so many of the axes workload, cores, ranks, threads, depth, round, rank; or
 * quantile in place of rank, which files of more ranks than have times of their own have as well.
 */
enum { WORKLOADS = 1, WORTHS = 2, CELLS = 5, SAMPLES = 6, RANKS = 7 };

/* How an array of samples lies in the file: in pieces of some rounds each, so that a round is a few
 * large writes. A piece that is larger than the array at its end is filled up. */
struct layout {
    size_t chunk[RANKS]; /* lengths of a piece */
    size_t rounds;       /* of a piece */
    size_t cells;        /* of a piece */
    size_t cut;          /* the axis along which the cells are cut … */
    size_t inner;        /* … and the cells of one step along it */
    size_t each;         /* elements of a sample: 1, or the ranks */
    size_t round_parts;  /* pieces for all rounds … */
    size_t cell_parts;   /* … and for all cells */
};

struct runfile {
    char *path;
    char id[RUNFILE_ID_BYTES]; /* tells this run's file from one that took its place */
    struct store_room *room;   /* for the copy at the end */
    struct store_stamp stamp;  /* of the file as it was left */
    size_t length[RANKS];      /* of the axes; no ranks: there are no rank times */
    bool spreads;              /* there are quantiles of rank times */
    uint64_t *place;           /* of the pieces, array by array */
    uint64_t status_place;
    size_t whole; /* so many rounds are in the file and done with */
};

/* "/group/name", or "/name" in the root. */
void runfile_object(const char *group, const char *name, char object[OBJECT_BYTES]);

/* How an array with axes of these lengths lies, with `each` elements a sample. */
struct layout runfile_layout(const size_t length[RANKS], size_t each);

/* What stands where there is no sample, and the type of a variable. */
double runfile_fill(int v);
enum store_type runfile_type(int v);

/* What an answer of so many verdicts adds to a file, at most. */
uint64_t runfile_answer_bytes(size_t verdicts);

/* Removes what an earlier part of the run has answered: it is not of the samples to come. */
void runfile_drop_answer(struct store *store);

/* Lengths of the axes of an open file; of the last, 0 when there are no rank times. Returns whether
 * there are quantiles of them. */
bool runfile_lengths(struct store *store, size_t length[RANKS]);

/* Finds where the samples of a file lie. 0, or STATUS_STORAGE. */
int runfile_locate(struct runfile *file, struct error *error);

/* A file of this version; else STATUS_USAGE in `error`. Errors of the store stay in it. */
bool runfile_is_one(struct store *store, const char *path, struct error *error);

/* The samples of an open file that match their hashes, as runfile_read_samples; lengths fit. */
void runfile_take_samples(struct store *store, struct samples *samples, struct runfile_past *past);

/* False when another run's file has taken the place of this one; the store then holds the error. */
bool runfile_is_ours(const struct runfile *file, struct store *store);

/* -- rows: an array of structs in memory, a dataset per field along the axis `row` of a group -- */

/* FIELD_BOUND is a double that is infinite where nothing bounds; NAN in the file. */
enum field_kind { FIELD_DOUBLE, FIELD_BOUND, FIELD_INT, FIELD_SIZE, FIELD_BOOL, FIELD_TEXT };

/* A member of the struct; name NULL ends a table. */
struct field {
    const char *name;
    const char *unit;
    enum field_kind kind;
    size_t offset;
    size_t bytes; /* room for a FIELD_TEXT, which is an array of char */
};

struct rows {
    struct store *store;
    const char *group; /* "/verdict" */
    void *first;       /* not changed while writing */
    size_t row_bytes, count;
    double *column;     /* room for one number per row, between rows_open and rows_close */
    const char **texts; /* and one text */
};

/* False, with the error in the store, when there is no memory; rows_close in any case. */
bool rows_open(struct rows *rows);
void rows_close(struct rows *rows);

/* The member of row `i` at an offset. */
void *rows_at(const struct rows *rows, size_t i, size_t offset);

/* Rows that a group of the file holds, damaged when they are more than `most`; 0 after an error. */
size_t rows_stored(struct store *store, const char *group, size_t most);

void rows_write_axis(struct rows *rows, const char *long_name);

/* Writes or reads all fields of a table, which stand at `base` in each row, as "prefix" + name. */
void rows_write(struct rows *rows, const struct field *fields, const char *prefix, size_t base);
void rows_read(struct rows *rows, const struct field *fields, const char *prefix, size_t base);

/* Writes what stands in rows->texts. */
void rows_write_texts(struct rows *rows, const char *name);

/* Hands a store's error up: whatever it is, for a run in progress it is storage. */
int runfile_storage_error(const struct error *found, struct error *error);

#endif
