/* Quantities with units, as they stand in job files and on the command line. */
#ifndef CUAL_JOB_QUANTITY_H
#define CUAL_JOB_QUANTITY_H

#include "model/caches.h"
#include "model/option.h"

#include <stddef.h>

/* Parses `text` as a value of the option: "200 us", "256 MiB", "4 L3", "90 %", "16 k", "true", a
 * choice. A number other than 0 without a unit is an error where the kind has units. Sizes can be
 * given in `caches`: as so many times the L1, the L2 or the L3 cache, or the last one (LLC), in
 * whole cache lines. Returns 0 with the value in the unit that the kind is held in (see option.h),
 * or -EINVAL with what is wrong and what is allowed in `why`. */
int quantity_parse(const struct option *option, const char *text, const struct caches *caches,
                   double *value, char *why, size_t why_bytes);

/* Writes the value as it could be typed ("200 us", "256 MiB", "0.9", "4096", "true", the choice),
 * so that quantity_parse gives the same number. Returns `text`. */
const char *quantity_text(const struct option *option, double value, char *text, size_t text_bytes);

/* Writes what the option allows, as the end of an error message: "a time from 1 ns to 1 h, in ns,
 * us, ms, s, min or h". Returns text. */
const char *quantity_allowed(const struct option *option, char *text, size_t text_bytes);

#endif
