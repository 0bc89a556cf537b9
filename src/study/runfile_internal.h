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
