/* The table of verdicts as the terminal shows it. */
#ifndef CUAL_TERMINAL_TABLE_H
#define CUAL_TERMINAL_TABLE_H

#include "answer/verdict.h"

#include <stdbool.h>
#include <stdio.h>

/* A verdict with the name of its workload: `run` has it in memory, and `show` reads it from a file.
 */
struct table_row {
    const char *workload;
    struct verdict verdict;
};

/* Writes the table, in at most 120 columns, and below it the reasons as sentences: the first of
 * each that fit into so many lines, at least one; all when `lines` is 0. In colour only when
 * `colour`. 0 or -EIO. */
int table_print(FILE *out, const struct table_row *rows, size_t count, size_t lines, bool colour);

#endif
