/* What C cores are worth for a kernel together: as calibration found it, unless more was reached
 * than that. What a point has reached is never the bound that it is held against. */
#ifndef CUAL_ANSWER_WORTH_H
#define CUAL_ANSWER_WORTH_H

#include "answer/question.h"

#include <stdbool.h>

/* Points may reach this much more than calibration found: both are medians of so many samples. */
#define WORTH_SLACK 1.02

/* How far what was reached takes calibration at its word. */
enum worth_trust {
    WORTH_FOUND,        /* what was found is possible */
    WORTH_AT_MOST,      /* only the high end of its interval is */
    WORTH_CONTRADICTED, /* not even that: others disturbed it */
    WORTH_TRUSTS
};

struct worth {
    enum worth_trust trust;
    double times; /* C*: how many times the speed of one core; C where nothing better is known */
    double calibrated; /* NAN: not measured, or it does not hold for what workers share */
    bool disturbed;    /* other processes computed while it was calibrated */
};

struct worth worth_of(const struct question *question, size_t workload, int cores,
                      enum worth_trust trust);

/* True when a point of work that never waits has reached more at so many cores than calibration
 * leaves open: then it is worth calibrating again. `scratch` holds three doubles per round. */
bool worth_is_contradicted(const struct question *question, size_t workload, size_t cores_index,
                           double *scratch);

#endif
