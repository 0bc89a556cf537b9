/* What the fuzz targets share. A target is one file with fuzz_one; libFuzzer has the main. What
 * must hold is checked; a breach ends the target, as a report of a sanitizer does. */
#ifndef CUAL_TESTS_FUZZ_H
#define CUAL_TESTS_FUZZ_H

#include "job/job.h"
#include "system/error.h"

#include <stddef.h>
#include <stdint.h>

#define FUZZ_CORES 4 /* what `all` means */

/* What a target does with one input. */
void fuzz_one(const uint8_t *bytes, size_t count);

_Noreturn void fuzz_fail(const char *what, const char *shown);

static inline void fuzz_must(int holds, const char *what, const char *shown)
{
    if (!holds) {
        fuzz_fail(what, shown);
    }
}

/* A copy that ends in a NUL byte; freed by the caller. */
char *fuzz_text(const uint8_t *bytes, size_t count);

/* Of a message: it is not empty, has its end, and can be printed. */
void fuzz_must_be_message(const char *text);

/* Of a job or a command line that is refused: the user's fault, and why. */
void fuzz_must_be_refusal(int status, const struct error *error);

#endif
