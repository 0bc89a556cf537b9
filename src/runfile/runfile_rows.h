/* Rows in a run file: an array of structs in memory, in the file a dataset per member along the
 * axis `row` of a group. */
#ifndef CUAL_RUNFILE_RUNFILE_ROWS_H
#define CUAL_RUNFILE_RUNFILE_ROWS_H

#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

/* RUNFILE_BOUND is a double that is infinite where nothing bounds; there the file holds NAN. */
enum runfile_kind {
    RUNFILE_DOUBLE,
    RUNFILE_BOUND,
    RUNFILE_INT,
    RUNFILE_SIZE,
    RUNFILE_BOOL,
    RUNFILE_TEXT
};

/* A member of the struct. A table of fields ends with a name of NULL. */
struct runfile_field {
    const char *name;
    const char *unit;
    enum runfile_kind kind;
    size_t offset;
    size_t bytes; /* room for a RUNFILE_TEXT, which is an array of char */
};

/* Of a struct interval that is a speed-up. */
extern const struct runfile_field runfile_speed_up_fields[];

struct runfile_rows {
    struct store *store;
    const char *group; /* "/verdict" */
    void *first;       /* not changed while writing */
    size_t row_bytes, count;
    double *column;     /* room for one number per row, between init and finish */
    const char **texts; /* and one text */
};

/* Makes room for a column. False, with the error in the store, when there is no memory. The caller
 * calls runfile_rows_finish, which frees the room, in any case. */
bool runfile_rows_init(struct runfile_rows *rows);
void runfile_rows_finish(struct runfile_rows *rows);

/* The member of row `i` at an offset. */
void *runfile_rows_at(const struct runfile_rows *rows, size_t i, size_t offset);

/* How many rows a group of the file holds; more than `most` are damage. 0 after an error. */
size_t runfile_rows_stored(struct store *store, const char *group, size_t most);

/* Writes the axis `row` of the group. */
void runfile_rows_write_axis(struct runfile_rows *rows, const char *long_name);

/* Of the two below, so that writing and reading walk the same tables. */
typedef void runfile_visit(struct runfile_rows *rows, const struct runfile_field *fields,
                           const char *prefix, size_t base);

/* Write or read all fields of a table, which stand at `base` in each row, as "prefix" + name. */
void runfile_rows_write(struct runfile_rows *rows, const struct runfile_field *fields,
                        const char *prefix, size_t base);
void runfile_rows_read(struct runfile_rows *rows, const struct runfile_field *fields,
                       const char *prefix, size_t base);

/* Writes what stands in rows->texts. */
void runfile_rows_write_texts(struct runfile_rows *rows, const char *name);

#endif
