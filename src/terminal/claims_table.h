/* The claims with their outcomes, as the terminal shows them. */
#ifndef CUAL_TERMINAL_CLAIMS_TABLE_H
#define CUAL_TERMINAL_CLAIMS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A claim as text: `run` has it in memory, and `show` reads it from a file. */
struct claim_row {
    int number;
    const char *outcome, *text, *reason;
};

/* Writes an empty line, a line for each claim, and below these the reasons as
 * sentences; claims that have the outcome and the reason in common share one. Writes nothing when
 * there are no rows. 0 or -EIO. */
int claims_print(FILE *out, const struct claim_row *rows, size_t count, bool colour);

#endif
