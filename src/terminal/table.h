/* The table of verdicts as the terminal shows it. */
#ifndef CUAL_TERMINAL_TABLE_H
#define CUAL_TERMINAL_TABLE_H

#include "answer/verdict.h"

#include <stdbool.h>
#include <stdio.h>

/* One verdict with the words it needs; what `run` has in memory and `show` reads from a file. */
struct table_row {
    const char *workload;
    struct verdict verdict;
};

/* Writes the table and, below it, the reasons as sentences; at most 120 columns of a terminal.
 * Colour only when `colour`. 0 or -EIO. */
int table_print(FILE *out, const struct table_row *rows, size_t count, bool colour);

#endif
