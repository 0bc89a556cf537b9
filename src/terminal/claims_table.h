/* What became of the claims, as the terminal shows it. */
#ifndef CUAL_TERMINAL_CLAIMS_TABLE_H
#define CUAL_TERMINAL_CLAIMS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A claim in words; what `run` has in memory and `show` reads from a file. */
struct claim_row {
    int number;
    const char *outcome, *text, *reason;
};

/* Writes, below an empty line, a line per claim and, below, the numbers in sentences; nothing when
 * there are no rows. 0 or -EIO. */
int claims_print(FILE *out, const struct claim_row *rows, size_t count, bool colour);

#endif
